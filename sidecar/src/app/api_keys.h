#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/authenticator.h"
#include "app/live_loop.h"
#include "base/clock.h"
#include "postgres/database.h"
#include "postgres/worker_pool.h"

namespace freshet::app {

// Tells API keys from tokens, and judges the keys by the database, which knows their hashes only. Keys that
// were in force are remembered and asked about again every second, all in one question: one that is revoked
// is refused, and what runs in its name ended, within about that. While the database can't be asked for
// longer than kTrusted nobody new is let in.
//
// authenticate() may be called from any thread; the rest lives on the loop's.
class ApiKeys final : public access::Authenticator {
 public:
  // The identity of a key that is not in force any more.
  using Ended = std::function<void(const access::IdentityPtr& identity)>;

  // `tokens` judges everything else; null: every token is refused. It outlives this.
  ApiKeys(access::Authenticator* tokens, postgres::WorkerPool& pool, LiveLoop& loop, const base::Clock& clock,
          Ended ended)
      : tokens_(tokens), pool_(pool), loop_(loop), clock_(clock), ended_(std::move(ended)) {}

  std::optional<access::Authenticated> authenticate(
      std::string_view token, access::WallTime now,
      std::function<void(access::Authenticated)> later) override;

  // Every second or so.
  void tick();

 private:
  using Later = std::function<void(access::Authenticated)>;
  struct Key {
    std::string id;
    std::string hash;
  };
  // A key in force, by its hash. There are no more of them than the database has keys.
  struct Known {
    std::string id;
    std::string stands_for;  // what the database said of it
    access::IdentityPtr identity;
    base::TimePoint confirmed;
    base::TimePoint presented;
    bool used = true;  // since the database was asked last
  };
  struct Waiting {
    Key key;
    Later later;
  };

  static std::optional<Key> read(std::string_view token);
  void judge(Key key, access::WallTime wall, Later later);
  void ask();
  void take(const std::vector<postgres::ApiKeyQuestion>& questions, std::vector<Waiting> waiting,
            base::Result<std::vector<postgres::ApiKeyState>> states);
  void forget_unused();

  access::Authenticator* const tokens_;
  postgres::WorkerPool& pool_;
  LiveLoop& loop_;
  const base::Clock& clock_;
  const Ended ended_;

  std::unordered_map<std::string, Known> known_;
  std::vector<Waiting> waiting_;
  bool asking_ = false;
};

}  // namespace freshet::app
