#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "base/canonical_json.h"
#include "session/client_frame.h"
#include "session/server_frame.h"

// docs/protocol.md is right: each client example is decoded to what it says, each server example is what the
// encoder makes.
namespace freshet::session {
namespace {

using Examples = std::map<std::string, std::string>;

Examples examples(const std::string& side) {
  std::ifstream file(FRESHET_PROTOCOL_MD);
  EXPECT_TRUE(file) << FRESHET_PROTOCOL_MD;
  Examples found;
  std::string line;
  std::string name;
  while (std::getline(file, line)) {
    if (line == "```") {
      name.clear();
    } else if (!name.empty()) {
      found[name] += line + "\n";
    } else if (line.rfind("```json " + side + " ", 0) == 0) {
      name = line.substr(("```json " + side + " ").size());
      EXPECT_FALSE(found.contains(name)) << name << " twice";
      found[name];
    }
  }
  return found;
}

Bytes bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

base::Error error(base::ErrorCode code, std::string message, std::string details = {}) {
  return base::Error(code, std::move(message), std::move(details));
}

Examples server_frames() {
  using base::ErrorCode;
  const access::Identity identity{R"({"exp":1800000060,"sub":"u1"})", "", {}};
  const auto transition = [](const char* from, const char* to, std::vector<Change> changes,
                             std::vector<std::uint64_t> includes, bool stale = false) {
    return transition_frame({from, to, std::move(changes), std::move(includes), stale}).text();
  };
  Transition apart;
  apart.changes = {{2, bytes(R"("value":3,"hash":"77aa01b2")")}};
  ServerInfo server{"freshet", "0.1.0", 1024 * 1024};
  return {
      {"welcome", welcome_frame({"0ZyNq4vXc3b7w1YQm2uKpA", "6f3a-41", true, 6}, server, {}).text()},
      {"transition-value",
       transition("6f3a-41", "6f3a-42",
                  {{1, bytes(R"("value":[{"id":"m1","body":"hi"}],"hash":"9c1e0b7a")")}}, {9})},
      {"transition-splice",
       transition(
           "6f3a-42", "6f3a-43",
           {{1,
             bytes(
                 R"("splice":[[0,0,[{"id":"m2","body":"ho"}]],[50,1,[]]],"base":"9c1e0b7a","hash":"41d2c3f0")")}},
           {})},
      {"transition-page",
       transition(
           "6f3a-43", "6f3a-44",
           {{2,
             bytes(
                 R"("value":{"rows":[{"id":"m2","body":"ho"},{"id":"m1","body":"hi"}],"next":"AQAB…","split":null},"hash":"0b5d77e1")")}},
           {})},
      {"transition-page-splice",
       transition(
           "6f3a-44", "6f3a-45",
           {{2,
             bytes(
                 R"("splice":[[0,0,[{"id":"m3","body":"hm"}]],[2,1,[]]],"page":{"next":"AQAD…","split":null},"base":"0b5d77e1","hash":"c2f09a41")")}},
           {})},
      {"transition-same",
       transition("6f3a-41", "6f3a-43", {{1, bytes(R"("same":true,"hash":"9c1e0b7a")")}}, {})},
      {"transition-error",
       transition("6f3a-43", "6f3a-44",
                  {{1, bytes(R"("error":)" + base::to_json(error(ErrorCode::kForbidden, "not a member")))}},
                  {})},
      {"transition-apart", transition_frame(apart).text()},
      {"transition-stale", transition("6f3a-44", "6f3a-44", {}, {}, true)},
      {"response", response_frame(9, Outcome{Part(bytes(R"({"id":"m1"})")), "6f3a-42", false}).text()},
      {"response-replayed", response_frame(7, Outcome{Part(bytes("null")), "", true}).text()},
      {"response-error",
       response_frame(10, error(ErrorCode::kRateLimited, "too many frames", R"({"retry_after_ms":40})"))
           .text()},
      {"auth", auth_frame(&identity).text()},
      {"auth-anonymous", auth_frame(nullptr).text()},
      {"auth-error",
       auth_frame(error(ErrorCode::kUnauthenticated, "the token has expired", R"({"reason":"expired"})"))
           .text()},
      {"error",
       error_frame(error(ErrorCode::kProtocol, "the first frame must be hello"), std::nullopt).text()},
      {"error-subscription",
       error_frame(error(ErrorCode::kOverloaded, "too many open subscriptions"), 1001).text()},
      {"pong", pong_frame("1").text()},
  };
}

TEST(ProtocolExamples, OfTheGatewayAreWhatItSends) {
  const Examples documented = examples("server");
  const Examples sent = server_frames();
  for (const auto& [name, text] : documented) {
    ASSERT_TRUE(sent.contains(name)) << name;
    const auto canonical = base::canonical_json(text);
    ASSERT_TRUE(canonical) << name << ": " << canonical.error().message;
    EXPECT_EQ(*canonical, *base::canonical_json(sent.at(name))) << name;
  }
  EXPECT_EQ(documented.size(), sent.size());
}

TEST(ProtocolExamples, OfTheClientAreUnderstood) {
  const Examples documented = examples("client");
  const auto decoded = [&](const std::string& name) -> ClientFrame {
    EXPECT_TRUE(documented.contains(name)) << name;
    auto frame = decode_client_frame(documented.at(name), {});
    EXPECT_TRUE(frame) << name << ": " << frame.error().message;
    return *std::move(frame);
  };
  EXPECT_FALSE(std::get<HelloFrame>(decoded("hello")).session);
  EXPECT_EQ(std::get<HelloFrame>(decoded("hello-resume")).pending, (std::vector<std::uint64_t>{7, 8}));
  EXPECT_EQ(std::get<HelloFrame>(decoded("hello-resume")).session, "0ZyNq4vXc3b7w1YQm2uKpA");
  EXPECT_TRUE(std::get<AuthFrame>(decoded("auth")).token);
  EXPECT_FALSE(std::get<AuthFrame>(decoded("auth-anonymous")).token);
  EXPECT_EQ(std::get<SubscribeFrame>(decoded("subscribe")).subscription.have, "9c1e0b7a");
  EXPECT_EQ(std::get<SubscribeFrame>(decoded("subscribe-page")).subscription.lockstep, false);
  EXPECT_EQ(std::get<SubscribeFrame>(decoded("subscribe-page")).subscription.call.page, R"({"limit": 50})");
  EXPECT_EQ(std::get<SubscribeFrame>(decoded("subscribe-range")).subscription.call.page,
            R"({"limit": 50, "after": "AQAB…", "until": "AQAC…"})");
  EXPECT_EQ(std::get<UnsubscribeFrame>(decoded("unsubscribe")).id, 1u);
  EXPECT_EQ(std::get<RequestFrame>(decoded("mutate")).kind, Kind::kMutation);
  EXPECT_EQ(std::get<RequestFrame>(decoded("query")).call.args, "{}");
  EXPECT_EQ(std::get<RequestFrame>(decoded("act")).kind, Kind::kAction);
  EXPECT_EQ(std::get<AckFrame>(decoded("ack")).upto, 9u);
  EXPECT_EQ(std::get<PingFrame>(decoded("ping")).data, "1");
  EXPECT_EQ(documented.size(), 13u) << "an example that no line here reads";
}

}  // namespace
}  // namespace freshet::session
