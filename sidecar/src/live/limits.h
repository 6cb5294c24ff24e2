#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.h"

namespace freshet::live {

// Bounds and paces of the live core. Every one has a stated answer when it is reached.
struct Limits {
  // Beyond: SubscriptionRefused `overloaded`.
  std::size_t max_subscriptions_per_session = 1'000;
  std::size_t max_live_queries = 1'000'000;
  // Beyond: the result of that run is the error `too_large`.
  std::size_t max_result_bytes = 8u << 20;
  // A read set beyond: only its tables are kept (any change of them re-runs the query).
  std::size_t max_read_set_bytes = 1u << 20;
  // Results and read sets of live queries without subscribers; the least recently used go first.
  std::size_t max_idle_bytes = 256u << 20;
  base::Duration idle_life = std::chrono::seconds(60);
  // Row hashes of earlier results, kept to splice against; beyond, sessions get whole values.
  std::size_t bases_per_query = 4;
  // Decoded transactions kept for install-matching. Beyond, rows collapse to tables, then to "everything".
  std::size_t max_log_bytes = 64u << 20;
  // Beyond (the database answers no more, but the stream goes on): the stream is started anew.
  std::size_t max_log_transactions = 1'000'000;
  // Decoded and not yet known visible: beyond, an epoch is opened only to settle them.
  std::size_t settle_after_transactions = 1'000;
  // Decoded xids remembered for closure; beyond, they are forgotten, and epochs take a fence instead.
  std::size_t max_decoded_xids = 65'536;
  // Runs begun for one epoch; sessions beyond it take a later one. A session alone may pass it.
  std::size_t max_runs_per_epoch = 2'000;
  // Snapshots open at once: the newest, and older ones that a session still needs.
  std::size_t max_open_epochs = 4;
  // Runs that took longer get a worker of their own.
  base::Duration slow_run = std::chrono::milliseconds(20);
  // Runs of functions never seen before, given together to one worker.
  std::size_t trial_batch = 64;
  // The next epoch no longer waits for the runs of the current one after this.
  base::Duration overlap_after = std::chrono::milliseconds(20);
  // A commit that is visible and not decoded is usually on its way: so long is waited before a fence is
  // written.
  base::Duration fence_after = std::chrono::milliseconds(1);
  // A fence that was not read by then is sent again; the epoch stays unpublished.
  base::Duration fence_timeout = std::chrono::seconds(2);
  // Conditions of queries that the plugin evaluates of each changed row of a table. Beyond, the rest count as
  // unknown: every row that satisfies what else their queries ask of it is a hit.
  std::size_t tests_per_table = 64;
  base::Duration interest_timeout = std::chrono::seconds(2);
  base::Duration interest_idle = std::chrono::seconds(10);
  // A run without an answer this long after its deadline is cancelled and is `deadline_exceeded`.
  base::Duration deadline_grace = std::chrono::seconds(2);
  base::Duration default_deadline = std::chrono::seconds(10);
  // A run that passed its deadline is tried again after this, doubling up to thirty-two times it.
  base::Duration deadline_retry = std::chrono::seconds(1);
  // A resumed session waits this long after each `have` for the next one, so that all join at one snapshot.
  base::Duration resume_gather = std::chrono::milliseconds(20);
  // Results that read what no change stream reports (foreign, unlogged, temporary tables, sequences,
  // statistics …) are read again after this; those that depend on the clock, a setting or a row's place, and
  // declare no `valid_until`, after that.
  base::Duration untracked_refresh = std::chrono::seconds(5);
  base::Duration clock_refresh = std::chrono::seconds(60);
  // Causes of runs kept per live query.
  std::size_t causes_per_query = 8;
};

}  // namespace freshet::live
