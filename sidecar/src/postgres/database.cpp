#include "postgres/database.h"

#include <charconv>

#include "base/encoding.h"
#include "base/raw_json.h"

namespace freshet::postgres {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

using TextRows = std::vector<TextRow>;

Result<TextRows> rows_of(Answered answered) {
  if (!answered.ok()) return Error(ErrorCode::kOverloaded, describe(*answered.failure));
  return std::move(answered.rows);
}

Result<TextRows> ask(ServiceSession& database, std::string_view sql,
                     const ServiceSession::Parameters& parameters = {}) {
  return rows_of(database.ask(sql, parameters));
}

// The one value of the one row; nullopt for NULL or no row.
Result<std::optional<std::string>> ask_value(ServiceSession& database, std::string_view sql,
                                             const ServiceSession::Parameters& parameters = {}) {
  Result<TextRows> rows = ask(database, sql, parameters);
  if (!rows) return std::move(rows).error();
  return rows->empty() ? std::optional<std::string>() : std::move(rows->front().at(0));
}

Result<std::string> ask_text(ServiceSession& database, std::string_view sql) {
  Result<std::optional<std::string>> value = ask_value(database, sql);
  if (!value) return std::move(value).error();
  if (!*value) return Error(ErrorCode::kInternal, "no answer to " + std::string(sql));
  return **std::move(value);
}

// The first column.
Result<std::vector<std::string>> ask_list(ServiceSession& database, std::string_view sql,
                                          const ServiceSession::Parameters& parameters) {
  Result<TextRows> rows = ask(database, sql, parameters);
  if (!rows) return std::move(rows).error();
  std::vector<std::string> out;
  for (TextRow& row : *rows) out.push_back(row.at(0).value_or(std::string()));
  return out;
}

Result<void> tell(ServiceSession& database, std::string_view sql,
                  const ServiceSession::Parameters& parameters) {
  Result<TextRows> rows = ask(database, sql, parameters);
  if (!rows) return std::move(rows).error();
  return {};
}

}  // namespace

Result<std::optional<std::string>> extension_version(ServiceSession& database) {
  return ask_value(database, "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'freshet'");
}

Result<std::string> catalog_json(ServiceSession& database) {
  return ask_text(database, "SELECT freshet.catalog()::text");
}

Result<std::string> gateway_key(ServiceSession& database) {
  Result<std::string> hex = ask_text(database, "SELECT pg_catalog.encode(freshet.gateway_key(), 'hex')");
  if (!hex) return hex;
  return base::from_hex(*hex);
}

Result<std::vector<std::string>> open_sessions(ServiceSession& database, int count) {
  return ask_list(database, "SELECT s FROM freshet.open_sessions($1::int) s", {std::to_string(count)});
}

Result<std::optional<std::uint64_t>> session_floor(ServiceSession& database, const std::string& session) {
  const Result<std::optional<std::string>> text =
      ask_value(database, "SELECT freshet.session_floor($1)", {session});
  if (!text) return text.error();
  if (!*text) return std::optional<std::uint64_t>();
  std::uint64_t floor = 0;
  std::from_chars((*text)->data(), (*text)->data() + (*text)->size(), floor);
  return std::optional<std::uint64_t>(floor);
}

Result<void> ack(ServiceSession& database, const std::vector<std::pair<std::string, std::uint64_t>>& acks) {
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
  return tell(database,
              "SELECT freshet.ack(a.s, a.u) FROM ROWS FROM (pg_catalog.unnest($1::text[]), "
              "pg_catalog.unnest($2::bigint[])) a(s, u)",
              {sessions, upto});
}

Result<void> prune(ServiceSession& database, std::chrono::hours idle) {
  const std::string interval = std::to_string(idle.count()) + " hours";
  return tell(database, "SELECT freshet.prune($1::interval)", {interval});
}

Result<void> note_calls(ServiceSession& database, const std::string& calls) {
  return tell(database, "SELECT freshet.note_calls($1::jsonb)", {calls});
}

Result<void> emit_control(Connection& connection, std::string_view message) {
  const std::string hex = "\\x" + base::to_hex(message);
  const Ran ran = connection.run({"SELECT freshet.emit_control($1::bytea)", {hex}},
                                 base::SteadyClock().now() + kServicePatience);
  if (!ran.ok()) return Error(ErrorCode::kOverloaded, describe(*ran.failure));
  return {};
}

Result<wire::Snapshot> exported_snapshot(ServiceSession& database, const std::string& name) {
  if (name.empty() || name.find_first_not_of("0123456789ABCDEFabcdef-") != std::string::npos) {
    return Error(ErrorCode::kInternal, "not the name of a snapshot");
  }
  Result<TextRows> rows = rows_of(database.ask_at_snapshot(name, "SELECT pg_catalog.pg_current_snapshot()"));
  if (!rows) return std::move(rows).error();
  return wire::Snapshot::parse(rows->at(0).at(0).value_or(std::string()));
}

