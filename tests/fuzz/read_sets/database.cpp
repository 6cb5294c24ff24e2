#include "database.h"

#include <cstdint>
#include <stdexcept>

namespace freshet::fuzz {

Database::Database(const std::string& connect) : connection_(PQconnectdb(connect.c_str())) {
  if (PQstatus(connection_) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_));
  PQsetNoticeProcessor(
      connection_, [](void*, const char*) {}, nullptr);
}

Database::~Database() { PQfinish(connection_); }

Database::Rows Database::query(const std::string& sql) {
  PGresult* result = PQexec(connection_, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    const std::string message = std::string(PQresultErrorMessage(result)) + "in: " + sql;
    PQclear(result);
    throw std::runtime_error(message);
  }
  Rows rows(static_cast<std::size_t>(PQntuples(result)));
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int column = 0; column < PQnfields(result); ++column) {
      rows[static_cast<std::size_t>(row)].emplace_back(
          PQgetisnull(result, row, column) ? "<null>" : PQgetvalue(result, row, column));
    }
  }
  PQclear(result);
  return rows;
}

bool Database::attempt(const std::string& sql) {
  PGresult* result = PQexec(connection_, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  const bool ok = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
  PQclear(result);
  if (PQstatus(connection_) != CONNECTION_OK)
    throw std::runtime_error("the server closed the connection in: " + sql);
  return ok;
}

bool Database::copy(const std::string& statement) {
  const std::size_t split = statement.find('\n');
  PGresult* result = PQexec(connection_, ("COPY (" + statement.substr(split + 1) + ") TO STDOUT").c_str());
  bool ok = PQresultStatus(result) == PGRES_COPY_OUT;
  PQclear(result);
  std::string lines;
  char* buffer = nullptr;
  for (int size = 0; ok && (size = PQgetCopyData(connection_, &buffer, 0)) > 0;) {
    lines.append(buffer, static_cast<std::size_t>(size));
    PQfreemem(buffer);
  }
  while (PGresult* rest = PQgetResult(connection_)) {
    ok = ok && PQresultStatus(rest) == PGRES_COMMAND_OK;
    PQclear(rest);
  }
  if (!ok) return false;
  result = PQexec(connection_, statement.substr(0, split).c_str());
  ok = PQresultStatus(result) == PGRES_COPY_IN;
  PQclear(result);
  if (ok) {
    PQputCopyData(connection_, lines.data(), static_cast<int>(lines.size()));
    PQputCopyEnd(connection_, nullptr);
  }
  while (PGresult* rest = PQgetResult(connection_)) {
    ok = ok && PQresultStatus(rest) == PGRES_COMMAND_OK;
    PQclear(rest);
  }
  return ok;
}

bool Database::transact(const std::vector<std::string>& statements) {
  query("BEGIN");
  bool ok = true;
  for (const std::string& statement : statements) {
    ok = statement.starts_with("COPY ") ? copy(statement) : attempt(statement);
    if (!ok) break;
  }
  // A deferred constraint may still refuse; after an error COMMIT is a ROLLBACK.
  return attempt("COMMIT") && ok;
}

std::string unhex(const std::string& text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  return bytes;
}

std::string hex(const std::string& bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "\\x";
  for (const char byte : bytes) {
    text += kDigits[static_cast<std::uint8_t>(byte) >> 4];
    text += kDigits[static_cast<std::uint8_t>(byte) & 15];
  }
  return text;
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

}  // namespace freshet::fuzz
