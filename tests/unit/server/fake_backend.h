#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "session/backend.h"

namespace freshet::server {

// Answers at once: `echo` gives its arguments back, `big` a megabyte, `fail` an error, `wait` and `wait_big`
// nothing until release(). Transitions are sent by the test. Any thread.
class FakeBackend final : public session::Backend {
 public:
  void open(session::ConnectionId, std::shared_ptr<session::SessionSink>, session::Hello) override;
  void set_identity(session::ConnectionId, access::IdentityPtr) override {}
  void subscribe(session::ConnectionId, session::Subscribe) override;
  void unsubscribe(session::ConnectionId, std::uint64_t) override {}
  void query(session::ConnectionId, std::uint64_t, session::Call) override;
  void mutate(session::ConnectionId, std::uint64_t, session::Call, access::IdentityPtr) override;
  void act(session::ConnectionId, std::uint64_t, session::Call, access::IdentityPtr) override;
  void ack(session::ConnectionId, std::uint64_t) override {}
  void set_writable(session::ConnectionId, bool) override;
  void disconnect(session::ConnectionId) override;
  void call(session::OneShot, std::function<void(session::Answer)>) override;
  void inspect(session::Inspection asked, std::function<void(base::Result<std::string>)> done) override;
  void batch(session::Batch, std::function<void(session::BatchAnswer)>) override;
  std::shared_ptr<const session::Catalog> catalog() const override;
  void on_catalog(std::function<void()>) override;
  session::Readiness readiness() const override;
  std::string metrics() const override { return "freshet_fake 1\n"; }

  // To every connection that is writable; how many those were.
  std::size_t send_to_all(const session::Transition& transition);
  void close_all(session::CloseReason reason);
  // Answers what waits.
  void release();
  // Waits until `holds` is true of this backend.
  bool eventually(const std::function<bool(FakeBackend&)>& holds);

  std::size_t open_connections();
  std::size_t busy_connections();
  std::size_t subscriptions();
  std::size_t waiting();
  std::vector<session::OneShot> one_shots();
  void set_ready(bool ready);
  // Another catalog, of the same functions.
  void set_catalog_hash(std::string hash);
  std::size_t catalog_reads();
  // The transition that a connection gets when it drains.
  void send_when_drained(session::Transition transition);

 private:
  void answer(std::uint64_t request, const session::Call& call, session::SessionSink& sink);
  session::Answer outcome(const session::Call& call) const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<session::ConnectionId, std::shared_ptr<session::SessionSink>> sinks_;
  std::set<session::ConnectionId> busy_;
  std::vector<std::function<void()>> waiting_;
  std::vector<session::OneShot> one_shots_;
  std::optional<session::Transition> when_drained_;
  std::size_t subscriptions_ = 0;
  bool ready_ = true;
  std::string catalog_hash_ = "abc";
  mutable std::size_t catalog_reads_ = 0;
  std::mutex listener_mutex_;
  std::function<void()> catalog_listener_;
};

}  // namespace freshet::server
