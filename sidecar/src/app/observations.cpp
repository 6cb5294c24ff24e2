#include "app/observations.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "app/service_job.h"
#include "base/raw_json.h"
#include "postgres/database.h"

namespace freshet::app {
namespace {

constexpr std::size_t kLookedAtOnce = 1000;
constexpr std::size_t kMostPaths = 2000;

// The identity under which the call can be made again: the claims that it read, or the whole if it read that.
std::string claims_json(const live::ClaimsRead& claims) {
  std::string members;
  for (std::size_t i = 0; i < claims.names().size(); ++i) {
    const std::string& value = claims.values()[i];
    if (value == "null") continue;
    if (claims.names()[i] == live::Claims::kWhole) return value;
    if (!members.empty()) members += ',';
    base::append_json_string(members, claims.names()[i]);
    members += ':' + value;
  }
  return '{' + members + '}';
}

}  // namespace

std::string observed_call_json(const live::ObservedCall& call) {
  std::string unknown;
  for (const auto& [table, runs] : call.unknown)
    unknown += fmt::format("{}\"{}\":{}", unknown.empty() ? "" : ",", table, runs);
  std::string path;
  base::append_json_string(path, call.call.path);
  const double elapsed_ms = std::chrono::duration<double, std::milli>(call.elapsed).count();
  return fmt::format(
      R"({{"path":{},"args":{},"claims":{},"runs":{},"runs_useless":{},"elapsed_ms":{:.3f},"unknown":{{{}}}}})",
      path, call.call.args, claims_json(call.claims), call.runs, call.runs_useless, elapsed_ms, unknown);
}

void Observations::look(const live::LiveState& state) {
  for (live::ObservedCall& call : state.observed_calls(&place_, kLookedAtOnce)) {
    const auto at = costliest_.find(call.call.path);
    if (at == costliest_.end() && costliest_.size() >= kMostPaths) continue;
    if (at != costliest_.end() && call.elapsed <= at->second.elapsed) continue;
    news_.insert(call.call.path);
    costliest_[call.call.path] = std::move(call);
  }
}

void Observations::send() {
  if (sending_ || news_.empty()) return;
  std::string calls;
  for (const std::string& path : news_)
    calls += (calls.empty() ? "[" : ",") + observed_call_json(costliest_.at(path));
  calls += ']';
  sending_ = true;
  ask_database<bool>(
      pool_, loop_,
      [calls = std::move(calls)](postgres::ServiceSession& database) -> base::Result<bool> {
        if (auto done = postgres::note_calls(database, calls); !done) return std::move(done).error();
        return true;
      },
      [this, paths = std::exchange(news_, {})](base::Result<bool> done) {
        sending_ = false;
        if (done) return;
        spdlog::warn("observations for freshet.advise(): {}", done.error().message);
        news_.insert(paths.begin(), paths.end());
      });
}

}  // namespace freshet::app
