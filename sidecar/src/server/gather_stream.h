#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "server/metrics.h"
#include "server/outbox.h"

namespace freshet::server {

// A TCP socket with one queue of what is to be written, underneath Beast's WebSocket stream. Beast reads
// through it and writes its control frames (and compressed messages) through it; our own messages are queued
// beside them, framed already, so that many go out in one system call and shared bytes are never copied. One
// write is in flight at a time.
//
// Owned by its connection and touched on the connection's I/O thread only. The owner must stay alive while
// writing(): its `wrote` callback holds it.
class GatherStream {
 public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;
  using next_layer_type = boost::asio::ip::tcp::socket;

  GatherStream(boost::asio::ip::tcp::socket socket, Metrics& metrics)
      : socket_(std::move(socket)), metrics_(metrics) {}

  executor_type get_executor() { return socket_.get_executor(); }
  next_layer_type& next_layer() { return socket_; }
  const next_layer_type& next_layer() const { return socket_; }

  Outbox& outbox() { return outbox_; }
  const Outbox& outbox() const { return outbox_; }
  // Bytes that went or came so far: whether the peer is alive.
  std::uint64_t moved() const { return moved_; }

  // Writes what waits, after everything else that is ready on this thread has run, so that it can add to it.
  // `wrote` is called after each write, and with an error when the socket is broken. It is to hold the owner.
  void flush(std::function<void(boost::system::error_code)> wrote) {
    if (writing_ || outbox_.empty()) return;
    writing_ = true;
    boost::asio::post(get_executor(),
                      [this, wrote = std::move(wrote)]() mutable { write(std::move(wrote)); });
  }

  // What Beast's own writes are followed by.
  void set_flusher(std::function<void()> flusher) { flusher_ = std::move(flusher); }

  // Told when the closing handshake is over, or was broken off, and what is left is to wait for the peer's
  // end of the stream.
  void set_on_teardown(std::function<void()> on_teardown) { on_teardown_ = std::move(on_teardown); }
  void tearing_down() {
    if (on_teardown_) on_teardown_();
  }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this, buffers](auto handler) {
          socket_.async_read_some(buffers, Counted(this, std::move(handler)));
        },
        token);
  }

  // Ends our side of the stream and throws away what still comes until the peer ends its own, or the owner
  // closes the socket. `handler`: void(error_code).
  template <class Handler>
  void async_drain(Handler handler) {
    boost::system::error_code ignored;
    socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    Draining<Handler>(this, std::move(handler)).read();
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this, buffers](auto handler) {
          std::string bytes(boost::asio::buffers_begin(buffers), boost::asio::buffers_end(buffers));
          using Handler = decltype(handler);
          outbox_.add_raw(std::move(bytes),
                          std::make_unique<Completion<Handler>>(get_executor(), std::move(handler)));
          if (flusher_) flusher_();
        },
        token);
  }

 private:
  // Counts what was read and passes everything else (executor, allocator, cancellation) through.
  template <class Handler>
  struct Counted {
    Counted(GatherStream* stream, Handler handler) : stream(stream), handler(std::move(handler)) {}

    using executor_type = boost::asio::associated_executor_t<Handler, GatherStream::executor_type>;
    executor_type get_executor() const noexcept {
      return boost::asio::get_associated_executor(handler, stream->socket_.get_executor());
    }
    void operator()(boost::system::error_code error, std::size_t bytes) {
      stream->moved_ += bytes;
      std::move(handler)(error, bytes);
    }
    GatherStream* stream;
    Handler handler;
  };

  template <class Handler>
  struct Draining {
    Draining(GatherStream* stream, Handler handler)
        : stream(stream), scrap(std::make_unique<Scrap>()), handler(std::move(handler)) {}

    using executor_type = boost::asio::associated_executor_t<Handler, GatherStream::executor_type>;
    executor_type get_executor() const noexcept {
      return boost::asio::get_associated_executor(handler, stream->socket_.get_executor());
    }
    void read() {
      boost::asio::ip::tcp::socket& socket = stream->socket_;
      const auto into = boost::asio::buffer(*scrap);
      socket.async_read_some(into, std::move(*this));
    }
    void operator()(boost::system::error_code error, std::size_t bytes) {
      stream->moved_ += bytes;
      if (!error) return read();
      std::move(handler)(error == boost::asio::error::eof ? boost::system::error_code() : error);
    }

    using Scrap = std::array<char, 16 * 1024>;
    GatherStream* stream;
    std::unique_ptr<Scrap> scrap;
    Handler handler;
  };

  template <class Handler>
  class Completion final : public Outbox::Written {
   public:
    Completion(executor_type executor, Handler handler)
        : executor_(std::move(executor)), handler_(std::move(handler)) {}
    void done(boost::system::error_code error, std::size_t bytes) override {
      auto executor = boost::asio::get_associated_executor(handler_, executor_);
      boost::asio::post(executor, [handler = std::move(handler_), error, bytes]() mutable {
        std::move(handler)(error, bytes);
      });
    }

   private:
    executor_type executor_;
    Handler handler_;
  };

  void write(std::function<void(boost::system::error_code)> wrote) {
    const Outbox::Gathered gathered = outbox_.gather();
    const Span buffers{gathered};
    socket_.async_write_some(buffers, [this, wrote = std::move(wrote)](boost::system::error_code error,
                                                                       std::size_t bytes) mutable {
      count(metrics_.writes);
      count(metrics_.bytes_out, bytes);
      moved_ += bytes;
      writing_ = false;
      outbox_.consume(bytes);
      if (error) outbox_.clear(error);
      wrote(error);
    });
  }

  // The gathered buffers as a buffer sequence that is copied by value.
  struct Span {
    Outbox::Gathered gathered;
    using value_type = boost::asio::const_buffer;
    using const_iterator = const value_type*;
    const_iterator begin() const { return gathered.buffers.data(); }
    const_iterator end() const { return gathered.buffers.data() + gathered.count; }
  };

  boost::asio::ip::tcp::socket socket_;
  Metrics& metrics_;
  Outbox outbox_;
  std::function<void()> flusher_;
  std::function<void()> on_teardown_;
  std::uint64_t moved_ = 0;
  bool writing_ = false;
};

}  // namespace freshet::server
