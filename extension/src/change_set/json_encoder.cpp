#include "change_set/encoder.h"

#include "compat.h"

extern "C" {
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
}

// The records of the binary format under the same names, with names of tables and columns beside their
// numbers.

namespace freshet {
namespace {

// LSN_FORMAT_ARGS does not compile as C++.
uint32 high(XLogRecPtr lsn) { return static_cast<uint32>(lsn >> 32); }
uint32 low(XLogRecPtr lsn) { return static_cast<uint32>(lsn); }

void append_hex(StringInfo out, const void* data, int size) {
  const auto* bytes = static_cast<const uint8*>(data);
  appendStringInfoChar(out, '"');
  for (int i = 0; i < size; ++i) appendStringInfo(out, "%02x", bytes[i]);
  appendStringInfoChar(out, '"');
}

void append_table(StringInfo out, Oid table, Relation relation) {
  appendStringInfo(out, "\"table\":%u", table);
  if (relation == nullptr) return;
  const char* schema = get_namespace_name(RelationGetNamespace(relation));
  appendStringInfoString(out, ",\"name\":");
  escape_json(out, quote_qualified_identifier(schema, RelationGetRelationName(relation)));
}

void append_value(StringInfo out, TupleDesc columns, const ColumnValue& value) {
  appendStringInfo(out, "{\"column\":" UINT64_FORMAT ",\"name\":", value.column);
  escape_json(out, value.column > kMaxAttribute
                       ? "computed"
                       : NameStr(TupleDescAttr(columns, static_cast<int>(value.column) - 1)->attname));
  switch (value.state) {
    case wire::ValueState::kNull:
      appendStringInfoString(out, ",\"state\":\"null\"}");
      return;
    case wire::ValueState::kUnknown:
      appendStringInfoString(out, ",\"state\":\"unknown\"}");
      return;
    case wire::ValueState::kUnchanged:
      appendStringInfoString(out, ",\"state\":\"unchanged\"}");
      return;
    case wire::ValueState::kKnown:
      break;
  }
  appendStringInfoString(out, ",\"state\":\"known\"");
  if ((value.parts & wire::kPartEq) != 0)
    appendStringInfo(out, ",\"eq\":\"%016" INT64_MODIFIER "x\"", value.eq);
  if ((value.parts & wire::kPartOrder) != 0) {
    appendStringInfoString(out, ",\"order\":");
    append_hex(out, value.order.data, value.order.len);
  }
  if ((value.parts & wire::kPartImage) != 0) {
    appendStringInfoString(out, ",\"image\":");
    append_hex(out, value.image.bytes, sizeof value.image.bytes);
  }
  appendStringInfoChar(out, '}');
}

void append_side(StringInfo out, const char* name, TupleDesc columns, const RowSide& side) {
  appendStringInfo(out, ",\"%s\":[", name);
  for (int i = 0; i < side.count; ++i) {
    if (i > 0) appendStringInfoChar(out, ',');
    append_value(out, columns, side.values[i]);
  }
  appendStringInfoChar(out, ']');
}

const char* name_of(wire::RowKind kind) {
  switch (kind) {
    case wire::RowKind::kInsert:
      return "insert";
    case wire::RowKind::kUpdate:
      return "update";
    case wire::RowKind::kDelete:
      return "delete";
  }
  return "unknown";
}

const char* name_of(wire::TableReason reason) {
  switch (reason) {
    case wire::TableReason::kTruncate:
      return "truncate";
    case wire::TableReason::kNotAnnounced:
      return "not announced";
    case wire::TableReason::kTooManyChanges:
      return "too many changes";
    case wire::TableReason::kRewrittenOrDdl:
      return "rewritten";
    case wire::TableReason::kNotEncodable:
      return "not encodable";
  }
  return "unknown";
}

class JsonEncoder : public Encoder {
 public:
  void begin(uint64 xid, StringInfo out) const override {
    appendStringInfo(out, "{\"record\":\"begin\",\"xid\":" UINT64_FORMAT "}", xid);
  }

