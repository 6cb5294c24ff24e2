#include "change_set/encoder.h"
#include "change_set/string_sink.h"

#include "compat.h"

extern "C" {
#include "utils/rel.h"
}

namespace freshet {
namespace {

using Writer = wire::Writer<StringSink>;

wire::Bytes as_bytes(const char* data, int size) {
  return {reinterpret_cast<const uint8*>(data), static_cast<std::size_t>(size)};
}

void write_value(Writer* writer, const ColumnValue& value) {
  writer->var(value.column);
  writer->u8(static_cast<uint8>(value.state));
  if (value.state != wire::ValueState::kKnown) return;
  writer->u8(value.parts);
  if ((value.parts & wire::kPartEq) != 0) writer->u64(value.eq);
  if ((value.parts & wire::kPartOrder) != 0) writer->bytes(as_bytes(value.order.data, value.order.len));
  if ((value.parts & wire::kPartImage) != 0) writer->h128(value.image);
}

void write_side(Writer* writer, const RowSide& side) {
  writer->var(side.count);
  for (int i = 0; i < side.count; ++i) write_value(writer, side.values[i]);
}

// Holds the sink that its writer borrows, for the length of one record.
class Record {
 public:
  Record(wire::RecordTag tag, StringInfo out) : sink_(out), writer_(sink_) {
    writer_.u8(static_cast<uint8>(tag));
  }
  Writer* operator->() { return &writer_; }
  Writer* get() { return &writer_; }

 private:
  StringSink sink_;
  Writer writer_;
};

class BinaryEncoder : public Encoder {
 public:
  void begin(uint64 xid, StringInfo out) const override { Record(wire::RecordTag::kBegin, out)->var(xid); }

  void row(Relation relation, const RowChange& change, StringInfo out) const override {
    Record record(wire::RecordTag::kRow, out);
    record->var(RelationGetRelid(relation));
    record->u8(static_cast<uint8>(change.kind));
    record->u8(change.flags);
    if ((change.flags & wire::kRowOldKey) != 0) record->h128(change.old_key);
    if ((change.flags & wire::kRowNewKey) != 0) record->h128(change.new_key);
    write_side(record.get(), change.old_side);
    write_side(record.get(), change.new_side);
  }

  void table(Oid table, Relation, wire::TableReason reason, StringInfo out) const override {
    Record record(wire::RecordTag::kTable, out);
    record->var(table);
    record->u8(static_cast<uint8>(reason));
  }

  void ddl(const DdlMessage& message, StringInfo out) const override {
    Record record(wire::RecordTag::kDdl, out);
    record->bytes(as_bytes(message.tag, message.tag_size));
    record->var(message.object_count);
    for (uint32 i = 0; i < message.object_count; ++i) {
      record->var(message.objects[i].class_id);
      record->var(message.objects[i].object_id);
    }
  }

  void subxids(const uint64* xids, uint64 count, StringInfo out) const override {
    Record record(wire::RecordTag::kSubxids, out);
    record->var(count);
    for (uint64 i = 0; i < count; ++i) record->var(xids[i]);
  }

  void commit(const CommitRecord& commit, StringInfo out) const override {
    Record record(wire::RecordTag::kCommit, out);
    record->var(commit.xid);
    record->u64(commit.lsn);
    record->i64(commit.unix_microseconds);
    record->var(commit.origin);
    record->var(commit.flags);
  }

  void fence(uint64 nonce, XLogRecPtr lsn, StringInfo out) const override {
    Record record(wire::RecordTag::kFence, out);
    record->u64(nonce);
    record->u64(lsn);
  }

  void interest(uint64 version, StringInfo out) const override {
    Record(wire::RecordTag::kInterest, out)->var(version);
  }

  void ignored(uint64 count, StringInfo out) const override {
    Record(wire::RecordTag::kIgnored, out)->var(count);
  }
};

}  // namespace

const Encoder& binary_encoder() {
  static constexpr BinaryEncoder encoder;
  return encoder;
}

}  // namespace freshet
