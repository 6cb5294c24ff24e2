#include "app/serve.h"

#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "app/issuer_settings.h"
#include "app/logging.h"
#include "app/runtime.h"
#include "app/tokens.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "server/server.h"

namespace freshet::app {
namespace {

server::Settings server_settings(const Settings& settings) {
  server::Settings out;
  const auto colon = settings.listen.rfind(':');
  out.address = settings.listen.substr(0, colon);
  if (out.address.size() > 2 && out.address.front() == '[')
    out.address = out.address.substr(1, out.address.size() - 2);
  out.port = static_cast<std::uint16_t>(std::stoi(settings.listen.substr(colon + 1)));
  out.threads = static_cast<unsigned>(settings.threads);
  out.limits.max_connections = settings.max_sessions;
  out.limits.max_frame_bytes = settings.max_message_bytes;
  out.limits.max_body_bytes = settings.max_message_bytes;
  out.limits.busy_bytes = settings.busy_bytes;
  out.limits.drained_bytes = settings.drained_bytes;
  out.limits.idle_timeout = settings.idle_timeout;
  out.allowed_origins = settings.allowed_origins;
  out.allow_local_origins = settings.dev;
  out.allowed_hosts = settings.allowed_hosts;
  out.compression = settings.compression;
  out.admin_token = settings.admin_token;
  out.mcp = settings.mcp == "on";
  out.mcp_limits = settings.mcp_limits;
  out.report = [](const std::string& line) { spdlog::warn("{}", line); };
  return out;
}

int refuse(const std::string& why) {
  std::fprintf(stderr, "freshet serve: %s\n", why.c_str());
  return 2;
}

}  // namespace

int serve(const Settings& settings) {
  if (const std::string wrong = check_settings(settings); !wrong.empty()) return refuse(wrong);
  if (const char* failpoints = std::getenv("FRESHET_FAILPOINTS")) {
    if (auto set = base::set_failpoints(failpoints); !set) return refuse(set.error().message);
  }
  auto issuers = issuer_settings(settings);
  if (!issuers) return refuse(issuers.error().message);
  const base::SteadyClock clock;
  auto tokens = Tokens::make(*issuers, clock);
  if (!tokens) return refuse(tokens.error().message);
  start_logging(settings.log_level, settings.log_format == "json");

  // Blocked before any thread starts, so that only sigwait() sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  session::SessionRules rules;
  rules.limits = settings.session_limits;
  rules.server.name = "freshet";
  rules.server.version = FRESHET_VERSION;
  rules.server.max_frame_bytes = settings.max_message_bytes;
  rules.allow_anonymous = !settings.require_identity;

  Runtime runtime(settings, (*tokens)->verifier());
  rules.verifier = &runtime.authenticator();
  server::Metrics metrics;
  server::Server server(server_settings(settings), rules, runtime, metrics);
  if (auto listening = server.listen(); !listening)
    return refuse("--listen " + settings.listen + ": " + listening.error().message);
  for (const IssuerSettings& issuer : *issuers) {
    if (issuer.keys.empty() && issuer.rules.audiences.empty())
      spdlog::warn("{}: without an audience the tokens that this issuer makes for others are accepted too",
                   issuer.where);
  }
  (*tokens)->start();
  runtime.start();
  server.run();
  if (settings.dev)
    spdlog::warn(
        "--dev: callers are told what functions raise and the text of internal errors; not for production");
  spdlog::info("freshet {} listens on {} for {}", FRESHET_VERSION, settings.listen,
               masked(settings.database_url));

  int received = 0;
  sigwait(&signals, &received);
  spdlog::info("signal {}: stopping", received);
  server.stop(settings.stop_timeout);
  (*tokens)->stop();
  runtime.stop(std::chrono::milliseconds(500));
  spdlog::info("stopped");
  return 0;
}

}  // namespace freshet::app
