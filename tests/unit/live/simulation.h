#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "model_database.h"

namespace freshet::live::model {

// Drives one LiveState with a model database, stream, workers, sockets and clients, all from one seed, and
// checks the promises after every step. A broken one ends it with a description.
class Simulation {
 public:
  explicit Simulation(std::uint64_t seed);

  // Empty: every promise held, and at the end every client had what a fresh run gives.
  std::string run(int steps);
  const Metrics metrics() const { return live_.metrics(); }

 private:
  struct Held {
    Call call;
    bool guarded = false;
    bool lockstep = true;
    bool told = false;  // on this connection
    bool error = false;
    std::string value;  // of the client, kept over reconnects
    std::string hash;
    EpochNumber apart_at = 0;  // lockstep = false: its results are those of this epoch or later
  };
  struct Client {
    SessionId session = 0;
    bool connected = false;
    bool busy = false;
    int identity = 0;
    ClaimsPtr claims;
    std::map<SubscriptionId, Held> subscriptions;
    EpochNumber at = 0;            // its last `to`
    EpochNumber opened_after = 0;  // epochs up to here were opened before it resumed
    std::map<RequestId, std::optional<Xid>> owed;
    std::vector<Xid> included;
    RequestId next_request = 1;
    SubscriptionId next_subscription = 1;
  };
  // What the database was asked and has not answered yet.
  struct Job {
    EpochNumber epoch = 0;
    bool opens = false;
    std::string since;
    std::vector<RunRequest> runs;
    bool slow = false;
    bool stuck = false;  // answers nothing until it is cancelled
    bool done = false;
    std::optional<SnapshotOpened> opened;
    std::vector<RunOutcome> outcomes;
  };
  using StreamItem = std::variant<wire::Transaction, wire::Fence, wire::InterestConfirmed>;

  void step();
  void write_step();
  void stream_step();
  void database_step();
  void client_step();
  void trouble_step();
  void advance(base::Duration by);

  void deliver_item();
  void execute(Job& job);
  void answer(std::size_t index);
  void start_stream();
  void connect(Client& client, bool resume);
  void subscribe(Client& client);
  void mutate(Client& client);
  void one_shot(Client& client);

  void carry_out();
  void carry_out(Action action);
  void transition(const Deliver& deliver);
  std::string apply(Held& held, const std::string& body);
  void check_lockstep(Client& client, EpochNumber epoch);
  void check_apart(Client& client, Held& held);
  enum class Exactness { kSnapshot, kNow };
  bool is_current(const Client& client, const Held& held, const State& state,
                  Exactness exactness = Exactness::kSnapshot) const;
  void check_shared(const Deliver& deliver);
  void check_forgotten();
  void check_answer(const Answer& answer);
  void quiesce();
  const State& state_at(EpochNumber epoch);

  void fail(std::string what) {
    if (failure_.empty()) failure_ = std::move(what);
  }
  int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }
  Client* client_of(SessionId session);
  static EpochNumber number_of(const std::string& epoch);

  std::mt19937_64 random_;
  Database database_;
  LiveState live_;
  base::TimePoint now_{};
  base::TimePoint expiry_{};  // of what "m.timed" returns
  // P11: the one body of each (`to`, call, text) of the actions that are carried out together.
  std::map<std::string, const void*> bodies_;
  std::deque<StreamItem> stream_;
  std::set<int> announced_;
  std::vector<Job> jobs_;
  std::map<EpochNumber, Snapshot> snapshots_;
  std::map<EpochNumber, State> states_;
  std::set<EpochNumber> connections_;
  EpochNumber last_opened_ = 0;
  std::vector<Client> clients_;
  SessionId next_session_ = 1;
  struct Question {
    std::size_t client;
    Call call;
    bool guarded;
    std::vector<Xid> must_see;
  };
  std::map<std::uint64_t, Question> questions_;
  std::uint64_t next_token_ = 1;
  bool quiescing_ = false;
  std::string failure_;
};

}  // namespace freshet::live::model
