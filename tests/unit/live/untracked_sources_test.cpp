// Results that read what no change stream reports are read again on a stated rule, never silently stale.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "freshet_wire/read_set.hpp"
#include "live/live_state.h"

namespace freshet::live {
namespace {

using std::chrono::seconds;

class UntrackedSources : public ::testing::Test {
 protected:
  UntrackedSources() : state_(settings()) {
    wire::Snapshot snapshot = *wire::Snapshot::parse("10:10:");
    state_.stream_started(now_, {std::move(snapshot)});
    state_.session_opened(now_, {1, Claims::anonymous(), false});
    state_.subscribe(now_, {1, 1, {"m.f", "{}", ""}, false, true, {}, {}});
  }

  static Settings settings() {
    Settings settings;
    settings.epoch_prefix = "e";
    return settings;
  }

  // Answers everything that is asked until nothing is; gives how many runs were begun.
  int settle(std::uint32_t flags, std::optional<base::Duration> valid_for = {}) {
    int runs = 0;
    for (auto actions = state_.take_actions(); !actions.empty(); actions = state_.take_actions()) {
      for (const Action& action : actions) {
        if (const auto* open = std::get_if<OpenSnapshot>(&action)) {
          state_.snapshot_opened(
              now_, {open->epoch, *wire::Snapshot::parse("10:10:"), std::vector<wire::XidFate>{}});
          runs += answer(open->epoch, open->runs, flags, valid_for);
        } else if (const auto* more = std::get_if<RunAtEpoch>(&action)) {
          runs += answer(more->epoch, more->runs, flags, valid_for);
        } else if (const auto* worker = std::get_if<RunOnWorker>(&action)) {
          runs += answer(worker->epoch, worker->runs, flags, valid_for);
        }
      }
    }
    return runs;
  }

  int answer(EpochNumber epoch, const std::vector<RunRequest>& runs, std::uint32_t flags,
             std::optional<base::Duration> valid_for) {
    RunsFinished finished{epoch, {}};
    for (const RunRequest& run : runs) {
      RunOutcome outcome;
      outcome.run = run.run;
      outcome.value = std::make_shared<const std::string>("1");
      outcome.valid_for = valid_for;
      outcome.read_set.push_back(static_cast<char>(wire::kReadSetVersion));
      for (; flags >= 0x80; flags >>= 7) outcome.read_set.push_back(static_cast<char>(0x80 | (flags & 0x7f)));
      outcome.read_set.push_back(static_cast<char>(flags));
      outcome.read_set.push_back('\0');
      finished.outcomes.push_back(std::move(outcome));
    }
    if (!runs.empty()) state_.runs_finished(now_, std::move(finished));
    return static_cast<int>(runs.size());
  }

  int settle_after(base::Duration wait, std::uint32_t flags) {
    now_ += wait;
    state_.tick(now_);
    return settle(flags);
  }

  base::TimePoint now_{seconds(1000)};
  LiveState state_;
};

TEST_F(UntrackedSources, RowsAloneAreNotReadAgain) {
  EXPECT_EQ(settle(0), 1);
  EXPECT_EQ(settle_after(seconds(600), 0), 0);
}

TEST_F(UntrackedSources, AnUnloggedTableIsReadAgainAfterTheRefreshTime) {
  EXPECT_EQ(settle(wire::kReadUnlogged), 1);
  EXPECT_EQ(settle_after(seconds(4), wire::kReadUnlogged), 0);
  EXPECT_EQ(settle_after(seconds(2), wire::kReadUnlogged), 1);
  EXPECT_EQ(settle_after(seconds(6), wire::kReadUnlogged), 1);
}

TEST_F(UntrackedSources, TheClockIsReadAgainMoreSeldom) {
  EXPECT_EQ(settle(wire::kReadClock), 1);
  EXPECT_EQ(settle_after(seconds(59), wire::kReadClock), 0);
  EXPECT_EQ(settle_after(seconds(2), wire::kReadClock), 1);
}

TEST_F(UntrackedSources, ADeclaredValidityTakesThePlaceOfTheClocksRule) {
  EXPECT_EQ(settle(wire::kReadClock, seconds(300)), 1);
  EXPECT_EQ(settle_after(seconds(120), wire::kReadClock), 0);
  EXPECT_EQ(settle_after(seconds(200), wire::kReadClock), 1);
}

}  // namespace
}  // namespace freshet::live
