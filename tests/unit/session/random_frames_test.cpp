#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "base/raw_json.h"
#include "scripted_backend.h"
#include "session/client_session.h"

namespace freshet::session {
namespace {

// Frames that are nearly right reach deeper than random bytes.
class FrameMaker {
 public:
  explicit FrameMaker(std::uint32_t seed) : random_(seed) {}

  std::string next() {
    std::string text = "{";
    const char* types[] = {"hello", "auth", "subscribe", "unsubscribe", "mutate",
                           "query", "act",  "ack",       "ping",        "other"};
    if (!chance(50)) text += "\"type\":\"" + std::string(types[below(10)]) + "\",";
    for (const char* member :
         {"id", "path", "args", "page", "token", "session", "pending", "upto", "have", "lockstep", "data"}) {
      if (chance(2)) text += "\"" + std::string(member) + "\":" + value(member, 0) + ",";
    }
    if (text.back() == ',') text.pop_back();
    text += "}";
    for (std::size_t changes = chance(12) ? 1 + below(4) : 0; changes > 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      switch (below(3)) {
        case 0:
          text[at] = static_cast<char>(random_());
          break;
        case 1:
          text.erase(at, 1 + below(3));
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(8)));
      }
    }
    return text;
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }

 private:
  std::string value(std::string_view member, int depth) {
    if (!chance(8)) {
      if (member == "id" || member == "upto") return std::to_string(below(20));
      if (member == "path") return "\"a.b\"";
      if (member == "args" || member == "page") return "{}";
    }
    switch (below(depth > 3 ? 7 : 9)) {
      case 0:
        return "null";
      case 1:
        return "true";
      case 2:
        return "-1";
      case 3:
        return "1e999";
      case 4:
        return "\"\\ud83d\\ude00\"";
      case 5:
        return "9007199254740993";
      case 6:
        return "\"\xc3\xa9\"";
      case 7:
        return "[" + value("", depth + 1) + "," + value("", depth + 1) + "]";
      default:
        return "{\"a\":" + value("", depth + 1) + "}";
    }
  }

  std::mt19937 random_;
};

// Whatever comes, every frame sent back is valid JSON of a known type, an error has a code of the list, and
// what is closed stays silent.
TEST(RandomFrames, AreAlwaysAnsweredInTheProtocol) {
  const std::uint32_t first = std::random_device{}();
  for (std::uint32_t round = 0; round < 400; ++round) {
    const std::uint32_t seed = first + round;
    SCOPED_TRACE("seed " + std::to_string(seed));
    FrameMaker maker(seed);
    SessionRules rules;
    rules.limits.max_requests = 8;
    rules.limits.max_subscriptions = 8;
    ScriptedBackend backend;
    KeptTransport transport;
    Now now{base::TimePoint(std::chrono::seconds(1)), access::WallTime(std::chrono::seconds(1'800'000'000))};
    ClientSession session(1, rules, backend, transport, now);
    session.on_text(now, R"({"type":"hello"})");
    for (int step = 0; step < 200 && !session.closed(); ++step) {
      now.steady += std::chrono::milliseconds(maker.below(5));
      switch (maker.below(8)) {
        case 0:
          session.on_opened(now, Opened{"s", "e", false, 0});
          break;
        case 1:
          session.on_answer(now, maker.below(20), base::Error(base::ErrorCode::kConflict, "x"));
          break;
        case 2:
          session.on_transition({"a",
                                 "b",
                                 {{maker.below(20), std::make_shared<const std::string>("\"same\":true")}},
                                 {},
                                 false});
          break;
        case 3:
          session.on_writable(maker.below(2) == 0);
          break;
        default:
          session.on_text(now, maker.next());
      }
    }
    session.on_disconnect();
    for (const std::string& frame : transport.frames) {
      const auto members = base::object_members(frame);
      ASSERT_TRUE(members) << frame;
      ASSERT_EQ(members->front().key, "type") << frame;
      for (const base::JsonMember& member : *members) {
        if (member.key != "error") continue;
        const auto error = base::object_members(member.value);
        ASSERT_TRUE(error) << frame;
        ASSERT_TRUE(base::error_code_named(*base::parse_json_string(error->front().value))) << frame;
      }
    }
    EXPECT_EQ(transport.sent_after_close, 0);
    EXPECT_LE(std::count(backend.calls.begin(), backend.calls.end(), "disconnect"), 1);
  }
}

TEST(RandomFrames, OfRandomBytesAreProtocolErrors) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 5000; ++round) {
    std::string text(random() % 64, '\0');
    for (char& c : text) c = static_cast<char>(random());
    const auto frame = decode_client_frame(text, {});
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().code, base::ErrorCode::kProtocol);
  }
}

}  // namespace
}  // namespace freshet::session
