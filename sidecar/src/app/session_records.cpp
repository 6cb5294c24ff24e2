#include "app/session_records.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "app/service_job.h"
#include "postgres/database.h"

namespace freshet::app {
namespace {

constexpr std::size_t kLow = 64;
constexpr int kRefill = 256;
constexpr std::size_t kAcksAtOnce = 1000;

}  // namespace

void SessionRecords::take(std::function<void(base::Result<std::string>)> answer) {
  if (!ready_.empty()) {
    std::string session = std::move(ready_.front());
    ready_.pop_front();
    answer(std::move(session));
  } else {
    waiting_.push_back(std::move(answer));
  }
  refill();
}

void SessionRecords::refill() {
  if (refilling_ || (ready_.size() >= kLow && waiting_.empty())) return;
  refilling_ = true;
  ask_database<std::vector<std::string>>(
      pool_, loop_,
      [](postgres::ServiceSession& database) { return postgres::open_sessions(database, kRefill); },
      [this](base::Result<std::vector<std::string>> ids) {
        refilling_ = false;
        if (!ids) {
          spdlog::warn("session ids: {}", ids.error().message);
          const base::Error error(base::ErrorCode::kOverloaded, "the database can't be reached; try again");
          for (auto& answer : std::exchange(waiting_, {})) answer(error);
          return;
        }
        add(*std::move(ids));
        if (!waiting_.empty()) refill();
      });
}

void SessionRecords::add(std::vector<std::string> ids) {
  ready_.insert(ready_.end(), std::make_move_iterator(ids.begin()), std::make_move_iterator(ids.end()));
  while (!waiting_.empty() && !ready_.empty()) {
    waiting_.front()(std::move(ready_.front()));
    waiting_.pop_front();
    ready_.pop_front();
  }
}

void SessionRecords::floor(const std::string& session,
                           std::function<void(base::Result<std::optional<std::uint64_t>>)> answer) {
  ask_database<std::optional<std::uint64_t>>(
      pool_, loop_,
      [session](postgres::ServiceSession& database) { return postgres::session_floor(database, session); },
      std::move(answer));
}

void SessionRecords::ack(const std::string& session, std::uint64_t upto) {
  std::uint64_t& known = acks_[session];
  known = std::max(known, upto);
}

void SessionRecords::flush() {
  if (acking_ || acks_.empty()) return;
  std::vector<std::pair<std::string, std::uint64_t>> batch;
  while (!acks_.empty() && batch.size() < kAcksAtOnce) {
    batch.emplace_back(*acks_.begin());
    acks_.erase(acks_.begin());
  }
  acking_ = true;
  ask_database<bool>(
      pool_, loop_,
      [batch](postgres::ServiceSession& database) -> base::Result<bool> {
        if (auto done = postgres::ack(database, batch); !done) return std::move(done).error();
        return true;
      },
      [this, batch](base::Result<bool> done) {
        acking_ = false;
        if (done) return;
        // Nothing is lost by a late acknowledgement: records only stay longer.
        spdlog::warn("acknowledgements: {}", done.error().message);
        for (const auto& [session, upto] : batch) ack(session, upto);
      });
}

void SessionRecords::prune(std::chrono::hours idle) {
  ask_database<bool>(
      pool_, loop_,
      [idle](postgres::ServiceSession& database) -> base::Result<bool> {
        if (auto done = postgres::prune(database, idle); !done) return std::move(done).error();
        return true;
      },
      [](base::Result<bool> done) {
        if (!done) spdlog::warn("pruning idle sessions: {}", done.error().message);
      });
}

}  // namespace freshet::app
