#include "simulation.h"

#include <algorithm>

namespace freshet::live::model {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

Settings settings_for(std::uint64_t seed) {
  Settings settings;
  settings.epoch_prefix = "g1-";
  settings.result_key = {{9, 8, 7}};
  settings.first_nonce = 1000;
  Limits& limits = settings.limits;
  limits.default_deadline = milliseconds(1500);
  limits.deadline_grace = milliseconds(200);
  limits.deadline_retry = milliseconds(100);
  limits.bases_per_query = seed % 3;
  limits.max_runs_per_epoch = seed % 5 == 0 ? 3 : 1000;
  limits.max_open_epochs = 1 + seed % 4;
  limits.trial_batch = 2;
  limits.max_idle_bytes = seed % 2 == 0 ? 2'000 : 1u << 20;
  limits.max_decoded_xids = seed % 7 == 0 ? 3 : 1000;
  if (seed % 6 == 0) limits.max_log_bytes = 2'000;
  return settings;
}

ClaimsPtr claims_of(int identity) {
  if (identity == 0) return Claims::anonymous();
  return *Claims::parse("{\"sub\":" + std::to_string(identity) + ",\"exp\":" + std::to_string(identity * 7) +
                        "}");
}

constexpr std::size_t kClients = 3;

}  // namespace

Simulation::Simulation(std::uint64_t seed) : random_(seed), database_(random_), live_(settings_for(seed)) {
  clients_.resize(kClients);
  now_ += std::chrono::hours(1);
  expiry_ = now_ + milliseconds(below(4000));
}

EpochNumber Simulation::number_of(const std::string& epoch) {
  return std::stoull(epoch.substr(epoch.size() - 20));
}

Simulation::Client* Simulation::client_of(SessionId session) {
  for (Client& client : clients_) {
    if (client.connected && client.session == session) return &client;
  }
  return nullptr;
}

const State& Simulation::state_at(EpochNumber epoch) {
  const auto at = states_.find(epoch);
  if (at != states_.end()) return at->second;
  return states_.emplace(epoch, database_.at(snapshots_.at(epoch))).first->second;
}

std::string Simulation::run(int steps) {
  for (int i = 0; i < steps && failure_.empty(); ++i) step();
  if (failure_.empty()) quiesce();
  return failure_;
}

