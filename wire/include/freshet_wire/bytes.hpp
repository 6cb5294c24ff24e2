#pragma once

// Primitives of every Freshet byte format (wire/README.md): a cursor that cannot leave its bytes and a writer
// over any sink. The cursor reads untrusted bytes; the writer is also used inside the database, where nothing
// may throw or allocate behind the server's back. Include this before postgres.h, whose macros the standard
// headers do not survive.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace freshet::wire {

using Bytes = std::span<const std::uint8_t>;

// 128 bits whose equality suppresses work, or a MAC. Only equality means anything.
struct Hash128 {
  std::uint8_t bytes[16];

  friend bool operator==(const Hash128& a, const Hash128& b) {
    return std::memcmp(a.bytes, b.bytes, 16) == 0;
  }
};

// The image of a null among fingerprints; no keyed hash is ever expected to be this.
inline constexpr Hash128 kNullImage{};

inline constexpr std::size_t kMaxVarLength = 10;

// Reads forward through bytes that somebody else owns. The first read that does not fit, and the first
// malformed `var`, fails the cursor for good: it then yields zeros and empty ranges, so a decoder may check
// ok() once per record instead of once per field. Loops over a count that was read must still be bounded by
// ok().
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : at_(bytes.data()), left_(bytes.size()) {}

  bool ok() const { return ok_; }
  bool at_end() const { return left_ == 0; }
  std::size_t remaining() const { return left_; }
  void fail() {
    ok_ = false;
    left_ = 0;
  }

  std::uint8_t u8() { return static_cast<std::uint8_t>(little_endian(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(little_endian(2)); }
  std::uint64_t u64() { return little_endian(8); }
  std::int64_t i64() { return static_cast<std::int64_t>(little_endian(8)); }

  // Refuses what no writer produces: more than 64 bits, and padding (a last group of zero bits after the
  // first byte), so that one number has one spelling.
  std::uint64_t var() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kMaxVarLength; ++i) {
      const std::uint8_t byte = u8();
      if (!ok_) return 0;
      if (i == kMaxVarLength - 1 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
      if ((byte & 0x80) == 0) {
        if (byte == 0 && i > 0) break;
        return value;
      }
    }
    fail();
    return 0;
  }

  Bytes take(std::uint64_t size) {
    if (size > left_) {
      fail();
      return {};
    }
    const Bytes taken(at_, static_cast<std::size_t>(size));
    at_ += size;
    left_ -= static_cast<std::size_t>(size);
    return taken;
  }

  Bytes bytes() { return take(var()); }

  Hash128 h128() {
    Hash128 hash{};
    const Bytes taken = take(sizeof hash.bytes);
    if (ok_) std::memcpy(hash.bytes, taken.data(), sizeof hash.bytes);
    return hash;
  }

  // A count whose elements take at least `least_size` bytes each: one that the rest cannot hold fails here,
  // before anybody reserves memory for it.
  std::uint64_t count(std::size_t least_size) {
    const std::uint64_t n = var();
    if (ok_ && n > left_ / (least_size == 0 ? 1 : least_size)) {
      fail();
      return 0;
    }
    return n;
  }

 private:
  std::uint64_t little_endian(std::size_t size) {
    const Bytes taken = take(size);
    if (!ok_) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= static_cast<std::uint64_t>(taken[i]) << (8 * i);
    return value;
  }

  const std::uint8_t* at_;
  std::size_t left_;
  bool ok_ = true;
};

// What a Writer needs of its destination. StringInfo, std::string, a MAC and a counter are made to fit by a
// few lines.
template <class S>
concept ByteSink = requires(S& sink, const std::uint8_t* data, std::size_t size) {
  sink.append(data, size);
};

// Any container with insert at its end (std::string, std::vector<uint8_t>), borrowed.
template <class Container>
class ContainerSink {
 public:
  explicit ContainerSink(Container& out) : out_(out) {}
  void append(const std::uint8_t* data, std::size_t size) { out_.insert(out_.end(), data, data + size); }

 private:
  Container& out_;
};

template <ByteSink Sink>
class Writer {
 public:
  explicit Writer(Sink& sink) : sink_(sink) {}

  void u8(std::uint8_t value) { sink_.append(&value, 1); }
  void u16(std::uint16_t value) { little_endian(value, 2); }
  void u64(std::uint64_t value) { little_endian(value, 8); }
  void i64(std::int64_t value) { little_endian(static_cast<std::uint64_t>(value), 8); }

  void var(std::uint64_t value) {
    std::uint8_t buffer[kMaxVarLength];
    std::size_t size = 0;
    do {
      const bool more = value >= 0x80;
      buffer[size++] = static_cast<std::uint8_t>((value & 0x7f) | (more ? 0x80 : 0));
      value >>= 7;
    } while (value != 0);
    sink_.append(buffer, size);
  }

  void raw(Bytes bytes) {
    if (!bytes.empty()) sink_.append(bytes.data(), bytes.size());
  }

  void bytes(Bytes bytes) {
    var(bytes.size());
    raw(bytes);
  }

  void h128(const Hash128& hash) { sink_.append(hash.bytes, sizeof hash.bytes); }
  void hashes(const Hash128* hashes, std::size_t count) {
    if (count > 0) sink_.append(hashes->bytes, sizeof(Hash128) * count);
  }

 private:
  void little_endian(std::uint64_t value, std::size_t size) {
    std::uint8_t buffer[8];
    for (std::size_t i = 0; i < size; ++i) buffer[i] = static_cast<std::uint8_t>(value >> (8 * i));
    sink_.append(buffer, size);
  }

  Sink& sink_;
};

}  // namespace freshet::wire
