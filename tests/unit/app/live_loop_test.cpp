#include "app/live_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>

namespace freshet::app {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LiveLoopTest : public testing::Test {
 protected:
  void start() {
    loop_.start({[this] { settle(); }, [this] { return deadline_; }});
    flush();
  }
  // Returns when everything that was given to the loop before has run.
  void flush() {
    std::promise<void> done;
    loop_.post([&] { done.set_value(); });
    ASSERT_EQ(done.get_future().wait_for(seconds(30)), std::future_status::ready);
  }
  void settle() {
    if (deadline_ && clock_.now() >= *deadline_) {
      deadline_.reset();
      late_.set_value();
    }
  }

  base::SteadyClock clock_;
  std::optional<base::TimePoint> deadline_;  // touched by tasks and hooks only
  std::promise<void> late_;
  LiveLoop loop_{clock_};
};

TEST_F(LiveLoopTest, RunsOnTheCallersThreadWhenItRests) {
  start();
  std::thread::id where;
  // Its turn may not have been given back yet, and then the loop's thread runs the task: that is rare.
  for (int attempt = 0; attempt < 1000 && where != std::this_thread::get_id(); ++attempt) {
    loop_.run([&] { where = std::this_thread::get_id(); });
    flush();
  }
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST_F(LiveLoopTest, RunsOneTaskAtATimeAndThoseOfOneThreadInOrder) {
  start();
  constexpr int kThreads = 4;
  constexpr int kTasks = 20'000;
  std::atomic<int> inside{0};
  std::atomic<bool> overlapped{false};
  std::map<int, int> last;  // touched by tasks only
  bool ordered = true;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 1; i <= kTasks; ++i) {
        const auto task = [&, thread, i] {
          if (inside.fetch_add(1) != 0) overlapped = true;
          ordered = ordered && std::exchange(last[thread], i) == i - 1;
          inside.fetch_sub(1);
        };
        if (i % 3 == 0) {
          loop_.post(task);
        } else {
          loop_.run(task);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  flush();
  EXPECT_FALSE(overlapped);
  EXPECT_TRUE(ordered);
  for (const auto& [thread, count] : last) EXPECT_EQ(count, kTasks) << thread;
  EXPECT_EQ(last.size(), static_cast<std::size_t>(kThreads));
}

TEST_F(LiveLoopTest, WhatATaskGivesToItRunsAfterTheTask) {
  start();
  std::promise<bool> after;
  bool ended = false;
  loop_.run([&] {
    loop_.run([&] { after.set_value(ended); });
    ended = true;
  });
  auto answer = after.get_future();
  ASSERT_EQ(answer.wait_for(seconds(30)), std::future_status::ready);
  EXPECT_TRUE(answer.get());
}

TEST_F(LiveLoopTest, ADeadlineThatATaskSetsOnAnotherThreadIsKept) {
  start();
  loop_.run([&] { deadline_ = clock_.now() + milliseconds(5); });
  EXPECT_EQ(late_.get_future().wait_for(seconds(30)), std::future_status::ready);
}

TEST_F(LiveLoopTest, StopRunsWhatWasPostedBeforeAndDropsWhatComesAfter) {
  start();
  int ran = 0;
  for (int i = 0; i < 100; ++i) loop_.post([&] { ++ran; });
  loop_.stop();
  EXPECT_EQ(ran, 100);
  loop_.run([&] { ++ran; });
  loop_.post([&] { ++ran; });
  EXPECT_EQ(ran, 100);
}

}  // namespace
}  // namespace freshet::app
