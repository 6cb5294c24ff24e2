#pragma once

#include <memory>
#include <string>
#include <vector>

#include "session/backend.h"

namespace freshet::mcp {

// Keeps what it was asked; answers when the test says so.
class QuietBackend final : public session::Backend {
 public:
  void open(session::ConnectionId, std::shared_ptr<session::SessionSink> opened, session::Hello) override {
    sink = std::move(opened);
  }
  void set_identity(session::ConnectionId, access::IdentityPtr who) override {
    identities.push_back(std::move(who));
  }
  void subscribe(session::ConnectionId, session::Subscribe asked) override {
    subscribed.push_back(std::move(asked));
  }
  void unsubscribe(session::ConnectionId, std::uint64_t number) override { unsubscribed.push_back(number); }
  void query(session::ConnectionId, std::uint64_t, session::Call) override {}
  void mutate(session::ConnectionId, std::uint64_t, session::Call, access::IdentityPtr) override {}
  void act(session::ConnectionId, std::uint64_t, session::Call, access::IdentityPtr) override {}
  void ack(session::ConnectionId, std::uint64_t) override {}
  void set_writable(session::ConnectionId, bool) override {}
  void disconnect(session::ConnectionId) override { ++disconnects; }
  void call(session::OneShot shot, std::function<void(session::Answer)> done) override {
    called.push_back(shot.call.path);
    done(session::Outcome());
  }
  void batch(session::Batch, std::function<void(session::BatchAnswer)>) override {}
  void inspect(session::Inspection, std::function<void(base::Result<std::string>)>) override {}
  std::shared_ptr<const session::Catalog> catalog() const override { return nullptr; }
  void on_catalog(std::function<void()>) override {}
  session::Readiness readiness() const override { return {}; }
  std::string metrics() const override { return {}; }

  void change(std::uint64_t number, const std::string& body) {
    session::Transition transition;
    transition.changes.push_back({number, std::make_shared<const std::string>(body)});
    sink->transition(std::move(transition));
  }

  std::shared_ptr<session::SessionSink> sink;
  std::vector<access::IdentityPtr> identities;
  std::vector<session::Subscribe> subscribed;
  std::vector<std::uint64_t> unsubscribed;
  std::vector<std::string> called;
  int disconnects = 0;
};

}  // namespace freshet::mcp
