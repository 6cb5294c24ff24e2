#include "postgres/service_session.h"

#include <libpq-fe.h>

#include <algorithm>
#include <pqxx/pqxx>

namespace freshet::postgres {
namespace {

// libpqxx takes one text, so that what we add to the user's URI or keywords needs one form.
std::string keywords(const std::string& conninfo,
                     const std::vector<std::pair<std::string, std::string>>& added) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> parsed(
      PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree);
  if (parsed == nullptr) return {};
  std::string out;
  const auto add = [&](const std::string& keyword, const std::string& value) {
    out += keyword + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') out += '\\';
      out += c;
    }
    out += "' ";
  };
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) add(option->keyword, option->val);
  }
  for (const auto& [keyword, value] : added) add(keyword, value);  // the last one of a name counts
  return out;
}

// "ERROR:  message\nDETAIL:  …" as libpqxx hands it on.
void split_message(std::string_view text, Failure& failure) {
  const auto after_level = [](std::string_view line) {
    const auto colon = line.find(":  ");
    return std::string(colon == std::string_view::npos ? line : line.substr(colon + 3));
  };
  while (text.ends_with('\n')) text.remove_suffix(1);
  const auto end = text.find('\n');
  failure.message = after_level(text.substr(0, end));
  if (end == std::string_view::npos) return;
  std::string_view rest = text.substr(end + 1);
  if (rest.starts_with("DETAIL:")) failure.detail = after_level(rest.substr(0, rest.find('\n')));
}

Failure failure_of(const pqxx::sql_error& error) {
  Failure failure;
  failure.sqlstate = error.sqlstate();
  split_message(error.what(), failure);
  return failure;
}

Failure fault(const char* what) {
  Failure failure;
  failure.sqlstate = "XX000";
  failure.message = what;
  return failure;
}

}  // namespace

struct ServiceSession::Library {
  explicit Library(const std::string& conninfo) : connection(conninfo), quiet(connection) {}
  pqxx::connection connection;
  pqxx::quiet_errorhandler quiet;
};

ServiceSession::ServiceSession(std::unique_ptr<Library> library) : library_(std::move(library)) {}
ServiceSession::~ServiceSession() = default;

std::variant<std::unique_ptr<ServiceSession>, Failure> ServiceSession::open(
    const ConnectOptions& options, std::chrono::milliseconds patience) {
  const auto seconds =
      std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count(), 2);
  // A dead network ends a wait by the kernel's keepalives, within 16 s.
  ConnectOptions own = options;
  own.statement_timeout = patience;
  const std::string conninfo = keywords(options.conninfo, {{"options", session_settings(own)},
                                                           {"application_name", options.application_name},
                                                           {"connect_timeout", std::to_string(seconds)},
                                                           {"client_encoding", "UTF8"},
                                                           {"tcp_user_timeout", "15000"},
                                                           {"keepalives_idle", "10"},
                                                           {"keepalives_interval", "2"},
                                                           {"keepalives_count", "3"}});
  if (conninfo.empty()) return connection_lost("not a libpq connection string");
  try {
    return std::unique_ptr<ServiceSession>(new ServiceSession(std::make_unique<Library>(conninfo)));
  } catch (const std::exception& error) {
    std::string said = error.what();
    while (!said.empty() && said.back() == '\n') said.pop_back();
    std::replace(said.begin(), said.end(), '\n', ' ');
    return connection_lost(std::move(said));
  }
}

template <class Transaction>
Answered ServiceSession::run(const std::string& first, std::string_view sql, const Parameters& parameters) {
  Answered answered;
  try {
    std::vector<const char*> values;
    for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
    Transaction transaction(library_->connection);
    if (!first.empty()) transaction.exec(first);
    const pqxx::result result = transaction.exec_params(
        std::string(sql), pqxx::prepare::make_dynamic_params(values.begin(), values.end()));
    transaction.commit();
    answered.rows.reserve(result.size());
    for (const pqxx::row& row : result) {
      TextRow& out = answered.rows.emplace_back();
      for (const pqxx::field& field : row) {
        out.push_back(field.is_null()
                          ? std::nullopt
                          : std::optional<std::string>(std::in_place, field.c_str(), field.size()));
      }
    }
  } catch (const pqxx::broken_connection& error) {
    answered.failure = connection_lost(error.what());
  } catch (const pqxx::in_doubt_error& error) {
    answered.failure = connection_lost(error.what());
  } catch (const pqxx::sql_error& error) {
    // libpqxx reports a connection that was lost in the middle of a statement as an error without SQLSTATE.
    answered.failure = error.sqlstate().empty() ? connection_lost(error.what()) : failure_of(error);
  } catch (const std::exception& error) {
    answered.failure = fault(error.what());
  }
  if (answered.failure && answered.failure->after() == base::AfterFailure::kOutcomeUnknown) broken_ = true;
  return answered;
}

Answered ServiceSession::ask(std::string_view sql, const Parameters& parameters) {
  return run<pqxx::nontransaction>({}, sql, parameters);
}

Answered ServiceSession::ask_at_snapshot(const std::string& exported, std::string_view sql,
                                         const Parameters& parameters) {
  const std::string import = exported.empty() ? std::string() : "SET TRANSACTION SNAPSHOT '" + exported + "'";
  return run<pqxx::transaction<pqxx::repeatable_read, pqxx::read_only>>(import, sql, parameters);
}

void ServiceSession::cancel() {
  try {
    library_->connection.cancel_query();
  } catch (const std::exception&) {
    // What can't be cancelled ends by statement_timeout or by the keepalives.
  }
}

}  // namespace freshet::postgres
