#pragma once

#include <string>
#include <vector>

#include "database.h"
#include "live/actions.h"
#include "wire/assembler.h"

namespace freshet::fuzz {

inline constexpr char kKeyHex[] = "000102030405060708090a0b0c0d0e0f";  // of the stream and of the images

// A replication connection with a temporary slot of the extension's output plugin.
class ChangeStream {
 public:
  ChangeStream(Database& database, const std::string& connect);
  ~ChangeStream();
  ChangeStream(const ChangeStream&) = delete;
  ChangeStream& operator=(const ChangeStream&) = delete;

  // Says which tables and columns are wanted, as the gateway does.
  void announce(const live::SendInterest& interest);

  struct Read {
    std::vector<wire::Transaction> transactions;
    std::uint64_t interest = 0;  // latest version that the plugin confirmed, 0 for none
  };
  // What was committed since the last call.
  Read read();

 private:
  void emit(const std::string& message);
  std::vector<wire::StreamItem> next_items();

  Database& database_;
  PGconn* connection_;
  wire::Assembler assembler_;
  std::uint64_t nonce_ = 0;
};

}  // namespace freshet::fuzz
