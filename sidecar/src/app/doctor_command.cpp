#include "app/doctor_command.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <variant>

#include "app/health.h"
#include "app/logging.h"
#include "base/encoding.h"
#include "base/random.h"
#include "postgres/database.h"
#include "postgres/replication_session.h"
#include "postgres/service_session.h"

namespace freshet::app {
namespace {

constexpr std::chrono::seconds kSlotPatience{5};

// Prints as it goes; remembers whether anything is missing.
class Report {
 public:
  void ok(const std::string& what) { std::printf("ok       %s\n", what.c_str()); }
  void hint(const std::string& what, const std::string& why) {
    std::printf("hint     %s\n         %s\n", what.c_str(), why.c_str());
  }
  void missing(const std::string& what, const std::string& remedy) {
    std::printf("MISSING  %s\n", what.c_str());
    if (!remedy.empty()) std::printf("         -> %s\n", remedy.c_str());
    complete_ = false;
  }
  bool complete() const { return complete_; }

 private:
  bool complete_ = true;
};

// Asks small questions and treats a failed one as an empty answer.
class Asker {
 public:
  explicit Asker(postgres::ServiceSession& database) : database_(database) {}
  std::string text(std::string_view sql, const postgres::ServiceSession::Parameters& parameters = {}) {
    const postgres::Answered answered = database_.ask(sql, parameters);
    return answered.rows.empty() ? std::string() : answered.rows.front().front().value_or(std::string());
  }
  long number(std::string_view sql) { return std::atol(text(sql).c_str()); }

