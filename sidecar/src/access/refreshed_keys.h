#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "access/key_ring.h"
#include "access/refresh_policy.h"

namespace freshet::access {

struct FetchedKeys {
  Keys keys;
  std::optional<std::chrono::seconds> max_age;
  std::string remark;  // for the log; empty: nothing worth saying
};

// The keys of an issuer that may change them: read at start, when they have become old, and when a token
// names one that is not among them. What was read last is kept while the issuer can't be reached. One thread
// of its own does the reading, and calls back those who wait; it ends with stop().
class RefreshedKeys final : public KeyRing {
 public:
  // Blocks, for a bounded time; returns soon after `stopping` became true.
  using Fetch = std::function<base::Result<FetchedKeys>(const std::atomic<bool>& stopping)>;
  // What happened, in one line that holds no secret. `trouble`: it failed, or nothing of it is of use.
  using Report = std::function<void(bool trouble, const std::string& line)>;

  RefreshedKeys(Fetch fetch, Report report, const base::Clock& clock, RefreshTimes times = {});
  ~RefreshedKeys() override { stop(); }

  void start();
  // Those who wait are called back. Nobody is afterwards.
  void stop();

  std::shared_ptr<const Keys> current() const override;
  Newer refresh(const std::shared_ptr<const Keys>& seen, std::function<void()> done) override;

 private:
  void run();
  struct News {
    bool trouble = false;
    std::string line;  // empty: none
  };
  News take(base::Result<FetchedKeys> fetched);

  const Fetch fetch_;
  const Report report_;
  const base::Clock& clock_;

  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  RefreshPolicy policy_;  // guarded by mutex_, as all below
  std::shared_ptr<const Keys> keys_;
  std::vector<std::function<void()>> waiting_;  // for the reading that goes on or is due
  bool fetching_ = false;
  bool trouble_ = false;  // as last reported

  std::thread thread_;
};

// Tokens that may wait for one reading; one more is refused at once.
inline constexpr std::size_t kMaxWaitingForKeys = 10'000;

}  // namespace freshet::access
