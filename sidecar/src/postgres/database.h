#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "postgres/connection.h"
#include "postgres/service_session.h"
#include "wire/snapshot.h"
#include "wire/transaction.h"

// The gateway's own small questions to the database (docs/sql-interface.md). Each blocks for at most
// kServicePatience; errors hold the server's message, for logs and readiness, not for clients.
namespace freshet::postgres {

// nullopt: the extension is not in this database.
base::Result<std::optional<std::string>> extension_version(ServiceSession& database);
base::Result<std::string> catalog_json(ServiceSession& database);
base::Result<std::string> gateway_key(ServiceSession& database);
base::Result<std::vector<std::string>> open_sessions(ServiceSession& database, int count);
// nullopt: the session is not known.
base::Result<std::optional<std::uint64_t>> session_floor(ServiceSession& database,
                                                         const std::string& session);
base::Result<void> ack(ServiceSession& database,
                       const std::vector<std::pair<std::string, std::uint64_t>>& acks);
base::Result<void> prune(ServiceSession& database, std::chrono::hours idle);
// What freshet.advise() goes by: JSON as freshet.note_calls() takes it.
base::Result<void> note_calls(ServiceSession& database, const std::string& calls);
// On the lane of the control messages, whose latency an epoch waits for.
base::Result<void> emit_control(Connection& connection, std::string_view message);
// What a snapshot exported elsewhere sees.
base::Result<wire::Snapshot> exported_snapshot(ServiceSession& database, const std::string& name);
// Which of these API keys are in force now: by the position of the question, in any order. `used`: presented
// since it was asked about before.
struct ApiKeyQuestion {
  std::string id;
  std::string hash;  // hex SHA-256 of the whole key
  bool used = false;
};
struct ApiKeyState {
  std::size_t question = 0;
  std::string claims;               // JSON object
  std::vector<std::string> scopes;  // patterns
  std::optional<std::chrono::system_clock::time_point> expires;
};
struct ApiKeyAnswer {
  wire::TableId table = 0;  // that the keys are in
  wire::Snapshot snapshot;  // the states are at least as new
  std::vector<ApiKeyState> states;
};
base::Result<ApiKeyAnswer> api_key_states(ServiceSession& database,
                                          const std::vector<ApiKeyQuestion>& questions);
// A text that changes when roles, memberships or their settings do: no change set reports those.
base::Result<std::string> role_state(ServiceSession& database);
// Who holds up the backend that creates the slot: "pid 123 (role app, idle in transaction for 00:05:00)",
// "prepared transaction 'x'".
base::Result<std::vector<std::string>> slot_blockers(ServiceSession& database, int waiting_pid);

}  // namespace freshet::postgres
