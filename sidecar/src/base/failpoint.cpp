#include "base/failpoint.h"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <map>
#include <string>
#include <thread>

namespace freshet::base {
namespace {

enum class Action { kCrash, kSleep, kError };

struct Failpoint {
  Action action;
  std::chrono::milliseconds sleep{0};
  std::uint64_t from = 1;
  std::atomic<std::uint64_t> passed{0};
  Failpoint(Action action, std::chrono::milliseconds sleep, std::uint64_t from)
      : action(action), sleep(sleep), from(from) {}
};

// Written by set_failpoints before threads start; only the counters change afterwards.
std::map<std::string, Failpoint, std::less<>>& table() {
  static std::map<std::string, Failpoint, std::less<>> points;
  return points;
}
std::atomic<bool> any_set{false};

bool number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

Result<void> add(std::string_view item) {
  const Error malformed(ErrorCode::kInvalidArguments, "FRESHET_FAILPOINTS: '" + std::string(item) +
                                                          "' is not name=crash|sleep:MS|error[@N]");
  const auto equals = item.find('=');
  if (equals == 0 || equals == std::string_view::npos) return malformed;
  std::string_view action = item.substr(equals + 1);
  std::uint64_t from = 1;
  if (const auto at = action.find('@'); at != std::string_view::npos) {
    if (!number(action.substr(at + 1), from)) return malformed;
    action = action.substr(0, at);
  }
  std::uint64_t sleep = 0;
  Action kind = Action::kCrash;
  if (action == "error") {
    kind = Action::kError;
  } else if (action.starts_with("sleep:") && number(action.substr(6), sleep)) {
    kind = Action::kSleep;
  } else if (action != "crash") {
    return malformed;
  }
  table().erase(std::string(item.substr(0, equals)));
  table().try_emplace(std::string(item.substr(0, equals)), kind, std::chrono::milliseconds(sleep), from);
  return {};
}

}  // namespace

Result<void> set_failpoints(std::string_view specification) {
  while (!specification.empty()) {
    const auto comma = specification.find(',');
    if (auto added = add(specification.substr(0, comma)); !added) return added;
    specification = comma == std::string_view::npos ? std::string_view() : specification.substr(comma + 1);
  }
  any_set = !table().empty();
  return {};
}

bool failpoint(std::string_view name) {
  if (!any_set.load(std::memory_order_relaxed)) return false;
  const auto at = table().find(name);
  if (at == table().end() || ++at->second.passed < at->second.from) return false;
  switch (at->second.action) {
    case Action::kCrash:
      ::kill(::getpid(), SIGKILL);
      return false;
    case Action::kSleep:
      std::this_thread::sleep_for(at->second.sleep);
      return false;
    case Action::kError:
      return true;
  }
  return false;
}

}  // namespace freshet::base
