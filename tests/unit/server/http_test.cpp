#include <gtest/gtest.h>

#include "running_server.h"

namespace freshet::server {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

class Http : public testing::Test {
 protected:
  TestClient::Response post(std::string_view target, std::string_view body, std::string_view headers = "") {
    return running_.client().post(target, body, headers);
  }
  RunningServer running_;
};

TEST_F(Http, AnswersAQuery) {
  const auto response = post("/api/query", R"({"path":"echo","args":{"n":1.50}})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), "application/json");
  EXPECT_EQ(response.body, R"({"value":{"n":1.50},"epoch":"e1"})");
}

TEST_F(Http, GivesErrorsAsProblems) {
  const auto conflict = post("/api/query", R"({"path":"fail"})");
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(conflict.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(conflict.body,
            R"({"type":"about:blank","title":"Conflict","status":409,"code":"conflict","message":"taken",)"
            R"("details":{"constraint":"c"},"retryable":false})");
  const auto limited = post("/api/query", R"({"path":"limited"})");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.header("Retry-After"), "1");
}

TEST_F(Http, RefusesBodiesThatAreNoCall) {
  for (const char* body : {"", "{", "[]", "7", "{}", R"({"path":1})", R"({"path":""})",
                           R"({"path":"a","path":"b"})", "{\"path\":\"\xff\"}"}) {
    const auto response = post("/api/query", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_TRUE(has(response.body, R"("code":"protocol")")) << body;
  }
  EXPECT_TRUE(has(post("/api/query", R"({"path":"echo","args":[]})").body, R"("code":"invalid_arguments")"));
}

TEST_F(Http, WantsJson) {
  for (const char* type : {"text/plain", "application/jsonx", "application/x-www-form-urlencoded"}) {
    EXPECT_EQ(post("/api/query", R"({"path":"echo"})", std::string("Content-Type: ") + type + "\r\n").status,
              415)
        << type;
  }
  EXPECT_EQ(
      post("/api/query", R"({"path":"echo"})", "Content-Type: Application/JSON; charset=utf-8\r\n").status,
      200);
}

TEST_F(Http, CallsAFunctionOnlyAsWhatItIs) {
  EXPECT_EQ(post("/api/query", R"({"path":"add"})").status, 404);
  EXPECT_EQ(post("/api/mutation", R"({"path":"echo"})").status, 404);
  EXPECT_EQ(post("/api/mutation", R"({"path":"add"})").status, 200);
  const auto mine = post("/api/query", R"({"path":"mine"})");
  EXPECT_EQ(mine.status, 401);
  EXPECT_EQ(mine.header("WWW-Authenticate"), "Bearer");
}

TEST_F(Http, RefusesTokensItCannotVerify) {
  for (const char* header : {"Bearer x", "Bearer ", "Basic dTpw", "bearer a.b.c"}) {
    EXPECT_EQ(
        post("/api/query", R"({"path":"echo"})", std::string("Authorization: ") + header + "\r\n").status,
        401)
        << header;
  }
}

TEST_F(Http, GivesTheKeyOfAMutationToTheBackend) {
  EXPECT_EQ(post("/api/mutation", R"({"path":"add"})", "Idempotency-Key: k1\r\n").status, 200);
  EXPECT_EQ(post("/api/mutation", R"({"path":"add"})", "Idempotency-Key: k1\r\n").status, 200);
  EXPECT_EQ(post("/api/mutation", R"({"path":"add"})").status, 200);
  const auto calls = running_.backend.one_shots();
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_TRUE(calls[0].keyed_session);
  EXPECT_EQ(calls[0].keyed_session, calls[1].keyed_session);
  EXPECT_FALSE(calls[2].keyed_session);
  EXPECT_EQ(post("/api/mutation", R"({"path":"add"})", "Idempotency-Key: a b\r\n").status, 400);
  EXPECT_EQ(post("/api/mutation", R"({"path":"add"})", "Idempotency-Key: a\r\nIdempotency-Key: b\r\n").status,
            400);
  EXPECT_EQ(post("/api/query", R"({"path":"echo"})", "Idempotency-Key: a\r\n").status, 400);
}

TEST_F(Http, KnowsItsPagesAndMethods) {
  EXPECT_EQ(running_.client().get("/").status, 404);
  EXPECT_EQ(running_.client().get("/api/mutation").status, 405);
  EXPECT_EQ(running_.client().get("/api/mutation").header("Allow"), "POST, OPTIONS");
  EXPECT_EQ(running_.client().get("/api/query", "", "PUT").header("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(post("/live", "{}").status, 405);
  EXPECT_EQ(running_.client().get("/live", "", "DELETE").status, 405);
  EXPECT_EQ(running_.client().get("/live").status, 200);
  EXPECT_EQ(running_.client().get("/live?x=1").status, 200);
}

TEST_F(Http, SaysWhyItIsNotReady) {
  EXPECT_EQ(running_.client().get("/ready").body, R"({"ready":true,"reasons":[]})");
  running_.backend.set_ready(false);
  const auto response = running_.client().get("/ready");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "5");
  EXPECT_EQ(response.body, R"({"ready":false,"reasons":["the \"stream\" is away"]})");
}

TEST_F(Http, GivesItsMetricsBesideTheBackends) {
  const auto response = running_.client().get("/metrics");
  EXPECT_TRUE(has(response.body, "freshet_connections 1\n"));
  EXPECT_TRUE(has(response.body, "freshet_fake 1\n"));
}

TEST_F(Http, GivesTheCatalogOncePerVersion) {
  const auto first = running_.client().get("/api/catalog");
  EXPECT_EQ(first.body, R"({"version":1,"functions":[]})");
  EXPECT_EQ(first.header("ETag"), "\"abc\"");
  const auto again = running_.client().get("/api/catalog", "If-None-Match: \"abc\"\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

TEST_F(Http, AnswersHeadWithoutABody) {
  TestClient client = running_.client();
  const auto head = client.get("/live", "", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "13");
  EXPECT_EQ(client.get("/live").body, R"({"live":true})") << "the connection is in step";
}

TEST_F(Http, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  TestClient client = running_.client();
  std::string requests;
  for (int i = 0; i < 20; ++i) {
    const std::string body = R"({"path":"echo","args":{"i":)" + std::to_string(i) + "}}";
    requests +=
        "POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  client.send(requests);
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(has(client.read_response().body, "{\"i\":" + std::to_string(i) + "}"));
  const auto last = client.get("/live", "Connection: close\r\n");
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(Http, RefusesWhatIsNotHttp) {
  TestClient client = running_.client();
  client.send("\x16\x03\x01\x02garbage\r\n\r\n");
  EXPECT_EQ(client.read_response().status, 400);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(Http, SurvivesAClientThatLeavesBeforeItsAnswer) {
  TestClient client = running_.client();
  const std::string body = R"({"path":"wait"})";
  client.send(
      "POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body);
  ASSERT_TRUE(running_.backend.eventually([](FakeBackend& backend) { return backend.waiting() == 1; }));
  client.reset();
  running_.backend.release();
  EXPECT_TRUE(RunningServer::eventually([&] { return running_.metrics.connections.load() == 0; }));
}

TEST(Cors, IsForListedOriginsOnly) {
  Settings settings;
  settings.allowed_origins = {"https://app.example"};
  RunningServer running(settings);
  const std::string good = "Origin: https://app.example\r\n";
  const auto preflight =
      running.client().get("/api/query", good + "Access-Control-Request-Method: POST\r\n", "OPTIONS");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_TRUE(has(preflight.header("Access-Control-Allow-Headers"), "Authorization"));
  const auto call = running.client().post("/api/query", R"({"path":"fail"})", good);
  EXPECT_EQ(call.status, 409);
  EXPECT_EQ(call.header("Access-Control-Allow-Origin"), "https://app.example");
  const auto evil =
      running.client().post("/api/query", R"({"path":"echo"})", "Origin: https://evil.example\r\n");
  EXPECT_EQ(evil.status, 403);
  EXPECT_EQ(evil.header("Access-Control-Allow-Origin"), "");
  EXPECT_EQ(running.client().get("/api/query", "Origin: https://evil.example\r\n", "OPTIONS").status, 403);
}

TEST(Host, IsCheckedWhereConfigured) {
  Settings settings;
  settings.allowed_hosts = {"app.example"};
  RunningServer running(settings);
  EXPECT_EQ(running.client().post("/api/query", R"({"path":"echo"})").status, 421);
  EXPECT_EQ(running.client().upgrade().status, 421);
  EXPECT_EQ(running.client().get("/live").status, 200) << "for whoever watches the process";
}

}  // namespace
}  // namespace freshet::server
