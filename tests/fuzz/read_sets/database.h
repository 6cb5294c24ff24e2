#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "wire/assembler.h"

namespace freshet::fuzz {

// One connection. Any error of a statement ends the program: the fuzz provokes none outside of tracked runs.
class Database {
 public:
  explicit Database(const std::string& connect);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  using Rows = std::vector<std::vector<std::string>>;
  Rows query(const std::string& sql);

 private:
  PGconn* connection_;
};

inline constexpr char kKeyHex[] = "000102030405060708090a0b0c0d0e0f";  // of the stream and of the images

std::string unhex(const std::string& text);  // bytea output

// A replication connection with a temporary slot of the extension's output plugin, to which all tables of
// schema fuzz are announced.
class ChangeStream {
 public:
  ChangeStream(Database& database, const std::string& connect);
  ~ChangeStream();
  ChangeStream(const ChangeStream&) = delete;
  ChangeStream& operator=(const ChangeStream&) = delete;

  // What was committed since the last call.
  std::vector<wire::Transaction> read();

 private:
  void announce();
  void emit(const std::string& message);
  std::vector<wire::StreamItem> next_items();

  Database& database_;
  PGconn* connection_;
  wire::Assembler assembler_;
  std::uint64_t nonce_ = 0;
};

}  // namespace freshet::fuzz
