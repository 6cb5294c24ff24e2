#include "server/server.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.h"
#include "base/random.h"
#include "mcp/endpoint.h"
#include "server/edge.h"
#include "server/http_connection.h"
#include "server/places.h"

namespace freshet::server {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

// Out of file descriptors, mostly: connections that end make room.
constexpr std::chrono::milliseconds kAcceptPause{100};
// For the handlers of sockets that were ended by force.
constexpr std::chrono::milliseconds kAfterAbort{1000};
// For what ends of itself in the sessions of agents.
constexpr std::chrono::seconds kTick{1};

}  // namespace

class Server::State {
 public:
  State(Settings settings, const session::SessionRules& rules, session::Backend& backend, Metrics& metrics)
      : places_(settings.limits.max_connections, metrics),
        edge_{std::move(settings), rules, backend, metrics},
        threads_(make_threads(edge_.settings.threads)),
        acceptor_(threads_.front()->context),
        pause_(threads_.front()->context),
        tick_(threads_.front()->context),
        catalog_push_(backend, threads_.front()->context, edge_.settings.limits.max_catalog_waits) {
    edge_.catalog_push = &catalog_push_;
    if (!edge_.settings.mcp) return;
    agents_.emplace(
        mcp::Surroundings{backend, rules, edge_.settings.mcp_limits, random_, clock_,
                          [this] { return edge_.next_connection.fetch_add(1, std::memory_order_relaxed); },
                          edge_.settings.report});
    edge_.mcp = &*agents_;
  }

  base::Result<void> listen() {
    const Settings& settings = edge_.settings;
    const auto refused = [&](const error_code& error) {
      return base::Error(base::ErrorCode::kInternal, "cannot listen on " + settings.address + ":" +
                                                         std::to_string(settings.port) + ": " +
                                                         error.message());
    };
    error_code error;
    const asio::ip::address address = asio::ip::make_address(settings.address, error);
    if (error) return refused(error);
    const asio::ip::tcp::endpoint endpoint(address, settings.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return refused(error);
    port_ = acceptor_.local_endpoint().port();
    return {};
  }

  std::uint16_t port() const { return port_; }

  void run() {
    running_ = true;
    catalog_push_.begin([this] {
      if (agents_) agents_->catalog_changed();
    });
    accept();
    tick_later();
    for (const auto& thread : threads_) {
      thread->thread = std::thread([this, &thread = *thread] { serve(thread); });
    }
  }

  void stop(std::chrono::milliseconds grace) {
    if (!std::exchange(running_, false)) return;
    const auto deadline = steady_clock::now() + grace;
    edge_.stopping.store(true, std::memory_order_relaxed);
    asio::post(threads_.front()->context, [this] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      tick_.cancel();
    });
    catalog_push_.close();
    if (agents_) agents_->close();
    on_every_connection(&Connection::stop);
    if (!places_.wait_until_empty(deadline)) {
      on_every_connection(&Connection::abort);
      places_.wait_until_empty(steady_clock::now() + kAfterAbort);
    }
    for (const auto& thread : threads_) {
      thread->work.reset();
      thread->context.stop();
      thread->thread.join();
      thread->mailbox->close();
    }
  }

 private:
  static std::vector<std::unique_ptr<IoThread>> make_threads(unsigned wanted) {
    const unsigned number = wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
    std::vector<std::unique_ptr<IoThread>> threads;
    for (unsigned i = 0; i < number; ++i) threads.push_back(std::make_unique<IoThread>());
    return threads;
  }

  // An exception that a handler lets out ends that handler's connection (nothing continues it) and no other.
  void serve(IoThread& thread) {
    for (;;) {
      try {
        thread.context.run();
        return;
      } catch (const std::exception&) {
        count(edge_.metrics.faults);
      }
    }
  }

  void accept() {
    IoThread& thread = *threads_[next_++ % threads_.size()];
    acceptor_.async_accept(thread.context, [this, &thread](error_code error, asio::ip::tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return accept_later();
      welcome(thread, std::move(socket));
      accept();
    });
  }

  void accept_later() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](error_code error) {
      if (!error) accept();
    });
  }

  void tick_later() {
    if (!agents_) return;
    tick_.expires_after(kTick);
    tick_.async_wait([this](error_code error) {
      if (error) return;
      agents_->tick();
      tick_later();
    });
  }

  void welcome(IoThread& thread, asio::ip::tcp::socket socket) {
    Places::Place place = places_.take();
    if (!place.held) return;
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    // The socket changes threads here: nothing is pending on it.
    asio::post(thread.context,
               [this, &thread, socket = std::move(socket), place = std::move(place)]() mutable {
                 if (!edge_.stopping.load(std::memory_order_relaxed))
                   serve_http(edge_, thread, std::move(socket), std::move(place));
               });
  }

  void on_every_connection(void (Connection::*what)()) {
    for (const auto& thread : threads_) {
      asio::post(thread->context, [&thread = *thread, what] {
        const std::vector<Connection*> all(thread.connections.begin(), thread.connections.end());
        for (Connection* connection : all) {
          if (thread.connections.contains(connection)) (connection->*what)();
        }
      });
    }
  }

  Places places_;
  Edge edge_;
  // Connections die with their contexts, at the latest here.
  std::vector<std::unique_ptr<IoThread>> threads_;
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer tick_;
  base::SteadyClock clock_;
  base::SystemRandom random_;
  std::optional<mcp::Endpoint> agents_;
  CatalogPush catalog_push_;
  std::uint16_t port_ = 0;
  std::size_t next_ = 0;
  bool running_ = false;
};

Server::Server(Settings settings, const session::SessionRules& rules, session::Backend& backend,
               Metrics& metrics)
    : state_(std::make_unique<State>(std::move(settings), rules, backend, metrics)) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

base::Result<void> Server::listen() { return state_->listen(); }
std::uint16_t Server::port() const { return state_->port(); }
void Server::run() { state_->run(); }
void Server::stop(std::chrono::milliseconds grace) { state_->stop(grace); }

}  // namespace freshet::server
