#include "server/web_socket.h"

#include <algorithm>
#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
// The only file that includes it: it takes longer to compile than the rest of the gateway.
#include <boost/beast/websocket.hpp>

#include "server/gather_stream.h"
#include "server/mutant.h"

namespace freshet::server {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

// Beast finds these by the stream's type. Its own for a TCP socket reads once: a client in the middle of a
// long message would be reset, and the reset can overtake the close frame that says why.
template <class Handler>
void async_teardown(boost::beast::role_type, GatherStream& stream, Handler&& handler) {
  stream.tearing_down();
  if constexpr (mutant::kResetBeforeTheReason)
    return websocket::async_teardown(boost::beast::role_type::server, stream.next_layer(),
                                     std::forward<Handler>(handler));
  stream.async_drain(std::forward<Handler>(handler));
}
inline void teardown(boost::beast::role_type role, GatherStream& stream, error_code& error) {
  websocket::teardown(role, stream.next_layer(), error);
}

namespace {

using std::chrono::steady_clock;

// A read buffer that grew beyond this for one message is given back after it.
constexpr std::size_t kKeptBuffer = 16 * 1024;
constexpr int kSilentTicksUntilDead = 3;

session::Now now() { return {steady_clock::now(), std::chrono::system_clock::now()}; }

// One WebSocket: moves bytes between the socket and its ClientSession. Kept alive by its pending operations
// (read, write, timer); all of them on one I/O thread. Ends when ended() ran: by the peer, an error, a
// time-out, or after close().
class WebSocketConnection final : public Connection,
                                  public session::SessionTransport,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  WebSocketConnection(Edge& edge, IoThread& thread, asio::ip::tcp::socket socket, std::shared_ptr<void> held)
      : edge_(edge),
        thread_(thread),
        held_(std::move(held)),
        registration_(thread, this, edge.metrics.sockets),
        connection_(edge.next_connection.fetch_add(1, std::memory_order_relaxed)),
        stream_(GatherStream(std::move(socket), edge.metrics)),
        timer_(stream_.get_executor()) {}

  ~WebSocketConnection() override {
    if (session_) session_->on_disconnect();
  }

