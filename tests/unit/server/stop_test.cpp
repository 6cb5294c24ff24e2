#include <future>

#include <gtest/gtest.h>

#include "running_server.h"

namespace freshet::server {
namespace {

using std::chrono::milliseconds;

TEST(Stop, SaysGoodbyeToOpenSockets) {
  RunningServer running;
  std::vector<TestClient> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(running.client());
    clients.back().connect_session();
  }
  auto stopped = std::async(std::launch::async, [&] { running.server->stop(milliseconds(20'000)); });
  for (; !clients.empty(); clients.pop_back()) {
    EXPECT_EQ(clients.back().read_close(), 1001);
    clients.back().send_frame(8, "\x03\xe9");
    EXPECT_EQ(clients.back().read_to_end(), "");
  }
  stopped.get();
  EXPECT_EQ(running.backend.open_connections(), 0u);
  EXPECT_EQ(running.metrics.connections.load(), 0);
}

TEST(Stop, DoesNotWaitLongerThanToldForSocketsThatDoNotAnswer) {
  RunningServer running;
  TestClient deaf = running.client();
  deaf.connect_session();
  running.server->stop(milliseconds(50));
  EXPECT_EQ(running.backend.open_connections(), 0u);
  EXPECT_EQ(running.metrics.connections.load(), 0);
}

TEST(Stop, LetsAnswersThatHaveBegunGoOut) {
  RunningServer running;
  TestClient client = running.client();
  const std::string body = R"({"path":"wait","args":{"a":1}})";
  client.send(
      "POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  ASSERT_TRUE(running.backend.eventually([](FakeBackend& backend) { return backend.waiting() == 1; }));
  TestClient idle = running.client();
  EXPECT_EQ(idle.get("/live").status, 200);
  auto stopped = std::async(std::launch::async, [&] { running.server->stop(milliseconds(20'000)); });
  EXPECT_EQ(idle.read_to_end(), "") << "a kept connection that asks nothing is closed at once";
  running.backend.release();
  EXPECT_EQ(client.read_response().body, R"({"value":{"a":1},"epoch":"e1"})");
  EXPECT_EQ(client.read_to_end(), "");
  stopped.get();
}

TEST(Stop, EndsCallsThatAreNeverAnswered) {
  RunningServer running;
  TestClient client = running.client();
  const std::string body = R"({"path":"wait"})";
  client.send(
      "POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  ASSERT_TRUE(running.backend.eventually([](FakeBackend& backend) { return backend.waiting() == 1; }));
  running.server->stop(milliseconds(50));
  EXPECT_EQ(client.read_to_end(), "");
  running.backend.release();
}

TEST(Stop, MayComeTwiceAndBeforeTheFirstConnection) {
  RunningServer running;
  running.server->stop(milliseconds(1000));
  running.server->stop(milliseconds(1000));
}

TEST(Listen, SaysWhyItCannot) {
  RunningServer running;
  Settings settings;
  settings.port = running.server->port();
  Metrics metrics;
  Server second(settings, running.rules, running.backend, metrics);
  const auto listening = second.listen();
  ASSERT_FALSE(listening);
  EXPECT_NE(listening.error().message.find("127.0.0.1:"), std::string::npos);
  settings.address = "not an address";
  Server third(settings, running.rules, running.backend, metrics);
  EXPECT_FALSE(third.listen());
}

}  // namespace
}  // namespace freshet::server
