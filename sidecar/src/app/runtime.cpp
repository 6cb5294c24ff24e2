#include "app/runtime.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>

#include "app/inspection.h"
#include "app/metrics_text.h"
#include "app/mutant.h"
#include "session/exposure.h"

namespace freshet::app {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::hours kPruneInterval{1};

postgres::PoolOptions pool_options(const Settings& settings) {
  postgres::PoolOptions options;
  options.connect.conninfo = settings.database_url;
  options.connect.application_name = "freshet";
  options.connect.connect_timeout = settings.connect_timeout;
  options.connect.developer = settings.dev || mutant::kNoticesForAll;
  options.connect.statement_timeout = settings.deadline + kStatementGrace;
  const int epochs = static_cast<int>(live::Limits().max_open_epochs);
  options.reserved = {epochs, settings.slow_workers, settings.query_workers, settings.mutation_workers, 1,
                      1,      settings.job_workers};
  options.shared = settings.shared_workers;
  options.queue = static_cast<std::size_t>(settings.queue);
  return options;
}

postgres::ReplicationOptions replication_options(const Settings& settings) {
  postgres::ReplicationOptions options;
  options.conninfo = settings.replication_url;
  options.max_rows = settings.max_rows;
  options.connect_timeout = settings.connect_timeout;
  options.silence = settings.stream_silence;
  return options;
}

// Ordered by start, and different on every gateway: hex of the wall clock, then chance.
std::string epoch_prefix(base::Random& random) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto micros =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
  return fmt::format("{:014x}{:08x}", micros, random.next() & 0xffffffffu);
}

}  // namespace

Runtime::Runtime(const Settings& settings, access::Authenticator* tokens)
    : settings_(settings),
      pool_(pool_options(settings), clock_, reconnect_),
      driver_(loop_, pool_, health_, clock_, random_),
      reader_(replication_options(settings), driver_, backlog_, clock_, random_),
      records_(pool_, loop_),
      observations_(pool_, loop_),
      calls_(driver_, pool_, loop_, records_, settings.deadline, clock_, random_),
      sessions_(driver_, calls_, records_),
      jobs_(pool_, loop_, clock_, random_, settings.job_workers),
      watch_(pool_, loop_, health_, reconnect_, clock_,
             {[this](const std::string& key) { database_ready(key); },
              [this](std::shared_ptr<const CatalogVersion> catalog) { use_catalog(std::move(catalog)); },
              [this] { driver_.everything_changed(); }}),
      api_keys_(tokens, pool_, loop_, clock_,
                {[this](const access::IdentityPtr& identity) { sessions_.identity_ended(identity); },
                 [this](bool held) { sessions_.hold_keys(held); }}) {
  health_.complain("extension", "the database has not answered yet");
  health_.complain("stream", "the change stream has not started yet");
}

Runtime::~Runtime() { stop(std::chrono::milliseconds(0)); }

void Runtime::start() {
  next_prune_ = clock_.now() + kPruneInterval;
  next_note_ = clock_.now() + settings_.advise_interval;
  loop_.start({[this] { settle(); }, [this] { return deadline(); }});
  loop_.post([] {});
}

void Runtime::stop(std::chrono::milliseconds grace) {
  // First what posts, then the loop: a task may still ask the pool, which then refuses.
  reader_.stop();
  pool_.stop(clock_.now() + grace);
  loop_.stop();
}