  void start(WebSocketRequest request) {
    request_ = std::move(request);
    websocket::stream_base::timeout timeouts{};
    timeouts.handshake_timeout = edge_.settings.limits.close_timeout;
    timeouts.idle_timeout = websocket::stream_base::none();
    timeouts.keep_alive_pings = false;
    stream_.set_option(timeouts);
    stream_.read_message_max(edge_.settings.limits.max_frame_bytes);
    stream_.auto_fragment(false);
    stream_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(boost::beast::http::field::sec_websocket_protocol, kSubprotocol);
      response.set(boost::beast::http::field::server, "freshet");
    }));
    if (edge_.settings.compression) {
      websocket::permessage_deflate deflate;
      deflate.server_enable = true;
      deflate.msg_size_threshold = 1024;
      stream_.set_option(deflate);
      compressed_ =
          request_["Sec-WebSocket-Extensions"].find("permessage-deflate") != boost::beast::string_view::npos;
    }
    layer().set_flusher([this] { flush(); });
    layer().set_on_teardown([this] { bound_closing(); });
    stream_.async_accept(request_,
                         [self = shared_from_this()](error_code error) { self->on_accepted(error); });
  }

  void stop() override {
    if (!session_) return abort();
    session_->on_close(session::CloseReason::kStopping);
  }

  void abort() override { ended(); }

  // SessionTransport
  void send(session::Frame frame) override {
    if (closing_ || ended_) return;
    if (waiting() != 0 && waiting() + frame.size > edge_.settings.limits.max_waiting_bytes) {
      count(edge_.metrics.overflowed);
      return end_soon();
    }
    count(edge_.metrics.frames_out);
    if (compressed_) {
      to_compress_bytes_ += frame.size;
      to_compress_.push_back(std::move(frame));
      compress_next();
    } else {
      layer().outbox().add_text(std::move(frame));
      flush();
    }
    note_waiting();
  }

  void close(std::uint16_t code, std::string_view reason) override {
    if (closing_ || ended_) return;
    bound_closing();
    websocket::close_reason why(static_cast<websocket::close_code>(code));
    why.reason.assign(reason.data(), std::min<std::size_t>(reason.size(), 123));
    close_reason_ = why;
    if (to_compress_.empty()) send_close();
  }

  std::shared_ptr<session::SessionSink> sink() override;

  // From the backend, by way of the thread's mailbox.
  template <class Event>
  void with_session(Event&& event) {
    guarded([&] {
      if (session_ && !ended_) event(*session_);
      after_event();
    });
    read();
  }

 private:
  GatherStream& layer() { return stream_.next_layer(); }

  // What is thrown from here on (no memory, mostly) ends this connection and harms no other.
  template <class Work>
  void guarded(Work&& work) {
    try {
      work();
    } catch (const std::exception&) {
      count(edge_.metrics.faults);
      ended();
    }
  }
  std::size_t waiting() { return layer().outbox().bytes() + to_compress_bytes_; }

  void on_accepted(error_code error) {
    if (error) {
      count(edge_.metrics.handshakes_refused);
      return ended();
    }
    request_ = {};
    session_.emplace(connection_, edge_.rules, edge_.backend, *this, now());
    idle_check_ = steady_clock::now() + edge_.settings.limits.idle_timeout / kSilentTicksUntilDead;
    if (edge_.stopping.load(std::memory_order_relaxed)) stop();
    arm_timer();
    read();
  }

  void read() {
    if (reading_ || busy_ || closing_ || ended_ || !session_ || session_->authenticating()) return;
    reading_ = true;
    stream_.async_read(buffer_,
                       [self = shared_from_this()](error_code error, std::size_t) { self->on_read(error); });
  }

  void on_read(error_code error) {
    reading_ = false;
    // After our close frame its answer ends the read before the close operation ends; that one ends the
    // connection.
    if (error) return close_sent_ && error == websocket::error::closed ? void() : ended();
    count(edge_.metrics.frames_in);
    guarded([this] { take_message(); });
    read();
  }

  void take_message() {
    const auto bytes = buffer_.data();
    const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
    if (stream_.got_text()) {
      session_->on_text(now(), text);
    } else {
      session_->on_binary(now());
    }
    buffer_.consume(buffer_.size());
    if (buffer_.capacity() > kKeptBuffer) buffer_ = boost::beast::flat_buffer();
    after_event();
  }

  void flush() {
    layer().flush([self = shared_from_this()](error_code error) { self->on_wrote(error); });
  }

  void on_wrote(error_code error) {
    if (error) return ended();
    note_waiting();
    flush();
  }

  void compress_next() {
    if (compressing_ || to_compress_.empty() || ended_) return;
    compressing_ = true;
    in_compression_ = to_compress_.front().text();
    stream_.text(true);
    stream_.async_write(
        asio::buffer(in_compression_),
        [self = shared_from_this()](error_code error, std::size_t) { self->on_compressed(error); });
  }

  void on_compressed(error_code error) {
    compressing_ = false;
    if (error) return ended();
    to_compress_bytes_ -= to_compress_.front().size;
    to_compress_.pop_front();
    note_waiting();
    if (to_compress_.empty() && closing_) return send_close();
    compress_next();
  }

  void note_waiting() {
    const Limits& limits = edge_.settings.limits;
    if (!busy_ && waiting() > limits.busy_bytes) {
      busy_ = true;
      count(edge_.metrics.slow);
      session_->on_writable(false);
    } else if (busy_ && waiting() <= limits.drained_bytes) {
      busy_ = false;
      session_->on_writable(true);
      read();
    }
  }

  // Nothing is sent any more, and the rest takes close_timeout at most.
  void bound_closing() {
    if (closing_ || ended_) return;
    closing_ = true;
    close_due_ = steady_clock::now() + edge_.settings.limits.close_timeout;
    arm_timer();
  }

  void send_close() {
    if (close_sent_ || ended_) return;
    close_sent_ = true;
    stream_.async_close(close_reason_, [self = shared_from_this()](error_code) { self->ended(); });
  }

  void after_event() {
    if (!ended_ && session_ && session_->deadline() && *session_->deadline() < timer_due_) arm_timer();
  }

  void arm_timer() {
    if (ended_) return;
    timer_due_ = idle_check_;
    if (session_ && session_->deadline()) timer_due_ = std::min(timer_due_, *session_->deadline());
    if (closing_) timer_due_ = std::min(timer_due_, close_due_);
    timer_.expires_at(timer_due_);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->on_timer();
    });
  }

  void on_timer() {
    if (ended_) return;
    const session::Now at = now();
    if (closing_ && at.steady >= close_due_) return ended();
    session_->on_tick(at);
    if (at.steady >= idle_check_ && peer_is_dead()) {
      count(edge_.metrics.dead);
      return ended();
    }
    arm_timer();
  }

  bool peer_is_dead() {
    idle_check_ = steady_clock::now() + edge_.settings.limits.idle_timeout / kSilentTicksUntilDead;
    const std::uint64_t moved = layer().moved();
    if (std::exchange(moved_before_, moved) != moved) {
      silent_ticks_ = 0;
      return false;
    }
    if (++silent_ticks_ == 1 && layer().outbox().empty() && !closing_) {
      layer().outbox().add_ping();
      // The ping's own two bytes are no sign of life.
      moved_before_ += 2;
      flush();
    }
    return silent_ticks_ >= kSilentTicksUntilDead;
  }

  // For when a caller up the stack still uses the session.
  void end_soon() {
    closing_ = true;
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->ended(); });
  }

  void ended() {
    if (std::exchange(ended_, true)) return;
    if (session_) session_->on_disconnect();
    timer_.cancel();
    error_code ignored;
    layer().next_layer().close(ignored);
    layer().outbox().clear(asio::error::operation_aborted);
  }

  Edge& edge_;
  IoThread& thread_;
  const std::shared_ptr<void> held_;
  const Registration registration_;
  const session::ConnectionId connection_;
  WebSocketRequest request_;
  websocket::stream<GatherStream> stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<session::ClientSession> session_;

  std::deque<session::Frame> to_compress_;
  std::size_t to_compress_bytes_ = 0;
  std::string in_compression_;

  asio::steady_timer timer_;
  steady_clock::time_point timer_due_{};
  steady_clock::time_point idle_check_ = steady_clock::time_point::max();
  steady_clock::time_point close_due_{};
  std::uint64_t moved_before_ = 0;
  int silent_ticks_ = 0;
  websocket::close_reason close_reason_;

  bool compressed_ = false;
  bool compressing_ = false;
  bool reading_ = false;
  bool busy_ = false;
  bool closing_ = false;     // nothing more is sent
  bool close_sent_ = false;  // Beast's closing handshake has begun
  bool ended_ = false;
};

