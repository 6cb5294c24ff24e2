#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "mcp/limits.h"
#include "session/limits.h"

namespace CLI {
class App;
}

namespace freshet::app {

// From a call's deadline to the server's own end of its statement: after the extension's timer and the
// gateway's cancel.
inline constexpr std::chrono::milliseconds kStatementGrace{5'000};

// What one gateway is told. Every member is a flag `--name`, an environment variable FRESHET_NAME and a line
// `name = value` of the file named by --config; a flag wins over the environment, which wins over the file.
// An empty variable counts as absent.
struct Settings {
  // database
  std::string database_url;     // calling role; libpq URI or keywords
  std::string replication_url;  // replication role, same database
  int mutation_workers = 4;
  int job_workers = 2;
  int query_workers = 2;
  int slow_workers = 2;
  int shared_workers = 2;
  int queue = 1000;
  std::chrono::milliseconds deadline{10'000};
  std::chrono::milliseconds connect_timeout{5'000};
  int max_rows = 50'000;
  std::chrono::milliseconds stream_silence{60'000};
  std::chrono::hours session_life{24 * 7};
  std::chrono::hours job_life{24 * 7};
  std::chrono::seconds advise_interval{60};  // 0: nothing is kept for freshet.advise()

  // edge
  std::string listen = "127.0.0.1:4700";
  int threads = 0;
  std::size_t max_message_bytes = 1u << 20;
  std::size_t max_sessions = 20'000;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> allowed_hosts;
  bool compression = false;
  std::string admin_token;  // opens the operators' pages; empty: there are none
  std::chrono::milliseconds idle_timeout{20'000};
  std::size_t busy_bytes = 256u << 10;
  std::size_t drained_bytes = 64u << 10;
  session::Limits session_limits;
  std::string mcp = "on";  // or "off"
  mcp::Limits mcp_limits;

  // access
  std::vector<std::string> jwt_algorithm;
  std::string jwt_key;
  std::string jwt_key_file;
  std::string jwt_jwks_file;
  std::string jwt_jwks_url;
  std::string jwt_ca_file;
  std::string oidc_issuer;
  std::string jwt_issuer;
  std::vector<std::string> jwt_audience;
  std::vector<std::string> jwt_types;
  std::string issuer;  // JSON (app/issuer_settings)
  std::string issuer_file;
  bool jwt_allow_no_expiry = false;
  std::chrono::seconds jwt_leeway{30};
  bool require_identity = false;

  // results
  std::size_t max_result_bytes = 8u << 20;
  std::size_t max_idle_bytes = 256u << 20;

  // process
  bool dev = false;  // callers are told what functions raise, and the text of internal errors
  std::string log_level = "info";
  std::string log_format = "text";
  std::chrono::milliseconds stop_timeout{9'000};
};

// Declares on `command` the flags that say which database; then those that only `serve` has.
void add_database_settings(CLI::App& command, Settings& settings);
void add_serve_settings(CLI::App& command, Settings& settings);

// After the command line was parsed: the environment, then the file of --config, for whatever no flag set.
// Throws CLI::ParseError whose text names the setting and never its value.
void complete_settings(CLI::App& command);

// What can't be said by one flag alone; empty when all is well, else one line that names the setting.
std::string check_settings(const Settings& settings);

// "user@host:port/dbname": what may be shown of a connection string.
std::string masked(const std::string& conninfo);

}  // namespace freshet::app
