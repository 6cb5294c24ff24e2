#include <gtest/gtest.h>

#include "running_server.h"

namespace freshet::server {
namespace {

using std::chrono::milliseconds;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(IdleSocket, IsPingedAndThenClosed) {
  Settings settings;
  settings.limits.idle_timeout = milliseconds(300);
  RunningServer running(settings);
  TestClient client = running.client();
  client.connect_session();
  const auto ping = client.read_frame();
  ASSERT_TRUE(ping);
  EXPECT_EQ(ping->opcode, 9);
  EXPECT_EQ(client.read_to_end(), "") << "the half-open socket is closed without a word";
  EXPECT_EQ(running.metrics.dead.load(), 1u);
  EXPECT_TRUE(
      running.backend.eventually([](FakeBackend& backend) { return backend.open_connections() == 0; }));
}

TEST(IdleSocket, LivesWhileItAnswersPings) {
  Settings settings;
  settings.limits.idle_timeout = milliseconds(300);
  RunningServer running(settings);
  TestClient client = running.client();
  client.connect_session();
  for (int i = 0; i < 6; ++i) {
    const auto ping = client.read_frame();
    ASSERT_TRUE(ping);
    ASSERT_EQ(ping->opcode, 9);
    client.send_frame(10, ping->payload);
  }
  client.send_text(R"({"type":"ping"})");
  EXPECT_EQ(client.read_text(), R"({"type":"pong"})");
}

TEST(HelloDeadline, ClosesASocketThatSaysNothing) {
  session::SessionRules rules;
  rules.limits.hello_deadline = milliseconds(100);
  RunningServer running({}, rules);
  TestClient client = running.client();
  ASSERT_EQ(client.upgrade().status, 101);
  EXPECT_EQ(client.read_close(), 1002);
}

TEST(HttpTimeout, ClosesAConnectionThatAsksNothing) {
  Settings settings;
  settings.limits.http_timeout = milliseconds(100);
  RunningServer running(settings);
  TestClient silent = running.client();
  EXPECT_EQ(silent.read_to_end(), "");
  TestClient half = running.client();
  half.send("GET /live HTTP/1.1\r\nHost:");
  EXPECT_EQ(half.read_to_end(), "");
}

TEST(SlowReader, IsSentNothingMoreAndCatchesUpWhenItDrains) {
  RunningServer running;
  const auto body = std::make_shared<const std::string>("\"value\":\"" + std::string(64 * 1024, 'x') + "\"");
  const auto last = std::make_shared<const std::string>("\"value\":\"last\"");
  running.backend.send_when_drained({"e2", "e3", {{1, last}}, {}, false});
  TestClient slow = running.client(4096);
  slow.connect_session();
  TestClient quick = running.client();
  quick.connect_session();

  // Far more than the system's own buffers hold.
  constexpr std::size_t kSent = 400;
  std::size_t to_slow = 0;
  for (std::size_t i = 0; i < kSent; ++i) {
    to_slow += running.backend.send_to_all({"e1", "e2", {{1, body}}, {}, false}) - 1;
    quick.read_text();
    ASSERT_TRUE(
        running.backend.eventually([&](FakeBackend& backend) { return backend.busy_connections() <= 1; }));
  }
  ASSERT_EQ(running.backend.busy_connections(), 1u);
  EXPECT_LT(to_slow, kSent / 2);
  EXPECT_GE(running.metrics.slow.load(), 1u);

  std::size_t received = 0;
  while (!has(slow.read_text(), "last")) ++received;
  EXPECT_LE(received, to_slow);
  while (running.backend.busy_connections() != 0) slow.read_text();
}

TEST(SlowReader, IsNotReadFromWhileItsAnswersWait) {
  session::SessionRules rules;
  rules.limits.rate_per_second = 0;
  rules.limits.max_requests = 1'000'000;
  Settings settings;
  RunningServer running(settings, rules);
  TestClient slow = running.client(4096);
  slow.connect_session();
  constexpr int kAsked = 60;
  for (int id = 1; id <= kAsked; ++id) {
    slow.send_text(R"({"type":"query","id":)" + std::to_string(id) + R"(,"path":"big"})");
  }
  ASSERT_TRUE(
      running.backend.eventually([](FakeBackend& backend) { return backend.busy_connections() == 1; }));
  EXPECT_LT(running.metrics.frames_in.load(), 40u)
      << "of 60 MiB asked for, little more than what fits is made";
  for (int id = 1; id <= kAsked; ++id)
    ASSERT_TRUE(has(slow.read_text(), "\"id\":" + std::to_string(id) + ","));
}

TEST(SlowReader, IsClosedWhenTooMuchWaits) {
  session::SessionRules rules;
  Settings settings;
  settings.limits.max_waiting_bytes = 3 * 1024 * 1024;
  RunningServer running(settings, rules);
  TestClient slow = running.client(4096);
  slow.connect_session();
  for (int id = 1; id <= 30; ++id) {
    slow.send_text(R"({"type":"query","id":)" + std::to_string(id) + R"(,"path":"wait_big"})");
  }
  ASSERT_TRUE(running.backend.eventually([](FakeBackend& backend) { return backend.waiting() == 30; }));
  running.backend.release();
  EXPECT_TRUE(
      running.backend.eventually([](FakeBackend& backend) { return backend.open_connections() == 0; }));
  EXPECT_EQ(running.metrics.overflowed.load(), 1u);
}

TEST(MaxConnections, AnswersOneMoreWithRetryAfter) {
  Settings settings;
  settings.limits.max_connections = 2;
  RunningServer running(settings);
  TestClient first = running.client();
  first.connect_session();
  {
    TestClient second = running.client();
    second.connect_session();
    const auto refused = running.client().get("/live");
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("Retry-After"), "5");
    EXPECT_TRUE(has(refused.body, R"("code":"overloaded")"));
  }
  ASSERT_TRUE(RunningServer::eventually([&] { return running.metrics.connections.load() == 1; }));
  EXPECT_EQ(running.client().get("/live").status, 200);
}

TEST(RequestLimits, RefuseWhatIsTooLong) {
  Settings settings;
  settings.limits.max_body_bytes = 1000;
  settings.limits.max_header_bytes = 2000;
  RunningServer running(settings);
  EXPECT_EQ(running.client().post("/api/query", std::string(1001, ' ')).status, 413);
  EXPECT_EQ(running.client().get("/live", "X: " + std::string(3000, 'x') + "\r\n").status, 431);
}

TEST(RequestLimits, TellAClientThatIsStillSendingItsBody) {
  Settings settings;
  settings.limits.max_body_bytes = 1000;
  RunningServer running(settings);
  EXPECT_EQ(running.client().post("/api/query", std::string(4 << 20, ' ')).status, 413);
}

}  // namespace
}  // namespace freshet::server