std::optional<base::TimePoint> Runtime::deadline() const {
  std::optional<base::TimePoint> first;
  for (const auto& due : {driver_.deadline(), watch_.deadline(), api_keys_.deadline(), jobs_.deadline()}) {
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

void Runtime::settle() {
  const base::TimePoint now = clock_.now();
  watch_.look(now);
  api_keys_.look(now);
  jobs_.look(now);
  if (now >= next_tick_) {
    next_tick_ = now + kTick;
    watch_.tick();
    api_keys_.tick();
    if (driver_.state() != nullptr) jobs_.tick();
    recent_writes_.forget(now);
    records_.flush();
    if (now >= next_prune_ && driver_.state() != nullptr) {
      next_prune_ = now + kPruneInterval;
      records_.prune(settings_.session_life);
      jobs_.prune(settings_.job_life);
    }
    if (settings_.advise_interval.count() > 0 && driver_.state() != nullptr) {
      observations_.look(*driver_.state());
      if (now >= next_note_) {
        next_note_ = now + settings_.advise_interval;
        observations_.send();
      }
    }
  }
  driver_.settle();
  const std::lock_guard lock(shown_mutex_);
  counts_ = calls_.counts();
  job_counts_ = jobs_.counts();
}

void Runtime::database_ready(const std::string& gateway_key) {
  live::Settings settings;
  settings.limits.max_subscriptions_per_session = settings_.session_limits.max_subscriptions;
  settings.limits.max_result_bytes = settings_.max_result_bytes;
  settings.limits.max_idle_bytes = settings_.max_idle_bytes;
  settings.limits.default_deadline = settings_.deadline;
  std::memcpy(settings.result_key.bytes, gateway_key.data(), sizeof settings.result_key.bytes);
  calls_.use_result_key(settings.result_key);
  settings.epoch_prefix = epoch_prefix(random_);
  settings.first_nonce = random_.next();
  settings.tell_causes = spdlog::should_log(spdlog::level::debug);
  driver_.begin(std::move(settings), *this);
  driver_.use_stream(reader_, backlog_);
  reader_.start();
}

void Runtime::use_catalog(std::shared_ptr<const CatalogVersion> catalog) {
  current_ = std::move(catalog);
  {
    const std::lock_guard lock(shown_mutex_);
    shown_ = current_->shown;
  }
  sessions_.use_catalog(current_);
  const std::lock_guard lock(listener_mutex_);
  if (catalog_listener_) catalog_listener_();
}

void Runtime::open(session::ConnectionId id, std::shared_ptr<session::SessionSink> sink,
                   session::Hello hello) {
  loop_.post([this, id, sink = std::move(sink), hello = std::move(hello)]() mutable {
    sessions_.open(id, std::move(sink), std::move(hello));
  });
}
void Runtime::set_identity(session::ConnectionId id, access::IdentityPtr identity) {
  loop_.post([this, id, identity = std::move(identity)]() mutable {
    sessions_.set_identity(id, std::move(identity));
  });
}
void Runtime::subscribe(session::ConnectionId id, session::Subscribe subscription) {
  loop_.post([this, id, subscription = std::move(subscription)]() mutable {
    sessions_.subscribe(id, std::move(subscription));
  });
}
void Runtime::unsubscribe(session::ConnectionId id, std::uint64_t subscription) {
  loop_.post([this, id, subscription] { sessions_.unsubscribe(id, subscription); });
}
void Runtime::query(session::ConnectionId id, std::uint64_t request, session::Call call) {
  loop_.post([this, id, request, call = std::move(call)]() mutable {
    sessions_.query(id, request, std::move(call));
  });
}
void Runtime::mutate(session::ConnectionId id, std::uint64_t request, session::Call call,
                     access::IdentityPtr identity) {
  loop_.post([this, id, request, call = std::move(call), identity = std::move(identity)]() mutable {
    sessions_.mutate(id, request, std::move(call), identity);
  });
}
void Runtime::act(session::ConnectionId id, std::uint64_t request, session::Call call, access::IdentityPtr) {
  loop_.post([this, id, request, call = std::move(call)] { sessions_.act(id, request, call); });
}
void Runtime::ack(session::ConnectionId id, std::uint64_t upto) {
  loop_.post([this, id, upto] { sessions_.ack(id, upto); });
}
void Runtime::set_writable(session::ConnectionId id, bool writable) {
  loop_.post([this, id, writable] { sessions_.set_writable(id, writable); });
}
void Runtime::disconnect(session::ConnectionId id) {
  loop_.post([this, id] { sessions_.disconnect(id); });
}
void Runtime::call(session::OneShot call, std::function<void(session::Answer)> done) {
  loop_.post([this, call = std::move(call), done = std::move(done)]() mutable {
    call_on_loop(std::move(call), std::move(done));
  });
}

void Runtime::batch(session::Batch batch, std::function<void(session::BatchAnswer)> done) {
  loop_.post([this, batch = std::move(batch), done = std::move(done)]() mutable {
    batch_on_loop(std::move(batch), std::move(done));
  });
}

void Runtime::call_on_loop(session::OneShot asked, std::function<void(session::Answer)> done) {
  if (!current_)
    return done(Error(ErrorCode::kOverloaded, "the gateway has not reached its database yet; try again"));
  const FunctionTraits* traits = current_->find(asked.call.path);
  if (auto refused = session::admit(traits ? &traits->info : nullptr, asked.call.path, asked.kind,
                                    asked.identity.get())) {
    return done(*std::move(refused));
  }
  if (asked.kind == session::Kind::kQuery) {
    Result<live::Call> call = live_call(asked.call);
    if (!call) return done(std::move(call).error());
    auto claims = asked.identity ? live::Claims::parse(asked.identity->claims) : live::Claims::anonymous();
    if (!claims) return done(std::move(claims).error());
    return calls_.query(
        {std::move(call->path), std::move(call->args), std::move(call->page), *std::move(claims),
         std::nullopt, *traits, recent_writes_.of(access::principal_of(asked.identity))},
        std::move(done));
  }
  if (asked.kind == session::Kind::kAction)
    return done(Error(ErrorCode::kNotFound, "no action is registered"));
  Calls::Mutation mutation{std::move(asked.call.path), std::move(asked.call.args),
                           asked.identity ? asked.identity->claims : "null",
                           access::principal_of(asked.identity), *traits};
  auto finished = [this, principal = mutation.principal,
                   done = std::move(done)](Result<postgres::MutationResult> result) {
    if (!result) return done(std::move(result).error());
    if (result->xid) recent_writes_.note(principal, *result->xid, clock_.now());
    session::Outcome outcome;
    outcome.value = session::Part(std::make_shared<const std::string>(std::move(result->value)));
    outcome.replayed = result->replayed;
    outcome.notices = std::move(result->notices);
    done(std::move(outcome));
  };
  if (asked.keyed_session)
    return calls_.mutate_keyed(*asked.keyed_session, std::move(mutation), std::move(finished));
  calls_.mutate_once(std::move(mutation), std::move(finished));
}

void Runtime::inspect(session::Inspection asked, std::function<void(Result<std::string>)> done) {
  loop_.post([this, asked, done = std::move(done)]() mutable { inspect_on_loop(asked, std::move(done)); });
}

void Runtime::inspect_on_loop(const session::Inspection& asked,
                              std::function<void(Result<std::string>)> done) {
  const live::LiveState* state = driver_.state();
  if (state == nullptr)
    return done(Error(ErrorCode::kOverloaded, "the gateway has not reached its database yet; try again"));
  const base::TimePoint now = clock_.now();
  std::set<wire::TableId> tables;
  if (asked.query) {
    auto detail = state->live_query(*asked.query);
    if (!detail)
      return done(Error(ErrorCode::kNotFound, "there is no live query " + std::to_string(*asked.query)));
    for (const live::Cause& cause : detail->info.causes) add_tables(tables, cause);
    add_tables(tables, detail->read_set);
    RelationNames::look_up(pool_, std::move(tables),
                           [done = std::move(done), detail = *std::move(detail),
                            now](const RelationNames& names) { done(live_query_json(detail, now, names)); });
    return;
  }
  LiveQueriesReading reading{state->epoch(), state->metrics(), now, state->live_queries(asked.most)};
  for (const live::LiveQueryInfo& info : reading.queries) {
    for (const live::Cause& cause : info.causes) add_tables(tables, cause);
  }
  RelationNames::look_up(pool_, std::move(tables),
                         [done = std::move(done), reading = std::move(reading)](const RelationNames& names) {
                           done(live_queries_json(reading, names));
                         });
}

// Without the arguments, which are clients' data; `freshet why ID` shows them.
void Runtime::rerun(live::Rerun action) {
  std::set<wire::TableId> tables;
  add_tables(tables, action.cause);
  const base::TimePoint now = clock_.now();
  RelationNames::look_up(
      pool_, std::move(tables), [action = std::move(action), now](const RelationNames& names) {
        spdlog::debug("rerun of {}{} [live query {}]: {}", action.call.path, action.guard ? " (guard)" : "",
                      action.query, cause_json(action.cause, now, names));
      });
}

void Runtime::batch_on_loop(session::Batch asked, std::function<void(session::BatchAnswer)> done) {
  if (!current_)
    return done(Error(ErrorCode::kOverloaded, "the gateway has not reached its database yet; try again"));
  auto claims = asked.identity ? live::Claims::parse(asked.identity->claims) : live::Claims::anonymous();
  if (!claims) return done(std::move(claims).error());
  std::vector<session::Answer> answers(asked.queries.size(), session::Outcome());
  std::vector<Calls::BatchQuery> queries;
  for (std::size_t i = 0; i < asked.queries.size(); ++i) {
    const session::Call& call = asked.queries[i];
    const FunctionTraits* traits = current_->find(call.path);
    Result<live::Call> canonical = live_call(call);
    if (auto refused = session::admit(traits ? &traits->info : nullptr, call.path, session::Kind::kQuery,
                                      asked.identity.get())) {
      answers[i] = *std::move(refused);
    } else if (!canonical) {
      answers[i] = std::move(canonical).error();
    } else {
      queries.push_back({i, *std::move(canonical), *traits});
    }
  }
  calls_.batch(std::move(queries), *std::move(claims), std::move(answers), std::move(done));
}

std::shared_ptr<const session::Catalog> Runtime::catalog() const {
  const std::lock_guard lock(shown_mutex_);
  return shown_;
}

void Runtime::on_catalog(std::function<void()> changed) {
  const std::lock_guard lock(listener_mutex_);
  catalog_listener_ = std::move(changed);
}

session::Readiness Runtime::readiness() const { return health_.readiness(); }

std::string Runtime::metrics() const {
  MetricsReading reading;
  reading.live = driver_.metrics();
  reading.pool = pool_.counts();
  reading.stream_messages = reader_.counts().messages;
  reading.stream_bytes = reader_.counts().bytes;
  reading.stream_starts = reader_.counts().starts;
  reading.stream_losses = reader_.counts().losses;
  reading.stream_collapsed = backlog_.collapsed();
  reading.stream_backlog_bytes = backlog_.outstanding();
  reading.ready = health_.readiness().ready;
  const std::lock_guard lock(shown_mutex_);
  reading.calls = counts_;
  reading.jobs = job_counts_;
  return metrics_text(reading);
}

}  // namespace freshet::app
