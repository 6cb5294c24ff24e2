#include "bare_server.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include "frame_header.h"

namespace freshet::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;
using Bytes = std::shared_ptr<const std::string>;

Bytes framed_message(std::size_t bytes) {
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(steady_clock::now().time_since_epoch()).count();
  char stamp[32];
  std::snprintf(stamp, sizeof stamp, "%019lld", static_cast<long long>(now));
  std::string payload = std::string("{\"t\":") + stamp + ",\"x\":\"";
  if (payload.size() + 2 < bytes) payload.append(bytes - payload.size() - 2, 'x');
  payload += "\"}";
  return std::make_shared<const std::string>(frame_header(payload.size(), false) + payload);
}

struct Socket : std::enable_shared_from_this<Socket> {
  explicit Socket(tcp::socket socket) : stream(std::move(socket)) {}

  void echo() {
    stream.async_read(buffer, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) return self->context().stop();
      self->stream.text(true);
      self->stream.async_write(self->buffer.data(), [self](error_code write_error, std::size_t) {
        if (write_error) return self->context().stop();
        self->buffer.consume(self->buffer.size());
        self->echo();
      });
    });
  }

  // Framed already, past Beast; a socket that is still at the burst before misses this one.
  void send(std::vector<Bytes> burst, bool gather) {
    if (busy) return;
    busy = true;
    write(std::move(burst), gather);
  }

  void write(std::vector<Bytes> burst, bool gather) {
    std::vector<asio::const_buffer> buffers;
    const std::size_t count = gather ? burst.size() : 1;
    for (std::size_t i = 0; i < count; ++i) buffers.push_back(asio::buffer(*burst[i]));
    asio::async_write(stream.next_layer(), buffers,
                      [self = shared_from_this(), burst = std::move(burst), gather, count](
                          error_code error, std::size_t) mutable {
                        self->busy = false;
                        if (error) return self->context().stop();
                        burst.erase(burst.begin(), burst.begin() + static_cast<std::ptrdiff_t>(count));
                        if (!burst.empty()) self->send(std::move(burst), gather);
                      });
  }

  asio::io_context& context() { return static_cast<asio::io_context&>(stream.get_executor().context()); }

  beast::websocket::stream<tcp::socket> stream;
  beast::flat_buffer buffer;
  bool busy = false;
};

}  // namespace

void serve_bare(const Options& options, bool fan_out, const std::function<void(std::uint16_t)>& listening) {
  asio::io_context context(1);
  tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  listening(acceptor.local_endpoint().port());
  std::vector<std::shared_ptr<Socket>> sockets;
  const std::size_t expected = fan_out ? options.sockets : 1;
  while (sockets.size() < expected) {
    tcp::socket accepted = acceptor.accept();
    accepted.set_option(tcp::no_delay(true));
    sockets.push_back(std::make_shared<Socket>(std::move(accepted)));
    sockets.back()->stream.accept();
  }
  if (!fan_out) {
    sockets.front()->echo();
    context.run();
    return;
  }
  const auto period = std::chrono::duration_cast<steady_clock::duration>(
      std::chrono::duration<double>(static_cast<double>(options.burst) / options.rate));
  asio::steady_timer timer(context, steady_clock::now() + period);
  std::function<void(error_code)> tick = [&](error_code) {
    std::vector<Bytes> burst;
    for (std::size_t i = 0; i < options.burst; ++i) burst.push_back(framed_message(options.bytes));
    for (const auto& socket : sockets) socket->send(burst, options.gather);
    timer.expires_at(timer.expiry() + period);
    timer.async_wait(tick);
  };
  timer.async_wait(tick);
  context.run();
}

}  // namespace freshet::bench
