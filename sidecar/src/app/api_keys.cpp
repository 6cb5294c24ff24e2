#include "app/api_keys.h"

#include <openssl/evp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <unordered_set>

#include "app/mutant.h"
#include "app/service_job.h"
#include "base/canonical_json.h"
#include "base/encoding.h"
#include "base/raw_json.h"

namespace freshet::app {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::string_view kPrefix = "fk_";
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kKeyBytes = 3 + kIdBytes + 1 + 43;
// How long what the database said of a key is relied on when the key is presented again, however still the
// stream is.
constexpr std::chrono::seconds kTrusted{5};
// A key that nobody presents, and in whose name nothing is open, is not asked about for longer.
constexpr std::chrono::minutes kRemembered{5};
// Keys that may wait for one answer of the database.
constexpr std::size_t kMaxWaiting = 1000;
// A commit is decoded a moment before it is visible: from question to question until it is.
constexpr std::array<std::chrono::milliseconds, 5> kLooks{
    std::chrono::milliseconds(2), std::chrono::milliseconds(10), std::chrono::milliseconds(50),
    std::chrono::milliseconds(200), std::chrono::milliseconds(500)};

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not available");
  return base::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

Error busy() { return {ErrorCode::kOverloaded, "API keys can't be looked up now; try again"}; }

// nullopt: the row was written past create_api_key() and can't be used.
access::IdentityPtr identity_of(const std::string& id, const postgres::ApiKeyState& state) {
  Result<access::Scopes> scopes = access::Scopes::parse(state.scopes);
  Result<std::string> canonical = base::canonical_json(state.claims);
  Result<access::Claims> claims =
      canonical ? access::parse_claims(*canonical) : Result<access::Claims>(canonical.error());
  if (!scopes || !claims || !claims->subject || claims->subject->empty()) {
    const Error& error = !scopes ? scopes.error() : Error(ErrorCode::kInternal, "its claims are malformed");
    spdlog::warn("the API key {} is refused: {}", id, error.message);
    return nullptr;
  }
  auto identity = std::make_shared<access::Identity>();
  identity->claims = std::move(claims->canonical);
  identity->principal = access::principal(*claims);
  identity->expires = state.expires;
  identity->api_key = id;
  identity->scopes = *std::move(scopes);
  return identity;
}

}  // namespace

std::optional<ApiKeys::Key> ApiKeys::read(std::string_view token) {
  if (token.size() != kKeyBytes) return std::nullopt;
  const std::string_view id = token.substr(kPrefix.size(), kIdBytes);
  const bool hexadecimal = std::all_of(
      id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!hexadecimal || token[kPrefix.size() + kIdBytes] != '_') return std::nullopt;
  return Key{std::string(id), sha256_hex(token)};
}

std::optional<access::Authenticated> ApiKeys::authenticate(std::string_view token, access::WallTime now,
                                                           Later later) {
  if (!token.starts_with(kPrefix)) {
    if (tokens_ != nullptr) return tokens_->authenticate(token, now, std::move(later));
    return access::Authenticated(access::invalid_token());
  }
  std::optional<Key> key = read(token);
  if (!key) return access::Authenticated(access::invalid_token());
  loop_.post([this, key = *std::move(key), now, later = std::move(later)]() mutable {
    judge(std::move(key), now, std::move(later));
  });
  return std::nullopt;
}

void ApiKeys::judge(Key key, access::WallTime wall, Later later) {
  const base::TimePoint now = clock_.now();
  if (const auto at = known_.find(key.hash); at != known_.end() && at->second.id == key.id) {
    Known& known = at->second;
    const bool lasts = !known.identity->expires || wall < *known.identity->expires;
    if (lasts && now < known.confirmed + kTrusted && !changes_.any()) {
      known.presented = now;
      known.used = true;
      return later(known.identity);
    }
  }
  if (waiting_.size() >= kMaxWaiting) return later(busy());
  waiting_.push_back({std::move(key), std::move(later)});
  ask();
}

void ApiKeys::stream_started(const wire::Snapshot& snapshot) {
  live_ = true;
  changes_.stream_started(snapshot);
  hold(true);
  ask_anew();
}

void ApiKeys::decoded(const wire::Transaction& transaction) {
  if (!changes_.decoded(transaction)) return;
  looks_ = 0;
  hold(changes_.shown());
  ask_anew();
}

void ApiKeys::snapshot_opened(const wire::Snapshot& snapshot) {
  changes_.opened(snapshot);
  if (!changes_.shown()) return;
  hold(true);
  ask_anew();
}

void ApiKeys::tick() {
  forget_unused();
  if (!live_ && !known_.empty()) ask_anew();
}

