#include "test_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <utility>

namespace freshet::server {
namespace {

constexpr int kPatienceSeconds = 20;

[[noreturn]] void fail(const char* what) { throw std::runtime_error(what); }

}  // namespace

TestClient::TestClient(std::uint16_t port, int receive_buffer) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  if (socket_ < 0) fail("socket");
  if (receive_buffer != 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const timeval patience{kPatienceSeconds, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
}

TestClient::TestClient(TestClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

TestClient::~TestClient() {
  if (socket_ >= 0) ::close(socket_);
}

void TestClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void TestClient::reset() {
  const linger now{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(std::exchange(socket_, -1));
}

bool TestClient::fill() {
  char chunk[65536];
  const ssize_t got = ::recv(socket_, chunk, sizeof chunk, 0);
  if (got < 0 && errno != ECONNRESET) fail("nothing came in time");
  if (got <= 0) return false;
  buffer_.append(chunk, static_cast<std::size_t>(got));
  return true;
}

std::string TestClient::take(std::size_t bytes) {
  while (buffer_.size() < bytes) {
    if (!fill()) fail("the stream ended early");
  }
  std::string out = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return out;
}

std::string TestClient::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string TestClient::Response::header(std::string_view name) const {
  const std::string wanted = "\r\n" + std::string(name) + ": ";
  const std::size_t at = headers.find(wanted);
  if (at == std::string::npos) return {};
  const std::size_t from = at + wanted.size();
  return headers.substr(from, headers.find("\r\n", from) - from);
}

TestClient::Response TestClient::read_response(bool head) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) fail("no response");
  }
  Response response;
  response.headers = take(end + 4);
  response.status = std::stoi(response.headers.substr(9, 3));
  const std::string length = response.header("Content-Length");
  if (!head && !length.empty()) response.body = take(std::stoul(length));
  return response;
}

TestClient::Response TestClient::get(std::string_view target, std::string_view headers,
                                     std::string_view method) {
  send(std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
       std::string(headers) + "\r\n");
  return read_response(method == "HEAD");
}

TestClient::Response TestClient::post(std::string_view target, std::string_view body,
                                      std::string_view headers) {
  std::string request = "POST " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
  request += std::to_string(body.size()) + "\r\n";
  if (headers.find("Content-Type") == std::string_view::npos) request += "Content-Type: application/json\r\n";
  send(request + std::string(headers) + "\r\n" + std::string(body));
  return read_response();
}

TestClient::Response TestClient::upgrade(std::string_view headers) {
  return get("/sync",
             "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                 std::string(headers));
}

void TestClient::connect_session() {
  if (upgrade().status != 101) fail("not upgraded");
  send_text(R"({"type":"hello"})");
  if (read_text().find("\"welcome\"") == std::string::npos) fail("not welcome");
}

void TestClient::send_frame(int opcode, std::string_view payload, bool final) {
  std::string frame(1, static_cast<char>((final ? 0x80 : 0) | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() < 65536) {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size());
  } else {
    frame += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8)
      frame += static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> shift);
  }
  const char mask[4] = {'m', 'a', 's', 'k'};
  frame.append(mask, 4);
  for (std::size_t i = 0; i < payload.size(); ++i) frame += static_cast<char>(payload[i] ^ mask[i % 4]);
  send(frame);
}

std::optional<TestClient::Message> TestClient::read_frame() {
  while (buffer_.size() < 2) {
    if (!fill()) return std::nullopt;
  }
  const std::string head = take(2);
  std::size_t size = static_cast<unsigned char>(head[1]) & 0x7f;
  if (size >= 126) {
    const std::string length = take(size == 126 ? 2 : 8);
    size = 0;
    for (const char c : length) size = size << 8 | static_cast<unsigned char>(c);
  }
  return Message{head[0] & 0x0f, take(size)};
}

std::string TestClient::read_text() {
  for (;;) {
    const std::optional<Message> message = read_frame();
    if (!message) fail("the stream ended");
    if (message->opcode == 1) return message->payload;
    if (message->opcode == 8) fail("closed");
  }
}

std::uint16_t TestClient::Message::close_code() const {
  if (payload.size() < 2) return 1005;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                    static_cast<unsigned char>(payload[1]));
}

std::uint16_t TestClient::read_close() {
  while (const std::optional<Message> message = read_frame()) {
    if (message->opcode == 8) return message->close_code();
  }
  return 0;
}

}  // namespace freshet::server
