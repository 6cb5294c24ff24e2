#include "push/scratch.h"

#include <openssl/rand.h>

#include <array>
#include <utility>
#include <variant>
#include <vector>

#include "base/encoding.h"
#include "push/conninfo.h"
#include "push/known_function.h"

namespace freshet::push {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using Opened = std::unique_ptr<tools::Database>;

constexpr const char* kName = "freshet push, scratch";

Result<Opened> open(const std::string& url) {
  auto opened =
      tools::Database::open({url, kName, std::chrono::seconds(10), {}, "-c client_min_messages=warning"});
  if (auto* failure = std::get_if<postgres::Failure>(&opened))
    return Error(ErrorCode::kOverloaded, postgres::describe(*failure));
  return std::get<Opened>(std::move(opened));
}

Result<std::string> one(tools::Database& database, const std::string& sql) {
  auto answer = database.ask(sql);
  if (const auto* failure = std::get_if<postgres::Failure>(&answer))
    return Error(ErrorCode::kInternal, postgres::describe(*failure));
  return std::get<postgres::Rows>(answer).text(0, 0);
}

// Extensions in the order in which they were made, so that what one requires is there before it.
Result<std::vector<std::string>> extensions(tools::Database& database) {
  auto answer = database.ask(
      "SELECT pg_catalog.format('CREATE EXTENSION IF NOT EXISTS %I', e.extname)"
      "       || CASE WHEN v.schema IS NULL THEN pg_catalog.format(' SCHEMA %I', n.nspname) ELSE '' END"
      "       || pg_catalog.format(' VERSION %L', e.extversion),"
      "       pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I', n.nspname), v.schema IS NULL"
      " FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace"
      " LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = e.extname AND v.version = "
      "e.extversion"
      " WHERE e.extname <> 'plpgsql' ORDER BY e.oid");
  if (const auto* failure = std::get_if<postgres::Failure>(&answer))
    return Error(ErrorCode::kInternal, postgres::describe(*failure));
  const auto& rows = std::get<postgres::Rows>(answer);
  std::vector<std::string> statements;
  for (int row = 0; row < rows.size(); ++row) {
    if (rows.get(row, 2) == "t") statements.push_back(rows.text(row, 1));
    statements.push_back(rows.text(row, 0));
  }
  return statements;
}

Error needs(const std::string& why) {
  return Error(
      ErrorCode::kForbidden,
      "what schema.sql asks for is found out in a scratch database beside this one, which could not be "
      "made: " +
          why +
          ". Remedy: give --scratch-url, of a role that may create databases and extensions on this server");
}

}  // namespace

Result<std::unique_ptr<Scratch>> Scratch::make(const std::string& maker_url, const std::string& owner_url) {
  auto maker = open(maker_url);
  if (!maker) return std::move(maker).error();
  auto owner = open(owner_url);
  if (!owner) return std::move(owner).error();
  auto role = one(**owner, "SELECT current_user");
  auto wanted = extensions(**owner);
  if (!role) return std::move(role).error();
  if (!wanted) return std::move(wanted).error();
  std::array<unsigned char, 8> bytes{};
  if (::RAND_bytes(bytes.data(), bytes.size()) != 1) return Error(ErrorCode::kInternal, "no random numbers");
  const std::string name =
      "freshet_scratch_" + base::to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  auto there = with_database(maker_url, name);
  auto for_owner = with_database(owner_url, name);
  if (!there) return std::move(there).error();
  if (!for_owner) return std::move(for_owner).error();
  if (auto failure =
          (*maker)->command("CREATE DATABASE " + name + " TEMPLATE template0 OWNER " + quoted_name(*role)))
    return needs(failure->message);
  std::unique_ptr<Scratch> scratch(new Scratch(*std::move(maker), name, *std::move(for_owner)));
  auto inside = open(*there);
  if (!inside) return std::move(inside).error();
  for (const std::string& statement : *wanted) {
    if (auto failure = (*inside)->command(statement)) return needs(failure->message);
  }
  return scratch;
}

Scratch::~Scratch() { maker_->command("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)"); }

}  // namespace freshet::push
