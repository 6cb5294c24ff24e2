#include "freshet_wire/bytes.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "freshet_wire/control.hpp"

namespace freshet::wire {
namespace {

using Buffer = std::vector<std::uint8_t>;
using Sink = ContainerSink<Buffer>;

template <class Write>
Buffer written(Write write) {
  Buffer buffer;
  Sink sink(buffer);
  Writer<Sink> writer(sink);
  write(writer);
  return buffer;
}

TEST(Bytes, what_is_written_is_read_back) {
  Hash128 hash;
  for (int i = 0; i < 16; ++i) hash.bytes[i] = static_cast<std::uint8_t>(200 + i);
  const Buffer text = {'a', 0, 'b'};
  const Buffer buffer = written([&](auto& w) {
    w.u8(0xfe);
    w.u16(0xfedc);
    w.u64(0xfedcba9876543210);
    w.i64(std::numeric_limits<std::int64_t>::min());
    w.bytes(text);
    w.bytes({});
    w.h128(hash);
    w.var(300);
  });
  Cursor in(buffer);
  EXPECT_EQ(in.u8(), 0xfe);
  EXPECT_EQ(in.u16(), 0xfedc);
  EXPECT_EQ(in.u64(), 0xfedcba9876543210);
  EXPECT_EQ(in.i64(), std::numeric_limits<std::int64_t>::min());
  const Bytes read = in.bytes();
  EXPECT_EQ(Buffer(read.begin(), read.end()), text);
  EXPECT_TRUE(in.bytes().empty());
  EXPECT_TRUE(in.h128() == hash);
  EXPECT_EQ(in.var(), 300u);
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.at_end());
}

TEST(Bytes, integers_are_little_endian) {
  EXPECT_EQ(written([](auto& w) { w.u16(0x0102); }), (Buffer{2, 1}));
  EXPECT_EQ(written([](auto& w) { w.u64(1); }), (Buffer{1, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Var, every_length_is_read_back) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value : {(std::uint64_t{1} << bit) - 1, std::uint64_t{1} << bit}) {
      const Buffer buffer = written([&](auto& w) { w.var(value); });
      EXPECT_LE(buffer.size(), kMaxVarLength);
      Cursor in(buffer);
      EXPECT_EQ(in.var(), value);
      EXPECT_TRUE(in.ok() && in.at_end());
    }
  }
  const Buffer largest = written([](auto& w) { w.var(std::numeric_limits<std::uint64_t>::max()); });
  EXPECT_EQ(largest.size(), kMaxVarLength);
  Cursor in(largest);
  EXPECT_EQ(in.var(), std::numeric_limits<std::uint64_t>::max());
}

bool reads_as_var(const Buffer& buffer) {
  Cursor in(buffer);
  in.var();
  return in.ok();
}

TEST(Var, a_second_spelling_of_a_number_is_refused) {
  EXPECT_FALSE(reads_as_var({0x80, 0x00}));
  EXPECT_FALSE(reads_as_var({0x81, 0x80, 0x00}));
  EXPECT_TRUE(reads_as_var({0x00}));
}

TEST(Var, more_than_64_bits_are_refused) {
  EXPECT_FALSE(reads_as_var({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}));
  EXPECT_FALSE(reads_as_var({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}));
}

TEST(Var, a_cut_number_is_refused) { EXPECT_FALSE(reads_as_var({0xff, 0xff})); }

TEST(Cursor, a_read_beyond_the_end_fails_it_for_good) {
  const Buffer buffer = {1, 2, 3};
  Cursor in(buffer);
  EXPECT_EQ(in.u64(), 0u);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.u8(), 0);
  EXPECT_EQ(in.remaining(), 0u);
  EXPECT_FALSE(in.ok());
}

TEST(Cursor, a_length_beyond_the_end_yields_nothing) {
  const Buffer buffer = written([](auto& w) { w.var(std::numeric_limits<std::uint64_t>::max()); });
  Cursor in(buffer);
  EXPECT_TRUE(in.bytes().empty());
  EXPECT_FALSE(in.ok());
}

TEST(Cursor, a_count_that_the_rest_cannot_hold_is_refused) {
  const Buffer buffer = {3, 0, 0, 0, 0, 0};
  Cursor fits(buffer);
  EXPECT_EQ(fits.count(1), 3u);
  EXPECT_TRUE(fits.ok());
  Cursor too_many(buffer);
  EXPECT_EQ(too_many.count(2), 0u);
  EXPECT_FALSE(too_many.ok());
}

