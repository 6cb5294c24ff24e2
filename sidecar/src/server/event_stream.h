#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include <boost/asio/ip/tcp.hpp>

#include "mcp/events.h"
#include "server/edge.h"
#include "server/http_message.h"

namespace freshet::server {

// What an agent's session holds of its stream: remembers what it was told until there is a connection to tell
// it to. Any thread.
class StreamSignal final : public mcp::EventListener {
 public:
  void wake() override;
  void end() override;

  // `notify` is called, from any thread, whenever there is something to take, and with true at the end. What
  // came before is told at once.
  void attach(std::function<void(bool ended)> notify);

 private:
  std::mutex mutex_;
  std::function<void(bool)> notify_;
  bool ended_ = false;
};

// Answers a request with the head of the reply and then, until one of both ends goes, with its events. Keeps
// the socket, which lives on `thread`; `held` is the connection's place. A client that takes nothing for the
// time of an HTTP answer is given up.
void serve_events(Edge& edge, IoThread& thread, boost::asio::ip::tcp::socket socket, HttpReply reply,
                  bool chunked, std::shared_ptr<void> held);

}  // namespace freshet::server
