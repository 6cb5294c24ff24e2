#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include "session/server_frame.h"

namespace freshet::server {

// The bytes that wait to be written to one socket, in order. Frames keep their shared parts; nothing is
// copied. Not thread-safe.
class Outbox {
 public:
  // Told once: its bytes were written (or never will be).
  class Written {
   public:
    virtual ~Written() = default;
    virtual void done(boost::system::error_code error, std::size_t bytes) = 0;
  };

  // As many buffers as one system call takes.
  static constexpr std::size_t kGathered = 64;
  struct Gathered {
    std::array<boost::asio::const_buffer, kGathered> buffers;
    std::size_t count = 0;
  };

  // A text message of one final, unmasked frame (RFC 6455 §5.2).
  void add_text(session::Frame frame);
  // An empty ping.
  void add_ping();
  // Bytes that are framed already.
  void add_raw(std::string bytes, std::unique_ptr<Written> written);

  std::size_t bytes() const { return bytes_; }
  bool empty() const { return parts_.empty(); }

  // The front of what waits. Valid until consume() or clear().
  Gathered gather() const;
  void consume(std::size_t bytes);
  // Forgets everything that waits.
  void clear(boost::system::error_code error);

 private:
  struct Waiting {
    session::Part part;
    std::unique_ptr<Written> written;
  };
  void add(session::Part part, std::unique_ptr<Written> written = nullptr);

  std::deque<Waiting> parts_;
  std::size_t sent_ = 0;  // of the first part
  std::size_t bytes_ = 0;
};

// The header of a final, unmasked text frame of so many bytes.
std::string text_frame_header(std::size_t payload_bytes);

}  // namespace freshet::server
