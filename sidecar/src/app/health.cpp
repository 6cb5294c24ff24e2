#include "app/health.h"

#include <array>
#include <utility>

namespace freshet::app {
namespace {

struct Remedy {
  const char* part;  // of the server's message
  const char* text;
};

constexpr std::array kRemedies{
    Remedy{"may not be used as an output plugin",
           "as a superuser: SELECT freshet.grant_gateway('<calling role>', '<replication role>')"
           " (it does ALTER ROLE <replication role> SET output_plugin_libraries = 'freshet')"},
    Remedy{"requires wal_level",
           "as a superuser: ALTER SYSTEM SET wal_level = 'logical', then restart PostgreSQL"},
    Remedy{"all replication slots are in use",
           "raise max_replication_slots (needs a restart), or drop a slot that nobody uses "
           "(pg_replication_slots)"},
    Remedy{"number of requested standby connections exceeds max_wal_senders",
           "raise max_wal_senders (needs a restart)"},
    Remedy{"must be superuser or replication role",
           "as a superuser: ALTER ROLE <replication role> REPLICATION"},
    Remedy{"permission denied",
           "as a superuser: SELECT freshet.grant_gateway('<calling role>', '<replication role>')"},
    Remedy{"schema \"freshet\" does not exist", "in this database: CREATE EXTENSION freshet"},
    Remedy{"could not access file \"freshet\"", "install the extension's files on the database server"},
    Remedy{"too many connections", "raise max_connections, or lower the gateway's workers"},
    Remedy{"remaining connection slots are reserved",
           "raise max_connections, or lower the gateway's workers"},
};

}  // namespace

void Health::complain(const std::string& part, std::string reason) {
  const std::lock_guard lock(mutex_);
  reasons_[part] = std::move(reason);
}

void Health::content(const std::string& part) {
  const std::lock_guard lock(mutex_);
  reasons_.erase(part);
}

session::Readiness Health::readiness() const {
  const std::lock_guard lock(mutex_);
  session::Readiness readiness;
  for (const auto& [part, reason] : reasons_) readiness.reasons.push_back(part + ": " + reason);
  readiness.ready = readiness.reasons.empty();
  return readiness;
}

std::string with_remedy(const std::string& message) {
  for (const Remedy& remedy : kRemedies) {
    if (message.find(remedy.part) != std::string::npos) return message + ". Remedy: " + remedy.text;
  }
  // An older or newer server may word it otherwise.
  if (message.find("output plugin") != std::string::npos &&
      message.find("output_plugin_libraries") == std::string::npos) {
    return message + ". Remedy: " + kRemedies[0].text;
  }
  return message;
}

}  // namespace freshet::app
