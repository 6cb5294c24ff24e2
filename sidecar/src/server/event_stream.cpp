#include "server/event_stream.h"

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace freshet::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

// One stream. Kept alive by its pending operations: there is always a read, by which the client's end is
// noticed. All on one I/O thread. One write at a time: what comes meanwhile waits, coalesced, in the session.
class EventStream final : public Connection, public std::enable_shared_from_this<EventStream> {
 public:
  EventStream(Edge& edge, IoThread& thread, asio::ip::tcp::socket socket, HttpReply reply, bool chunked,
              std::shared_ptr<void> held)
      : edge_(edge),
        thread_(thread),
        held_(std::move(held)),
        registration_(thread, this, edge.metrics.streams),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        events_(std::move(reply.events)),
        head_(std::move(reply.head)),
        chunked_(chunked) {}

  ~EventStream() override { events_->closed(); }

  void start(const std::shared_ptr<StreamSignal>& signal) {
    signal->attach([mailbox = thread_.mailbox, stream = weak_from_this()](bool ended) {
      mailbox->post([stream, ended] {
        if (const auto alive = stream.lock()) alive->on_signal(ended);
      });
    });
    write(head_text() + framed(events_->begin()));
    read();
    arm_timer();
  }

  void stop() override {
    last_ = true;
    pull();
  }

  void abort() override { ended(); }

 private:
  std::string head_text() const {
    std::string out = fmt::format("HTTP/1.1 {} OK\r\n", head_.result_int());
    for (const auto& field : head_)
      out += std::string(view(field.name_string())) + ": " + std::string(view(field.value())) + "\r\n";
    return out + (chunked_ ? "Transfer-Encoding: chunked\r\n\r\n" : "Connection: close\r\n\r\n");
  }

  std::string framed(std::string text) const {
    return chunked_ ? fmt::format("{:x}\r\n{}\r\n", text.size(), text) : text;
  }

  void on_signal(bool ended) {
    last_ = last_ || ended;
    pull();
  }

  void pull() {
    if (writing_ || ended_) return;
    std::string text = events_->take();
    if (!text.empty()) return write(framed(std::move(text)));
    if (!last_ || closing_) return;
    closing_ = true;
    write(chunked_ ? "0\r\n\r\n" : "");
  }

  void write(std::string bytes) {
    writing_ = true;
    bytes_ = std::move(bytes);
    active_ = steady_clock::now();
    asio::async_write(socket_, asio::buffer(bytes_),
                      [self = shared_from_this()](error_code error, std::size_t) { self->on_wrote(error); });
  }

  void on_wrote(error_code error) {
    writing_ = false;
    active_ = steady_clock::now();
    if (error || closing_) return ended();
    pull();
  }

  // Nothing is expected of the client any more; its end of the stream says that it has gone.
  void read() {
    socket_.async_read_some(asio::buffer(unread_),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (error) return self->ended();
                              self->read();
                            });
  }

  void arm_timer() {
    const Limits& limits = edge_.settings.limits;
    timer_.expires_at(active_ + (writing_ ? limits.http_timeout : limits.stream_comment));
    timer_.async_wait([self = weak_from_this()](error_code error) {
      if (const auto alive = error ? nullptr : self.lock()) alive->on_timer();
    });
  }

  void on_timer() {
    if (ended_) return;
    const auto idle = steady_clock::now() - active_;
    if (writing_ && idle >= edge_.settings.limits.http_timeout) {
      count(edge_.metrics.dead);
      return ended();
    }
    if (!writing_ && idle >= edge_.settings.limits.stream_comment) write(framed(": \n\n"));
    arm_timer();
  }

  void ended() {
    if (std::exchange(ended_, true)) return;
    timer_.cancel();
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

  Edge& edge_;
  IoThread& thread_;
  const std::shared_ptr<void> held_;
  const Registration registration_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  const mcp::EventSourcePtr events_;
  const HttpResponse head_;
  const bool chunked_;
  std::string bytes_;  // what is being written
  std::array<char, 512> unread_{};
  steady_clock::time_point active_{};  // when a write began or ended last
  bool writing_ = false;
  bool last_ = false;     // ends when all was taken
  bool closing_ = false;  // the end is being written
  bool ended_ = false;
};

}  // namespace

void StreamSignal::wake() {
  const std::lock_guard lock(mutex_);
  if (notify_) notify_(ended_);
}

void StreamSignal::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  if (notify_) notify_(true);
}

void StreamSignal::attach(std::function<void(bool)> notify) {
  const std::lock_guard lock(mutex_);
  notify_ = std::move(notify);
  notify_(ended_);
}

void serve_events(Edge& edge, IoThread& thread, asio::ip::tcp::socket socket, HttpReply reply, bool chunked,
                  std::shared_ptr<void> held) {
  const std::shared_ptr<StreamSignal> signal = reply.signal;
  std::make_shared<EventStream>(edge, thread, std::move(socket), std::move(reply), chunked, std::move(held))
      ->start(signal);
}

}  // namespace freshet::server
