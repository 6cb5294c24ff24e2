#pragma once

#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "wire/transaction.h"

namespace freshet::wire {

struct Fence {
  std::uint64_t nonce = 0;
  std::uint64_t lsn = 0;
};

// From here on the announced columns follow that version.
struct InterestConfirmed {
  std::uint64_t version = 0;
};

// Control messages with a wrong MAC, counted since the stream began.
struct ControlIgnored {
  std::uint64_t count = 0;
};

using StreamItem = std::variant<Transaction, Fence, InterestConfirmed, ControlIgnored>;

// Puts the messages of one replication stream together (wire/README.md "Change set"). Owned by the reader's
// thread. A malformed message is an error after which the stream is unusable: the caller drops the
// connection. Memory is bounded: when a transaction passes `max_bytes` the rows of its tables become
// table-wide changes, and past `max_tables` "everything".
class Assembler {
 public:
  struct Bounds {
    std::size_t max_bytes = 16u << 20;
    std::size_t max_tables = 4096;
    std::size_t max_subxids = 100'000;  // beyond, the rest are left out: a fence then closes the epoch
  };

  Assembler() = default;
  explicit Assembler(Bounds bounds) : bounds_(bounds) {}

  // Items in stream order. Transactions come out at their commit.
  base::Result<std::vector<StreamItem>> feed(Bytes payload);

 private:
  struct Open {
    Transaction transaction;
    std::map<TableId, TableReason> whole_tables;
  };

  // Each reads one record's body; a body that does not fit fails the cursor.
  void read_record(RecordTag tag, Cursor& in, std::vector<StreamItem>& items);
  void read_in_transaction(RecordTag tag, Cursor& in, std::vector<StreamItem>& items);
  void read_row(Cursor& in);
  void read_tuple(Cursor& in, std::uint32_t& begin, std::uint32_t& count);
  void read_value(Cursor& in, Column& column);
  void read_subxids(Cursor& in);
  void read_commit(Cursor& in, std::vector<StreamItem>& items);
  void whole_table(TableId table, TableReason reason);
  void keep_within_bounds();

  Bounds bounds_;
  std::optional<Open> open_;
};

}  // namespace freshet::wire
