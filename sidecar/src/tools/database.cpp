#include "tools/database.h"

#include <libpq-fe.h>

#include <array>

namespace freshet::tools {
namespace {

std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return text;
}

}  // namespace

Database::Database(pg_conn* connection, Listener listener)
    : connection_(connection), listener_(std::move(listener)) {
  PQsetNoticeReceiver(
      connection_,
      [](void* self, const pg_result* result) {
        const auto& listener = static_cast<Database*>(self)->listener_;
        if (listener) listener(postgres::notice_of(result));
      },
      this);
}

Database::~Database() { PQfinish(connection_); }

std::variant<std::unique_ptr<Database>, postgres::Failure> Database::open(const Options& options,
                                                                          Listener listener) {
  const std::string timeout = std::to_string((options.connect_timeout.count() + 999) / 1000);
  const std::string settings =
      "-c jit=off -c statement_timeout=" + std::to_string(options.statement_timeout.count()) +
      (options.settings.empty() ? "" : " " + options.settings);
  const std::array keys{"dbname",          "options",         "application_name",
                        "connect_timeout", "client_encoding", static_cast<const char*>(nullptr)};
  const std::array values{options.url.c_str(), settings.c_str(), options.application_name.c_str(),
                          timeout.c_str(),     "UTF8",           static_cast<const char*>(nullptr)};
  PGconn* connection = PQconnectdbParams(keys.data(), values.data(), /*expand_dbname=*/1);
  if (connection == nullptr) return postgres::connection_lost("out of memory");
  if (PQstatus(connection) != CONNECTION_OK) {
    postgres::Failure failure = postgres::connection_lost(one_line(PQerrorMessage(connection)));
    PQfinish(connection);
    return failure;
  }
  return std::unique_ptr<Database>(new Database(connection, std::move(listener)));
}

std::variant<postgres::Rows, postgres::Failure> Database::ask(const std::string& sql,
                                                              const Parameters& parameters) {
  std::vector<const char*> values;
  for (const auto& parameter : parameters) values.push_back(parameter ? parameter->c_str() : nullptr);
  pg_result* result = PQexecParams(connection_, sql.c_str(), static_cast<int>(values.size()), nullptr,
                                   values.data(), nullptr, nullptr, 0);
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return postgres::Rows(result);
  postgres::Failure failure = result == nullptr || PQstatus(connection_) != CONNECTION_OK
                                  ? postgres::connection_lost(one_line(PQerrorMessage(connection_)))
                                  : postgres::failure_of(result);
  PQclear(result);
  return failure;
}

std::optional<postgres::Failure> Database::command(const std::string& sql) {
  auto answer = ask(sql);
  if (auto* failure = std::get_if<postgres::Failure>(&answer)) return std::move(*failure);
  return std::nullopt;
}

}  // namespace freshet::tools
