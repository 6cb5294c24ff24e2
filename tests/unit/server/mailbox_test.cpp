#include "server/mailbox.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace freshet::server {
namespace {

TEST(Mailbox, DeliversInOrderAndManyAtOnce) {
  boost::asio::io_context context;
  const auto mailbox = std::make_shared<Mailbox>(context);
  std::vector<int> got;
  for (int i = 0; i < 5; ++i) mailbox->post([&got, i] { got.push_back(i); });
  EXPECT_EQ(context.run(), 1u) << "one wake-up";
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Mailbox, DeliversTheRestAfterAMessageThatThrows) {
  boost::asio::io_context context;
  const auto mailbox = std::make_shared<Mailbox>(context);
  std::vector<int> got;
  mailbox->post([] { throw std::runtime_error("one"); });
  mailbox->post([&] { got.push_back(1); });
  mailbox->post([&] { got.push_back(2); });
  EXPECT_THROW(context.run(), std::runtime_error);
  mailbox->post([&] { got.push_back(3); });
  context.restart();
  context.run();
  EXPECT_EQ(got, (std::vector<int>{1, 2, 3}));
}

TEST(Mailbox, DropsWhatComesAfterClose) {
  auto context = std::make_unique<boost::asio::io_context>();
  const auto mailbox = std::make_shared<Mailbox>(*context);
  bool delivered = false;
  mailbox->post([&] { delivered = true; });
  mailbox->close();
  context->run();
  context.reset();
  mailbox->post([&] { delivered = true; });
  EXPECT_FALSE(delivered);
}

}  // namespace
}  // namespace freshet::server
