#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "clients/held_results.h"
#include "clients/plan.h"

namespace freshet::bench {

// What all clients of the process write to. One thread.
struct Collected {
  simdjson::dom::parser parser;
  std::vector<Arrival> arrivals;
  std::int64_t newest = INT64_MAX;  // ids up to here are not counted; nothing is while clients subscribe
  std::size_t applied = 0;          // frames
  std::string trouble;              // the first thing that went wrong; ends the run
};

// One socket and what it holds. Owned by main, lives as long as the process; one read is pending from
// start() on.
class Client {
 public:
  Client(boost::asio::io_context& context, const Plan& plan, const SocketPlan& socket, Collected& collected);
  Client(const Client&) = delete;

  // Shakes hands (blocking), sends hello, token and subscriptions, begins to read.
  void start();

  const HeldResults& results() const { return results_; }

 private:
  void read();
  void on_bytes();
  bool take_frame();
  void send(std::string_view text, unsigned char opcode = 0x81);
  void fail(const std::string& what);

  const Plan& plan_;
  const SocketPlan& socket_plan_;
  Collected& collected_;
  boost::asio::ip::tcp::socket socket_;
  HeldResults results_;
  std::string received_;   // with room for the parser's padding behind it
  std::size_t begin_ = 0;  // of what is not applied yet
  std::size_t end_ = 0;
};

}  // namespace freshet::bench