// Reads a random program of primitives off random bytes. The buffer is a heap block of exactly its size, so
// that a sanitizer sees one byte too far.
TEST(Cursor, random_bytes_never_lead_it_beyond_its_end) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20000; ++round) {
    Buffer buffer(random() % 40);
    for (auto& byte : buffer) byte = static_cast<std::uint8_t>(random() % 3 == 0 ? random() % 4 : random());
    Cursor in(buffer);
    std::size_t before = in.remaining();
    for (int step = 0; step < 12; ++step) {
      switch (random() % 8) {
        case 0:
          in.u8();
          break;
        case 1:
          in.u16();
          break;
        case 2:
          in.u64();
          break;
        case 3:
          in.var();
          break;
        case 4:
          in.h128();
          break;
        case 5:
          in.count(random() % 4);
          break;
        case 6:
          in.take(random() % 50);
          break;
        default: {
          const Bytes taken = in.bytes();
          if (!taken.empty()) {
            EXPECT_GE(taken.data(), buffer.data());
            EXPECT_LE(taken.data() + taken.size(), buffer.data() + buffer.size());
          }
        }
      }
      ASSERT_LE(in.remaining(), before);
      before = in.remaining();
      if (!in.ok()) {
        ASSERT_EQ(in.remaining(), 0u);
      }
    }
  }
}

SipKey some_key() {
  SipKey key;
  for (int i = 0; i < 16; ++i) key.bytes[i] = static_cast<std::uint8_t>(7 * i);
  return key;
}

Buffer some_interest() {
  Buffer message;
  Sink sink(message);
  ControlWriter<Sink> writer(sink, some_key(), ControlTag::kInterest);
  writer.body().var(9);
  writer.body().u8(1);
  writer.body().var(0);
  writer.seal();
  return message;
}

TEST(Control, a_sealed_message_opens_under_its_key) {
  const Buffer message = some_interest();
  ControlMessage opened;
  ASSERT_TRUE(open_control(some_key(), message, &opened));
  EXPECT_EQ(opened.tag, ControlTag::kInterest);
  Cursor body(opened.body);
  EXPECT_EQ(body.var(), 9u);
  EXPECT_EQ(body.u8(), 1);
  EXPECT_EQ(body.var(), 0u);
  EXPECT_TRUE(body.ok() && body.at_end());
}

TEST(Control, a_fence_carries_its_nonce) {
  Buffer message;
  Sink sink(message);
  write_fence(sink, some_key(), 0x1122334455667788);
  ControlMessage opened;
  ASSERT_TRUE(open_control(some_key(), message, &opened));
  EXPECT_EQ(opened.tag, ControlTag::kFence);
  Cursor body(opened.body);
  EXPECT_EQ(body.u64(), 0x1122334455667788u);
  EXPECT_TRUE(body.at_end());
}

TEST(Control, another_key_does_not_open_it) {
  SipKey other = some_key();
  other.bytes[15] ^= 1;
  ControlMessage opened;
  EXPECT_FALSE(open_control(other, some_interest(), &opened));
}

TEST(Control, no_changed_bit_goes_unnoticed) {
  const Buffer message = some_interest();
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Buffer changed = message;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    ControlMessage opened;
    EXPECT_FALSE(open_control(some_key(), changed, &opened)) << bit;
  }
}

TEST(Control, a_cut_or_lengthened_message_does_not_open) {
  const Buffer message = some_interest();
  ControlMessage opened;
  for (std::size_t size = 0; size < message.size(); ++size)
    EXPECT_FALSE(open_control(some_key(), Bytes(message.data(), size), &opened)) << size;
  Buffer longer = message;
  longer.push_back(0);
  EXPECT_FALSE(open_control(some_key(), longer, &opened));
}

TEST(Control, a_version_or_tag_of_another_time_is_not_ours) {
  for (const auto& [version, tag] : {std::pair<int, int>{2, 'F'}, {1, 'Z'}}) {
    Buffer message = {static_cast<std::uint8_t>(version), static_cast<std::uint8_t>(tag)};
    const Hash128 mac = siphash128(some_key(), message);
    message.insert(message.end(), mac.bytes, mac.bytes + 16);
    ControlMessage opened;
    EXPECT_FALSE(open_control(some_key(), message, &opened));
  }
}

}  // namespace
}  // namespace freshet::wire
