#include <gtest/gtest.h>

#include "running_server.h"

namespace freshet::server {
namespace {

constexpr std::string_view kToken = "0123456789abcdef";

Settings with_token() {
  Settings settings;
  settings.admin_token = kToken;
  return settings;
}

TestClient::Response ask(RunningServer& running, std::string_view target,
                         std::string_view header = "Authorization: Bearer 0123456789abcdef\r\n") {
  return running.client().get(target, header);
}

TEST(Admin, ThereAreNoPagesWithoutAToken) {
  RunningServer running;
  for (const char* header : {"", "Authorization: Bearer \r\n", "Authorization: Bearer 0123456789abcdef\r\n"})
    EXPECT_EQ(ask(running, "/admin/live-queries", header).status, 404) << header;
}

TEST(Admin, OnlyTheTokenOpensThem) {
  RunningServer running(with_token());
  for (const char* header :
       {"", "Authorization: Bearer \r\n", "Authorization: Bearer 0123456789abcdeF\r\n",
        "Authorization: Bearer 0123456789abcdef0\r\n", "Authorization: 0123456789abcdef\r\n",
        "Authorization: Basic 0123456789abcdef\r\n",
        "Authorization: Bearer 0123456789abcdef\r\nAuthorization: Bearer x\r\n"}) {
    for (const char* target : {"/admin/live-queries", "/admin/live-queries/1", "/admin/", "/admin/nothing"})
      EXPECT_EQ(ask(running, target, header).status, 401) << target << ' ' << header;
  }
  EXPECT_EQ(ask(running, "/admin/live-queries").status, 200);
}

TEST(Admin, GivesTheListAndOneOfIt) {
  RunningServer running(with_token());
  EXPECT_EQ(ask(running, "/admin/live-queries").body, R"({"most":100})");
  EXPECT_EQ(ask(running, "/admin/live-queries?most=7").body, R"({"most":7})");
  const auto one = ask(running, "/admin/live-queries/12");
  EXPECT_EQ(one.body, R"({"id":12})");
  EXPECT_EQ(one.header("Cache-Control"), "no-store");
  EXPECT_EQ(ask(running, "/admin/live-queries/404").status, 404);
}

TEST(Admin, RefusesWhatItDoesNotKnow) {
  RunningServer running(with_token());
  for (const char* target :
       {"/admin/", "/admin/live-queries/", "/admin/live-queries/x", "/admin/live-queries/-1",
        "/admin/live-queries/1/2",
        "/admin/live-queries?most=", "/admin/live-queries?most=99999999999999999999",
        "/admin/live-queries?most=10001", "/admin/live-queries?least=1", "/admin/live-queriesx"})
    EXPECT_EQ(ask(running, target).status, 404) << target;
  EXPECT_EQ(
      running.client().post("/admin/live-queries", "{}", "Authorization: Bearer 0123456789abcdef\r\n").status,
      405);
}

TEST(Admin, TellsOtherOriginsNothing) {
  Settings settings = with_token();
  settings.allowed_origins = {"*"};
  RunningServer running(settings);
  const auto response =
      ask(running, "/admin/live-queries",
          "Origin: https://elsewhere.example\r\nAuthorization: Bearer 0123456789abcdef\r\n");
  EXPECT_EQ(response.header("Access-Control-Allow-Origin"), "");
}

}  // namespace
}  // namespace freshet::server
