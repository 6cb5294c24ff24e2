#include "dev/gateway_log.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tools/live_query_text.h"
#include "tools/terminal.h"

namespace freshet::dev {
namespace {

using nlohmann::json;

constexpr std::size_t kPathWidth = 28;

// "call <id> query|mutation <path> <µs> us ok|<code>"
std::optional<LogLine> call(const std::string& message) {
  std::istringstream words(message);
  std::string call, id, kind, path, us, ended;
  double took = 0;
  if (!(words >> call >> id >> kind >> path >> took >> us >> ended)) return std::nullopt;
  const bool failed = ended != "ok";
  return LogLine{LogLine::Kind::kCall,
                 fmt::format("{:<9} {:<{}} {:>8}{}", kind, path, kPathWidth,
                             tools::duration_text(took / 1000), failed ? "  " + ended : ""),
                 failed};
}

// "rerun of <path>[ (guard)] [live query <id>]: <cause>"
std::optional<LogLine> rerun(const std::string& message) {
  const std::size_t path = std::string_view("rerun of ").size();
  const std::size_t query = message.find(" [live query ");
  const std::size_t cause = message.find("]: ");
  if (query == std::string::npos || cause == std::string::npos) return std::nullopt;
  const json read = json::parse(message.substr(cause + 3), nullptr, /*allow_exceptions=*/false);
  if (!read.is_object()) return std::nullopt;
  return LogLine{LogLine::Kind::kRerun,
                 fmt::format("{:<9} {:<{}} {}", "re-run", message.substr(path, query - path), kPathWidth,
                             tools::cause_text(read)),
                 false};
}

}  // namespace

std::optional<LogLine> read_log_line(const std::string& line) {
  const json entry = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!entry.is_object())
    return line.empty() ? std::nullopt : std::optional(LogLine{LogLine::Kind::kTrouble, line, true});
  const std::string level = entry.value("level", std::string());
  const std::string message = entry.value("message", std::string());
  if (message.starts_with("call ")) return call(message);
  if (message.starts_with("rerun of ")) return rerun(message);
  if (message.find(" of a function: ") != std::string::npos)
    return LogLine{LogLine::Kind::kNotice, message, false};
  if (message.find(" listens on ") != std::string::npos)
    return LogLine{LogLine::Kind::kReady, message, false};
  // That this is no gateway for production is why it was started.
  if (message.starts_with("--dev: ")) return std::nullopt;
  if (level == "warning" || level == "error" || level == "critical")
    return LogLine{LogLine::Kind::kTrouble, message, level != "warning"};
  return std::nullopt;
}

}  // namespace freshet::dev
