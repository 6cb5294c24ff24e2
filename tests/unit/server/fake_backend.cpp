#include "fake_backend.h"

#include <utility>

namespace freshet::server {

using session::Answer;
using session::Call;
using session::ConnectionId;

namespace {

session::Part text(std::string value) {
  return session::Part(std::make_shared<const std::string>(std::move(value)));
}

}  // namespace

void FakeBackend::open(ConnectionId id, std::shared_ptr<session::SessionSink> sink, session::Hello hello) {
  const std::lock_guard lock(mutex_);
  sink->opened(session::Opened{hello.session.value_or("issued" + std::to_string(id)), "e0",
                               hello.session.has_value(), 0});
  sinks_[id] = std::move(sink);
  changed_.notify_all();
}

void FakeBackend::subscribe(ConnectionId id, session::Subscribe subscription) {
  const std::lock_guard lock(mutex_);
  ++subscriptions_;
  session::Transition first{
      "e0", "e1", {{subscription.id, text(R"("value":)" + subscription.call.args).owner}}, {}, false};
  sinks_.at(id)->transition(std::move(first));
  changed_.notify_all();
}

Answer FakeBackend::outcome(const Call& call) const {
  if (call.path == "fail") return base::Error(base::ErrorCode::kConflict, "taken", R"({"constraint":"c"})");
  if (call.path == "limited") return base::Error(base::ErrorCode::kRateLimited, "slow down");
  if (call.path == "big" || call.path == "wait_big")
    return session::Outcome{text("\"" + std::string(1024 * 1024, 'x') + "\""), "e1", false};
  return session::Outcome{text(call.args), "e1", false, "h" + std::to_string(call.args.size())};
}

void FakeBackend::answer(std::uint64_t request, const Call& call, session::SessionSink& sink) {
  if (call.path == "wait" || call.path == "wait_big") {
    waiting_.push_back([request, &sink, this, call] { sink.answer(request, outcome(call)); });
  } else {
    sink.answer(request, outcome(call));
  }
  changed_.notify_all();
}

void FakeBackend::query(ConnectionId id, std::uint64_t request, Call call) {
  const std::lock_guard lock(mutex_);
  answer(request, call, *sinks_.at(id));
}
void FakeBackend::mutate(ConnectionId id, std::uint64_t request, Call call, access::IdentityPtr) {
  const std::lock_guard lock(mutex_);
  answer(request, call, *sinks_.at(id));
}
void FakeBackend::act(ConnectionId id, std::uint64_t request, Call call, access::IdentityPtr) {
  const std::lock_guard lock(mutex_);
  answer(request, call, *sinks_.at(id));
}

void FakeBackend::set_writable(ConnectionId id, bool writable) {
  const std::lock_guard lock(mutex_);
  if (!writable) {
    busy_.insert(id);
  } else if (busy_.erase(id) != 0 && when_drained_) {
    sinks_.at(id)->transition(*when_drained_);
  }
  changed_.notify_all();
}

void FakeBackend::disconnect(ConnectionId id) {
  const std::lock_guard lock(mutex_);
  sinks_.erase(id);
  busy_.erase(id);
  changed_.notify_all();
}

void FakeBackend::call(session::OneShot shot, std::function<void(Answer)> done) {
  const std::lock_guard lock(mutex_);
  one_shots_.push_back(shot);
  if (shot.call.path == "wait") {
    waiting_.push_back([done = std::move(done), result = outcome(shot.call)] { done(result); });
  } else {
    done(outcome(shot.call));
  }
  changed_.notify_all();
}

void FakeBackend::inspect(session::Inspection asked, std::function<void(base::Result<std::string>)> done) {
  if (asked.query == 404) return done(base::Error(base::ErrorCode::kNotFound, "there is no live query 404"));
  done(asked.query ? "{\"id\":" + std::to_string(*asked.query) + "}"
                   : "{\"most\":" + std::to_string(asked.most) + "}");
}

void FakeBackend::batch(session::Batch batch, std::function<void(session::BatchAnswer)> done) {
  const std::lock_guard lock(mutex_);
  std::vector<Answer> answers;
  for (const Call& call : batch.queries) answers.push_back(outcome(call));
  done(std::move(answers));
}

std::shared_ptr<const session::Catalog> FakeBackend::catalog() const {
  auto catalog = std::make_shared<session::Catalog>();
  catalog->json = std::make_shared<const std::string>(R"({"version":1,"functions":[]})");
  {
    const std::lock_guard lock(mutex_);
    catalog->hash = catalog_hash_;
    ++catalog_reads_;
    changed_.notify_all();
  }
  for (const char* path : {"echo", "wait", "big", "fail", "limited"})
    catalog->functions[path] = {session::Kind::kQuery, true};
  catalog->functions["add"] = {session::Kind::kMutation, true};
  catalog->functions["mine"] = {session::Kind::kQuery, false};
  catalog->openapi = std::make_shared<const std::string>(R"({"openapi":"3.1.0"})");
  catalog->functions["m.echo"] = catalog->functions["m.a/b %"] = {session::Kind::kQuery, true};
  catalog->functions["m.add"] = {session::Kind::kMutation, true};
  return catalog;
}

std::size_t FakeBackend::catalog_reads() {
  const std::lock_guard lock(mutex_);
  return catalog_reads_;
}

void FakeBackend::on_catalog(std::function<void()> changed) {
  const std::lock_guard lock(listener_mutex_);
  catalog_listener_ = std::move(changed);
}

void FakeBackend::set_catalog_hash(std::string hash) {
  {
    const std::lock_guard lock(mutex_);
    catalog_hash_ = std::move(hash);
  }
  const std::lock_guard lock(listener_mutex_);
  if (catalog_listener_) catalog_listener_();
}

session::Readiness FakeBackend::readiness() const {
  const std::lock_guard lock(mutex_);
  if (ready_) return {true, {}};
  return {false, {"the \"stream\" is away"}};
}

std::size_t FakeBackend::send_to_all(const session::Transition& transition) {
  const std::lock_guard lock(mutex_);
  std::size_t sent = 0;
  for (const auto& [id, sink] : sinks_) {
    if (busy_.contains(id)) continue;
    sink->transition(transition);
    ++sent;
  }
  return sent;
}

void FakeBackend::close_all(session::CloseReason reason) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, sink] : sinks_) sink->close(reason);
}

void FakeBackend::release() {
  const std::lock_guard lock(mutex_);
  for (const auto& one : std::exchange(waiting_, {})) one();
}

bool FakeBackend::eventually(const std::function<bool(FakeBackend&)>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds(*this)) {
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, deadline) == std::cv_status::timeout) {
      lock.unlock();
      return holds(*this);
    }
  }
  return true;
}

std::size_t FakeBackend::open_connections() {
  const std::lock_guard lock(mutex_);
  return sinks_.size();
}
std::size_t FakeBackend::busy_connections() {
  const std::lock_guard lock(mutex_);
  return busy_.size();
}
std::size_t FakeBackend::subscriptions() {
  const std::lock_guard lock(mutex_);
  return subscriptions_;
}
std::size_t FakeBackend::waiting() {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}
std::vector<session::OneShot> FakeBackend::one_shots() {
  const std::lock_guard lock(mutex_);
  return one_shots_;
}
void FakeBackend::set_ready(bool ready) {
  const std::lock_guard lock(mutex_);
  ready_ = ready;
}
void FakeBackend::send_when_drained(session::Transition transition) {
  const std::lock_guard lock(mutex_);
  when_drained_ = std::move(transition);
}

}  // namespace freshet::server
