#include "wire/assembler.h"

#include <algorithm>
#include <limits>

namespace freshet::wire {
namespace {

base::Error malformed() {
  return base::Error(base::ErrorCode::kInternal, "malformed message in the replication stream");
}

}  // namespace

std::size_t Transaction::bytes() const {
  return sizeof(*this) + subxids.capacity() * sizeof(Xid) + rows.capacity() * sizeof(Row) +
         tables.capacity() * sizeof(TableChange) + columns.capacity() * sizeof(Column) +
         order_bytes.capacity();
}

base::Result<std::vector<StreamItem>> Assembler::feed(Bytes payload) {
  Cursor in(payload);
  std::vector<StreamItem> items;
  if (in.u8() != kChangeSetVersion) return malformed();
  while (in.ok() && !in.at_end()) read_record(static_cast<RecordTag>(in.u8()), in, items);
  if (!in.ok()) return malformed();
  return items;
}

void Assembler::read_record(RecordTag tag, Cursor& in, std::vector<StreamItem>& items) {
  switch (tag) {
    case RecordTag::kFence: {
      Fence fence;
      fence.nonce = in.u64();
      fence.lsn = in.u64();
      if (in.ok()) items.emplace_back(fence);
      return;
    }
    case RecordTag::kInterest: {
      const std::uint64_t version = in.var();
      if (in.ok()) items.emplace_back(InterestConfirmed{version});
      return;
    }
    case RecordTag::kIgnored: {
      const std::uint64_t count = in.var();
      if (in.ok()) items.emplace_back(ControlIgnored{count});
      return;
    }
    case RecordTag::kBegin:
      // A begin inside a transaction is one whose commit was lost: nothing after it can be trusted.
      if (open_) return in.fail();
      open_.emplace();
      open_->transaction.xid = in.var();
      return;
    default:
      if (!open_) return in.fail();
      return read_in_transaction(tag, in, items);
  }
}

void Assembler::read_in_transaction(RecordTag tag, Cursor& in, std::vector<StreamItem>& items) {
  Transaction& transaction = open_->transaction;
  switch (tag) {
    case RecordTag::kRow:
      return read_row(in);
    case RecordTag::kTable: {
      const TableId table = in.var();
      const std::uint8_t reason = in.u8();
      if (in.ok()) whole_table(table, static_cast<TableReason>(reason));
      return;
    }
    case RecordTag::kAll:
      in.u8();
      transaction.everything = true;
      return;
    case RecordTag::kDdl: {
      in.bytes();
      const std::uint64_t objects = in.count(2);
      for (std::uint64_t i = 0; i < objects && in.ok(); ++i) {
        in.var();
        in.var();
      }
      // Functions and policies are in no read set, so which objects changed says nothing about who depends on
      // them.
      transaction.everything = true;
      transaction.ddl = true;
      return;
    }
    case RecordTag::kSubxids:
      return read_subxids(in);
    case RecordTag::kCommit:
      return read_commit(in, items);
    default:
      return in.fail();
  }
}

void Assembler::read_row(Cursor& in) {
  Row row;
  row.table = in.var();
  row.kind = static_cast<RowKind>(in.u8());
  row.flags = in.u8();
  const bool known_kind =
      row.kind == RowKind::kInsert || row.kind == RowKind::kUpdate || row.kind == RowKind::kDelete;
  if (!known_kind) return in.fail();
  if ((row.flags & kRowOldKey) != 0) row.old_key = in.h128();
  if ((row.flags & kRowNewKey) != 0) row.new_key = in.h128();
  const std::size_t order_before = open_->transaction.order_bytes.size();
  read_tuple(in, row.old_begin, row.old_count);
  read_tuple(in, row.new_begin, row.new_count);
  if (!in.ok()) return;
  Transaction& transaction = open_->transaction;
  if (open_->whole_tables.contains(row.table) || transaction.everything) {
    transaction.columns.resize(row.old_begin);
    transaction.order_bytes.resize(order_before);
    return;
  }
  transaction.rows.push_back(row);
  keep_within_bounds();
}

void Assembler::read_tuple(Cursor& in, std::uint32_t& begin, std::uint32_t& count) {
  Transaction& transaction = open_->transaction;
  const std::uint64_t n = in.count(2);
  begin = static_cast<std::uint32_t>(transaction.columns.size());
  count = static_cast<std::uint32_t>(n);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i) {
    Column column;
    column.attnum = in.var();
    read_value(in, column);
    transaction.columns.push_back(column);
  }
  // Readers look columns up by bisection.
  const auto from = transaction.columns.begin() + begin;
  const auto by_attnum = [](const Column& a, const Column& b) { return a.attnum < b.attnum; };
  if (!std::is_sorted(from, transaction.columns.end(), by_attnum))
    std::sort(from, transaction.columns.end(), by_attnum);
}

