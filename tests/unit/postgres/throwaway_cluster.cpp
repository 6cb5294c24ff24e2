#include "throwaway_cluster.h"

#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <vector>

#include <fcntl.h>

namespace freshet::postgres::test {
namespace {

constexpr const char* kUser = "postgres";

// A child process as the database's user, its output in `log`; ends with this process.
pid_t spawn(const std::vector<std::string>& words, const std::string& log) {
  const passwd* user = ::geteuid() == 0 ? ::getpwnam(kUser) : nullptr;
  const uid_t uid = user != nullptr ? user->pw_uid : ::geteuid();
  const gid_t gid = user != nullptr ? user->pw_gid : ::getegid();
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  ::dup2(out, 1);
  ::dup2(out, 2);
  if (user != nullptr && (::setgid(gid) != 0 || ::setuid(uid) != 0)) ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

ThrowawayCluster& ThrowawayCluster::get() {
  static ThrowawayCluster cluster;
  return cluster;
}

ThrowawayCluster::ThrowawayCluster() {
  const char* bin = std::getenv("FRESHET_PG_BIN");
  bin_ = bin != nullptr ? bin : FRESHET_PG_BIN_DEFAULT;
  std::string name = (std::filesystem::temp_directory_path() / "freshet-unit-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = name;
  if (const passwd* user = ::geteuid() == 0 ? ::getpwnam(kUser) : nullptr) {
    if (::chown(directory_.c_str(), user->pw_uid, user->pw_gid) != 0)
      throw std::runtime_error("chown failed");
  }
  try {
    make_data();
    start();
    sql(R"(CREATE EXTENSION freshet;
           CREATE ROLE freshet_call LOGIN;
           CREATE ROLE freshet_stream LOGIN;
           SELECT freshet.grant_gateway('freshet_call', 'freshet_stream'))");
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string(error.what()) + "\n" + log());
  }
}

ThrowawayCluster::~ThrowawayCluster() {
  if (server_ > 0) {
    ::kill(server_, SIGQUIT);
    wait_for(server_);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void ThrowawayCluster::make_data() const {
  const int status = wait_for(spawn({bin_ + "/initdb", "-D", directory_ + "/data", "-U", kUser,
                                     "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"},
                                    directory_ + "/server.log"));
  if (status != 0) throw std::runtime_error("initdb failed");
}

void ThrowawayCluster::start() {
  std::vector<std::string> words{bin_ + "/postgres", "-D", directory_ + "/data", "-k", directory_};
  for (const char* setting :
       {"listen_addresses=", "wal_level=logical", "fsync=off", "shared_buffers=32MB", "max_connections=60",
        "log_line_prefix=%m [%p] %u ", "synchronous_standby_names=nobody", "synchronous_commit=local",
        "max_wal_senders=8", "max_replication_slots=8"}) {
    words.insert(words.end(), {"-c", setting});
  }
  server_ = spawn(words, directory_ + "/server.log");
  eventually("PostgreSQL accepts connections", [&] {
    if (::waitpid(server_, nullptr, WNOHANG) != 0) throw std::runtime_error("the server ended");
    try {
      const pqxx::connection connection(conninfo(kUser));
      return connection.is_open();
    } catch (const pqxx::broken_connection&) {
      return false;
    }
  });
}

std::string ThrowawayCluster::conninfo(const std::string& role) const {
  return "host='" + directory_ + "' user=" + role + " dbname=postgres";
}

std::string ThrowawayCluster::sql(const std::string& text) {
  pqxx::connection connection(conninfo(kUser));
  const pqxx::quiet_errorhandler quiet(connection);
  pqxx::nontransaction session(connection);
  const pqxx::result result = session.exec(text);
  return result.empty() || result[0].empty() ? std::string() : std::string(result[0][0].c_str());
}

std::string ThrowawayCluster::log() const {
  std::ifstream file(directory_ + "/server.log");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void eventually(const std::string& what, const std::function<bool()>& condition, int seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited in vain: " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace freshet::postgres::test
