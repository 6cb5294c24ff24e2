// The floor under every fan-out and every push: a bare Beast server and a bare client, each in a process of
// its own, so that each one's CPU is told apart. Prints one JSON object.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "bare_server.h"
#include "load.h"

namespace freshet::bench {
namespace {

double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double at(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1,
                         static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

int run(const Options& options, bool fan_out) {
  int port_pipe[2];
  if (pipe(port_pipe) != 0) return 1;
  const pid_t server = fork();
  if (server < 0) return 1;
  if (server == 0) {
    try {
      serve_bare(options, fan_out, [&](std::uint16_t port) {
        if (write(port_pipe[1], &port, sizeof port) != sizeof port) _exit(1);
      });
    } catch (const std::exception& error) {
      std::fprintf(stderr, "server: %s\n", error.what());
      _exit(1);
    }
    _exit(0);
  }
  std::uint16_t port = 0;
  std::vector<double> latencies;
  if (read(port_pipe[0], &port, sizeof port) == sizeof port) {
    try {
      latencies = fan_out ? receive_all(options, port) : echo_all(options, port);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "load: %s\n", error.what());
    }
  }
  kill(server, SIGTERM);
  waitpid(server, nullptr, 0);
  if (latencies.empty()) return 1;
  std::sort(latencies.begin(), latencies.end());
  std::printf(
      "{\"mode\":\"%s\",\"sockets\":%zu,\"bytes\":%zu,\"burst\":%zu,\"gather\":%s,\"messages\":%zu,\"p50_"
      "ms\":%.3f,\"p95_ms\":%.3f,"
      "\"p99_ms\":%.3f,\"max_ms\":%.3f,\"server_cpu_s\":%.3f,\"load_cpu_s\":%.3f}\n",
      fan_out ? "fanout" : "echo", fan_out ? options.sockets : 1, options.bytes, options.burst,
      options.gather ? "true" : "false", latencies.size(), at(latencies, 0.5), at(latencies, 0.95),
      at(latencies, 0.99), latencies.back(), cpu_seconds(RUSAGE_CHILDREN), cpu_seconds(RUSAGE_SELF));
  return 0;
}

}  // namespace
}  // namespace freshet::bench

int main(int argc, char** argv) {
  freshet::bench::Options options;
  CLI::App app("WebSocket floors: Beast alone");
  app.require_subcommand(1);
  CLI::App* fan_out = app.add_subcommand("fanout", "the same bytes to every socket, at a rate");
  fan_out->add_option("--sockets", options.sockets, "Open sockets")->capture_default_str();
  fan_out->add_option("--rate", options.rate, "Messages to every socket per second")->capture_default_str();
  fan_out->add_option("--burst", options.burst, "Messages that are due at the same moment")
      ->capture_default_str();
  fan_out->add_flag("--gather", options.gather, "The messages of a burst in one write");
  fan_out->add_option("--seconds", options.seconds, "After one second of warm-up")->capture_default_str();
  fan_out->add_option("--bytes", options.bytes, "Of one message")->capture_default_str();
  CLI::App* echo = app.add_subcommand("echo", "half of a round trip of one message");
  echo->add_option("--samples", options.samples, "Round trips")->capture_default_str();
  echo->add_option("--bytes", options.bytes, "Of one message")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return freshet::bench::run(options, fan_out->parsed());
}
