#include "server/outbox.h"

#include <algorithm>
#include <utility>

namespace freshet::server {
namespace {

constexpr char kFinalText = static_cast<char>(0x81);
constexpr char kFinalPing = static_cast<char>(0x89);

}  // namespace

std::string text_frame_header(std::size_t payload_bytes) {
  std::string header(1, kFinalText);
  const auto big_endian = [&](int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      header += static_cast<char>(static_cast<std::uint64_t>(payload_bytes) >> shift & 0xff);
    }
  };
  if (payload_bytes < 126) {
    header += static_cast<char>(payload_bytes);
  } else if (payload_bytes <= 0xffff) {
    header += static_cast<char>(126);
    big_endian(2);
  } else {
    header += static_cast<char>(127);
    big_endian(8);
  }
  return header;
}

void Outbox::add(session::Part part, std::unique_ptr<Written> written) {
  bytes_ += part.text.size();
  parts_.push_back({std::move(part), std::move(written)});
}

void Outbox::add_text(session::Frame frame) {
  add(session::Part(std::make_shared<const std::string>(text_frame_header(frame.size))));
  for (session::Part& part : frame.parts) add(std::move(part));
}

void Outbox::add_ping() {
  static const auto ping = std::make_shared<const std::string>(std::string{kFinalPing, '\0'});
  add(session::Part(ping));
}

void Outbox::add_raw(std::string bytes, std::unique_ptr<Written> written) {
  add(session::Part(std::make_shared<const std::string>(std::move(bytes))), std::move(written));
}

Outbox::Gathered Outbox::gather() const {
  Gathered gathered;
  std::size_t skip = sent_;
  for (const Waiting& waiting : parts_) {
    if (gathered.count == kGathered) break;
    gathered.buffers[gathered.count++] =
        boost::asio::const_buffer(waiting.part.text.data() + skip, waiting.part.text.size() - skip);
    skip = 0;
  }
  return gathered;
}

void Outbox::consume(std::size_t bytes) {
  bytes_ -= bytes;
  bytes += sent_;
  while (!parts_.empty() && bytes >= parts_.front().part.text.size()) {
    Waiting front = std::move(parts_.front());
    parts_.pop_front();
    bytes -= front.part.text.size();
    if (front.written) front.written->done({}, front.part.text.size());
  }
  sent_ = bytes;
}

void Outbox::clear(boost::system::error_code error) {
  std::deque<Waiting> parts = std::exchange(parts_, {});
  sent_ = 0;
  bytes_ = 0;
  for (Waiting& waiting : parts) {
    if (waiting.written) waiting.written->done(error, 0);
  }
}

}  // namespace freshet::server
