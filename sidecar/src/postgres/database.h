#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "postgres/connection.h"
#include "wire/snapshot.h"

// The gateway's own small questions to the database (docs/sql-interface.md). Each blocks for at most a few seconds; errors
// hold the server's message, for logs and readiness, not for clients.
namespace freshet::postgres {

// nullopt: the extension is not in this database.
base::Result<std::optional<std::string>> extension_version(Connection& connection);
base::Result<std::string> catalog_json(Connection& connection);
base::Result<std::string> gateway_key(Connection& connection);
base::Result<std::vector<std::string>> open_sessions(Connection& connection, int count);
// nullopt: the session is not known.
base::Result<std::optional<std::uint64_t>> session_floor(Connection& connection, const std::string& session);
base::Result<void> ack(Connection& connection, const std::vector<std::pair<std::string, std::uint64_t>>& acks);
base::Result<void> prune(Connection& connection, std::chrono::hours idle);
base::Result<void> emit_control(Connection& connection, std::string_view message);
// What a snapshot exported elsewhere sees.
base::Result<wire::Snapshot> exported_snapshot(Connection& connection, const std::string& name);
// A text that changes when roles, memberships or their settings do: no change set reports those.
base::Result<std::string> role_state(Connection& connection);
// Who holds up the backend that creates the slot: "pid 123 (role app, idle in transaction for 00:05:00)", "prepared
// transaction 'x'".
base::Result<std::vector<std::string>> slot_blockers(Connection& connection, int waiting_pid);

}  // namespace freshet::postgres
