#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "app/live_loop.h"
#include "live/live_state.h"
#include "postgres/worker_pool.h"

namespace freshet::app {

// Tells the database, for freshet.advise(), of each path the call that cost most. On the loop's thread; looks
// at some live queries at a time, and sends only what is new.
class Observations {
 public:
  Observations(postgres::WorkerPool& pool, LiveLoop& loop) : pool_(pool), loop_(loop) {}

  void look(const live::LiveState& state);
  void send();

 private:
  postgres::WorkerPool& pool_;
  LiveLoop& loop_;
  std::size_t place_ = 0;
  std::map<std::string, live::ObservedCall> costliest_;  // by path
  std::set<std::string> news_;                           // paths that are to be told
  bool sending_ = false;
};

// As freshet.note_calls() takes it.
std::string observed_call_json(const live::ObservedCall& call);

}  // namespace freshet::app
