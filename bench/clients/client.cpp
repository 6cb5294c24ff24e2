#include "clients/client.h"

#include <chrono>
#include <cstring>
#include <stdexcept>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "floor_ws/frame_header.h"

namespace freshet::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kChunk = 16 * 1024;

std::int64_t wall_microseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Client::Client(asio::io_context& context, const Plan& plan, const SocketPlan& socket, Collected& collected)
    : plan_(plan),
      socket_plan_(socket),
      collected_(collected),
      socket_(context),
      results_(plan.dialect, socket.channels) {}

void Client::start() {
  socket_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), plan_.port));
  socket_.set_option(tcp::no_delay(true));
  const bool freshet = plan_.dialect == Dialect::kFreshet;
  asio::write(socket_, asio::buffer(std::string("GET ") + (freshet ? "/sync" : "/") +
                                    " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: "
                                    "websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                                    "dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                                    (freshet ? "Sec-WebSocket-Protocol: freshet.v1\r\n" : "") + "\r\n"));
  const std::size_t header = asio::read_until(socket_, asio::dynamic_buffer(received_), "\r\n\r\n");
  if (received_.rfind("HTTP/1.1 101", 0) != 0) {
    throw std::runtime_error("not upgraded: " + received_.substr(0, 200));
  }
  begin_ = header;
  end_ = received_.size();

  if (freshet) {
    send(R"({"type":"hello"})");
    if (!socket_plan_.token.empty()) send(R"({"type":"auth","token":")" + socket_plan_.token + "\"}");
  }
  for (std::size_t i = 0; i < socket_plan_.channels.size(); ++i) {
    const std::string channel = std::to_string(socket_plan_.channels[i]);
    send(freshet ? R"({"type":"subscribe","id":)" + std::to_string(i) + R"(,"path":")" + plan_.path +
                       R"(","args":{"channel":)" + channel + "}}"
                 : R"({"channel":)" + channel + "}");
  }
  on_bytes();
}

void Client::send(std::string_view text, unsigned char opcode) {
  std::string frame = frame_header(text.size(), true) + std::string(text);
  frame[0] = static_cast<char>(opcode);
  asio::write(socket_, asio::buffer(frame));
}

void Client::read() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (received_.size() < end_ + kChunk + simdjson::SIMDJSON_PADDING) {
    received_.resize(2 * end_ + kChunk + simdjson::SIMDJSON_PADDING);
  }
  socket_.async_read_some(
      asio::buffer(received_.data() + end_, received_.size() - end_ - simdjson::SIMDJSON_PADDING),
      [this](error_code error, std::size_t bytes) {
        if (error) return fail(error.message());
        end_ += bytes;
        on_bytes();
      });
}

void Client::on_bytes() {
  try {
    while (take_frame()) {
    }
  } catch (const std::exception& error) {
    return fail(error.what());
  }
  if (begin_ != 0 && begin_ != end_) {
    std::memmove(received_.data(), received_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  read();
}

bool Client::take_frame() {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(received_[begin_ + i]); };
  if (end_ - begin_ < 2) return false;
  std::size_t size = byte(1) & 0x7f;
  const std::size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
  const std::size_t header = 2 + length_bytes;
  if (end_ - begin_ < header) return false;
  if (length_bytes != 0) {
    size = 0;
    for (std::size_t i = 2; i < header; ++i) size = size << 8 | byte(i);
  }
  if (end_ - begin_ < header + size) return false;
  const unsigned char opcode = byte(0);
  if (received_.size() < begin_ + header + size + simdjson::SIMDJSON_PADDING) {
    received_.resize(begin_ + header + size + simdjson::SIMDJSON_PADDING);
  }
  const std::string_view payload(received_.data() + begin_ + header, size);
  begin_ += header + size;
  if (opcode == 0x81) {
    results_.apply(collected_.parser, payload, wall_microseconds(), collected_.newest, collected_.arrivals);
    ++collected_.applied;
  } else if (opcode == 0x89) {
    send(payload, 0x8a);
  } else {
    throw std::runtime_error("the server ended the socket, or sent a frame in parts");
  }
  return true;
}

void Client::fail(const std::string& what) {
  if (collected_.trouble.empty()) collected_.trouble = what;
}

}  // namespace freshet::bench
