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

// Puts the messages of one replication stream together (wire/README.md "Change set"). Owned by the reader's thread. A
// malformed message is an error after which the stream is unusable: the caller drops the connection. Memory is bounded: when a
// transaction passes `max_bytes` the rows of its tables become table-wide changes, and past `max_tables` "everything".
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
    bool ddl_message = false;
    bool mixed = false;
  };

  bool read_row(Cursor& in);
  bool read_tuple(Cursor& in, std::uint32_t& begin, std::uint32_t& count);
  void whole_table(TableId table, TableReason reason);
  void collapse();
  Transaction finish(std::uint64_t flags);

  Bounds bounds_;
  std::optional<Open> open_;
};

}  // namespace freshet::wire
