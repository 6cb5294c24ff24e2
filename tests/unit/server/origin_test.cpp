#include "server/origin.h"

#include <gtest/gtest.h>

namespace freshet::server {
namespace {

TEST(Origin, OfTheHostItselfIsAllowedWhereTheHostIsKnown) {
  Settings settings;
  EXPECT_TRUE(origin_allowed(settings, "http://localhost:8080", "localhost:8080"));
  EXPECT_TRUE(origin_allowed(settings, "http://127.0.0.1:8080", "127.0.0.1:8080"));
  EXPECT_TRUE(origin_allowed(settings, "http://[::1]:8080", "[::1]:8080"));
  EXPECT_FALSE(origin_allowed(settings, "http://localhost:5173", "localhost:8080"));
  EXPECT_FALSE(origin_allowed(settings, "http://rebound.example", "rebound.example"));
  settings.allowed_hosts = {"app.example"};
  EXPECT_TRUE(origin_allowed(settings, "https://App.example", "app.example"));
}

TEST(Origin, MustBeListedOtherwise) {
  Settings settings;
  settings.allowed_origins = {"https://app.example"};
  EXPECT_TRUE(origin_allowed(settings, "https://app.example", "api.example"));
  for (const char* origin :
       {"http://app.example", "https://app.example.evil", "https://evil/https://app.example", "null", "",
        "https://app.example:444", "app.example"}) {
    EXPECT_FALSE(origin_allowed(settings, origin, "api.example")) << origin;
  }
  settings.allowed_origins = {"*"};
  EXPECT_TRUE(origin_allowed(settings, "https://any.example", "api.example"));
}

TEST(Host, IsAnyUnlessConfigured) {
  Settings settings;
  settings.address = "0.0.0.0";
  EXPECT_TRUE(host_allowed(settings, "anything"));
  settings.allowed_hosts = {"app.example"};
  EXPECT_TRUE(host_allowed(settings, "app.example"));
  EXPECT_TRUE(host_allowed(settings, "APP.example:8443"));
  EXPECT_FALSE(host_allowed(settings, "localhost"));
  EXPECT_FALSE(host_allowed(settings, ""));
}

TEST(Host, OnALoopbackAddressIsNoNameThatSomebodyElseCouldHave) {
  Settings settings;
  for (const char* address : {"127.0.0.1", "127.0.0.2", "::1"}) {
    settings.address = address;
    for (const char* host :
         {"localhost:4700", "LOCALHOST", "app.localhost:4700", "127.0.0.1:4700", "[::1]:4700", ""})
      EXPECT_TRUE(host_allowed(settings, host)) << host;
    for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                             "evillocalhost", ".localhost.evil", "[::1].evil.example"})
      EXPECT_FALSE(host_allowed(settings, host)) << host;
  }
}

}  // namespace
}  // namespace freshet::server
