#include "server/http_connection.h"

#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "server/event_stream.h"
#include "server/http_api.h"
#include "server/web_socket.h"

namespace freshet::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::chrono::seconds kLinger{5};
constexpr std::size_t kLingerChunk = 16 * 1024;

// One HTTP connection. Kept alive by its pending operation, of which there is one at a time: read, call of
// the backend, write. Requests that were sent ahead wait in the buffer, so answers keep their order.
class HttpConnection final : public Connection, public std::enable_shared_from_this<HttpConnection> {
 public:
  HttpConnection(Edge& edge, IoThread& thread, asio::ip::tcp::socket socket, Places::Place place)
      : edge_(edge),
        thread_(thread),
        held_(std::move(place.held)),
        stream_(std::move(socket)),
        over_limit_(place.over_limit) {
    thread_.connections.insert(this);
  }
  ~HttpConnection() override { thread_.connections.erase(this); }

  void read() {
    parser_.emplace();
    parser_->header_limit(edge_.settings.limits.max_header_bytes);
    parser_->body_limit(edge_.settings.limits.max_body_bytes);
    stream_.expires_after(edge_.settings.limits.http_timeout);
    idle_ = true;
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
  }

  // A request whose answer is being made is still answered.
  void stop() override {
    if (idle_) return abort();
    last_ = true;
  }

  void abort() override {
    const auto held = std::exchange(waiting_, nullptr);
    error_code ignored;
    stream_.socket().close(ignored);
  }

 private:
  void on_header(error_code error) {
    if (error) return refuse(error);
    idle_ = false;
    if (over_limit_) {
      return write(problem_response(edge_, base::Error(base::ErrorCode::kOverloaded, "too many connections")),
                   false);
    }
    if (std::optional<HttpResponse> refused = refuse_framing()) return write(*std::move(refused), false);
    if (beast::websocket::is_upgrade(parser_->get())) return upgrade();
    if (parser_->get().count(http::field::expect) != 0) return invite();
    read_body();
  }

  // What a proxy in front could take for another request than we do is not answered: a second Host, a body
  // that is neither counted nor chunked. (Both at once is refused by the parser.)
  std::optional<HttpResponse> refuse_framing() {
    const auto& header = parser_->get();
    const auto malformed = [&](const char* why) {
      return problem_response(edge_, base::Error(base::ErrorCode::kProtocol, why));
    };
    if (header.count(http::field::host) > 1 ||
        (header.version() >= 11 && header.count(http::field::host) == 0))
      return malformed("expected one Host");
    if (header.count(http::field::transfer_encoding) != 0 &&
        !beast::iequals(header[http::field::transfer_encoding], "chunked")) {
      return malformed("Transfer-Encoding: expected chunked");
    }
    return std::nullopt;
  }

  // A client that asks before it sends its body is told to go on: what would speak against it is known by
  // now.
  void invite() {
    const auto& header = parser_->get();
    if (!beast::iequals(header[http::field::expect], "100-continue")) {
      return write(
          problem_response(
              edge_, base::Error(base::ErrorCode::kProtocol, "Expect: only 100-continue is known"), 417),
          false);
    }
    if (header.version() < 11) return read_body();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = shared_from_this()](error_code error, std::size_t) {
                        if (!error) self->read_body();
                      });
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code read_error, std::size_t) {
                       if (read_error) return self->refuse(read_error);
                       self->on_request();
                     });
  }

  void upgrade() {
    WebSocketRequest request = parser_->release();
    if (std::optional<HttpResponse> refused = refuse_upgrade(edge_, request)) {
      count(edge_.metrics.handshakes_refused);
      return write(*std::move(refused), false);
    }
    if (buffer_.size() != 0) {
      count(edge_.metrics.handshakes_refused);
      return write(
          problem_response(edge_, base::Error(base::ErrorCode::kProtocol, "frames come after the handshake")),
          false);
    }
    stream_.expires_never();
    serve_web_socket(edge_, thread_, stream_.release_socket(), std::move(request), held_);
  }

  void on_request() {
    request_ = parser_->release();
    stream_.expires_never();
    // The answer may come from another thread, which must never be the one to destroy this connection: so it
    // holds itself.
    waiting_ = shared_from_this();
    answer_http(edge_, request_, [mailbox = thread_.mailbox, connection = weak_from_this()](HttpReply reply) {
      mailbox->post([connection, reply = std::move(reply)] {
        if (const auto alive = connection.lock()) {
          alive->on_answer(reply);
        } else if (reply.events) {
          reply.events->closed();
        }
      });
    });
  }

  void on_answer(const HttpReply& reply) {
    const auto held = std::exchange(waiting_, nullptr);
    if (!held) {
      if (reply.events) reply.events->closed();
      return;
    }
    if (!reply.events) return write(reply.head, request_.keep_alive() && !last_);
    const bool chunked = request_.version() >= 11;
    serve_events(edge_, thread_, stream_.release_socket(), reply, chunked, held_);
  }

  void write(HttpResponse response, bool keep) {
    response_ = std::move(response);
    response_.version(11);
    response_.keep_alive(keep);
    if (response_.result() != http::status::no_content && response_.result() != http::status::not_modified) {
      response_.prepare_payload();
    }
    stream_.expires_after(edge_.settings.limits.http_timeout);
    const auto wrote = [self = shared_from_this(), keep](error_code error, std::size_t) {
      self->on_written(error, keep);
    };
    if (request_.method() == http::verb::head) {
      // The length of what GET would answer, and nothing after the header.
      header_.emplace(response_.base());
      header_serializer_.emplace(*header_);
      return http::async_write_header(stream_, *header_serializer_, wrote);
    }
    http::async_write(stream_, response_, wrote);
  }

  void on_written(error_code error, bool keep) {
    if (error) return;
    if (keep && !last_) return read();
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    idle_ = true;
    linger();
  }

  // A socket that is closed while bytes of the peer are unread is reset, and a reset can overtake the answer:
  // a client that is still sending its body would see a broken pipe instead of what was wrong with it. So the
  // rest is read and thrown away until the peer closes too, for a bounded time.
  void linger() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kLingerChunk),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              if (!error) self->linger();
                            });
  }

  void refuse(error_code error) {
    using base::Error;
    using base::ErrorCode;
    request_ = {};
    if (error == http::error::body_limit) {
      return write(problem_response(edge_, Error(ErrorCode::kTooLarge, "the body is too long")), false);
    }
    if (error == http::error::header_limit) {
      return write(problem_response(edge_, Error(ErrorCode::kTooLarge, "the header is too long"), 431),
                   false);
    }
    const bool malformed = error.category() == make_error_code(http::error::end_of_stream).category();
    if (malformed && error != http::error::end_of_stream && error != http::error::partial_message) {
      write(problem_response(edge_, Error(ErrorCode::kProtocol, "malformed HTTP")), false);
    }
  }

  Edge& edge_;
  IoThread& thread_;
  const std::shared_ptr<void> held_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpRequest request_;
  HttpResponse response_;
  std::optional<http::response<http::empty_body>> header_;
  std::optional<http::response_serializer<http::empty_body>> header_serializer_;
  std::shared_ptr<HttpConnection> waiting_;  // itself, while the answer is being made
  const bool over_limit_;
  bool idle_ = true;   // waiting for a request
  bool last_ = false;  // closes after the answer
};

}  // namespace

void serve_http(Edge& edge, IoThread& thread, asio::ip::tcp::socket socket, Places::Place place) {
  std::make_shared<HttpConnection>(edge, thread, std::move(socket), std::move(place))->read();
}

}  // namespace freshet::server
