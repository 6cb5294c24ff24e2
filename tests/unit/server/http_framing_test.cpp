#include <gtest/gtest.h>

#include "running_server.h"

namespace freshet::server {
namespace {

constexpr std::string_view kBody = R"({"path":"echo"})";

class HttpFraming : public testing::Test {
 protected:
  // The answer to a POST of kBody with these header lines in place of the usual ones, and whether the
  // connection is then closed.
  std::pair<int, bool> post(const std::string& lines, const std::string& body = std::string(kBody)) {
    TestClient client = running_.client();
    client.send("POST /api/query HTTP/1.1\r\nContent-Type: application/json\r\n" + lines + "\r\n" + body);
    const int status = client.read_response().status;
    if (status == 200) return {status, false};
    return {status, client.read_to_end().empty()};
  }
  RunningServer running_;
  const std::string length_ = "Content-Length: " + std::to_string(kBody.size()) + "\r\n";
  const std::string host_ = "Host: localhost\r\n";
  const std::string chunked_ = "f\r\n" + std::string(kBody) + "\r\n0\r\n\r\n";
};

TEST_F(HttpFraming, TakesACountedOrAChunkedBody) {
  EXPECT_EQ(post(host_ + length_).first, 200);
  EXPECT_EQ(post(host_ + "Transfer-Encoding: chunked\r\n", chunked_).first, 200);
}

TEST_F(HttpFraming, RefusesWhatAProxyCouldReadInAnotherWay) {
  const std::pair<int, bool> refused{400, true};
  EXPECT_EQ(post(host_ + length_ + "Transfer-Encoding: chunked\r\n", chunked_), refused);
  EXPECT_EQ(post(host_ + "Transfer-Encoding: chunked\r\n" + length_, chunked_), refused);
  EXPECT_EQ(post(host_ + length_ + "Content-Length: 1\r\n"), refused);
  EXPECT_EQ(post(host_ + "Content-Length: +15\r\n"), refused);
  EXPECT_EQ(post(host_ + "Content-Length: 15, 16\r\n"), refused);
  EXPECT_EQ(post(host_ + "Content-Length: 0x0f\r\n"), refused);
  EXPECT_EQ(post(host_ + "Content-Length: -1\r\n"), refused);
  EXPECT_EQ(post(host_ + "Content-Length : 15\r\n"), refused);
  EXPECT_EQ(post(host_ + "Transfer-Encoding: gzip, chunked\r\n", chunked_), refused);
  EXPECT_EQ(post(host_ + "Transfer-Encoding: chunked, identity\r\n", chunked_), refused);
  EXPECT_EQ(post(host_ + "Transfer-Encoding: identity\r\n" + length_), refused);
  EXPECT_EQ(post(host_ + "Transfer-Encoding: xchunked\r\n", chunked_), refused);
  EXPECT_EQ(post(host_ + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked_), refused);
  EXPECT_EQ(post(host_ + "Transfer-Encoding: chunked\r\n", "zz\r\n" + std::string(kBody) + "\r\n0\r\n\r\n"),
            refused);
  EXPECT_EQ(post(host_ + host_ + length_), refused);
  EXPECT_EQ(post("Host: localhost\r\nHost: evil.example\r\n" + length_), refused);
  EXPECT_EQ(post(length_), refused) << "no Host";
}

TEST_F(HttpFraming, RefusesTargetsThatAreNoPath) {
  for (const char* target : {"http://localhost/api/query", "localhost:80", "*", "api/query", "/%zz?%zz"}) {
    TestClient client = running_.client();
    client.send("POST " + std::string(target) + " HTTP/1.1\r\n" + host_ + length_ +
                "Content-Type: application/json\r\n\r\n" + std::string(kBody));
    const int status = client.read_response().status;
    EXPECT_TRUE(status == 400 || status == 404) << target << " " << status;
  }
}

TEST_F(HttpFraming, InvitesAClientThatAsksBeforeItSendsItsBody) {
  TestClient client = running_.client();
  client.send("POST /api/query HTTP/1.1\r\nContent-Type: application/json\r\nExpect: 100-Continue\r\n" +
              host_ + length_ + "\r\n");
  EXPECT_EQ(client.read_response(true).status, 100);
  client.send(kBody);
  EXPECT_EQ(client.read_response().status, 200);
  EXPECT_EQ(client.get("/live").status, 200) << "the connection is in step";
}

TEST_F(HttpFraming, RefusesBeforeInviting) {
  TestClient large = running_.client();
  large.send("POST /api/query HTTP/1.1\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n" +
             host_ + "Content-Length: 99999999\r\n\r\n");
  EXPECT_EQ(large.read_response().status, 413);
  EXPECT_EQ(post(host_ + length_ + "Expect: a-pony\r\n").first, 417);
}

TEST(Slowloris, AHeaderOrABodyThatTricklesIsGivenUp) {
  Settings settings;
  settings.limits.http_timeout = std::chrono::milliseconds(200);
  RunningServer running(settings);
  TestClient header = running.client();
  header.send("POST /api/query HTTP/1.1\r\nX: ");
  EXPECT_EQ(header.read_to_end(), "");
  TestClient body = running.client();
  body.send("POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{");
  EXPECT_EQ(body.read_to_end(), "");
  TestClient silent = running.client();
  EXPECT_EQ(silent.read_to_end(), "");
}

TEST(DnsRebinding, ANameThatIsNotKnownReadsNothingWithoutAToken) {
  Settings settings;
  settings.address = "0.0.0.0";
  RunningServer running(settings);
  const auto get = [&](const std::string& host, const std::string& more = "") {
    TestClient client = running.client();
    client.send("GET /api/query?path=echo HTTP/1.1\r\nHost: " + host + "\r\n" + more + "\r\n");
    return client.read_response().status;
  };
  EXPECT_EQ(get("localhost:4700"), 200);
  EXPECT_EQ(get("127.0.0.1"), 200);
  EXPECT_EQ(get("rebound.example"), 421);
  EXPECT_EQ(get("rebound.example", "Authorization: Bearer x\r\n"), 401) << "a token is judged by itself";
  EXPECT_EQ(get("rebound.example", "Origin: http://rebound.example\r\n"), 403);
}

}  // namespace
}  // namespace freshet::server
