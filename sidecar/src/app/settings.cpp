#include "app/settings.h"

#include <libpq-fe.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <memory>

namespace freshet::app {
namespace {

// Says what it wants in one line; CLI11's own ranges are of floating-point numbers, in the help as well.
CLI::Validator whole_number(std::int64_t least, std::int64_t most) {
  const auto check = [least, most](const std::string& text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good =
        error == std::errc() && end == text.data() + text.size() && value >= least && value <= most;
    return good ? std::string()
                : "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  };
  return CLI::Validator(check, "", "");
}

template <class Unit>
CLI::Option* add_duration(CLI::App& command, const std::string& name, Unit& into, const std::string& help) {
  auto* option = command.add_option_function<std::int64_t>(
      name, [&into](const std::int64_t& count) { into = Unit(count); }, help);
  option->check(whole_number(0, 1'000'000'000))->type_name("N")->default_str(std::to_string(into.count()));
  return option;
}

std::string variable_of(const CLI::Option& option) {
  std::string name = "FRESHET_" + option.get_lnames().front();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::toupper(c)); });
  return name;
}

// What a value may not show up in: CLI11's own messages quote it.
void assign(CLI::Option& option, const std::vector<std::string>& values, const std::string& where) {
  try {
    for (const std::string& value : values) option.add_result(value);
    option.run_callback();
  } catch (const CLI::ParseError&) {
    throw CLI::ValidationError(where, "is not a valid value for --" + option.get_lnames().front());
  }
}

std::vector<CLI::Option*> settable(CLI::App& command) {
  return command.get_options([](const CLI::Option* option) {
    return !option->get_lnames().empty() && option->get_lnames().front() != "help";
  });
}

bool known_to_another(const CLI::App& command, const std::string& flag) {
  if (command.get_parent() == nullptr) return false;
  const auto others = command.get_parent()->get_subcommands([](const CLI::App*) { return true; });
  return std::any_of(others.begin(), others.end(),
                     [&](const CLI::App* other) { return other->get_option_no_throw(flag) != nullptr; });
}

}  // namespace

void add_database_settings(CLI::App& command, Settings& settings) {
  command
      .add_option("--database-url", settings.database_url,
                  "Database and calling role, as libpq URI or keywords")
      ->type_name("URL");
  command
      .add_option("--replication-url", settings.replication_url, "The same database as the replication role")
      ->type_name("URL");
  add_duration(command, "--connect-timeout", settings.connect_timeout,
               "Milliseconds that connecting may take");
  add_duration(command, "--deadline", settings.deadline,
               "Milliseconds that a call may take, unless its function's deadline is smaller");
  command
      .add_option("--config", "File of `name = value` lines, names as these flags without dashes in front")
      ->type_name("FILE");
}

void add_serve_settings(CLI::App& command, Settings& settings) {
  const auto number = [&](const char* name, auto& into, const char* help, std::int64_t least, double most) {
    command.add_option(name, into, help)
        ->check(whole_number(least, static_cast<std::int64_t>(most)))
        ->type_name("N")
        ->capture_default_str();
  };
  command.add_option("--listen", settings.listen, "Address and port for WebSocket and HTTP")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  number("--threads", settings.threads, "I/O threads; 0: one per core", 0, 256);
  number("--mutation-workers", settings.mutation_workers, "Connections for mutations alone", 1, 500);
  number("--query-workers", settings.query_workers, "Connections for one-shot queries alone", 1, 500);
  number("--slow-workers", settings.slow_workers, "Connections for slow live queries alone", 1, 500);
  number("--job-workers", settings.job_workers, "Jobs run at once by this gateway; 0: none", 0, 500);
  number("--shared-workers", settings.shared_workers, "Connections for whichever of these three waits", 0,
         500);
  number("--queue", settings.queue,
         "Calls of a kind that may wait for a connection; one more is `overloaded`", 1, 1e6);
  number("--max-rows", settings.max_rows,
         "Rows per table and transaction before it counts as changed as a whole", 1, 1e7);
  add_duration(
      command, "--stream-silence", settings.stream_silence,
      "Milliseconds without an answer of the replication stream, though asked for one, after which it is"
      " begun anew; decoding one big transaction may take the server so long");
  add_duration(command, "--session-life", settings.session_life,
               "Hours after which an idle session is forgotten");
  add_duration(command, "--job-life", settings.job_life, "Hours after which a finished job is forgotten");
  add_duration(
      command, "--advise-interval", settings.advise_interval,
      "Seconds between notes, for freshet.advise(), of the call of each path that cost most; 0: none");
  number("--max-message-bytes", settings.max_message_bytes, "Longest frame or request body", 1024, 1e9);
  number("--max-sessions", settings.max_sessions, "Open sockets; one more is closed with 1013", 1, 1e7);
  command
      .add_option("--allowed-origins", settings.allowed_origins,
                  "Origins of pages that may connect, beside the gateway's own; *: any")
      ->type_name("ORIGIN")
      ->delimiter(',');
  command
      .add_option("--allowed-hosts", settings.allowed_hosts,
                  "Host names under which the gateway is reached; none: any")
      ->type_name("NAME")
      ->delimiter(',');
  command
      .add_option(
          "--admin-token", settings.admin_token,
          "Secret of at least 16 characters that opens the operators' pages (freshet top, freshet why);"
          " none: there are no such pages")
      ->type_name("SECRET");
  command.add_flag("--compression", settings.compression, "Compress WebSocket messages");
  add_duration(command, "--idle-timeout", settings.idle_timeout,
               "Milliseconds without a sign of life after which a socket is closed; pinged after a third");
  number("--busy-bytes", settings.busy_bytes,
         "Bytes unsent on a socket from which it counts as slow: no transitions until it drains", 1024, 1e9);
  number("--drained-bytes", settings.drained_bytes,
         "Bytes unsent at which a slow socket counts as drained; less than --busy-bytes", 0, 1e9);
  session::Limits& limits = settings.session_limits;
  add_duration(command, "--hello-deadline", limits.hello_deadline,
               "Milliseconds that a client has for its `hello`");
  number("--max-args-bytes", limits.max_args_bytes, "Longest arguments of one call", 64, 1e9);
  number("--max-subscriptions", limits.max_subscriptions, "Open subscriptions of a session", 1, 1e6);
  number("--max-requests", limits.max_requests, "Calls of a session without an answer", 1, 1e6);
  number("--rate-per-second", limits.rate_per_second,
         "Frames of a session per second over a long time; 0: no limit", 0, 1e9);
  number("--rate-burst", limits.rate_burst, "Frames of a session at once", 1, 1e9);
  command.add_option("--mcp", settings.mcp, "Agents: the Model Context Protocol at /mcp; on or off")
      ->check(CLI::IsMember({"on", "off"}))
      ->type_name("STATE")
      ->capture_default_str();
  number("--mcp-max-result-bytes", settings.mcp_limits.max_result_bytes,
         "Longest value that an agent is given; longer lists are cut and say so", 1024, 1e9);
  number("--mcp-max-sessions", settings.mcp_limits.max_sessions, "Sessions of agents", 1, 1e6);
  number("--mcp-max-subscriptions", settings.mcp_limits.max_subscriptions,
         "Subscriptions of an agent's session", 1, 1e5);
  add_duration(command, "--mcp-idle-timeout", settings.mcp_limits.idle_timeout,
               "Seconds after which a session without a request and an open stream has ended");
  command
      .add_option("--jwt-algorithm", settings.jwt_algorithm,
                  "Algorithm of --jwt-key; with --jwt-jwks-… and --oidc-issuer those that are accepted, by "
                  "default all but HS…. HS256, RS256, PS256, ES256, each also with 384 and 512, EdDSA")
      ->type_name("NAME")
      ->delimiter(',');
  command.add_option("--jwt-key", settings.jwt_key, "Secret of HS…, or PEM public key")->type_name("KEY");
  command.add_option("--jwt-key-file", settings.jwt_key_file, "File that holds it")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  command.add_option("--jwt-jwks-file", settings.jwt_jwks_file, "File of a JWK Set, in place of --jwt-key")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  command
      .add_option("--jwt-jwks-url", settings.jwt_jwks_url,
                  "https address of the issuer's JWK Set, in place of --jwt-key; needs --jwt-issuer")
      ->type_name("URL");
  command
      .add_option(
          "--oidc-issuer", settings.oidc_issuer,
          "OpenID Connect issuer: its discovery document says where its keys are; tokens must have it "
          "as `iss`")
      ->type_name("URL");
  command
      .add_option("--jwt-ca-file", settings.jwt_ca_file,
                  "Authorities to trust for these two addresses, in place of the system's")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  command.add_option("--jwt-issuer", settings.jwt_issuer, "Tokens must have this `iss`")->type_name("NAME");
  command
      .add_option("--jwt-audience", settings.jwt_audience,
                  "Tokens must have one of these as `aud`; none: any")
      ->type_name("NAME")
      ->delimiter(',');
  command
      .add_option("--jwt-types", settings.jwt_types,
                  "Tokens must have one of these as `typ`; none: JWT, at+jwt or no `typ`")
      ->type_name("NAME")
      ->delimiter(',');
  command.add_flag("--jwt-allow-no-expiry", settings.jwt_allow_no_expiry, "Take tokens without `exp`");
  add_duration(command, "--jwt-leeway", settings.jwt_leeway,
               "Seconds that the issuer's clock may be ahead, for `nbf` and `iat`");
  command
      .add_option("--issuer", settings.issuer,
                  "Issuers beside the one of --jwt-…: a JSON object or an array of them (docs/auth.md)")
      ->type_name("JSON");
  command.add_option("--issuer-file", settings.issuer_file, "File that holds the same")
      ->type_name("FILE")
      ->check(CLI::ExistingFile);
  command.add_flag("--require-identity", settings.require_identity, "Nothing may be called without a token");
  number("--max-result-bytes", settings.max_result_bytes, "Longest result of a live query", 1024, 1e9);
  number("--max-idle-bytes", settings.max_idle_bytes, "Results kept for live queries without subscribers", 0,
         1e12);
  command.add_flag("--dev", settings.dev,
                   "For development only: what functions raise (NOTICE, LOG) is logged and told to callers, "
                   "and so is the text of internal errors");
  command.add_option("--log-level", settings.log_level, "trace, debug, info, warn or error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
      ->type_name("LEVEL")
      ->capture_default_str();
  command.add_option("--log-format", settings.log_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  add_duration(command, "--stop-timeout", settings.stop_timeout,
               "Milliseconds for what is under way when asked to stop");
}

void complete_settings(CLI::App& command) {
  const std::vector<CLI::Option*> options = settable(command);
  for (CLI::Option* option : options) {
    const std::string name = variable_of(*option);
    const char* value = std::getenv(name.c_str());
    // An empty one is how a compose file says that there is none.
    if (value != nullptr && *value != '\0' && option->count() == 0) assign(*option, {value}, name);
  }
  const CLI::Option* config = command.get_option_no_throw("--config");
  if (config == nullptr || config->count() == 0) return;
  const std::string path = config->as<std::string>();
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_file(path);
  } catch (const CLI::Error&) {
    throw CLI::ValidationError("--config", path + " can't be read");
  }
  for (const CLI::ConfigItem& item : items) {
    CLI::Option* option = command.get_option_no_throw("--" + item.fullname());
    // One file serves all commands: what another one knows is passed over.
    if (option == nullptr && known_to_another(command, "--" + item.fullname())) continue;
    if (option == nullptr) throw CLI::ValidationError(path, "there is no setting '" + item.fullname() + "'");
    if (option->count() == 0) assign(*option, item.inputs, path + ": " + item.name);
  }
}

std::string check_settings(const Settings& settings) {
  if (settings.database_url.empty()) return "--database-url (FRESHET_DATABASE_URL) is missing";
  if (settings.replication_url.empty()) return "--replication-url (FRESHET_REPLICATION_URL) is missing";
  for (const auto* url : {&settings.database_url, &settings.replication_url}) {
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(
        PQconninfoParse(url->c_str(), nullptr), PQconninfoFree);
    if (parsed == nullptr) {
      return std::string(url == &settings.database_url ? "--database-url" : "--replication-url") +
             " is not a libpq connection string";
    }
  }
  if (!settings.jwt_key.empty() && !settings.jwt_key_file.empty())
    return "give --jwt-key or --jwt-key-file, not both";
  if (!settings.admin_token.empty() && settings.admin_token.size() < 16)
    return "--admin-token must have at least 16 characters";
  const bool has_key = !settings.jwt_key.empty() || !settings.jwt_key_file.empty();
  const bool has_set =
      !settings.jwt_jwks_file.empty() || !settings.jwt_jwks_url.empty() || !settings.oidc_issuer.empty();
  if (has_key && settings.jwt_algorithm.empty()) return "--jwt-algorithm and --jwt-key belong together";
  if (!has_key && !has_set && !settings.jwt_algorithm.empty())
    return "--jwt-algorithm and --jwt-key belong together";
  const auto colon = settings.listen.rfind(':');
  const std::string port = colon == std::string::npos ? "" : settings.listen.substr(colon + 1);
  const bool digits =
      !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (colon == 0 || !digits || std::stoi(port) > 65535) return "--listen must be HOST:PORT";
  if (settings.deadline.count() == 0) return "--deadline must be more than 0";
  if (settings.idle_timeout.count() == 0) return "--idle-timeout must be more than 0";
  if (settings.stream_silence.count() == 0) return "--stream-silence must be more than 0";
  if (settings.session_limits.hello_deadline.count() == 0) return "--hello-deadline must be more than 0";
  if (settings.drained_bytes >= settings.busy_bytes) return "--drained-bytes must be less than --busy-bytes";
  return {};
}

std::string masked(const std::string& conninfo) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(
      PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree);
  if (parsed == nullptr) return "(not a connection string)";
  const auto value = [&](std::string_view keyword) {
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
      if (keyword == option->keyword && option->val != nullptr) return std::string(option->val);
    }
    return std::string();
  };
  const std::string host = value("host").empty() ? "local socket" : value("host");
  const std::string port = value("port").empty() ? "" : ":" + value("port");
  return value("user") + "@" + host + port + "/" + value("dbname");
}

}  // namespace freshet::app
