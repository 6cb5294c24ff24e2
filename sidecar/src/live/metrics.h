#pragma once

#include <cstdint>

namespace freshet::live {

// Counters since start, and gauges where it says so. Plain numbers: read them on the live loop's thread.
struct Metrics {
  std::uint64_t transactions = 0;     // decoded
  std::uint64_t rows_matched = 0;     // row changes asked of the index
  std::uint64_t hits = 0;             // (transaction, live query) pairs
  std::uint64_t hits_by_unknown = 0;  // of these, only because an old or new value was not known
  std::uint64_t table_wide = 0;       // (transaction, table) pairs reported as a whole
  std::uint64_t everything = 0;       // transactions after which nothing was certain
  std::uint64_t epochs_opened = 0;
  std::uint64_t epochs_closed = 0;
  std::uint64_t epochs_failed = 0;
  std::uint64_t fences = 0;  // epochs that needed one
  std::uint64_t fences_repeated = 0;
  std::uint64_t retests = 0;       // epochs opened only because a decoded commit was not visible yet
  std::uint64_t decoded_late = 0;  // decoded after an epoch that saw them was closed: must stay 0
  std::uint64_t runs = 0;
  std::uint64_t runs_useless = 0;  // same bytes as before
  std::uint64_t runs_void = 0;
  std::uint64_t runs_failed = 0;
  std::uint64_t runs_on_workers = 0;
  std::uint64_t runs_past_deadline = 0;
  std::uint64_t install_hits = 0;  // results that a logged transaction dirtied at once
  std::uint64_t log_collapses = 0;
  std::uint64_t read_sets_widened = 0;
  std::uint64_t transitions = 0;
  std::uint64_t transitions_coalesced = 0;  // epochs that a busy session did not see
  std::uint64_t changes_whole = 0;
  std::uint64_t changes_spliced = 0;
  std::uint64_t changes_same = 0;
  std::uint64_t changes_error = 0;
  std::uint64_t serialisations = 0;  // bodies built; changes beyond it were shared
  std::uint64_t retargets = 0;       // sessions that gave up an epoch for a newer one
  std::uint64_t one_shots_served = 0;
  std::uint64_t one_shots_passed_on = 0;
  std::uint64_t interest_sent = 0;
  std::uint64_t evictions = 0;
  std::uint64_t splits = 0;  // sharers parted because a run read other claims
  // gauges
  std::uint64_t sessions = 0;
  std::uint64_t subscriptions = 0;
  std::uint64_t live_queries = 0;
  std::uint64_t pending_transactions = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t idle_bytes = 0;
  std::uint64_t open_epochs = 0;
};

}  // namespace freshet::live