void Simulation::step() {
  switch (below(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      write_step();
      break;
    case 4:
    case 5:
    case 6:
      stream_step();
      break;
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
      database_step();
      break;
    case 12:
    case 13:
      client_step();
      break;
    case 14:
      advance(microseconds(50 * (1 + below(40))));
      break;
    case 15:
      trouble_step();
      break;
  }
  carry_out();
  if (live_.metrics().open_epochs > 4 + 1) fail("P8: too many snapshots are open");
}

void Simulation::write_step() {
  using Phase = ModelTransaction::Phase;
  const auto running = database_.in_phase(Phase::kRunning, false);
  const auto hidden = database_.in_phase(Phase::kCommitted, false);
  const int choice = below(3);
  if (choice == 0 && running.size() < 4) {
    database_.begin(true);
  } else if (choice == 1 && !running.empty()) {
    ModelTransaction& transaction = *running[below(static_cast<int>(running.size()))];
    if (below(6) == 0) return database_.abort(transaction);
    wire::Transaction encoded = database_.commit(transaction, announced_);
    if (!transaction.foreign && (!transaction.writes.empty() || transaction.ddl))
      stream_.emplace_back(std::move(encoded));
    if (below(3) == 0) transaction.visible = true;
  } else if (choice == 2 && !hidden.empty()) {
    hidden[below(static_cast<int>(hidden.size()))]->visible = true;
  }
}

void Simulation::stream_step() {
  if (!live_.live()) {
    start_stream();
  } else if (!stream_.empty()) {
    deliver_item();
  }
}

void Simulation::deliver_item() {
  StreamItem item = std::move(stream_.front());
  stream_.pop_front();
  if (auto* transaction = std::get_if<wire::Transaction>(&item)) {
    for (const auto& known : database_.all()) {
      if (known->xid == transaction->xid) known->decoded = true;
    }
    live_.transaction_decoded(now_, std::move(*transaction));
  } else if (auto* fence = std::get_if<wire::Fence>(&item)) {
    live_.fence_seen(now_, fence->nonce);
  } else {
    live_.interest_confirmed(now_, std::get<wire::InterestConfirmed>(item).version);
  }
}

// A slot begins when no transaction is running that it would miss the beginning of; what its snapshot sees is
// not decoded.
void Simulation::start_stream() {
  const Snapshot snapshot = database_.snapshot();
  stream_.clear();
  announced_.clear();
  for (const auto& transaction : database_.all()) {
    if (transaction->phase != ModelTransaction::Phase::kCommitted) continue;
    if (snapshot.sees(transaction->xid))
      transaction->decoded = true;
    else if (!transaction->foreign && (!transaction->writes.empty() || transaction->ddl))
      return;
  }
  live_.stream_started(now_, {snapshot});
}

void Simulation::database_step() {
  if (jobs_.empty()) return;
  const std::size_t index = static_cast<std::size_t>(below(static_cast<int>(jobs_.size())));
  if (jobs_[index].stuck) return;
  Job& job = jobs_[index];
  const bool awaited = job.slow || connections_.contains(job.epoch);
  if (awaited && !job.opens && !job.done && !quiescing_ && below(40) == 0) {
    job.stuck = true;
    return;
  }
  if (jobs_[index].slow && below(3) != 0 && !quiescing_) return;
  if (!jobs_[index].done)
    execute(jobs_[index]);
  else
    answer(index);
}

void Simulation::execute(Job& job) {
  job.done = true;
  if (job.opens) {
    SnapshotOpened opened;
    opened.epoch = job.epoch;
    opened.snapshot = database_.snapshot();
    const auto since = Snapshot::parse(job.since);
    if (since.ok()) opened.fates = database_.fates(opened.snapshot, *since);
    if (opened.fates && (opened.fates->size() > 12 || below(10) == 0)) opened.fates.reset();
    snapshots_[job.epoch] = opened.snapshot;
    job.opened = std::move(opened);
  }
  for (const RunRequest& run : job.runs) {
    const Surroundings around{database_.definitions(), now_ >= expiry_};
    Evaluated evaluated = evaluate(run.call, run.guard, *run.claims, state_at(job.epoch), around);
    RunOutcome outcome;
    outcome.run = run.run;
    if (database_.is_void(snapshots_.at(job.epoch), evaluated.read_set)) {
      // It saw the truncated table, whatever its snapshot says.
      evaluated.read_set.flags |= wire::kReadVoid;
      evaluated.value = "[\"garbage\"]";
      evaluated.error.reset();
    }
    if (evaluated.error)
      outcome.error = evaluated.error;
    else
      outcome.value = std::make_shared<const std::string>(evaluated.value);
    outcome.read_set = encode(evaluated.read_set);
    outcome.claims = evaluated.claims;
    if (run.call.path == "m.timed" && !run.guard && !around.expired) outcome.valid_for = expiry_ - now_;
    outcome.elapsed = job.slow || run.call.path == "m.join" ? milliseconds(50) : microseconds(300);
    job.outcomes.push_back(std::move(outcome));
  }
}

// Some of what is ready; the snapshot first.
void Simulation::answer(std::size_t index) {
  Job& job = jobs_[index];
  if (job.opened) {
    live_.snapshot_opened(now_, *std::exchange(job.opened, std::nullopt));
  } else if (!job.outcomes.empty()) {
    const std::size_t count = 1 + static_cast<std::size_t>(below(static_cast<int>(job.outcomes.size())));
    RunsFinished finished{job.epoch, {}};
    finished.outcomes.assign(job.outcomes.begin(), job.outcomes.begin() + count);
    job.outcomes.erase(job.outcomes.begin(), job.outcomes.begin() + count);
    live_.runs_finished(now_, std::move(finished));
  }
  if (!job.opened && job.outcomes.empty()) jobs_.erase(jobs_.begin() + index);
}

void Simulation::client_step() {
  Client& client = clients_[static_cast<std::size_t>(below(kClients))];
  if (!client.connected) return connect(client, client.session != 0);
  switch (below(10)) {
    case 0:
    case 1:
    case 2:
      if (client.subscriptions.size() < 5) subscribe(client);
      break;
    case 3:
      if (!client.subscriptions.empty() && below(2) == 0) {
        const auto at =
            std::next(client.subscriptions.begin(), below(static_cast<int>(client.subscriptions.size())));
        live_.unsubscribe(now_, client.session, at->first);
        client.subscriptions.erase(at);
      }
      break;
    case 4:
      client.busy = !client.busy;
      client.busy ? live_.session_busy(now_, client.session) : live_.session_drained(now_, client.session);
      break;
    case 5:
      client.identity = below(4);
      client.claims = claims_of(client.identity);
      live_.identity_changed(now_, client.session, client.claims);
      break;
    case 6:
    case 7:
      mutate(client);
      break;
    case 8:
      one_shot(client);
      break;
    case 9:
      if (below(2) == 0) {
        client.connected = false;
        live_.session_closed(now_, client.session);
      }
      break;
  }
}

void Simulation::connect(Client& client, bool resume) {
  client.session = next_session_++;
  client.connected = true;
  client.busy = false;
  if (!resume) client.claims = claims_of(client.identity = below(4));
  client.owed.clear();
  client.included.clear();
  client.opened_after = resume ? last_opened_ : 0;
  live_.session_opened(now_, {client.session, client.claims, resume});
  client.at = number_of(live_.epoch());
  for (auto& [id, held] : client.subscriptions) {
    held.told = false;
    Subscribe event{client.session, id, held.call, held.guarded, held.lockstep, std::nullopt, {}};
    if (!held.hash.empty() && !held.error) event.have = held.hash;
    live_.subscribe(now_, std::move(event));
  }
}

void Simulation::subscribe(Client& client) {
  static const char* const kPaths[] = {"m.list", "m.range", "m.count",          "m.orphans",
                                       "m.join", "m.mine",  "m.sometimes_mine", "m.fails_when_empty",
                                       "m.timed"};
  Held held;
  held.call = {kPaths[below(9)],
               "[" + std::to_string(1 + below(kTables)) + "," + std::to_string(below(3)) + "]", ""};
  held.guarded = below(4) == 0;
  held.lockstep = below(5) != 0;
  const SubscriptionId id = client.next_subscription++;
  client.subscriptions[id] = held;
  live_.subscribe(now_, {client.session, id, held.call, held.guarded, held.lockstep, std::nullopt, {}});
}

void Simulation::mutate(Client& client) {
  ModelTransaction* transaction = database_.begin(false);
  if (transaction->foreign) return database_.abort(*transaction);
  wire::Transaction encoded = database_.commit(*transaction, announced_);
  if (!transaction->writes.empty()) stream_.emplace_back(std::move(encoded));
  transaction->visible = true;  // its COMMIT was answered
  const RequestId request = client.next_request++;
  std::optional<Xid> xid;
  if (!transaction->writes.empty() || below(2) == 0) xid = transaction->xid;
  client.owed[request] = xid;
  live_.mutation_committed(now_, {client.session, request, xid});
}

void Simulation::one_shot(Client& client) {
  Call call{"m.list", "[" + std::to_string(1 + below(kTables)) + "," + std::to_string(below(3)) + "]", ""};
  bool guarded = below(3) == 0;
  if (!client.subscriptions.empty() && below(3) != 0) {
    const Held& held = client.subscriptions.begin()->second;
    call = held.call;
    guarded = held.guarded;
  }
  Question question{static_cast<std::size_t>(&client - clients_.data()), call, guarded, client.included};
  for (const auto& [request, xid] : client.owed) {
    if (xid) question.must_see.push_back(*xid);
  }
  const std::uint64_t token = next_token_++;
  questions_[token] = question;
  live_.one_shot(now_, {token, client.session, {}, client.claims, call, guarded});
  carry_out();
  if (questions_.contains(token)) fail("a one-shot query got no answer at once");
}

void Simulation::trouble_step() {
  switch (below(12)) {
    case 0:
      if (live_.live() && below(3) == 0) {
        live_.stream_lost(now_);
        stream_.clear();
      }
      break;
    case 1:
      if (!jobs_.empty()) {
        const Job job = jobs_[static_cast<std::size_t>(below(static_cast<int>(jobs_.size())))];
        std::erase_if(jobs_, [&](const Job& other) { return other.epoch == job.epoch; });
        live_.epoch_failed(now_, {job.epoch});
      }
      break;
    case 2:
      for (std::size_t i = 0; i < jobs_.size(); ++i) {
        if (jobs_[i].opens || jobs_[i].runs.empty()) continue;
        RunsFailed failed{jobs_[i].epoch, {}};
        for (const RunRequest& run : jobs_[i].runs) failed.runs.push_back(run.run);
        jobs_.erase(jobs_.begin() + static_cast<std::ptrdiff_t>(i));
        live_.runs_failed(now_, std::move(failed));
        break;
      }
      break;
    case 3:
      // A fence that is not of this epoch: late, or of somebody else.
      live_.fence_seen(now_, static_cast<std::uint64_t>(900 + below(80)));
      break;
    case 4:
      advance(milliseconds(below(3000)));
      break;
    default:
      live_.tick(now_);
  }
}

void Simulation::advance(base::Duration by) {
  const auto until = now_ + by;
  for (int i = 0; i < 20; ++i) {
    const auto due = live_.next_deadline();
    if (!due || *due > until) break;
    now_ = std::max(now_, *due);
    live_.tick(now_);
    carry_out();
  }
  now_ = until;
  live_.tick(now_);
}

void Simulation::carry_out() {
  bodies_.clear();
  for (Action& action : live_.take_actions()) carry_out(std::move(action));
}

void Simulation::carry_out(Action action) {
  if (auto* open = std::get_if<OpenSnapshot>(&action)) {
    connections_.insert(open->epoch);
    last_opened_ = open->epoch;
    jobs_.push_back({open->epoch, true, open->since, open->runs, false, false, false, {}, {}});
  } else if (auto* run = std::get_if<RunAtEpoch>(&action)) {
    if (!connections_.contains(run->epoch)) fail("a run at an epoch whose snapshot was given back");
    jobs_.push_back({run->epoch, false, {}, run->runs, false, false, false, {}, {}});
  } else if (auto* worker = std::get_if<RunOnWorker>(&action)) {
    if (!connections_.contains(worker->epoch)) fail("a worker for an epoch whose snapshot was given back");
    jobs_.push_back({worker->epoch, false, {}, worker->runs, true, false, false, {}, {}});
  } else if (auto* cancel = std::get_if<CancelRun>(&action)) {
    for (Job& job : jobs_) {
      if (job.epoch != cancel->epoch || job.done) continue;
      std::erase_if(job.runs, [&](const RunRequest& run) { return run.run == cancel->run; });
    }
    std::erase_if(jobs_, [](const Job& job) { return !job.opens && !job.done && job.runs.empty(); });
  } else if (auto* close = std::get_if<CloseEpoch>(&action)) {
    connections_.erase(close->epoch);
    std::erase_if(jobs_, [&](const Job& job) { return job.stuck && !job.slow && job.epoch == close->epoch; });
  } else if (auto* fence = std::get_if<EmitFence>(&action)) {
    if (quiescing_ || below(8) != 0) stream_.emplace_back(wire::Fence{fence->nonce, 0});
  } else if (auto* interest = std::get_if<SendInterest>(&action)) {
    if (interest->replace) announced_.clear();
    for (const WatchedTable& table : interest->watch) announced_.insert(static_cast<int>(table.table));
    for (wire::TableId table : interest->unwatch) announced_.erase(static_cast<int>(table));
    if (quiescing_ || below(10) != 0) stream_.emplace_back(wire::InterestConfirmed{interest->version});
  } else if (auto* deliver = std::get_if<Deliver>(&action)) {
    transition(*deliver);
  } else if (auto* refused = std::get_if<SubscriptionRefused>(&action)) {
    fail("refused: " + refused->error.message);
  } else if (auto* answer = std::get_if<Answer>(&action)) {
    check_answer(*answer);
  } else if (auto* direct = std::get_if<RunDirectly>(&action)) {
    questions_.erase(direct->token);
  }
}

}  // namespace freshet::live::model
