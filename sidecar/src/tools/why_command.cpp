#include "tools/why_command.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "tools/live_query_text.h"
#include "tools/terminal.h"

namespace freshet::tools {
namespace {

using nlohmann::json;

// More live queries of one path than this are not for reading.
constexpr std::size_t kMostOfPath = 10;

base::Result<std::vector<std::string>> ids_of(const WhyOptions& options, std::size_t* left_out) {
  std::vector<std::string> ids;
  if (options.which.find_first_not_of("0123456789") == std::string::npos) {
    ids.push_back(options.which);
    return ids;
  }
  auto page = get_page(options.gateway, "/admin/live-queries?most=10000");
  if (!page) return std::move(page).error();
  const json parsed = json::parse(*page);
  for (const json& query : parsed.at("queries")) {
    if (query.at("path") != options.which) continue;
    if (ids.size() == kMostOfPath) {
      ++*left_out;
    } else {
      ids.push_back(std::to_string(query.at("id").get<std::uint64_t>()));
    }
  }
  if (ids.empty())
    return base::Error(base::ErrorCode::kNotFound, "there is no live query of " + options.which);
  return ids;
}

}  // namespace

int why(const WhyOptions& options) {
  if (const std::string wrong = check_gateway(options.gateway); !wrong.empty()) return refuse("why", wrong);
  if (options.which.empty()) return refuse("why", "name a live query: its id, or a path");
  std::size_t left_out = 0;
  const auto ids = ids_of(options, &left_out);
  if (!ids) return fail("why", ids.error());
  bool first = true;
  for (const std::string& id : *ids) {
    const auto page = get_page(options.gateway, "/admin/live-queries/" + id);
    // It may have ended since it was listed.
    if (!page && ids->size() > 1) continue;
    if (!page) return fail("why", page.error());
    if (options.json) {
      fmt::print("{}\n", *page);
    } else {
      fmt::print("{}{}", first ? "" : "\n", live_query_text(json::parse(*page)));
    }
    first = false;
  }
  if (left_out > 0 && !options.json) fmt::print("\nand {} more, which cost less\n", left_out);
  return 0;
}

}  // namespace freshet::tools