void Assembler::read_value(Cursor& in, Column& column) {
  const std::uint8_t state = in.u8();
  if (state > static_cast<std::uint8_t>(ValueState::kUnchanged)) return in.fail();
  column.state = static_cast<ValueState>(state);
  if (column.state != ValueState::kKnown) return;
  column.parts = in.u8();
  if ((column.parts & ~kPartsAll) != 0) return in.fail();
  if ((column.parts & kPartEq) != 0) column.eq = in.u64();
  if ((column.parts & kPartOrder) != 0) {
    std::string& store = open_->transaction.order_bytes;
    const Bytes order = in.bytes();
    if (store.size() + order.size() > std::numeric_limits<std::uint32_t>::max()) return in.fail();
    column.order_begin = static_cast<std::uint32_t>(store.size());
    column.order_size = static_cast<std::uint32_t>(order.size());
    store.append(reinterpret_cast<const char*>(order.data()), order.size());
  }
  if ((column.parts & kPartImage) != 0) column.image = in.h128();
}

void Assembler::read_subxids(Cursor& in) {
  std::vector<Xid>& subxids = open_->transaction.subxids;
  const std::uint64_t n = in.count(1);
  for (std::uint64_t i = 0; i < n && in.ok(); ++i) {
    const Xid xid = in.var();
    if (subxids.size() < bounds_.max_subxids) subxids.push_back(xid);
  }
}

void Assembler::read_commit(Cursor& in, std::vector<StreamItem>& items) {
  Transaction& transaction = open_->transaction;
  const Xid xid = in.var();
  transaction.lsn = in.u64();
  transaction.commit_time = in.i64();
  transaction.origin = in.var();
  const std::uint64_t flags = in.var();
  if (!in.ok()) return;
  if (xid != transaction.xid) return in.fail();
  const bool explained = (flags & (kCommitDdlMessage | kCommitDefinitionsKept)) != 0;
  if ((flags & kCommitCatalogChanged) != 0 && !explained) transaction.everything = transaction.ddl = true;
  if (transaction.everything) {
    transaction.rows = {};
    transaction.columns = {};
    transaction.order_bytes = {};
  } else {
    // A table may have become whole after rows of it were read.
    std::erase_if(transaction.rows, [&](const Row& row) { return open_->whole_tables.contains(row.table); });
    for (const auto& [table, reason] : open_->whole_tables) transaction.tables.push_back({table, reason});
  }
  items.emplace_back(std::move(transaction));
  open_.reset();
}

void Assembler::whole_table(TableId table, TableReason reason) {
  open_->whole_tables.try_emplace(table, reason);
  if (open_->whole_tables.size() > bounds_.max_tables) {
    open_->transaction.everything = true;
    open_->whole_tables.clear();
  }
}

void Assembler::keep_within_bounds() {
  Transaction& transaction = open_->transaction;
  if (transaction.bytes() <= bounds_.max_bytes) return;
  for (const Row& row : transaction.rows) whole_table(row.table, TableReason::kTooManyChanges);
  transaction.rows = {};
  transaction.columns = {};
  transaction.order_bytes = {};
}

}  // namespace freshet::wire
