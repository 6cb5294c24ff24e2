#pragma once

// Control messages: what the gateway tells the output plugin through the WAL. Anyone may write a logical
// message, so nothing in one is believed before its MAC is.

#include "freshet_wire/siphash.hpp"

namespace freshet::wire {

inline constexpr std::uint8_t kControlVersion = 1;
inline constexpr char kControlPrefix[] = "freshet";

enum class ControlTag : std::uint8_t { kFence = 'F', kInterest = 'I', kUnwatch = 'W' };

// Writes one message: header, then what the caller writes through body(), then seal() appends the MAC of all
// of it.
template <ByteSink Sink>
class ControlWriter {
 public:
  ControlWriter(Sink& sink, const SipKey& key, ControlTag tag) : tee_{sink, SipHasher(key)}, writer_(tee_) {
    writer_.u8(kControlVersion);
    writer_.u8(static_cast<std::uint8_t>(tag));
  }
  ControlWriter(const ControlWriter&) = delete;
  ControlWriter& operator=(const ControlWriter&) = delete;

  struct Tee {
    Sink& sink;
    SipHasher mac;
    void append(const std::uint8_t* data, std::size_t size) {
      sink.append(data, size);
      mac.append(data, size);
    }
  };

  Writer<Tee>& body() { return writer_; }

  void seal() {
    const Hash128 mac = tee_.mac.finish();
    tee_.sink.append(mac.bytes, sizeof mac.bytes);
  }

 private:
  Tee tee_;
  Writer<Tee> writer_;
};

template <ByteSink Sink>
void write_fence(Sink& sink, const SipKey& key, std::uint64_t nonce) {
  ControlWriter<Sink> writer(sink, key, ControlTag::kFence);
  writer.body().u64(nonce);
  writer.seal();
}

struct ControlMessage {
  ControlTag tag;
  Bytes body;  // points into the message
};

// True: the message was written by somebody who holds the key and has a version and tag of ours; its body may
// still be malformed. False: treat the message as if it were not there, and count it.
inline bool open_control(const SipKey& key, Bytes message, ControlMessage* opened) {
  constexpr std::size_t kHeader = 2;
  if (message.size() < kHeader + sizeof(Hash128)) return false;
  const Bytes signed_part = message.first(message.size() - sizeof(Hash128));
  Hash128 mac;
  std::memcpy(mac.bytes, message.data() + signed_part.size(), sizeof mac.bytes);
  if (!equal_in_constant_time(mac, siphash128(key, signed_part))) return false;
  if (signed_part[0] != kControlVersion) return false;
  switch (static_cast<ControlTag>(signed_part[1])) {
    case ControlTag::kFence:
    case ControlTag::kInterest:
    case ControlTag::kUnwatch:
      opened->tag = static_cast<ControlTag>(signed_part[1]);
      opened->body = signed_part.subspan(kHeader);
      return true;
  }
  return false;
}

}  // namespace freshet::wire
