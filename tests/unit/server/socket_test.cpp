#include <gtest/gtest.h>

#include "base/encoding.h"
#include "running_server.h"

namespace freshet::server {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Socket, IsUpgradedWithTheSubprotocol) {
  RunningServer running;
  TestClient client = running.client();
  const auto response = client.upgrade();
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.header("Sec-WebSocket-Protocol"), "freshet.v1");
  EXPECT_EQ(response.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(Socket, IsRefusedWithoutTheSubprotocol) {
  RunningServer running;
  EXPECT_EQ(running.client().upgrade("").status, 400);
  EXPECT_EQ(running.client().upgrade("Sec-WebSocket-Protocol: other, freshet.v2\r\n").status, 400);
  EXPECT_EQ(running.client().upgrade("Sec-WebSocket-Protocol: other, freshet.v1\r\n").status, 101);
  EXPECT_EQ(running.metrics.handshakes_refused.load(), 2u);
}

TEST(Socket, IsRefusedToOtherOriginsAndOtherPaths) {
  RunningServer running;
  const std::string protocol = "Sec-WebSocket-Protocol: freshet.v1\r\n";
  EXPECT_EQ(running.client().upgrade(protocol + "Origin: https://evil.example\r\n").status, 403);
  EXPECT_EQ(running.client().upgrade(protocol + "Origin: http://localhost\r\n").status, 101);
  EXPECT_EQ(running.client()
                .get("/other",
                     "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                         protocol)
                .status,
            404);
  EXPECT_EQ(running.client().get("/sync").status, 426);
}

TEST(Socket, EchoesThroughTheBackend) {
  RunningServer running;
  TestClient client = running.client();
  client.connect_session();
  client.send_text(R"({"type":"query","id":1,"path":"echo","args":{"a":1.0}})");
  EXPECT_EQ(client.read_text(), R"({"type":"response","id":1,"value":{"a":1.0},"epoch":"e1"})");
}

TEST(Socket, TakesMessagesInFragmentsWithControlFramesBetween) {
  RunningServer running;
  TestClient client = running.client();
  client.connect_session();
  client.send_frame(1, R"({"type":"query","id":1,)", false);
  client.send_frame(9, "now");
  client.send_frame(0,
                    R"("path":"echo","args":{"s":")"
                    "\xc3",
                    false);
  client.send_frame(0, "\xa9\"}}");
  const auto pong = client.read_frame();
  ASSERT_TRUE(pong);
  EXPECT_EQ(pong->opcode, 10);
  EXPECT_EQ(pong->payload, "now");
  EXPECT_TRUE(has(client.read_text(), "{\"s\":\"\xc3\xa9\"}"));
}

TEST(Socket, TakesSeveralFramesOfOnePacketInTheirOrder) {
  RunningServer running;
  TestClient client = running.client();
  client.connect_session();
  for (int id = 1; id <= 200; ++id) {
    client.send_text(R"({"type":"query","id":)" + std::to_string(id) + R"(,"path":"echo"})");
  }
  for (int id = 1; id <= 200; ++id)
    EXPECT_TRUE(has(client.read_text(), "\"id\":" + std::to_string(id) + ","));
}

TEST(Socket, IsClosedByAFrameThatIsTooLarge) {
  Settings settings;
  settings.limits.max_frame_bytes = 1000;
  RunningServer running(settings);
  TestClient client = running.client();
  client.connect_session();
  client.send_text(R"({"type":"ping","data":")" + std::string(1000, 'x') + "\"}");
  EXPECT_EQ(client.read_close(), 1009);
}

TEST(Socket, IsClosedByFragmentsThatAreTooLargeTogether) {
  Settings settings;
  settings.limits.max_frame_bytes = 1000;
  RunningServer running(settings);
  TestClient client = running.client();
  client.connect_session();
  client.send_frame(1, std::string(600, ' '), false);
  client.send_frame(0, std::string(600, ' '), false);
  EXPECT_EQ(client.read_close(), 1009);
}

TEST(Socket, IsClosedByInvalidUtf8) {
  RunningServer running;
  TestClient client = running.client();
  client.connect_session();
  client.send_text("{\"type\":\"ping\",\"data\":\"\xc3\x28\"}");
  EXPECT_EQ(client.read_close(), 1007);
}

