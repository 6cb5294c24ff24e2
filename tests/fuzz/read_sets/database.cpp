#include "database.h"

#include "freshet_wire/control.hpp"

namespace freshet::fuzz {
namespace {

wire::SipKey stream_key() {
  wire::SipKey key{};
  for (std::uint8_t i = 0; i < sizeof key.bytes; ++i) key.bytes[i] = i;
  return key;
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

}  // namespace

Database::Database(const std::string& connect) : connection_(PQconnectdb(connect.c_str())) {
  if (PQstatus(connection_) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_));
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

std::string unhex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

ChangeStream::ChangeStream(Database& database, const std::string& connect)
    : database_(database),
      connection_(
          PQconnectdb((connect + " replication=database options='-c wal_sender_timeout=0'").c_str())) {
  if (PQstatus(connection_) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_));
  const std::string slot = "fuzz_" + std::to_string(PQbackendPID(connection_));
  PGresult* created =
      PQexec(connection_,
             ("CREATE_REPLICATION_SLOT " + slot + " TEMPORARY LOGICAL freshet NOEXPORT_SNAPSHOT").c_str());
  const bool ok = PQresultStatus(created) == PGRES_TUPLES_OK;
  PQclear(created);
  if (!ok) throw std::runtime_error(PQerrorMessage(connection_));
  PGresult* started = PQexec(
      connection_,
      ("START_REPLICATION SLOT " + slot + " LOGICAL 0/0 (key '" + kKeyHex + "', version '1')").c_str());
  const bool streaming = PQresultStatus(started) == PGRES_COPY_BOTH;
  PQclear(started);
  if (!streaming) throw std::runtime_error(PQerrorMessage(connection_));
  announce();
}

ChangeStream::~ChangeStream() { PQfinish(connection_); }

void ChangeStream::announce() {
  const Database::Rows tables = database_.query(
      "SELECT c.oid, max(a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > "
      "0 "
      "WHERE c.relnamespace = 'fuzz'::regnamespace AND c.relkind = 'r' GROUP BY c.oid");
  std::string message;
  wire::ContainerSink sink(message);
  wire::ControlWriter writer(sink, stream_key(), wire::ControlTag::kInterest);
  auto& body = writer.body();
  body.var(1);
  body.u8(1);
  body.var(tables.size());
  for (const auto& table : tables) {
    const std::uint64_t columns = std::stoull(table[1]);
    body.var(std::stoull(table[0]));
    body.var(columns);
    for (std::uint64_t attnum = 1; attnum <= columns; ++attnum) {
      body.var(attnum);
      body.u8(7);
    }
  }
  writer.seal();
  emit(message);
}

// The transaction id makes the commit flush what was written, without which the stream would not see it.
void ChangeStream::emit(const std::string& message) {
  database_.query("SELECT pg_logical_emit_message(false, 'freshet', '" + hex(message) +
                  "'::bytea), pg_current_xact_id()");
}

std::vector<wire::StreamItem> ChangeStream::next_items() {
  constexpr std::size_t kHeader = 1 + 8 + 8 + 8;  // 'w', start, end, clock
  char* buffer = nullptr;
  const int size = PQgetCopyData(connection_, &buffer, 0);
  if (size < 0) throw std::runtime_error(PQerrorMessage(connection_));
  const std::string bytes(buffer, static_cast<std::size_t>(size));
  PQfreemem(buffer);
  if (bytes[0] != 'w') return {};
  auto items = assembler_.feed(
      {reinterpret_cast<const std::uint8_t*>(bytes.data()) + kHeader, bytes.size() - kHeader});
  if (!items) throw std::runtime_error("malformed change set");
  return std::move(*items);
}

std::vector<wire::Transaction> ChangeStream::read() {
  std::string fence;
  wire::ContainerSink sink(fence);
  wire::write_fence(sink, stream_key(), ++nonce_);
  emit(fence);
  std::vector<wire::Transaction> transactions;
  for (;;) {
    for (wire::StreamItem& item : next_items()) {
      if (auto* transaction = std::get_if<wire::Transaction>(&item))
        transactions.push_back(std::move(*transaction));
      if (const auto* passed = std::get_if<wire::Fence>(&item);
          passed != nullptr && passed->nonce == nonce_) {
        return transactions;
      }
    }
  }
}

}  // namespace freshet::fuzz
