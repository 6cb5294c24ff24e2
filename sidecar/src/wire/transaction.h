#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "freshet_wire/bytes.hpp"
#include "freshet_wire/change_set.hpp"
#include "wire/snapshot.h"

namespace freshet::wire {

using TableId = std::uint64_t;
using Attnum = std::uint64_t;

// One column of an old or new row. `parts` says which of the three are known; a missing one is unknown, never
// "different".
struct Column {
  Attnum attnum = 0;
  ValueState state = ValueState::kUnknown;
  std::uint8_t parts = 0;
  std::uint32_t order_begin = 0;  // into Transaction::order_bytes
  std::uint32_t order_size = 0;
  std::uint64_t eq = 0;
  Hash128 image{};
};

struct Row {
  TableId table = 0;
  RowKind kind = RowKind::kInsert;
  std::uint8_t flags = 0;  // RowFlag
  Hash128 old_key{};
  Hash128 new_key{};
  std::uint32_t old_begin = 0, old_count = 0;  // into Transaction::columns
  std::uint32_t new_begin = 0, new_count = 0;
};

struct TableChange {
  TableId table = 0;
  TableReason reason = TableReason::kTruncate;
};

// One committed transaction as the plugin reported it. Rows share two flat stores, so that a large
// transaction is a few allocations; the columns of a tuple ascend by attnum.
struct Transaction {
  Xid xid = 0;
  std::uint64_t lsn = 0;
  std::int64_t commit_time = 0;  // µs since 1970
  std::uint64_t origin = 0;
  bool everything = false;  // 'A', DDL, or a catalog change that nothing explains
  bool ddl = false;         // `everything` because of DDL: the catalog is to be read again
  std::vector<Xid> subxids;
  std::vector<Row> rows;
  std::vector<TableChange> tables;
  std::vector<Column> columns;
  std::string order_bytes;

  std::span<const Column> old_tuple(const Row& row) const {
    return std::span(columns).subspan(row.old_begin, row.old_count);
  }
  std::span<const Column> new_tuple(const Row& row) const {
    return std::span(columns).subspan(row.new_begin, row.new_count);
  }
  std::string_view order(const Column& column) const {
    return std::string_view(order_bytes).substr(column.order_begin, column.order_size);
  }
  std::size_t bytes() const;
};

}  // namespace freshet::wire