// What the backend holds of a connection: nothing but a way to its thread, so that a connection never
// outlives its socket.
class Sink final : public session::SessionSink {
 public:
  Sink(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<WebSocketConnection> connection)
      : mailbox_(std::move(mailbox)), connection_(std::move(connection)) {}

  void opened(base::Result<session::Opened> opened) override {
    tell([opened = std::move(opened)](session::ClientSession& session) { session.on_opened(now(), opened); });
  }
  void transition(session::Transition transition) override {
    tell([transition = std::move(transition)](session::ClientSession& session) {
      session.on_transition(transition);
    });
  }
  void refused(std::uint64_t subscription, base::Error error) override {
    tell([subscription, error = std::move(error)](session::ClientSession& session) {
      session.on_refused(subscription, error);
    });
  }
  void answer(std::uint64_t request, session::Answer answer) override {
    tell([request, answer = std::move(answer)](session::ClientSession& session) {
      session.on_answer(now(), request, answer);
    });
  }
  void close(session::CloseReason reason) override {
    tell([reason](session::ClientSession& session) { session.on_close(reason); });
  }
  void authenticated(access::Authenticated who) override {
    tell([who = std::move(who)](session::ClientSession& session) { session.on_authenticated(now(), who); });
  }
  void identity_ended(access::IdentityPtr identity, base::Error error) override {
    tell([identity = std::move(identity), error = std::move(error)](session::ClientSession& session) {
      session.on_identity_ended(now(), identity, error);
    });
  }

 private:
  template <class Event>
  void tell(Event event) {
    mailbox_->post([connection = connection_, event = std::move(event)] {
      if (const auto alive = connection.lock()) alive->with_session(event);
    });
  }

  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<WebSocketConnection> connection_;
};

std::shared_ptr<session::SessionSink> WebSocketConnection::sink() {
  return std::make_shared<Sink>(thread_.mailbox, weak_from_this());
}

}  // namespace

void serve_web_socket(Edge& edge, IoThread& thread, asio::ip::tcp::socket socket, WebSocketRequest request,
                      std::shared_ptr<void> held) {
  std::make_shared<WebSocketConnection>(edge, thread, std::move(socket), std::move(held))
      ->start(std::move(request));
}

}  // namespace freshet::server
