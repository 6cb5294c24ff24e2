#include "postgres/database.h"

#include <array>
#include <charconv>

#include "base/encoding.h"

namespace freshet::postgres {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::chrono::seconds kPatience{5};

base::TimePoint soon() { return base::SteadyClock().now() + kPatience; }

Result<Rows> ask(Connection& connection, std::string_view sql, std::vector<std::optional<std::string_view>> parameters = {}) {
  Ran ran = connection.run({sql, std::move(parameters)}, soon());
  if (!ran.ok()) return Error(ErrorCode::kOverloaded, describe(*ran.failure));
  return std::move(ran.rows.back());
}

Result<std::string> ask_text(Connection& connection, std::string_view sql) {
  Result<Rows> rows = ask(connection, sql);
  if (!rows) return std::move(rows).error();
  if (rows->size() != 1 || rows->is_null(0, 0)) return Error(ErrorCode::kInternal, "no answer to " + std::string(sql));
  return rows->text(0, 0);
}

Result<void> tell(Connection& connection, std::string_view sql, std::vector<std::optional<std::string_view>> parameters) {
  Result<Rows> rows = ask(connection, sql, std::move(parameters));
  if (!rows) return std::move(rows).error();
  return {};
}

}  // namespace

Result<std::optional<std::string>> extension_version(Connection& connection) {
  Result<Rows> rows = ask(connection, "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'freshet'");
  if (!rows) return std::move(rows).error();
  if (rows->size() == 0) return std::optional<std::string>();
  return std::optional<std::string>(rows->text(0, 0));
}

Result<std::string> catalog_json(Connection& connection) { return ask_text(connection, "SELECT freshet.catalog()::text"); }

Result<std::string> gateway_key(Connection& connection) {
  Result<std::string> hex = ask_text(connection, "SELECT pg_catalog.encode(freshet.gateway_key(), 'hex')");
  if (!hex) return hex;
  return base::from_hex(*hex);
}

Result<std::vector<std::string>> open_sessions(Connection& connection, int count) {
  Result<Rows> rows = ask(connection, "SELECT s FROM freshet.open_sessions($1::int) s", {std::to_string(count)});
  if (!rows) return std::move(rows).error();
  std::vector<std::string> out;
  for (int row = 0; row < rows->size(); ++row) out.push_back(rows->text(row, 0));
  return out;
}

Result<std::optional<std::uint64_t>> session_floor(Connection& connection, const std::string& session) {
  Result<Rows> rows = ask(connection, "SELECT freshet.session_floor($1)", {session});
  if (!rows) return std::move(rows).error();
  if (rows->size() != 1 || rows->is_null(0, 0)) return std::optional<std::uint64_t>();
  const std::string_view text = rows->get(0, 0);
  std::uint64_t floor = 0;
  std::from_chars(text.data(), text.data() + text.size(), floor);
  return std::optional<std::uint64_t>(floor);
}

Result<void> ack(Connection& connection, const std::vector<std::pair<std::string, std::uint64_t>>& acks) {
  // Session ids are base64url or "key:…": nothing in them needs quoting in an array literal.
  std::string sessions = "{";
  std::string upto = "{";
  for (const auto& [session, number] : acks) {
    if (sessions.size() > 1) {
      sessions += ',';
      upto += ',';
    }
    sessions += '"' + session + '"';
    upto += std::to_string(number);
  }
  sessions += '}';
  upto += '}';
  return tell(connection, "SELECT freshet.ack(a.s, a.u) FROM pg_catalog.unnest($1::text[], $2::bigint[]) a(s, u)", {sessions, upto});
}

Result<void> prune(Connection& connection, std::chrono::hours idle) {
  const std::string interval = std::to_string(idle.count()) + " hours";
  return tell(connection, "SELECT freshet.prune($1::interval)", {interval});
}

Result<void> emit_control(Connection& connection, std::string_view message) {
  const std::string hex = "\\x" + base::to_hex(message);
  return tell(connection, "SELECT freshet.emit_control($1::bytea)", {hex});
}

Result<wire::Snapshot> exported_snapshot(Connection& connection, const std::string& name) {
  if (name.find_first_not_of("0123456789ABCDEFabcdef-") != std::string::npos) {
    return Error(ErrorCode::kInternal, "not the name of a snapshot");
  }
  const std::string import = "SET TRANSACTION SNAPSHOT '" + name + "'";
  const std::array<Statement, 4> statements{Statement{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
                                            Statement{import, {}, false, /*prepare=*/false},
                                            Statement{"SELECT pg_catalog.pg_current_snapshot()"}, Statement{"COMMIT"}};
  const Ran ran = connection.run(statements, soon());
  if (!ran.ok()) {
    connection.condemn();
    return Error(ErrorCode::kOverloaded, describe(*ran.failure));
  }
  return wire::Snapshot::parse(ran.rows[2].get(0, 0));
}

Result<std::string> role_state(Connection& connection) {
  return ask_text(connection, R"(
    SELECT pg_catalog.md5(pg_catalog.concat(
      (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(',', r.oid, r.rolsuper, r.rolinherit, r.rolbypassrls), ';' ORDER BY r.oid)
         FROM pg_catalog.pg_roles r),
      (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(',', m.roleid, m.member), ';' ORDER BY m.roleid, m.member)
         FROM pg_catalog.pg_auth_members m))))");
}

Result<std::vector<std::string>> slot_blockers(Connection& connection, int waiting_pid) {
  const std::string pid = std::to_string(waiting_pid);
  Result<Rows> rows = ask(connection, R"(
    WITH awaited AS (
      SELECT l.transactionid AS xid FROM pg_catalog.pg_locks l
      WHERE l.pid = $1::int AND l.locktype = 'transactionid' AND NOT l.granted)
    SELECT pg_catalog.format('pid %s (role %s, %s for %s)', a.pid, a.usename, a.state,
                             pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - a.xact_start))
    FROM awaited JOIN pg_catalog.pg_locks h ON h.transactionid = awaited.xid AND h.granted AND h.mode = 'ExclusiveLock'
         JOIN pg_catalog.pg_stat_activity a ON a.pid = h.pid
    UNION ALL
    SELECT pg_catalog.format('prepared transaction %L', p.gid) FROM awaited JOIN pg_catalog.pg_prepared_xacts p
      ON p.transaction = awaited.xid)", {pid});
  if (!rows) return std::move(rows).error();
  std::vector<std::string> out;
  for (int row = 0; row < rows->size(); ++row) out.push_back(rows->text(row, 0));
  return out;
}

}  // namespace freshet::postgres
