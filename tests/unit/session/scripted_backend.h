#pragma once

#include <string>
#include <utility>
#include <vector>

#include "session/client_session.h"

namespace freshet::session {

// A backend that only notes what it was asked; the test answers in its place.
class ScriptedBackend final : public Backend {
 public:
  void open(ConnectionId, std::shared_ptr<SessionSink> sink, Hello hello) override {
    last_sink = std::move(sink);
    last_hello = std::move(hello);
    calls.push_back("open");
  }
  void set_identity(ConnectionId, access::IdentityPtr identity) override {
    calls.push_back("identity " + (identity ? identity->claims : "none"));
  }
  void subscribe(ConnectionId, Subscribe subscription) override {
    calls.push_back("subscribe " + std::to_string(subscription.id) + " " + text(subscription.call));
  }
  void unsubscribe(ConnectionId, std::uint64_t id) override {
    calls.push_back("unsubscribe " + std::to_string(id));
  }
  void query(ConnectionId, std::uint64_t id, Call call) override {
    calls.push_back("query " + std::to_string(id) + " " + text(call));
  }
  void mutate(ConnectionId, std::uint64_t id, Call call, access::IdentityPtr identity) override {
    calls.push_back("mutate " + std::to_string(id) + " " + text(call) + " as " +
                    access::principal_of(identity));
  }
  void act(ConnectionId, std::uint64_t id, Call call, access::IdentityPtr identity) override {
    calls.push_back("act " + std::to_string(id) + " " + text(call) + " as " + access::principal_of(identity));
  }
  void ack(ConnectionId, std::uint64_t upto) override { calls.push_back("ack " + std::to_string(upto)); }
  void set_writable(ConnectionId, bool writable) override { calls.push_back(writable ? "drained" : "busy"); }
  void disconnect(ConnectionId) override { calls.push_back("disconnect"); }
  void call(OneShot, std::function<void(Answer)>) override { calls.push_back("call"); }
  void inspect(Inspection, std::function<void(base::Result<std::string>)>) override {}
  void batch(Batch, std::function<void(BatchAnswer)>) override { calls.push_back("batch"); }
  std::shared_ptr<const Catalog> catalog() const override { return functions; }
  void on_catalog(std::function<void()>) override {}
  Readiness readiness() const override { return {true, {}}; }
  std::string metrics() const override { return {}; }

  std::vector<std::string> calls;
  std::shared_ptr<Catalog> functions;
  std::shared_ptr<SessionSink> last_sink;
  Hello last_hello;

 private:
  static std::string text(const Call& call) {
    return call.path + " " + call.args + (call.page ? " " + *call.page : "");
  }
};

// A transport that keeps what was sent.
class KeptTransport final : public SessionTransport {
 public:
  void send(Frame frame) override {
    if (closed_with != 0) ++sent_after_close;
    frames.push_back(frame.text());
  }
  void close(std::uint16_t code, std::string_view) override { closed_with = code; }
  std::shared_ptr<SessionSink> sink() override { return nullptr; }

  std::vector<std::string> frames;
  std::uint16_t closed_with = 0;
  int sent_after_close = 0;
};

}  // namespace freshet::session
