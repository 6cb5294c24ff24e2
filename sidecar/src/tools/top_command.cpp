#include "tools/top_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "tools/live_query_text.h"
#include "tools/terminal.h"

namespace freshet::tools {
namespace {

using nlohmann::json;

constexpr int kMostSorted = 10'000;  // all that a gateway tells, so that any order is one of all

const char* member_of(const std::string& sort) {
  if (sort == "runs") return "runs";
  if (sort == "last") return "last_ms";
  if (sort == "bytes") return "bytes";
  if (sort == "subscribers") return "subscribers";
  return "total_ms";
}

std::string last_cause(const json& query) {
  if (!query.contains("last_cause")) return "";
  const json& cause = query.at("last_cause");
  return duration_text(cause.value("ago_ms", 0.0)) + " ago: " + cause_text(cause);
}

std::string screen(const json& page, const TopOptions& options, std::size_t width, std::size_t height) {
  std::string out = fmt::format(
      "{} live queries, {} subscriptions, {} sessions, {} runs ({} without a difference), epoch {}\n\n",
      page.at("live_queries").get<std::uint64_t>(), page.at("subscriptions").get<std::uint64_t>(),
      page.at("sessions").get<std::uint64_t>(), page.at("runs").get<std::uint64_t>(),
      page.at("runs_useless").get<std::uint64_t>(), page.at("epoch").get<std::string>());
  std::vector<json> queries = page.at("queries").get<std::vector<json>>();
  const char* member = member_of(options.sort);
  std::stable_sort(queries.begin(), queries.end(), [&](const json& a, const json& b) {
    return a.at(member).get<double>() > b.at(member).get<double>();
  });
  std::size_t rows = std::min(queries.size(), static_cast<std::size_t>(options.most));
  if (height > 5) rows = std::min(rows, height - 4);
  std::vector<std::vector<std::string>> lines;
  for (std::size_t i = 0; i < rows; ++i) {
    const json& query = queries[i];
    lines.push_back({std::to_string(query.at("id").get<std::uint64_t>()),
                     std::to_string(query.at("subscribers").get<std::size_t>()),
                     std::to_string(query.at("runs").get<std::uint64_t>()),
                     duration_text(query.at("last_ms").get<double>()),
                     duration_text(query.at("total_ms").get<double>()),
                     bytes_text(query.at("bytes").get<double>()), call_text(query), last_cause(query)});
  }
  return out +
         table({"ID", "SUBS", "RUNS", "LAST", "TOTAL", "MEMORY", "CALL", "RAN LAST BECAUSE"}, lines, width);
}

}  // namespace

int top(const TopOptions& options) {
  if (const std::string wrong = check_gateway(options.gateway); !wrong.empty()) return refuse("top", wrong);
  const std::string path = "/admin/live-queries?most=" + std::to_string(kMostSorted);
  while (true) {
    const auto page = get_page(options.gateway, path);
    if (!page) return fail("top", page.error());
    if (options.json) {
      fmt::print("{}\n", *page);
    } else {
      const std::size_t height = options.once ? 0 : terminal_height();
      // From the top of a cleared screen, where there is one.
      if (height > 0) fmt::print("\x1b[H\x1b[2J");
      fmt::print("{}", screen(json::parse(*page), options, terminal_width(), height));
      if (!options.once && height == 0) fmt::print("\n");
    }
    std::fflush(stdout);
    if (options.once) return 0;
    std::this_thread::sleep_for(std::chrono::seconds(options.interval));
  }
}

}  // namespace freshet::tools
