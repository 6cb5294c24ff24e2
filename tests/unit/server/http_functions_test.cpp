#include <gtest/gtest.h>

#include "running_server.h"

namespace freshet::server {
namespace {

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

class HttpFunctions : public testing::Test {
 protected:
  TestClient::Response post(std::string_view target, std::string_view body, std::string_view headers = "") {
    return running_.client().post(target, body, headers);
  }
  TestClient::Response get(std::string_view target, std::string_view headers = "") {
    return running_.client().get(target, headers);
  }
  RunningServer running_;
};

TEST_F(HttpFunctions, TakeTheirArgumentsAsBodyAndGiveTheValue) {
  const auto answer = post("/api/f/m/echo", R"( {"n":1.50} )");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"n":1.50})");
  EXPECT_EQ(answer.header("Freshet-Epoch"), "e1");
  EXPECT_EQ(post("/api/f/m/add", R"({"n":1})", "Idempotency-Key: k\r\n").body, R"({"n":1})");
  EXPECT_EQ(running_.backend.one_shots().back().kind, session::Kind::kMutation);
  EXPECT_TRUE(running_.backend.one_shots().back().keyed_session);
  EXPECT_EQ(post("/api/f/m/a%2Fb%20%25", "{}").status, 200) << "any name";
}

TEST_F(HttpFunctions, WithoutArgumentsNeedNoBody) {
  TestClient client = running_.client();
  client.send("POST /api/f/m/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.read_response().body, "{}");
}

TEST_F(HttpFunctions, AreFoundByTheirPathOnly) {
  for (const char* target : {"/api/f/m/none", "/api/f/m", "/api/f/", "/api/f/m/echo/", "/api/f/m/echo/x",
                             "/api/f//echo", "/api/f/m/%65ch%6f%00", "/api/f/m/%zz"}) {
    const auto answer = post(target, "{}");
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << target;
  }
}

TEST_F(HttpFunctions, RefuseBodiesThatAreNoArguments) {
  EXPECT_EQ(post("/api/f/m/echo", "{").status, 400);
  EXPECT_EQ(post("/api/f/m/echo", R"({"a":1,"a":2})").status, 400);
  EXPECT_TRUE(has(post("/api/f/m/echo", "[]").body, R"("code":"invalid_arguments")"));
  EXPECT_EQ(post("/api/f/m/echo", "{}", "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(
      post("/api/f/m/echo", "{}", "Content-Encoding: gzip\r\nContent-Type: application/json\r\n").status,
      415);
}

TEST_F(HttpFunctions, OfQueriesCanBeGot) {
  const auto answer = get("/api/f/m/echo?args=%7B%22n%22%3A1%7D");
  EXPECT_EQ(answer.body, R"({"n":1})");
  EXPECT_EQ(answer.header("Cache-Control"), "private, no-cache");
  EXPECT_EQ(get("/api/f/m/echo").body, "{}");
  const auto mutation = get("/api/f/m/add?args=%7B%7D");
  EXPECT_EQ(mutation.status, 405);
  EXPECT_EQ(mutation.header("Allow"), "POST, OPTIONS");
  EXPECT_EQ(get("/api/f/m/echo?args=7").status, 400);
  EXPECT_EQ(get("/api/f/m/echo?args=%7B").status, 400);
  EXPECT_EQ(get("/api/f/m/echo?args=%").status, 400);
}

TEST_F(HttpFunctions, GiveAPageToTheBackend) {
  post("/api/f/m/echo?page=%7B%22limit%22%3A5%7D", "{}");
  EXPECT_EQ(running_.backend.one_shots().back().call.page, R"({"limit":5})");
}

TEST_F(HttpFunctions, QueriesAreGotByPathToo) {
  EXPECT_EQ(get("/api/query?path=echo&args=%7B%22n%22%3A1%7D").body, R"({"value":{"n":1},"epoch":"e1"})");
  EXPECT_EQ(get("/api/query").status, 400);
  EXPECT_EQ(get("/api/query?path=echo&path=echo").status, 400);
  EXPECT_EQ(get("/api/query?path=mine").status, 401);
  EXPECT_EQ(get("/api/query?path=add").status, 404);
}

TEST_F(HttpFunctions, AnUnchangedResultIsNotSentAgain) {
  for (const char* target : {"/api/f/m/echo", "/api/query?path=echo"}) {
    const auto first = get(target);
    const std::string tag = first.header("ETag");
    EXPECT_EQ(tag, "W/\"h2\"");
    for (const std::string& sent : {tag, std::string("\"h2\""), "\"x\", " + tag, std::string("*")}) {
      const auto again = get(target, "If-None-Match: " + sent + "\r\n");
      EXPECT_EQ(again.status, 304) << sent;
      EXPECT_EQ(again.body, "");
      EXPECT_EQ(again.header("ETag"), tag);
    }
    for (const char* sent : {"\"h3\"", "h2", "", "\"h2", "W/h2"})
      EXPECT_EQ(get(target, std::string("If-None-Match: ") + sent + "\r\n").status, 200) << sent;
  }
  EXPECT_EQ(post("/api/query", R"({"path":"echo"})", "If-None-Match: W/\"h2\"\r\n").status, 304);
  EXPECT_EQ(post("/api/mutation", R"({"path":"add"})", "If-None-Match: *\r\n").status, 200);
  EXPECT_EQ(post("/api/query", R"({"path":"fail"})", "If-None-Match: *\r\n").status, 409);
}

TEST_F(HttpFunctions, ABatchAnswersEachQueryInItsPlace) {
  const auto answer = post("/api/batch", R"({"queries":[{"path":"echo","args":{"n":1}},{"path":"fail"},)"
                                         R"({"path":"echo","args":[]},{"path":"echo"}]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(
      answer.body,
      R"({"results":[{"value":{"n":1}},)"
      R"({"error":{"code":"conflict","message":"taken","details":{"constraint":"c"},"retryable":false}},)"
      R"({"error":{"code":"invalid_arguments","message":"`args`: expected an object","retryable":false}},)"
      R"({"value":{}}]})");
  EXPECT_EQ(post("/api/batch", R"({"queries":[]})").body, R"({"results":[]})");
}

TEST_F(HttpFunctions, ABatchThatIsNoneIsRefused) {
  for (const char* body : {"", "{}", "[]", R"({"queries":{}})", R"({"queries":[7]})", R"({"queries":[{}]})",
                           R"({"queries":[{"path":7}]})", R"({"queries":[{"path":"a","path":"b"}]})"})
    EXPECT_EQ(post("/api/batch", body).status, 400) << body;
  std::string many = R"({"path":"echo"})";
  for (std::size_t i = 0; i < running_.rules.limits.max_batch; ++i) many += R"(,{"path":"echo"})";
  EXPECT_EQ(post("/api/batch", "{\"queries\":[" + many + "]}").status, 413);
  EXPECT_EQ(post("/api/batch", R"({"queries":[]})", "Idempotency-Key: k\r\n").status, 400);
  EXPECT_EQ(get("/api/batch").status, 405);
}

TEST_F(HttpFunctions, AreDescribedForOtherClients) {
  const auto document = get("/openapi.json");
  EXPECT_EQ(document.body, R"({"openapi":"3.1.0"})");
  EXPECT_EQ(get("/openapi.json", "If-None-Match: " + document.header("ETag") + "\r\n").status, 304);
}

}  // namespace
}  // namespace freshet::server
