#include "mcp/exchange.h"

#include <gtest/gtest.h>

namespace freshet::mcp {
namespace {

struct Got {
  int times = 0;
  Reply reply;
  std::function<void(Reply)> take() {
    return [this](Reply given) {
      ++times;
      reply = std::move(given);
    };
  }
};

TEST(Exchange, AnswersWhenAllAnswersAreThereInTheirPlaces) {
  Got got;
  Exchange exchange(true, true, got.take());
  const auto first = exchange.add();
  const auto second = exchange.add();
  exchange.answer(second, "2");
  exchange.sealed();
  EXPECT_EQ(got.times, 0);
  exchange.answer(first, "1");
  EXPECT_EQ(got.times, 1);
  EXPECT_EQ(got.reply.body, "[1,2]");
  EXPECT_EQ(got.reply.type, "application/json");
}

TEST(Exchange, WithoutRequestsIsAccepted) {
  Got got;
  Exchange exchange(false, true, got.take());
  exchange.sealed();
  EXPECT_EQ(got.reply.status, 202);
  EXPECT_EQ(got.reply.body, "");
}

TEST(Exchange, IsOfEventsWhereNotificationsComeFirst) {
  for (const bool events : {true, false}) {
    Got got;
    Exchange exchange(false, events, got.take());
    const auto place = exchange.add();
    exchange.sealed();
    exchange.answer(place, "{}", {"{\"n\":1}"});
    EXPECT_EQ(got.reply.type, events ? "text/event-stream" : "application/json");
    EXPECT_EQ(got.reply.body,
              events ? "event: message\ndata: {\"n\":1}\n\nevent: message\ndata: {}\n\n" : "{}");
  }
}

TEST(Exchange, OfACancelledRequestHasNoAnswer) {
  Got got;
  Exchange exchange(false, true, got.take());
  const auto place = exchange.add();
  exchange.sealed();
  exchange.answer(place, "");
  exchange.answer(place, "too late");
  EXPECT_EQ(got.times, 1);
  EXPECT_EQ(got.reply.type, "text/event-stream");
  EXPECT_EQ(got.reply.body.find("too late"), std::string::npos);
}

}  // namespace
}  // namespace freshet::mcp
