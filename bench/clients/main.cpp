// The clients of a load run, all in one process and one thread, so that what is measured is the server. The
// first line of the input is the plan, {"dialect","port","path","sockets":[{"token"?,"channels":[…]}…]}; when
// every client has every result it prints "ready SECONDS". Then commands, a line each:
//   reset ID  → "ok"; from here on rows with a higher id count
//   count     → "count ARRIVALS RESULTS": rows that count, and frames applied, since the start
//   arrivals  → "ID MICROSECONDS" per arrival, then "."
//   held      → "CHANNEL ID,ID…" per client and channel, then "."
// A line that begins with "error" is the last one. The end of the input ends the process.
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>

#include "clients/client.h"

namespace freshet::bench {
namespace {

namespace asio = boost::asio;

Plan read_plan(const std::string& line) {
  simdjson::dom::parser parser;
  const simdjson::dom::element root = parser.parse(line);
  Plan plan;
  const std::string_view dialect = root["dialect"].get_string();
  plan.dialect = dialect == "handmade" ? Dialect::kHandmade : Dialect::kFreshet;
  plan.port = static_cast<std::uint16_t>(root["port"].get_uint64().value());
  plan.path = std::string(root["path"].get_string().value());
  for (const simdjson::dom::element socket : root["sockets"].get_array()) {
    SocketPlan& added = plan.sockets.emplace_back();
    std::string_view token;
    if (socket["token"].get(token) == simdjson::SUCCESS) added.token = token;
    for (const simdjson::dom::element channel : socket["channels"].get_array()) {
      added.channels.push_back(channel.get_int64());
    }
  }
  return plan;
}

class Load {
 public:
  Load(asio::io_context& context, Plan plan) : plan_(std::move(plan)), input_(context, dup(STDIN_FILENO)) {
    for (const SocketPlan& socket : plan_.sockets) {
      clients_.push_back(std::make_unique<Client>(context, plan_, socket, collected_));
    }
  }

  // Fifty at a time: a server's queue of connections to accept is short.
  void run(asio::io_context& context) {
    const auto began = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      clients_[i]->start();
      if (i % 50 == 49) settle(context, i + 1);
    }
    settle(context, clients_.size());
    std::printf("ready %.3f\n",
                std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    std::fflush(stdout);
    read_command();
    while (!over_) {
      context.run_one();
      check();
    }
  }

 private:
  void settle(asio::io_context& context, std::size_t started) {
    for (std::size_t i = 0; i < started; ++i) {
      while (!clients_[i]->results().complete()) {
        context.run_one();
        check();
      }
    }
  }

  void check() const {
    if (!collected_.trouble.empty()) throw std::runtime_error(collected_.trouble);
  }

  void read_command() {
    asio::async_read_until(input_, asio::dynamic_buffer(line_), '\n',
                           [this](boost::system::error_code error, std::size_t bytes) {
                             if (error) {
                               over_ = true;
                               return;
                             }
                             obey(line_.substr(0, bytes - 1));
                             line_.erase(0, bytes);
                             std::fflush(stdout);
                             read_command();
                           });
  }

  void obey(const std::string& command) {
    if (command.rfind("reset ", 0) == 0) {
      collected_.newest = std::stoll(command.substr(6));
      collected_.arrivals.clear();
      std::puts("ok");
    } else if (command == "count") {
      std::printf("count %zu %zu\n", collected_.arrivals.size(), collected_.applied);
    } else if (command == "arrivals") {
      for (const Arrival& arrival : collected_.arrivals) {
        std::printf("%lld %lld\n", static_cast<long long>(arrival.id), static_cast<long long>(arrival.at));
      }
      std::puts(".");
    } else if (command == "held") {
      for (const auto& client : clients_) {
        for (const auto& [channel, ids] : client->results().held()) {
          std::printf("%lld ", static_cast<long long>(channel));
          for (std::size_t i = 0; i < ids.size(); ++i) {
            std::printf(i == 0 ? "%lld" : ",%lld", static_cast<long long>(ids[i]));
          }
          std::putchar('\n');
        }
      }
      std::puts(".");
    } else {
      throw std::runtime_error("no such command: " + command);
    }
  }

  const Plan plan_;
  Collected collected_;
  std::vector<std::unique_ptr<Client>> clients_;
  asio::posix::stream_descriptor input_;
  std::string line_;
  bool over_ = false;
};

}  // namespace
}  // namespace freshet::bench

int main() {
  try {
    std::string plan;
    // Unbuffered: what comes after the plan is for the loop.
    for (char c = 0; read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) plan += c;
    boost::asio::io_context context(1);
    freshet::bench::Load(context, freshet::bench::read_plan(plan)).run(context);
    return 0;
  } catch (const std::exception& error) {
    std::printf("error %s\n", error.what());
    return 1;
  }
}
