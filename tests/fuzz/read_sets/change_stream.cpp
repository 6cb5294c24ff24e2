#include "change_stream.h"

#include <stdexcept>

#include "postgres/control_message.h"

namespace freshet::fuzz {
namespace {

wire::SipKey stream_key() {
  wire::SipKey key{};
  for (std::uint8_t i = 0; i < sizeof key.bytes; ++i) key.bytes[i] = i;
  return key;
}

}  // namespace

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
}

ChangeStream::~ChangeStream() { PQfinish(connection_); }

void ChangeStream::announce(const live::SendInterest& interest) {
  for (const std::string& message : postgres::interest_messages(stream_key(), interest)) emit(message);
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

ChangeStream::Read ChangeStream::read() {
  emit(postgres::fence_message(stream_key(), ++nonce_));
  Read result;
  for (;;) {
    for (wire::StreamItem& item : next_items()) {
      if (auto* transaction = std::get_if<wire::Transaction>(&item))
        result.transactions.push_back(std::move(*transaction));
      if (const auto* confirmed = std::get_if<wire::InterestConfirmed>(&item))
        result.interest = confirmed->version;
      if (const auto* passed = std::get_if<wire::Fence>(&item); passed != nullptr && passed->nonce == nonce_)
        return result;
    }
  }
}

}  // namespace freshet::fuzz
