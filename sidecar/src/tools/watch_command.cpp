#include "tools/watch_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>

#include "access/claims.h"
#include "app/logging.h"
#include "app/runtime.h"
#include "base/canonical_json.h"
#include "base/raw_json.h"
#include "tools/pretty_json.h"
#include "tools/terminal.h"
#include "tools/watch_session.h"

namespace freshet::tools {
namespace {

using std::chrono::milliseconds;

constexpr session::ConnectionId kConnection = 1;
constexpr std::uint64_t kSubscription = 1;
constexpr std::chrono::seconds kStartPatience{30};
constexpr milliseconds kTurn{100};

// The interrupt is waited for, not caught: nothing runs in a signal handler.
sigset_t block_interrupts() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

bool interrupted(const sigset_t& signals) {
  const timespec now{0, 0};
  return sigtimedwait(&signals, nullptr, &now) > 0;
}

base::Result<access::IdentityPtr> identity_of(const std::string& claims) {
  if (claims.empty()) return access::IdentityPtr();
  auto parsed = access::parse_claims(claims);
  if (!parsed) return std::move(parsed).error();
  auto identity = std::make_shared<access::Identity>();
  identity->claims = parsed->canonical;
  const auto part = [](const std::optional<std::string>& text) {
    return text ? base::json_string(*text) : std::string("null");
  };
  identity->principal = fmt::format("[{},{}]", part(parsed->issuer), part(parsed->subject));
  return access::IdentityPtr(std::move(identity));
}

// A gateway for one: as few sessions of the database as there can be.
app::Settings modest(app::Settings settings) {
  settings.mutation_workers = 1;
  settings.job_workers = 0;
  settings.query_workers = 1;
  settings.slow_workers = 1;
  settings.shared_workers = 0;
  return settings;
}

void print_json(const WatchSession::Event& event) {
  fmt::print("{{\"epoch\":{},{}}}\n", base::json_string(event.epoch), event.body);
}

void print_page(const WatchedResult::Seen& seen) {
  if (!seen.page) return;
  if (!seen.page->split.empty()) fmt::print("  split at {}\n", seen.page->split);
  fmt::print("  {}\n", seen.page->next.empty() ? "nothing follows" : "more after " + seen.page->next);
}

void print_text(const WatchedResult::Seen& seen) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto millis = std::chrono::duration_cast<milliseconds>(now).count();
  const std::string time = fmt::format(
      "{:%H:%M:%S}.{:03}", fmt::localtime(static_cast<std::time_t>(millis / 1000)), millis % 1000);
  switch (seen.kind) {
    case WatchedResult::Seen::Kind::kValue:
      fmt::print("{}  {}\n", time, pretty_json(seen.text));
      print_page(seen);
      return;
    case WatchedResult::Seen::Kind::kSame:
      fmt::print("{}  the same\n", time);
      return;
    case WatchedResult::Seen::Kind::kError:
      fmt::print("{}  error {}\n", time, seen.text);
      return;
    case WatchedResult::Seen::Kind::kEdits:
      break;
  }
  fmt::print("{}  {} rows\n", time, seen.rows);
  for (const WatchedResult::Edit& edit : seen.edits)
    fmt::print("  {} [{}] {}\n", edit.kind == WatchedResult::Edit::Kind::kAdded ? '+' : '-', edit.index,
               edit.row);
  print_page(seen);
}

// 0: it is ready. Else the exit status.
int wait_until_ready(const app::Runtime& runtime, const sigset_t& signals) {
  const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
  while (true) {
    const session::Readiness readiness = runtime.readiness();
    if (readiness.ready && runtime.catalog() != nullptr) return 0;
    if (interrupted(signals)) return 1;
    if (std::chrono::steady_clock::now() > deadline) {
      for (const std::string& reason : readiness.reasons) fmt::print(stderr, "freshet watch: {}\n", reason);
      return 1;
    }
    const timespec turn{0, 50'000'000};
    nanosleep(&turn, nullptr);
  }
}

int show(WatchSession& session, const WatchOptions& options, const sigset_t& signals) {
  WatchedResult result(!options.page.empty());
  for (int shown = 0; options.count == 0 || shown < options.count;) {
    if (interrupted(signals)) return 0;
    const auto event = session.next(kTurn);
    if (!event || event->kind == WatchSession::Event::Kind::kOpened) continue;
    if (event->kind == WatchSession::Event::Kind::kEnded) return fail("watch", *event->error);
    if (event->kind == WatchSession::Event::Kind::kStale) {
      if (!options.json)
        fmt::print("the change stream was lost; what is shown may be old until it is back\n");
      continue;
    }
    const auto seen = result.take(event->body);
    if (!seen)
      return fail("watch", base::Error(base::ErrorCode::kInternal, "a change did not fit the result"));
    if (options.json) {
      print_json(*event);
    } else {
      print_text(*seen);
    }
    std::fflush(stdout);
    ++shown;
  }
  return 0;
}

}  // namespace

int watch(const app::Settings& settings, const WatchOptions& options) {
  if (settings.database_url.empty())
    return refuse("watch", "--database-url (FRESHET_DATABASE_URL) is missing");
  if (settings.replication_url.empty())
    return refuse("watch", "--replication-url (FRESHET_REPLICATION_URL) is missing");
  const auto args = base::canonical_json(options.args);
  if (!args) return refuse("watch", "the arguments: " + args.error().message);
  if (base::json_kind(*args) != base::JsonKind::kObject)
    return refuse("watch", "the arguments must be a JSON object");
  std::optional<std::string> page;
  if (!options.page.empty()) {
    const auto given = base::canonical_json(options.page);
    if (!given) return refuse("watch", "--page: " + given.error().message);
    if (base::json_kind(*given) != base::JsonKind::kObject)
      return refuse("watch", "--page must be a JSON object");
    page = *given;
  }
  const auto identity = identity_of(options.identity);
  if (!identity) return refuse("watch", "--as: " + identity.error().message);
  const sigset_t signals = block_interrupts();
  app::start_logging("error", false);

  app::Runtime runtime(modest(settings), nullptr);
  runtime.start();
  int status = wait_until_ready(runtime, signals);
  if (status == 0) {
    const auto session = std::make_shared<WatchSession>();
    session::Hello hello;
    hello.identity = *identity;
    runtime.open(kConnection, session, std::move(hello));
    runtime.subscribe(kConnection, {kSubscription, {options.path, *args, page}, std::nullopt, std::nullopt});
    status = show(*session, options, signals);
    runtime.disconnect(kConnection);
  }
  runtime.stop(milliseconds(500));
  return status;
}

}  // namespace freshet::tools
