#pragma once

// SipHash-2-4 with 128 bits of output: the keyed hash of everything whose equality suppresses work, and the
// MAC of control messages. Users write the data that is hashed, so an unkeyed hash could be made to collide.

#include "freshet_wire/bytes.hpp"

#include <bit>
#include <cstring>

namespace freshet::wire {

struct SipKey {
  std::uint8_t bytes[16];
};

// Streaming state; trivially destructible, may live on any stack. finish() ends it.
class SipHasher {
 public:
  explicit SipHasher(const SipKey& key) {
    const std::uint64_t k0 = load(key.bytes);
    const std::uint64_t k1 = load(key.bytes + 8);
    v0_ = k0 ^ 0x736f6d6570736575ULL;
    v1_ = k1 ^ 0x646f72616e646f6dULL ^ 0xee;
    v2_ = k0 ^ 0x6c7967656e657261ULL;
    v3_ = k1 ^ 0x7465646279746573ULL;
  }

  void append(const std::uint8_t* data, std::size_t size) {
    length_ += size;
    if (pending_ > 0) {
      while (pending_ < 8 && size > 0) {
        tail_[pending_++] = *data++;
        --size;
      }
      if (pending_ < 8) return;
      absorb(load(tail_));
      pending_ = 0;
    }
    for (; size >= 8; data += 8, size -= 8) absorb(load(data));
    for (; size > 0; --size) tail_[pending_++] = *data++;
  }

  Hash128 finish() { return finish_with(tail_, pending_); }

  // All of a message at once, to a hasher that was given nothing.
  Hash128 whole(const std::uint8_t* data, std::size_t size) {
    length_ = size;
    for (; size >= 8; data += 8, size -= 8) absorb(load(data));
    return finish_with(data, size);
  }

 private:
  Hash128 finish_with(const std::uint8_t* tail, std::size_t size) {
    std::uint8_t word[8] = {};
    for (std::size_t i = 0; i < size; ++i) word[i] = tail[i];
    word[7] = static_cast<std::uint8_t>(length_);
    absorb(load(word));
    Hash128 hash;
    v2_ ^= 0xee;
    rounds(4);
    store(hash.bytes, v0_ ^ v1_ ^ v2_ ^ v3_);
    v1_ ^= 0xdd;
    rounds(4);
    store(hash.bytes + 8, v0_ ^ v1_ ^ v2_ ^ v3_);
    return hash;
  }

  static std::uint64_t rotate(std::uint64_t value, int bits) {
    return (value << bits) | (value >> (64 - bits));
  }

  static std::uint64_t load(const std::uint8_t* from) {
    std::uint64_t value = 0;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&value, from, sizeof value);
      return value;
    }
    for (int i = 0; i < 8; ++i) value |= static_cast<std::uint64_t>(from[i]) << (8 * i);
    return value;
  }

  static void store(std::uint8_t* to, std::uint64_t value) {
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(to, &value, sizeof value);
      return;
    }
    for (int i = 0; i < 8; ++i) to[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }

  void absorb(std::uint64_t word) {
    v3_ ^= word;
    rounds(2);
    v0_ ^= word;
  }

  void rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0_ += v1_;
      v2_ += v3_;
      v1_ = rotate(v1_, 13) ^ v0_;
      v3_ = rotate(v3_, 16) ^ v2_;
      v0_ = rotate(v0_, 32);
      v2_ += v1_;
      v0_ += v3_;
      v1_ = rotate(v1_, 17) ^ v2_;
      v3_ = rotate(v3_, 21) ^ v0_;
      v2_ = rotate(v2_, 32);
    }
  }

  std::uint64_t v0_, v1_, v2_, v3_;
  std::uint64_t length_ = 0;
  std::size_t pending_ = 0;
  std::uint8_t tail_[8] = {};
};

inline Hash128 siphash128(const SipKey& key, Bytes bytes) {
  return SipHasher(key).whole(bytes.data(), bytes.size());
}

// Takes the same time wherever the two differ, as a MAC check must.
inline bool equal_in_constant_time(const Hash128& a, const Hash128& b) {
  std::uint8_t difference = 0;
  for (int i = 0; i < 16; ++i) difference |= static_cast<std::uint8_t>(a.bytes[i] ^ b.bytes[i]);
  return difference == 0;
}

// 32 hex digits, either case. False: anything else.
inline bool parse_sip_key(std::span<const char> text, SipKey* key) {
  if (text.size() != 32) return false;
  for (std::size_t i = 0; i < 32; ++i) {
    const char c = text[i];
    int digit;
    if (c >= '0' && c <= '9')
      digit = c - '0';
    else if (c >= 'a' && c <= 'f')
      digit = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
      digit = c - 'A' + 10;
    else
      return false;
    key->bytes[i / 2] = static_cast<std::uint8_t>(i % 2 == 0 ? digit << 4 : key->bytes[i / 2] | digit);
  }
  return true;
}

}  // namespace freshet::wire