TEST(Socket, IsClosedByWhatIsNotTheProtocolAfterSayingWhy) {
  RunningServer running;
  for (const char* text : {"{", R"({"type":"ping"})", "[]"}) {
    TestClient client = running.client();
    ASSERT_EQ(client.upgrade().status, 101);
    client.send_text(text);
    EXPECT_TRUE(has(client.read_text(), R"("code":"protocol")")) << text;
    EXPECT_EQ(client.read_close(), 1002) << text;
  }
  TestClient client = running.client();
  client.connect_session();
  client.send_frame(2, "binary");
  EXPECT_EQ(client.read_close(), 1002);
}

TEST(Socket, IsClosedByUnmaskedFrames) {
  Settings settings;
  settings.limits.close_timeout = std::chrono::milliseconds(200);
  RunningServer running(settings);
  TestClient client = running.client();
  client.connect_session();
  client.send("\x81\x02{}");
  EXPECT_EQ(client.read_close(), 1002);
  EXPECT_TRUE(
      running.backend.eventually([](FakeBackend& backend) { return backend.open_connections() == 0; }));
}

TEST(Socket, AnswersTheClientsClose) {
  Settings settings;
  settings.limits.close_timeout = std::chrono::milliseconds(200);
  RunningServer running(settings);
  TestClient client = running.client();
  client.connect_session();
  client.send_frame(8, "\x03\xe8");
  EXPECT_EQ(client.read_close(), 1000);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(
      running.backend.eventually([](FakeBackend& backend) { return backend.open_connections() == 0; }));
}

TEST(Socket, IsForgottenAfterAReset) {
  RunningServer running;
  TestClient client = running.client();
  client.connect_session();
  EXPECT_EQ(running.backend.open_connections(), 1u);
  client.reset();
  EXPECT_TRUE(
      running.backend.eventually([](FakeBackend& backend) { return backend.open_connections() == 0; }));
}

TEST(Socket, IsClosedWhenTheBackendSaysSo) {
  RunningServer running;
  TestClient client = running.client();
  client.connect_session();
  running.backend.close_all(session::CloseReason::kReplaced);
  const auto close = client.read_frame();
  ASSERT_TRUE(close);
  EXPECT_EQ(close->close_code(), 1000);
}

TEST(Socket, SendsOneTransitionToManySockets) {
  RunningServer running;
  std::vector<TestClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.push_back(running.client());
    clients.back().connect_session();
  }
  const auto body = std::make_shared<const std::string>("\"value\":\"" + std::string(8000, 'x') + "\"");
  EXPECT_EQ(running.backend.send_to_all({"e1", "e2", {{1, body}}, {}, false}), 1000u);
  for (TestClient& client : clients) ASSERT_TRUE(has(client.read_text(), *body));
}

TEST(Socket, GathersFramesIntoFewerWrites) {
  RunningServer running;
  TestClient client = running.client();
  client.connect_session();
  const auto before = running.metrics.writes.load();
  client.send_text(R"({"type":"mutate","id":1,"path":"other"})");
  client.read_text();
  running.backend.send_to_all({"e1", "e2", {}, {}, false});
  for (int i = 0; i < 500; ++i) running.backend.send_to_all({"e2", "e2", {}, {}, false});
  for (int i = 0; i < 501; ++i) client.read_text();
  EXPECT_LT(running.metrics.writes.load() - before, 502u);
}

TEST(Socket, CompressesWhenBothSidesWant) {
  Settings settings;
  settings.compression = true;
  RunningServer running(settings);
  TestClient client = running.client();
  const auto response = client.upgrade(
      "Sec-WebSocket-Protocol: freshet.v1\r\nSec-WebSocket-Extensions: permessage-deflate\r\n");
  ASSERT_EQ(response.status, 101);
  EXPECT_TRUE(has(response.header("Sec-WebSocket-Extensions"), "permessage-deflate"));
  client.send_text(R"({"type":"hello"})");
  client.read_text();
  client.send_text(R"({"type":"query","id":1,"path":"big"})");
  EXPECT_LT(client.read_text().size(), 100'000u);
  client.send_text(R"({"type":"hello"})");
  EXPECT_EQ(client.read_close(), 1002);
}

}  // namespace
}  // namespace freshet::server
