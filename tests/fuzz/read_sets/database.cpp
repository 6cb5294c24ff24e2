#include "database.h"

#include "freshet_wire/control.hpp"

namespace freshet::fuzz {
namespace {

constexpr char kKeyHex[] = "000102030405060708090a0b0c0d0e0f";

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

ChangeStream::ChangeStream(Database& database) : database_(database) {
  database_.query("SELECT pg_create_logical_replication_slot('fuzz_' || pg_backend_pid(), 'freshet', true)");
  const Database::Rows tables = database_.query(
      "SELECT c.oid, max(a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
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
  announcement_ = hex(message);
}

void ChangeStream::announce() {
  database_.query("SELECT pg_logical_emit_message(false, 'freshet', '" + announcement_ + "'::bytea)");
}

std::vector<wire::Transaction> ChangeStream::read() {
  const Database::Rows messages = database_.query(
      std::string("SELECT data FROM pg_logical_slot_get_binary_changes('fuzz_' || pg_backend_pid(), NULL, NULL, 'key', '") +
      kKeyHex + "')");
  wire::Assembler assembler;
  std::vector<wire::Transaction> transactions;
  for (const auto& message : messages) {
    const std::string bytes = unhex(message[0]);
    auto items = assembler.feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (!items) throw std::runtime_error("malformed change set");
    for (wire::StreamItem& item : *items) {
      if (auto* transaction = std::get_if<wire::Transaction>(&item)) transactions.push_back(std::move(*transaction));
    }
  }
  return transactions;
}

}  // namespace freshet::fuzz