 private:
  postgres::ServiceSession& database_;
};

void check_settings_of_server(Asker& ask, Report& report) {
  const std::string wal_level = ask.text("SELECT pg_catalog.current_setting('wal_level')");
  if (wal_level == "logical") {
    report.ok("wal_level = logical");
  } else {
    report.missing("wal_level is " + wal_level,
                   "ALTER SYSTEM SET wal_level = 'logical'; then restart PostgreSQL");
  }
  const long senders = ask.number("SELECT pg_catalog.current_setting('max_wal_senders')::int");
  if (senders > 0) {
    report.ok("max_wal_senders = " + std::to_string(senders));
  } else {
    report.missing("max_wal_senders is 0", "ALTER SYSTEM SET max_wal_senders = 10; then restart PostgreSQL");
  }
  const long slots = ask.number("SELECT pg_catalog.current_setting('max_replication_slots')::int");
  const long taken = ask.number("SELECT count(*) FROM pg_catalog.pg_replication_slots");
  if (slots > taken) {
    report.ok("a replication slot is free (" + std::to_string(taken) + " of " + std::to_string(slots) +
              " taken)");
  } else {
    report.missing("no replication slot is free",
                   "ALTER SYSTEM SET max_replication_slots = " + std::to_string(slots + 4) +
                       "; then restart PostgreSQL; or drop one that nobody uses");
  }
  const std::string standbys = ask.text("SELECT pg_catalog.current_setting('synchronous_standby_names')");
  if (!standbys.empty() &&
      ask.number(
          "SELECT count(*) FROM pg_catalog.pg_stat_replication WHERE sync_state IN ('sync', 'quorum')") ==
          0) {
    report.missing(
        "synchronous_standby_names is '" + standbys +
            "' and no such standby is connected (seen from this role): commits hang",
        "start the standby, or ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf()");
  }
  if (ask.text("SELECT pg_catalog.current_setting('synchronous_commit')") == "off") {
    report.hint(
        "synchronous_commit = off: a live query shows a commit when its WAL was written, up to 3 × "
        "wal_writer_delay (" +
            ask.text("SELECT pg_catalog.current_setting('wal_writer_delay')") + ") later",
        "ALTER SYSTEM SET wal_writer_delay = '10ms'; SELECT pg_reload_conf()");
  }
}

void check_room(Asker& ask, const Settings& settings, Report& report) {
  const long most = ask.number(
      "SELECT pg_catalog.current_setting('max_connections')::int"
      " - pg_catalog.current_setting('superuser_reserved_connections')::int");
  const long used = ask.number(
      "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'"
      " AND application_name <> 'freshet'");
  const long wanted = 6 + settings.slow_workers + settings.query_workers + settings.mutation_workers +
                      settings.shared_workers + settings.job_workers;
  const std::string figures = std::to_string(wanted) + " connections for one gateway, " +
                              std::to_string(used) + " in use by others, " + std::to_string(most) +
                              " allowed";
  if (wanted + used <= most) {
    report.ok(figures);
  } else {
    report.missing(figures,
                   "raise max_connections (needs a restart), or start the gateway with fewer workers");
  }
}

void check_blockers(Asker& ask, Report& report) {
  const std::string old = ask.text(
      "SELECT pg_catalog.string_agg(pg_catalog.format('pid %s (%s)', pid, pg_catalog.date_trunc('second', "
      "pg_catalog.clock_timestamp() - xact_start)), ', ')"
      " FROM pg_catalog.pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()"
      " AND xact_start < pg_catalog.clock_timestamp() - interval '10 seconds'");
  if (!old.empty()) {
    report.missing("transactions that have written and stay open hold up a new replication slot: " + old,
                   "end them: SELECT pg_terminate_backend(pid)");
  }
  const std::string prepared = ask.text(
      "SELECT pg_catalog.string_agg(pg_catalog.quote_literal(gid), ', ') FROM pg_catalog.pg_prepared_xacts");
  if (!prepared.empty()) {
    report.missing("prepared transactions hold up a new replication slot: " + prepared,
                   "ROLLBACK PREPARED or COMMIT PREPARED them");
  }
}

bool check_extension(postgres::ServiceSession& database, Asker& ask, Report& report) {
  const auto version = postgres::extension_version(database);
  if (!version || !*version) {
    report.missing("the extension is not in this database", "as a superuser: CREATE EXTENSION freshet");
    return false;
  }
  if (**version != FRESHET_VERSION) {
    report.missing("the extension has version " + **version + ", this gateway " FRESHET_VERSION,
                   "install the files of " FRESHET_VERSION
                   " on the server, then ALTER EXTENSION freshet UPDATE");
    return false;
  }
  report.ok("extension freshet " + **version);
  const std::string role = ask.text("SELECT current_user");
  const std::string denied = ask.text(
      "SELECT pg_catalog.string_agg(p.oid::pg_catalog.regprocedure::text, ', ') FROM pg_catalog.pg_proc p"
      " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'freshet' AND p.proname IN"
      " ('run_queries', 'call', 'catalog', 'open_sessions', 'open_session', 'session_floor', 'ack', 'prune', "
      "'emit_control', 'gateway_key', 'note_calls', 'due_jobs', 'run_job', 'fail_job', 'prune_jobs')"
      " AND NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND "
      "pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))");
  if (denied.empty()) {
    report.ok("role " + role + " may call the extension");
  } else {
    report.missing("role " + role + " may not call " + denied,
                   "as a superuser: SELECT freshet.grant_gateway('" + role + "', '<replication role>')");
  }
  if (ask.text("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user") == "t") {
    report.hint("role " + role + " is a superuser",
                "give the gateway a role of its own: CREATE ROLE freshet_call LOGIN PASSWORD '…'");
  }
  return denied.empty();
}

// The server adds the text of a failed or remarkable statement to its log; for START_REPLICATION that holds
// the stream's key.
void check_log(const Settings& settings, Report& report) {
  auto opened =
      postgres::ServiceSession::open({settings.replication_url, "freshet doctor", settings.connect_timeout});
  if (std::holds_alternative<postgres::Failure>(opened)) return;  // check_stream says why
  Asker ask(*std::get<std::unique_ptr<postgres::ServiceSession>>(opened));
  const std::string role = ask.text("SELECT pg_catalog.quote_ident(current_user)");
  if (ask.text("SHOW log_min_error_statement") == "panic" &&
      ask.text("SHOW log_replication_commands") == "off") {
    report.ok("the server's log keeps the stream's key to itself");
  } else {
    report.missing(
        "the server writes the commands of role " + role + ", and with them the stream's key, to its log",
        "as a superuser: ALTER ROLE " + role + " SET log_min_error_statement = 'panic'; ALTER ROLE " + role +
            " SET log_replication_commands = off (freshet.grant_gateway does both)");
  }
}

// Proves by doing: a temporary slot with our plugin, which ends with the connection.
void check_stream(const Settings& settings, Report& report) {
  base::SteadyClock clock;
  base::SystemRandom random;
  auto session = postgres::ReplicationSession::connect(
      {settings.replication_url, settings.connect_timeout, std::chrono::seconds(60), -1}, clock);
  if (!session)
    return report.missing("replication connection: " + session.error().message,
                          with_remedy(session.error().message));
  report.ok("replication connection to " + masked(settings.replication_url));
  const base::TimePoint deadline = clock.now() + kSlotPatience;
  auto slot = (*session)->create_slot("freshet_doctor_" + base::to_hex(random.bytes(8)),
                                      [&] { return clock.now() < deadline; });
  if (!slot) {
    return report.missing("replication slot: " + slot.error().message, with_remedy(slot.error().message));
  }
  report.ok("a replication slot with the plugin freshet can be made");
}

}  // namespace

int doctor(const Settings& settings) {
  start_logging("error", false);
  Report report;
  if (settings.database_url.empty() || settings.replication_url.empty()) {
    std::fputs(
        "freshet doctor: --database-url and --replication-url are needed (FRESHET_DATABASE_URL, "
        "FRESHET_REPLICATION_URL)\n",
        stderr);
    return 2;
  }
  auto opened =
      postgres::ServiceSession::open({settings.database_url, "freshet doctor", settings.connect_timeout});
  if (const auto* failure = std::get_if<postgres::Failure>(&opened)) {
    report.missing("connection to " + masked(settings.database_url),
                   with_remedy(postgres::describe(*failure)));
    return 1;
  }
  postgres::ServiceSession& database = *std::get<std::unique_ptr<postgres::ServiceSession>>(opened);
  Asker ask(database);
  report.ok("connection to " + masked(settings.database_url) + ", PostgreSQL " +
            ask.text("SHOW server_version"));
  check_settings_of_server(ask, report);
  check_room(ask, settings, report);
  check_blockers(ask, report);
  check_extension(database, ask, report);
  check_stream(settings, report);
  check_log(settings, report);
  if (report.complete()) std::puts("everything is there: freshet serve can start");
  return report.complete() ? 0 : 1;
}

}  // namespace freshet::app
