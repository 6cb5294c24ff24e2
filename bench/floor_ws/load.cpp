#include "load.h"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "frame_header.h"

namespace freshet::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

double milliseconds_since(long long nanoseconds) {
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(steady_clock::now().time_since_epoch()).count();
  return static_cast<double>(now - nanoseconds) / 1e6;
}

struct Client {
  explicit Client(asio::io_context& context, std::uint16_t port) : socket(context) {
    socket.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port));
    socket.set_option(tcp::no_delay(true));
    asio::write(socket,
                asio::buffer(std::string(
                    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")));
  }

  void finish_handshake() {
    const std::size_t header = asio::read_until(socket, asio::dynamic_buffer(received), "\r\n\r\n");
    if (received.rfind("HTTP/1.1 101", 0) != 0) throw std::runtime_error("not upgraded");
    received.erase(0, header);
  }

  // The size of the whole frame at the front; 0: it has not come yet.
  std::size_t frame(std::size_t& payload_at) const {
    if (received.size() < 2) return 0;
    std::size_t size = static_cast<unsigned char>(received[1]) & 0x7f;
    const std::size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
    payload_at = 2 + length_bytes;
    if (received.size() < payload_at) return 0;
    if (length_bytes != 0) {
      size = 0;
      for (std::size_t i = 2; i < payload_at; ++i) size = size << 8 | static_cast<unsigned char>(received[i]);
    }
    return received.size() < payload_at + size ? 0 : payload_at + size;
  }

  void receive(std::vector<double>& latencies, const bool& counting) {
    socket.async_read_some(asio::buffer(chunk), [this, &latencies, &counting](error_code error,
                                                                              std::size_t bytes) {
      if (error) return;
      received.append(chunk.data(), bytes);
      std::size_t at = 0;
      while (const std::size_t size = frame(at)) {
        if (counting)
          latencies.push_back(milliseconds_since(std::stoll(received.substr(at + kStampAt, kStampDigits))));
        received.erase(0, size);
      }
      receive(latencies, counting);
    });
  }

  tcp::socket socket;
  std::string received;
  std::string chunk = std::string(16 * 1024, '\0');
};

}  // namespace

std::vector<double> receive_all(const Options& options, std::uint16_t port) {
  asio::io_context context(1);
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<double> latencies;
  bool counting = false;
  for (std::size_t i = 0; i < options.sockets; ++i) {
    clients.push_back(std::make_unique<Client>(context, port));
    clients.back()->finish_handshake();
  }
  for (const auto& client : clients) client->receive(latencies, counting);
  asio::steady_timer warm(context, std::chrono::seconds(1));
  warm.async_wait([&](error_code) { counting = true; });
  context.run_for(std::chrono::seconds(options.seconds + 1));
  return latencies;
}

std::vector<double> echo_all(const Options& options, std::uint16_t port) {
  asio::io_context context(1);
  Client client(context, port);
  client.finish_handshake();
  const std::string frame = frame_header(options.bytes, true) + std::string(options.bytes, 'x');
  std::vector<double> latencies;
  for (std::size_t i = 0; i < options.samples; ++i) {
    const auto began = steady_clock::now();
    asio::write(client.socket, asio::buffer(frame));
    std::size_t at = 0;
    std::size_t size = 0;
    while ((size = client.frame(at)) == 0) {
      client.received.append(client.chunk.data(), client.socket.read_some(asio::buffer(client.chunk)));
    }
    client.received.erase(0, size);
    latencies.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - began).count() / 2);
  }
  return latencies;
}

}  // namespace freshet::bench
