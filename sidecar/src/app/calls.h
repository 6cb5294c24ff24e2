#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/catalog.h"
#include "app/epoch_driver.h"
#include "app/session_records.h"
#include "base/random.h"
#include "live/live_state.h"
#include "postgres/mutation.h"

namespace freshet::app {

struct CallCounts {
  std::uint64_t mutations = 0;
  std::uint64_t mutation_attempts = 0;
  std::uint64_t mutations_replayed = 0;
  std::uint64_t mutations_failed = 0;
  std::uint64_t one_shots = 0;
  std::uint64_t one_shots_direct = 0;
};

// One-shot queries and mutations, from the call to its answer. On the loop's thread, where `done` is called
// too, exactly once for each call.
class Calls {
 public:
  struct Query {
    std::string path;
    std::string args;  // canonical
    std::string page;  // canonical, or empty
    live::ClaimsPtr claims;
    std::optional<live::SessionId> session;
    FunctionTraits traits;
    std::vector<wire::Xid> after;  // what the caller wrote before, apart from the session's own
  };
  struct Mutation {
    std::string path;
    std::string args;
    std::string identity;  // claims, or "null"
    std::string principal;
    FunctionTraits traits;
  };
  struct BatchQuery {
    std::size_t place = 0;  // in the answer
    live::Call call;
    FunctionTraits traits;
  };
  using QueryDone = std::function<void(session::Answer)>;
  using BatchDone = std::function<void(session::BatchAnswer)>;
  using MutationDone = std::function<void(base::Result<postgres::MutationResult>)>;

  Calls(EpochDriver& driver, postgres::WorkerPool& pool, LiveLoop& loop, SessionRecords& records,
        base::Duration deadline, const base::Clock& clock, base::Random& random);

  // Once, before any call: what the hashes of values are made with.
  void use_result_key(const wire::SipKey& key) { result_key_ = key; }

  void query(Query query, QueryDone done);
  // All at one snapshot, in one round trip. `answers` has a place for each, and holds what was refused
  // already.
  void batch(std::vector<BatchQuery> queries, live::ClaimsPtr claims, std::vector<session::Answer> answers,
             BatchDone done);
  // As request `request` of a client's session.
  void mutate(const std::string& session, std::uint64_t request, Mutation mutation, MutationDone done);
  // As request 1 of the session that an idempotency key stands for.
  void mutate_keyed(const std::string& keyed_session, Mutation mutation, MutationDone done);
  // As the next request of a session of our own.
  void mutate_once(Mutation mutation, MutationDone done);

  // From the live core.
  void answer(live::Answer action);
  void run_directly(live::RunDirectly action);

  // How long a call of the function may take: the smaller of its own deadline and the gateway's.
  base::Duration deadline_of(const FunctionTraits& traits) const {
    return std::min(traits.deadline.value_or(deadline_), deadline_);
  }

  std::size_t mutations_in_flight() const { return mutations_in_flight_; }
  const CallCounts& counts() const { return counts_; }

 private:
  // `done` behind a line for the log: what was called, how long it took, how it ended.
  template <class Outcome>
  std::function<void(Outcome)> logged(const char* kind, const std::string& path,
                                      std::function<void(Outcome)> done);

  struct Waiting {
    Query query;
    QueryDone done;
  };
  void start(postgres::MutationRequest request, MutationDone done);
  void start_own(Mutation mutation, MutationDone done);
  void own_finished(std::uint64_t request);
  postgres::MutationRequest request_of(Mutation mutation) const;

  EpochDriver& driver_;
  postgres::WorkerPool& pool_;
  LiveLoop& loop_;
  SessionRecords& records_;
  const base::Duration deadline_;
  const base::Clock& clock_;
  base::Random& random_;

  wire::SipKey result_key_{};
  std::uint64_t next_token_ = 1;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  std::size_t mutations_in_flight_ = 0;
  CallCounts counts_;

  // The gateway's own session, for mutations that nobody will ask about again.
  std::string own_session_;
  std::uint64_t own_next_ = 1;
  std::uint64_t own_acked_ = 0;
  std::set<std::uint64_t> own_running_;
};

}  // namespace freshet::app
