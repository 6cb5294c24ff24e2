#include "access/key_url.h"

#include <gtest/gtest.h>

#include "access/issuer_keys.h"

namespace freshet::access {
namespace {

TEST(KeyUrl, IsHttpsOrOnThisMachine) {
  for (const char* url : {"https://id.example/jwks", "https://id.example:8443/a/b?tenant=1",
                          "http://localhost:3000/jwks", "http://127.0.0.1/jwks", "http://[::1]:3000/jwks"})
    EXPECT_TRUE(parse_key_url(url)) << url;
  for (const char* url :
       {"", "id.example/jwks", "http://id.example/jwks", "http://localhost.evil.example/",
        "http://127.0.0.1.nip.io/", "ftp://localhost/jwks", "file:///etc/passwd",
        "https://user:secret@id.example/", "https://user@id.example/", "https://id.example/#x", "https://",
        "https://id example/", "https://id.example/\r\nX: y", "javascript:1"})
    EXPECT_FALSE(parse_key_url(url)) << url;
}

TEST(KeyUrl, IsShownWithoutItsQuery) {
  EXPECT_EQ(parse_key_url("https://id.example/jwks?key=secret")->shown, "https://id.example/jwks");
}

TEST(KeyUrl, OfDiscoveryIsBelowTheIssuer) {
  EXPECT_EQ(discovery_url("https://id.example")->text, "https://id.example/.well-known/openid-configuration");
  EXPECT_EQ(discovery_url("https://id.example/")->text,
            "https://id.example/.well-known/openid-configuration");
  EXPECT_EQ(discovery_url("https://id.example/realms/a")->text,
            "https://id.example/realms/a/.well-known/openid-configuration");
  EXPECT_FALSE(discovery_url("https://id.example/?a=b"));
  EXPECT_FALSE(discovery_url("http://id.example"));
}

}  // namespace
}  // namespace freshet::access
