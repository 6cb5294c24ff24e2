#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "wire/transaction.h"

namespace freshet::postgres {

// Bounds what has been read from the stream and not yet been taken by the live loop. The reader puts, the
// loop takes.
class StreamBacklog {
 public:
  struct Bounds {
    std::size_t collapse_rows = 16u << 20;    // from here on rows become table-wide changes
    std::size_t collapse_tables = 32u << 20;  // from here on a transaction changes "everything"
    std::size_t give_up = 64u << 20;          // from here on the stream is begun anew
  };

  StreamBacklog() = default;
  explicit StreamBacklog(Bounds bounds) : bounds_(bounds) {}

  // Makes the transaction smaller when the loop lags, and counts it. False: give the stream up.
  bool put(wire::Transaction& transaction, std::size_t* bytes);
  void taken(std::size_t bytes) { outstanding_ -= bytes; }

  std::size_t outstanding() const { return outstanding_; }
  std::uint64_t collapsed() const { return collapsed_; }

 private:
  Bounds bounds_;
  std::atomic<std::size_t> outstanding_{0};
  std::atomic<std::uint64_t> collapsed_{0};
};

}  // namespace freshet::postgres