void ApiKeys::look(base::TimePoint now) {
  if (!next_look_ || *next_look_ > now) return;
  next_look_.reset();
  ask_anew();
}

void ApiKeys::hold(bool held) {
  if (held_ == held || mutant::kKeyChangeNotAwaited) return;
  held_ = held;
  events_.hold(held);
}

void ApiKeys::forget_unused() {
  const base::TimePoint now = clock_.now();
  std::erase_if(known_, [&](const auto& entry) {
    const Known& known = entry.second;
    return known.identity.use_count() == 1 && now >= known.presented + kRemembered;
  });
}

// A question that is under way may have been asked too early.
void ApiKeys::ask_anew() {
  if (asking_) {
    ask_again_ = true;
  } else {
    ask();
  }
}

void ApiKeys::ask() {
  if (asking_) return;
  asking_ = true;
  ask_again_ = false;
  next_look_.reset();
  std::vector<Waiting> waiting = std::exchange(waiting_, {});
  std::vector<postgres::ApiKeyQuestion> questions;
  std::unordered_set<std::string> asked;
  for (const Waiting& one : waiting) {
    if (asked.insert(one.key.id + one.key.hash).second) questions.push_back({one.key.id, one.key.hash, true});
  }
  for (auto& [hash, known] : known_) {
    const bool used = std::exchange(known.used, false);
    if (asked.insert(known.id + hash).second) questions.push_back({known.id, hash, used});
  }
  auto shared = std::make_shared<std::vector<Waiting>>(std::move(waiting));
  ask_database<postgres::ApiKeyAnswer>(
      pool_, loop_,
      [questions](postgres::ServiceSession& database) {
        return postgres::api_key_states(database, questions);
      },
      [this, questions, shared, stream = changes_.streams()](Result<postgres::ApiKeyAnswer> answer) {
        take(questions, std::move(*shared), stream, std::move(answer));
      });
}

void ApiKeys::failed(const Error& error, std::vector<Waiting> waiting) {
  if (!std::exchange(troubled_, true)) spdlog::warn("API keys: {}", error.message);
  for (Waiting& one : waiting) one.later(busy());
  if (changes_.any() || ask_again_ || !waiting_.empty()) next_look_ = clock_.now() + kLooks.back();
}

void ApiKeys::take(const std::vector<postgres::ApiKeyQuestion>& questions, std::vector<Waiting> waiting,
                   std::uint64_t stream, Result<postgres::ApiKeyAnswer> answer) {
  asking_ = false;
  if (!answer) return failed(answer.error(), std::move(waiting));
  troubled_ = false;
  changes_.use_table(answer->table);
  changes_.confirmed(answer->snapshot, stream);
  compare(questions, *answer);
  for (Waiting& one : waiting) {
    const auto at = known_.find(one.key.hash);
    const bool good = at != known_.end() && at->second.id == one.key.id;
    one.later(good ? access::Authenticated(at->second.identity)
                   : access::Authenticated(access::invalid_token()));
  }
  hold(changes_.shown());
  if (ask_again_ || !waiting_.empty()) return ask();
  if (changes_.any()) {
    next_look_ = clock_.now() + kLooks[looks_];
    looks_ = std::min(looks_ + 1, kLooks.size() - 1);
  }
}

// What was known before against what is said now.
void ApiKeys::compare(const std::vector<postgres::ApiKeyQuestion>& questions,
                      const postgres::ApiKeyAnswer& answer) {
  const base::TimePoint now = clock_.now();
  std::vector<const postgres::ApiKeyState*> in_force(questions.size(), nullptr);
  for (const postgres::ApiKeyState& state : answer.states) in_force[state.question] = &state;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const postgres::ApiKeyQuestion& question = questions[i];
    const postgres::ApiKeyState* state = in_force[i];
    const auto at = known_.find(question.hash);
    std::string stands_for;
    if (state != nullptr) {
      stands_for = state->claims;
      for (const std::string& scope : state->scopes) stands_for += '\n' + scope;
      stands_for += state->expires ? std::to_string(state->expires->time_since_epoch().count()) : "";
    }
    if (at != known_.end()) {
      if (mutant::kRevokedKeyValid || (state != nullptr && at->second.stands_for == stands_for)) {
        at->second.confirmed = now;
        if (question.used) at->second.presented = now;
        continue;
      }
      const access::IdentityPtr ended = at->second.identity;
      known_.erase(at);
      events_.ended(ended);
    }
    if (state == nullptr) continue;
    if (access::IdentityPtr identity = identity_of(question.id, *state))
      known_[question.hash] = {question.id, std::move(stands_for), std::move(identity), now, now, false};
  }
}

}  // namespace freshet::app
