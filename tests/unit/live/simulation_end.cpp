// How a simulation ends: everything comes to rest, every client has what a fresh run gives, and nothing is
// kept for nobody.
#include <algorithm>

#include "simulation.h"

namespace freshet::live::model {

using std::chrono::microseconds;

// Everything ends, everything is answered: then every client has what a fresh run gives.
void Simulation::quiesce() {
  quiescing_ = true;
  for (Client& client : clients_) {
    if (client.connected && client.busy) {
      client.busy = false;
      live_.session_drained(now_, client.session);
    }
  }
  carry_out();
  if (now_ < expiry_) advance(expiry_ - now_ + microseconds(1));
  for (ModelTransaction* transaction : database_.in_phase(ModelTransaction::Phase::kRunning, false)) {
    wire::Transaction encoded = database_.commit(*transaction, announced_);
    if (!transaction->foreign && (!transaction->writes.empty() || transaction->ddl))
      stream_.emplace_back(std::move(encoded));
  }
  for (ModelTransaction* transaction : database_.in_phase(ModelTransaction::Phase::kCommitted, false)) {
    // Released late, with no further write: it must be noticed all the same.
    while (live_.live() && !stream_.empty() && failure_.empty()) {
      deliver_item();
      carry_out();
    }
    for (int i = 0; i < 30 && !jobs_.empty() && failure_.empty(); ++i) {
      database_step();
      carry_out();
    }
    transaction->visible = true;
  }
  for (int round = 0; round < 400 && failure_.empty(); ++round) {
    if (!live_.live()) start_stream();
    carry_out();
    while (!stream_.empty() && failure_.empty()) {
      deliver_item();
      carry_out();
    }
    for (int i = 0; i < 200 && !jobs_.empty() && failure_.empty(); ++i) {
      database_step();
      carry_out();
    }
    if (std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return !job.stuck; }) ||
        !stream_.empty())
      continue;
    // Timers within the next seconds; those of the cache are further away.
    const auto due = live_.next_deadline();
    if (!due || *due > now_ + std::chrono::seconds(5)) break;
    advance(*due - now_ + microseconds(1));
    carry_out();
  }
  if (!failure_.empty()) return;
  if (!jobs_.empty() || !stream_.empty())
    return fail("it does not come to rest: " + std::to_string(jobs_.size()) + " jobs (stuck " +
                std::to_string(!jobs_.empty() && jobs_.front().stuck) + ", slow " +
                std::to_string(!jobs_.empty() && jobs_.front().slow) + ", runs " +
                std::to_string(jobs_.empty() ? 0 : jobs_.front().runs.size()) + "), " +
                std::to_string(stream_.size()) + " in the stream");
  if (now_ < expiry_) return fail("the end came before what was to expire");
  const State state = database_.at(database_.snapshot());
  for (Client& client : clients_) {
    if (!client.connected) continue;
    if (!client.owed.empty())
      return fail("P4: mutation " + std::to_string(*client.owed.begin()->second) +
                  " is never included, newest " + live_.epoch());
    for (const auto& [id, held] : client.subscriptions) {
      if (!held.told) return fail("P1: " + held.call.path + held.call.args + " never got a result");
      if (!is_current(client, held, state, Exactness::kNow)) {
        return fail("P1: " + held.call.path + held.call.args + (held.lockstep ? "" : " apart") +
                    (held.guarded ? " guarded" : "") + " missed an update: " + held.value);
      }
    }
  }
  const Metrics metrics = live_.metrics();
  if (metrics.decoded_late != 0) fail("decoded after the epoch that saw it was closed");
  if (metrics.open_epochs > 0) fail("a snapshot is left open");
  if (failure_.empty()) check_forgotten();
}

// With the last client everything goes that was kept for clients: live queries after their rest, then what
// was announced.
void Simulation::check_forgotten() {
  for (Client& client : clients_) {
    if (client.connected) live_.session_closed(now_, client.session);
    client.connected = false;
  }
  for (int i = 0; i < 20 && failure_.empty(); ++i) {
    carry_out();
    while (!stream_.empty() && failure_.empty()) {
      deliver_item();
      carry_out();
    }
    for (int j = 0; j < 200 && !jobs_.empty() && failure_.empty(); ++j) {
      database_step();
      carry_out();
    }
    advance(std::chrono::seconds(10));
  }
  if (!failure_.empty()) return;
  const Metrics metrics = live_.metrics();
  if (metrics.live_queries + metrics.subscriptions + metrics.sessions + metrics.idle_bytes > 0)
    return fail("P8: " + std::to_string(metrics.live_queries) + " live queries outlive their clients");
  if (!announced_.empty()) return fail("P8: a table is announced that nobody reads");
}

}  // namespace freshet::live::model
