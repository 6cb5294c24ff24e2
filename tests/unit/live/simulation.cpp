#include "simulation.h"

#include <algorithm>

#include "base/raw_json.h"

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

void Simulation::check_answer(const Answer& answer) {
  const Question question = questions_.at(answer.token);
  questions_.erase(answer.token);
  const EpochNumber epoch = number_of(answer.epoch);
  for (Xid xid : question.must_see) {
    if (!snapshots_.at(epoch).sees(xid)) fail("P4: a one-shot query without the caller's own write");
  }
  const Client& client = clients_[question.client];
  Held held;
  held.call = question.call;
  held.guarded = question.guarded;
  held.error = answer.error.has_value();
  held.value = held.error ? base::to_json(*answer.error) : std::string(answer.value());
  if (!is_current(client, held, state_at(epoch)))
    fail("P7/P2: a one-shot answer is not that of its epoch and caller");
}

// At a snapshot: rows as they are there, functions as they were replaced at any time, the clock at any time
// (P2 is about data), and a run may have been given up. Now: as a fresh run.
bool Simulation::is_current(const Client& client, const Held& held, const State& state,
                            Exactness exactness) const {
  const bool now = exactness == Exactness::kNow;
  if (!now && held.error && held.value.find("deadline_exceeded") != std::string::npos) return true;
  if (held.guarded) {
    const Evaluated guard = evaluate(held.call, true, *client.claims, state);
    if (guard.error) return held.error && held.value == base::to_json(*guard.error);
  }
  const int newest = database_.definitions();
  for (int definitions = now ? newest : 0; definitions <= newest; ++definitions) {
    for (const bool expired : {false, true}) {
      if (now && expired != (now_ >= expiry_)) continue;
      const Evaluated data = evaluate(held.call, false, *client.claims, state, {definitions, expired});
      if (data.error ? held.error && held.value == base::to_json(*data.error)
                     : !held.error && held.value == data.value)
        return true;
    }
  }
  return false;
}

// Equal subscriptions are given the same bytes, not equal ones. Of calls that read no claim, so that all
// share one result.
void Simulation::check_shared(const Deliver& deliver) {
  const Client* client = client_of(deliver.session);
  if (client == nullptr || deliver.to.empty()) return;
  for (const Change& change : deliver.changes) {
    const auto at = client->subscriptions.find(change.subscription);
    if (at == client->subscriptions.end() || at->second.guarded || at->second.error) continue;
    const Call& call = at->second.call;
    if (call.path != "m.list" && call.path != "m.range" && call.path != "m.join") continue;
    const std::string name = deliver.to + call.path + call.args + *change.body;
    const auto [known, first] = bodies_.emplace(name, change.body.get());
    if (!first && known->second != change.body.get()) fail("P11: one result was serialised twice: " + name);
  }
}

// Does what a client would; the answer is what is wrong with it.
std::string Simulation::apply(Held& held, const std::string& body) {
  std::map<std::string, std::string> members;
  const std::string json = "{" + body + "}";
  if (!base::check_json(json).ok()) return "a change that is no JSON: " + body;
  for (const base::JsonMember& member : base::trusted_object_members(json))
    members[member.key] = member.value;
  const auto text = [&](const char* name) { return members[name].substr(1, members[name].size() - 2); };
  if (members.contains("error")) {
    held.error = true;
    held.value = members["error"];
    held.hash.clear();
    return "";
  }
  if (members.contains("same")) {
    if (held.told || held.hash != text("hash")) return "`same` for a value that the client does not hold";
    return "";
  }
  if (members.contains("splice")) {
    if (held.error || held.hash != text("base"))
      return "P2: a splice against a value that the client does not hold";
    std::vector<std::string> rows;
    for (std::string_view row : base::trusted_array_elements(held.value)) rows.emplace_back(row);
    for (std::string_view edit : base::trusted_array_elements(members["splice"])) {
      const auto parts = base::trusted_array_elements(edit);
      const std::size_t index = std::stoul(std::string(parts[0]));
      const std::size_t deleted = std::stoul(std::string(parts[1]));
      if (index + deleted > rows.size()) return "a splice beyond the end";
      rows.erase(rows.begin() + index, rows.begin() + index + deleted);
      std::vector<std::string> inserted;
      for (std::string_view row : base::trusted_array_elements(parts[2])) inserted.emplace_back(row);
      rows.insert(rows.begin() + index, inserted.begin(), inserted.end());
    }
    held.value = "[";
    for (const std::string& row : rows) held.value += (held.value.size() > 1 ? "," : "") + row;
    held.value += ']';
  } else {
    held.value = members["value"];
  }
  held.error = false;
  held.hash = text("hash");
  return "";
}

void Simulation::transition(const Deliver& deliver) {
  Client* client = client_of(deliver.session);
  if (client == nullptr) return fail("a transition for a session that is closed");
  if (client->busy) return fail("P8: a transition for a socket that is busy");
  const bool apart = deliver.to.empty();
  const EpochNumber to = apart ? 0 : number_of(deliver.to);
  if (!apart) {
    if (number_of(deliver.from) != client->at) return fail("`from` is not the `to` before");
    if (to < client->at) return fail("P3: a transition goes back");
    if (!deliver.stale && !deliver.changes.empty() && to <= client->opened_after)
      return fail("P3: a resumed session is told of a snapshot from before");
    client->at = to;
  }
  for (const Change& change : deliver.changes) {
    const auto at = client->subscriptions.find(change.subscription);
    if (at == client->subscriptions.end()) return fail("a change of a subscription that is closed");
    if (at->second.lockstep == apart) return fail("a change on the wrong timeline");
    if (const std::string wrong = apply(at->second, *change.body); !wrong.empty()) return fail(wrong);
    at->second.told = true;
    if (apart) check_apart(*client, at->second);
  }
  check_shared(deliver);
  if (apart || deliver.stale) return;
  bool holds = false;
  for (const auto& [id, held] : client->subscriptions) holds = holds || (held.lockstep && held.told);
  for (RequestId request : deliver.includes) {
    const auto at = client->owed.find(request);
    if (at == client->owed.end()) return fail("a mutation is included twice, or was never made");
    if (at->second) client->included.push_back(*at->second);
    client->owed.erase(at);
  }
  if (!holds) return;
  for (Xid xid : client->included) {
    if (!snapshots_.at(to).sees(xid)) return fail("P4: an included mutation is not in the results");
  }
  check_lockstep(*client, to);
}

void Simulation::check_lockstep(Client& client, EpochNumber epoch) {
  if (database_.sees_undecoded(snapshots_.at(epoch)))
    return fail("an epoch was published before all of it was decoded");
  for (const auto& [id, held] : client.subscriptions) {
    const bool resumed = !held.told && !held.hash.empty() && !held.error;
    if (!held.lockstep || (!held.told && !resumed)) continue;
    if (!is_current(client, held, state_at(epoch))) {
      return fail("P2/P7: " + held.call.path + held.call.args + (held.guarded ? " guarded" : "") + " of " +
                  std::to_string(client.identity) + " is not that of epoch " + std::to_string(epoch) + ": " +
                  held.value);
    }
  }
}

void Simulation::check_apart(Client& client, Held& held) {
  const EpochNumber from = std::max(held.apart_at, client.opened_after + 1);
  for (auto at = snapshots_.lower_bound(from); at != snapshots_.end(); ++at) {
    if (!is_current(client, held, state_at(at->first))) continue;
    held.apart_at = at->first;
    return;
  }
  fail("P3/P7: a result apart is that of no epoch from " + std::to_string(from) + " on: " + held.call.path +
       held.value);
}

}  // namespace freshet::live::model
