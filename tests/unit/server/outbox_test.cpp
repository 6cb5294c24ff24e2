#include "server/outbox.h"

#include <random>

#include <gtest/gtest.h>

namespace freshet::server {
namespace {

session::Frame frame(std::vector<std::string> parts) {
  session::Frame out;
  for (std::string& part : parts)
    out.add(session::Part(std::make_shared<const std::string>(std::move(part))));
  return out;
}

std::string text_of(const Outbox::Gathered& gathered) {
  std::string out;
  for (std::size_t i = 0; i < gathered.count; ++i) {
    out.append(static_cast<const char*>(gathered.buffers[i].data()), gathered.buffers[i].size());
  }
  return out;
}

class Noted final : public Outbox::Written {
 public:
  explicit Noted(std::vector<std::string>& notes) : notes_(notes) {}
  void done(boost::system::error_code error, std::size_t bytes) override {
    notes_.push_back(error ? "failed" : std::to_string(bytes));
  }

 private:
  std::vector<std::string>& notes_;
};

TEST(TextFrameHeader, HasTheShortestLength) {
  EXPECT_EQ(text_frame_header(0), std::string("\x81\x00", 2));
  EXPECT_EQ(text_frame_header(125), std::string("\x81\x7d", 2));
  EXPECT_EQ(text_frame_header(126), std::string("\x81\x7e\x00\x7e", 4));
  EXPECT_EQ(text_frame_header(65535), std::string("\x81\x7e\xff\xff", 4));
  EXPECT_EQ(text_frame_header(65536), std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

TEST(Outbox, GathersSeveralFramesWithoutCopyingThem) {
  Outbox outbox;
  const auto shared = std::make_shared<const std::string>(1000, 'x');
  session::Frame one;
  one.add(session::Part(shared));
  outbox.add_text(std::move(one));
  outbox.add_text(frame({"a", "b"}));
  const Outbox::Gathered gathered = outbox.gather();
  EXPECT_EQ(gathered.count, 5u);
  EXPECT_EQ(gathered.buffers[1].data(), shared->data());
  EXPECT_EQ(outbox.bytes(), 4 + 1000 + 2 + 2u);
}

TEST(Outbox, GivesEveryByteOnceHoweverWritesAreCut) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Outbox outbox;
  std::string expected;
  std::string written;
  for (int step = 0; step < 3000; ++step) {
    if (random() % 3 == 0) {
      std::vector<std::string> parts(1 + random() % 100,
                                     std::string(random() % 300, static_cast<char>('a' + random() % 26)));
      std::string whole;
      for (const std::string& part : parts) whole += part;
      expected += text_frame_header(whole.size()) + whole;
      outbox.add_text(frame(std::move(parts)));
    } else {
      const std::string front = text_of(outbox.gather());
      const std::size_t taken = front.empty() ? 0 : random() % (front.size() + 1);
      written += front.substr(0, taken);
      outbox.consume(taken);
    }
    ASSERT_EQ(outbox.bytes(), expected.size() - written.size());
  }
  while (!outbox.empty()) {
    const std::string front = text_of(outbox.gather());
    written += front;
    outbox.consume(front.size());
  }
  EXPECT_EQ(written, expected);
}

TEST(Outbox, TellsWhenRawBytesWereWritten) {
  Outbox outbox;
  std::vector<std::string> notes;
  outbox.add_text(frame({"ab"}));
  outbox.add_raw("raw", std::make_unique<Noted>(notes));
  outbox.consume(6);
  EXPECT_TRUE(notes.empty());
  outbox.consume(1);
  EXPECT_EQ(notes, std::vector<std::string>{"3"});
  outbox.add_raw("more", std::make_unique<Noted>(notes));
  outbox.clear(boost::system::errc::make_error_code(boost::system::errc::broken_pipe));
  EXPECT_EQ(notes.back(), "failed");
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0u);
}

}  // namespace
}  // namespace freshet::server