namespace {

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<ApiKeyState> api_key_state(const TextRow& row, std::size_t questions) {
  if (row.size() != 6 || !row[2] || !row[3] || !row[4]) return std::nullopt;
  ApiKeyState state;
  const std::optional<std::uint64_t> ordinal = whole_number(*row[2]);
  if (!ordinal || *ordinal == 0 || *ordinal > questions) return std::nullopt;
  state.question = *ordinal - 1;
  state.claims = *row[3];
  for (const std::string_view element : base::trusted_array_elements(*row[4])) {
    Result<std::string> scope = base::parse_json_string(element);
    if (!scope) return std::nullopt;
    state.scopes.push_back(*std::move(scope));
  }
  if (row[5]) {
    const std::optional<std::uint64_t> micros = whole_number(*row[5]);
    if (!micros) return std::nullopt;
    state.expires = std::chrono::system_clock::time_point(std::chrono::microseconds(*micros));
  }
  return state;
}

}  // namespace

Result<ApiKeyAnswer> api_key_states(ServiceSession& database, const std::vector<ApiKeyQuestion>& questions) {
  // Ids and hashes are hexadecimal digits: nothing in them needs quoting in an array literal.
  std::string ids = "{";
  std::string hashes = "{";
  std::string used = "{";
  for (const ApiKeyQuestion& question : questions) {
    const char* comma = ids.size() > 1 ? "," : "";
    ids += comma + question.id;
    hashes += comma + question.hash;
    used += std::string(comma) + (question.used ? "t" : "f");
  }
  // The snapshot is that of the statement, and the function's own statements have newer ones.
  const Result<TextRows> rows =
      ask(database,
          "SELECT 'freshet.api_key'::pg_catalog.regclass::pg_catalog.oid, pg_catalog.pg_current_snapshot(),"
          " k.ordinal, k.claims, k.scopes, k.expires_us FROM (SELECT) one LEFT JOIN"
          " freshet.api_key_states($1::text[], $2::text[], $3::boolean[]) k ON true",
          {ids + "}", hashes + "}", used + "}"});
  if (!rows) return rows.error();
  const Error unknown(ErrorCode::kInternal, "freshet.api_key_states() has a form that is not known");
  if (rows->empty() || rows->front().size() != 6) return unknown;
  const TextRow& first = rows->front();
  const std::optional<std::uint64_t> table = whole_number(first[0].value_or(""));
  Result<wire::Snapshot> snapshot = wire::Snapshot::parse(first[1].value_or(""));
  if (!table || !snapshot) return unknown;
  ApiKeyAnswer answer{*table, *std::move(snapshot), {}};
  for (const TextRow& row : *rows) {
    if (!row.at(2)) break;
    std::optional<ApiKeyState> state = api_key_state(row, questions.size());
    if (!state) return unknown;
    answer.states.push_back(*std::move(state));
  }
  return answer;
}

Result<std::string> role_state(ServiceSession& database) {
  return ask_text(database, R"(
    SELECT pg_catalog.md5(pg_catalog.concat(
      (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(',', r.oid, r.rolsuper, r.rolinherit, r.rolbypassrls), ';' ORDER BY r.oid)
         FROM pg_catalog.pg_roles r),
      -- Whole rows: from version 16 on a membership has options that decide what it gives.
      (SELECT pg_catalog.string_agg(m::pg_catalog.text, ';' ORDER BY m.roleid, m.member, m.grantor)
         FROM pg_catalog.pg_auth_members m))))");
}

Result<std::vector<std::string>> slot_blockers(ServiceSession& database, int waiting_pid) {
  return ask_list(database, R"(
    WITH awaited AS (
      SELECT l.transactionid AS xid FROM pg_catalog.pg_locks l
      WHERE l.pid = $1::int AND l.locktype = 'transactionid' AND NOT l.granted)
    SELECT pg_catalog.format('pid %s (role %s, %s for %s)', a.pid, a.usename, a.state,
                             pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - a.xact_start))
    FROM awaited JOIN pg_catalog.pg_locks h ON h.transactionid = awaited.xid AND h.granted AND h.mode = 'ExclusiveLock'
         JOIN pg_catalog.pg_stat_activity a ON a.pid = h.pid
    UNION ALL
    SELECT pg_catalog.format('prepared transaction %L', p.gid) FROM awaited JOIN pg_catalog.pg_prepared_xacts p
      ON p.transaction = awaited.xid)",
                  {std::to_string(waiting_pid)});
}

}  // namespace freshet::postgres
