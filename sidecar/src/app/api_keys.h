#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/authenticator.h"
#include "app/key_changes.h"
#include "app/live_loop.h"
#include "base/clock.h"
#include "postgres/database.h"
#include "postgres/worker_pool.h"

namespace freshet::app {

// Tells API keys from tokens, and judges the keys by the database, which knows their hashes only. Keys that
// were in force are remembered. That one is revoked or changed is in the change stream: from the moment at
// which an epoch could show it, what acts by any key is kept waiting until the database was asked about all
// that are remembered, so that nothing is given to a key at a snapshot in which it is not in force. While
// there is no stream they are asked about every second. While the database can't be asked for longer than
// kTrusted nobody new is let in.
//
// authenticate() may be called from any thread; the rest lives on the loop's.
class ApiKeys final : public access::Authenticator {
 public:
  struct Events {
    // The identity of a key that is not in force any more.
    std::function<void(const access::IdentityPtr& identity)> ended;
    // Whether those who act by a key are to be kept waiting. What ended has been told before it is false
    // again.
    std::function<void(bool held)> hold;
  };

  // `tokens` judges everything else; null: every token is refused. It outlives this.
  ApiKeys(access::Authenticator* tokens, postgres::WorkerPool& pool, LiveLoop& loop, const base::Clock& clock,
          Events events)
      : tokens_(tokens), pool_(pool), loop_(loop), clock_(clock), events_(std::move(events)) {}

  std::optional<access::Authenticated> authenticate(
      std::string_view token, access::WallTime now,
      std::function<void(access::Authenticated)> later) override;

  // What the stream and the epochs tell, each before the live core is told.
  void stream_started(const wire::Snapshot& snapshot);
  void stream_lost() { live_ = false; }
  void decoded(const wire::Transaction& transaction);
  void snapshot_opened(const wire::Snapshot& snapshot);

  // Every second or so.
  void tick();
  // When look() is to be called next: a change that was decoded is not visible yet.
  std::optional<base::TimePoint> deadline() const { return next_look_; }
  void look(base::TimePoint now);

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
  void ask_anew();
  void hold(bool held);
  void take(const std::vector<postgres::ApiKeyQuestion>& questions, std::vector<Waiting> waiting,
            std::uint64_t stream, base::Result<postgres::ApiKeyAnswer> answer);
  void compare(const std::vector<postgres::ApiKeyQuestion>& questions, const postgres::ApiKeyAnswer& answer);
  void failed(const base::Error& error, std::vector<Waiting> waiting);
  void forget_unused();

  access::Authenticator* const tokens_;
  postgres::WorkerPool& pool_;
  LiveLoop& loop_;
  const base::Clock& clock_;
  const Events events_;

  std::unordered_map<std::string, Known> known_;
  std::vector<Waiting> waiting_;
  KeyChanges changes_;
  bool live_ = false;  // there is a stream
  bool held_ = false;
  bool asking_ = false;
  bool ask_again_ = false;
  bool troubled_ = false;  // the last question failed
  std::size_t looks_ = 0;  // since the last change was decoded
  std::optional<base::TimePoint> next_look_;
};

}  // namespace freshet::app
