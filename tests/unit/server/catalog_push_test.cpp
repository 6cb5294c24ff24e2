#include <future>

#include <gtest/gtest.h>

#include "running_server.h"

namespace freshet::server {
namespace {

constexpr char kWaiting[] =
    "GET /api/catalog HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"abc\"\r\n"
    "Prefer: respond-async, wait=50\r\n\r\n";

TestClient::Response known(RunningServer& running, std::string_view prefer) {
  return running.client().get("/api/catalog",
                              "If-None-Match: \"abc\"\r\nPrefer: " + std::string(prefer) + "\r\n");
}

// The first request of the server is held: it looked at the catalog, and once more after it was entered.
bool is_held(RunningServer& running) {
  return running.backend.eventually([](FakeBackend& backend) { return backend.catalog_reads() == 2; });
}

TEST(CatalogPush, AnswersWhoWaitsWhenTheCatalogChanges) {
  RunningServer running;
  std::vector<TestClient> waiting;
  for (int i = 0; i < 10; ++i) {
    waiting.push_back(running.client());
    waiting.back().send(kWaiting);
  }
  // Whoever was read before the change waits for it, whoever was read after it need not: either is right.
  running.backend.set_catalog_hash("def");
  for (TestClient& client : waiting) {
    const auto response = client.read_response();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("ETag"), "\"def\"");
    EXPECT_EQ(client.get("/live").status, 200) << "the connection goes on";
  }
}

TEST(CatalogPush, AnswersNotModifiedWhenPatienceEnds) {
  RunningServer running;
  EXPECT_EQ(known(running, "wait=0").status, 304);
  EXPECT_EQ(known(running, "handling=lenient,wait=1").status, 304);
}

TEST(CatalogPush, DoesNotWaitForOneThatIsNotToldSo) {
  RunningServer running;
  for (const char* prefer : {"wait", "wait=", "wait=-1", "wait=1s", "wait=99999999999", "respond-async", ","})
    EXPECT_EQ(known(running, prefer).status, 304) << prefer;
  EXPECT_EQ(running.client().get("/api/catalog", "Prefer: wait=50\r\n").status, 200);
  EXPECT_EQ(running.client().get("/api/catalog", "If-None-Match: \"old\"\r\nPrefer: wait=50\r\n").status,
            200);
}

TEST(CatalogPush, HoldsNoMoreThanTheLimit) {
  Settings settings;
  settings.limits.max_catalog_waits = 1;
  RunningServer running(settings);
  TestClient first = running.client();
  first.send(kWaiting);
  ASSERT_TRUE(is_held(running));
  EXPECT_EQ(known(running, "wait=0").status, 503);
  running.backend.set_catalog_hash("def");
  EXPECT_EQ(first.read_response().status, 200);
}

TEST(CatalogPush, LetsNobodyWaitForAServerThatStops) {
  RunningServer running;
  TestClient client = running.client();
  client.send(kWaiting);
  ASSERT_TRUE(is_held(running));
  auto stopped =
      std::async(std::launch::async, [&] { running.server->stop(std::chrono::milliseconds(20'000)); });
  EXPECT_EQ(client.read_response().status, 304);
  EXPECT_EQ(client.read_to_end(), "");
  stopped.get();
  running.backend.set_catalog_hash("def");
}

TEST(CatalogPush, OutlivesThoseThatGoAwayWhileTheyWait) {
  RunningServer running;
  for (int i = 0; i < 20; ++i) {
    TestClient client = running.client();
    client.send(kWaiting);
    client.reset();
  }
  running.backend.set_catalog_hash("def");
  EXPECT_EQ(running.client().get("/api/catalog").header("ETag"), "\"def\"");
}

}  // namespace
}  // namespace freshet::server
