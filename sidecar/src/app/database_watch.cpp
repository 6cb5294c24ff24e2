#include "app/database_watch.h"

#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <utility>

#include "app/service_job.h"
#include "postgres/database.h"

namespace freshet::app {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr int kTicksBetweenReadings = 5;
constexpr int kEagerTicks = 2;  // readings at every tick after DDL was decoded
// A commit is decoded a moment before it is visible. From reading to reading, while the catalog stays the
// same.
constexpr std::array<std::chrono::milliseconds, 4> kLooks{
    std::chrono::milliseconds(5), std::chrono::milliseconds(20), std::chrono::milliseconds(60),
    std::chrono::milliseconds(200)};

}  // namespace

Result<DatabaseWatch::Reading> DatabaseWatch::read(postgres::ServiceSession& database, bool with_key) {
  Result<std::optional<std::string>> version = postgres::extension_version(database);
  if (!version) return std::move(version).error();
  if (!*version) {
    return Error(ErrorCode::kContractMismatch,
                 "the extension is not in this database. Remedy: CREATE EXTENSION freshet; then"
                 " SELECT freshet.grant_gateway('<calling role>', '<replication role>')");
  }
  if (**version != FRESHET_VERSION) {
    return Error(ErrorCode::kContractMismatch,
                 "the extension has version " + **version +
                     " and this gateway " FRESHET_VERSION
                     ". Remedy: install the extension's files of version " FRESHET_VERSION
                     " and ALTER EXTENSION freshet UPDATE, or start the gateway of version " +
                     **version);
  }
  Reading reading;
  if (with_key) {
    Result<std::string> key = postgres::gateway_key(database);
    if (!key) return std::move(key).error();
    if (key->size() < 32) return Error(ErrorCode::kContractMismatch, "freshet.gateway_key() is too short");
    reading.gateway_key = *std::move(key);
  }
  Result<std::string> catalog = postgres::catalog_json(database);
  if (!catalog) return std::move(catalog).error();
  reading.catalog = *std::move(catalog);
  Result<std::string> roles = postgres::role_state(database);
  if (!roles) return std::move(roles).error();
  reading.roles = *std::move(roles);
  return reading;
}

void DatabaseWatch::tick() {
  if (reconnect_.down()) {
    health_.complain("database", with_remedy(reconnect_.reason()));
  } else {
    health_.content("database");
  }
  if (eager_ticks_ > 0) {
    --eager_ticks_;
    ticks_to_reading_ = 0;
    // A backend makes its commit visible before it tells the others which functions to look up anew: what ran
    // between the two saw the change and used what it replaced.
    if (eager_ticks_ == 0) events_.definitions_changed();
  }
  if (--ticks_to_reading_ < 0) ask();
}

void DatabaseWatch::look(base::TimePoint now) {
  if (!next_look_ || *next_look_ > now) return;
  next_look_.reset();
  ask();
}

void DatabaseWatch::catalog_changed() {
  eager_ticks_ = kEagerTicks;
  looks_ = 0;
  ask_again_ = asking_;
  ask();
}

void DatabaseWatch::ask() {
  if (asking_) return;
  asking_ = true;
  ask_database<Reading>(
      pool_, loop_,
      [with_key = !ready_](postgres::ServiceSession& database) { return read(database, with_key); },
      [this](Result<Reading> reading) { take(std::move(reading)); });
}

void DatabaseWatch::take(Result<Reading> reading) {
  asking_ = false;
  ticks_to_reading_ = reading ? kTicksBetweenReadings : 1;
  if (!reading) {
    const Error& error = reading.error();
    const bool asked = error.code == ErrorCode::kContractMismatch;
    // While the server is away its own complaint says why.
    if (asked || !reconnect_.down()) {
      health_.complain("extension", with_remedy(error.message));
      spdlog::warn("extension: {}", error.message);
    }
    return;
  }
  health_.content("extension");
  if (!ready_) {
    ready_ = true;
    roles_ = reading->roles;
    events_.ready(reading->gateway_key);
  }
  if (use_catalog(reading->catalog)) looks_ = kLooks.size();
  if (looks_ < kLooks.size()) next_look_ = clock_.now() + kLooks[looks_++];
  if (std::exchange(roles_, reading->roles) != reading->roles) {
    spdlog::info("roles changed: every live query is run again");
    events_.definitions_changed();
  }
  if (std::exchange(ask_again_, false)) {
    looks_ = 0;
    ask();
  }
}

bool DatabaseWatch::use_catalog(const std::string& json) {
  if (json == catalog_json_) return false;
  Result<std::shared_ptr<const CatalogVersion>> catalog = parse_catalog(json);
  if (!catalog) {
    health_.complain("catalog", catalog.error().message);
    spdlog::error("catalog: {}", catalog.error().message);
    return false;
  }
  health_.content("catalog");
  catalog_json_ = json;
  spdlog::info("catalog {}: {} functions", (*catalog)->shown->hash, (*catalog)->functions.size());
  events_.catalog(*std::move(catalog));
  return true;
}

}  // namespace freshet::app