  void row(Relation relation, const RowChange& change, StringInfo out) const override {
    appendStringInfoString(out, "{\"record\":\"row\",");
    append_table(out, RelationGetRelid(relation), relation);
    appendStringInfo(out, ",\"kind\":\"%s\",\"old_complete\":%s", name_of(change.kind),
                     (change.flags & wire::kRowOldComplete) != 0 ? "true" : "false");
    if ((change.flags & wire::kRowOldKey) != 0) {
      appendStringInfoString(out, ",\"old_key\":");
      append_hex(out, change.old_key.bytes, sizeof change.old_key.bytes);
    }
    if ((change.flags & wire::kRowNewKey) != 0) {
      appendStringInfoString(out, ",\"new_key\":");
      append_hex(out, change.new_key.bytes, sizeof change.new_key.bytes);
    }
    append_side(out, "old", RelationGetDescr(relation), change.old_side);
    append_side(out, "new", RelationGetDescr(relation), change.new_side);
    appendStringInfoChar(out, '}');
  }

  void table(Oid table, Relation relation, wire::TableReason reason, StringInfo out) const override {
    appendStringInfoString(out, "{\"record\":\"table\",");
    append_table(out, table, relation);
    appendStringInfo(out, ",\"reason\":\"%s\"}", name_of(reason));
  }

  void ddl(const DdlMessage& message, StringInfo out) const override {
    appendStringInfoString(out, "{\"record\":\"ddl\",\"tag\":");
    escape_json(out, pnstrdup(message.tag, message.tag_size));
    appendStringInfoString(out, ",\"objects\":[");
    for (uint32 i = 0; i < message.object_count; ++i)
      appendStringInfo(out, "%s{\"class\":%u,\"object\":%u}", i > 0 ? "," : "", message.objects[i].class_id,
                       message.objects[i].object_id);
    appendStringInfoString(out, "]}");
  }

  void subxids(const uint64* xids, uint64 count, StringInfo out) const override {
    appendStringInfoString(out, "{\"record\":\"subxids\",\"xids\":[");
    for (uint64 i = 0; i < count; ++i) appendStringInfo(out, "%s" UINT64_FORMAT, i > 0 ? "," : "", xids[i]);
    appendStringInfoString(out, "]}");
  }

  void commit(const CommitRecord& commit, StringInfo out) const override {
    appendStringInfo(out,
                     "{\"record\":\"commit\",\"xid\":" UINT64_FORMAT
                     ",\"lsn\":\"%X/%X\",\"time\":" INT64_FORMAT
                     ",\"origin\":%u,\"catalog_changed\":%s,\"ddl_message\":%s,\"definitions_kept\":%s}",
                     commit.xid, high(commit.lsn), low(commit.lsn), commit.unix_microseconds, commit.origin,
                     (commit.flags & wire::kCommitCatalogChanged) != 0 ? "true" : "false",
                     (commit.flags & wire::kCommitDdlMessage) != 0 ? "true" : "false",
                     (commit.flags & wire::kCommitDefinitionsKept) != 0 ? "true" : "false");
  }

  void fence(uint64 nonce, XLogRecPtr lsn, StringInfo out) const override {
    appendStringInfo(out, "{\"record\":\"fence\",\"nonce\":\"%016" INT64_MODIFIER "x\",\"lsn\":\"%X/%X\"}",
                     nonce, high(lsn), low(lsn));
  }

  void interest(uint64 version, StringInfo out) const override {
    appendStringInfo(out, "{\"record\":\"interest\",\"version\":" UINT64_FORMAT "}", version);
  }

  void ignored(uint64 count, StringInfo out) const override {
    appendStringInfo(out, "{\"record\":\"ignored\",\"count\":" UINT64_FORMAT "}", count);
  }
};

}  // namespace

const Encoder& json_encoder() {
  static constexpr JsonEncoder encoder;
  return encoder;
}

}  // namespace freshet
