#include "dev/cluster.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>
#include <utility>
#include <variant>

#include "dev/state_files.h"
#include "tools/database.h"

namespace freshet::dev {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using base::Result;
using process::ending_of;
using Tell = std::function<void(const std::string&)>;

constexpr int kFirstPort = 54700;
constexpr std::chrono::seconds kStart{60};
constexpr std::chrono::milliseconds kLook{20};
constexpr std::chrono::seconds kStop{20};
constexpr std::size_t kLongestSocketFolder = 90;  // of the 107 bytes that a socket's path may have

struct User {
  std::optional<uid_t> user;  // nothing: whoever we are
  std::optional<gid_t> group;
};

// The server refuses to run as root: then PostgreSQL's own user runs it.
Result<User> server_user() {
  if (::geteuid() != 0) return User{};
  const passwd* entry = ::getpwnam("postgres");
  if (entry == nullptr)
    return Error(
        ErrorCode::kNotFound,
        "PostgreSQL refuses to run as root, and there is no user postgres that could run it. Remedy: run "
        "freshet dev as an ordinary user");
  return User{entry->pw_uid, entry->pw_gid};
}

Error io_error(const std::string& what, const std::error_code& error) {
  return Error(ErrorCode::kInternal, what + ": " + error.message());
}

// Runs to its end; what it said is the error.
Result<void> run(const std::vector<std::string>& command, const User& user) {
  Child::Options options;
  options.command = command;
  options.user = user.user;
  options.group = user.group;
  options.death_signal = SIGTERM;
  options.folder = "/";
  auto child = Child::start(options);
  if (!child) return std::move(child).error();
  std::string said;
  while (!child->has_ended() || child->output() >= 0) {
    child->read_lines([&](const std::string& line) { said += line + "\n"; });
    if (!child->has_ended()) std::this_thread::sleep_for(kLook);
  }
  if (child->status() == 0) return {};
  return Error(ErrorCode::kInternal,
               command.front() + " has ended " + ending_of(child->status()) + ":\n" + said);
}

Result<void> make_folder(const fs::path& folder, const User& user, fs::perms permissions) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, permissions, error);
  if (error) return io_error(folder.string(), error);
  if (user.user && ::chown(folder.c_str(), *user.user, *user.group) != 0)
    return io_error(folder.string(), std::error_code(errno, std::generic_category()));
  return {};
}

// Where the server's user can enter: below `.freshet`, or where root may make a place for it.
Result<fs::path> home_of(const std::string& state, const User& user, const Tell& tell) {
  fs::path home = fs::path(state) / "postgres";
  if (auto made = make_folder(home, user, fs::perms::owner_all); !made) return std::move(made).error();
  if (!user.user || run({"/usr/bin/test", "-w", home.string()}, user)) return home;
  std::error_code error;
  fs::remove(home, error);
  const fs::path other = fs::path("/var/lib/freshet") / name_of_path(state);
  tell("user postgres cannot enter " + state + ": the database is kept in " + other.string());
  fs::create_directories(other.parent_path(), error);
  if (error) return io_error(other.string(), error);
  if (auto made = make_folder(other, user, fs::perms::owner_all); !made) return std::move(made).error();
  return other;
}

Result<void> make_data(const std::string& bin, const fs::path& data, const User& user, const Tell& tell) {
  std::error_code error;
  if (fs::exists(data / "PG_VERSION", error)) return {};
  tell("making a PostgreSQL database in " + data.string());
  fs::remove_all(data, error);  // what an interrupted start has left
  return run({bin + "/initdb", "-D", data.string(), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
              "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"},
             user);
}

std::string last_lines(Child& server) {
  std::string said;
  server.read_lines([&](const std::string& line) { said += line + "\n"; });
  return said.size() > 2000 ? said.substr(said.size() - 2000) : said;
}

std::string literal(const std::string& text) { return "'" + text + "'"; }  // of our own words only

Result<void> wait_until_ready(Child& server, const std::string& url) {
  const auto deadline = std::chrono::steady_clock::now() + kStart;
  while (true) {
    auto opened = tools::Database::open({url, "freshet dev", std::chrono::seconds(5), {}, {}});
    if (std::holds_alternative<std::unique_ptr<tools::Database>>(opened)) return {};
    if (server.has_ended())
      return Error(ErrorCode::kInternal,
                   "PostgreSQL has ended " + ending_of(server.status()) + ":\n" + last_lines(server));
    if (std::chrono::steady_clock::now() > deadline)
      return Error(ErrorCode::kDeadlineExceeded, "PostgreSQL does not answer:\n" + last_lines(server));
    std::this_thread::sleep_for(kLook);
  }
}

Result<void> command_all(const std::string& url, const std::vector<std::string>& statements) {
  auto opened = tools::Database::open(
      {url, "freshet dev", std::chrono::seconds(5), {}, "-c client_min_messages=warning"});
  if (const auto* failure = std::get_if<postgres::Failure>(&opened))
    return Error(ErrorCode::kInternal, postgres::describe(*failure));
  for (const std::string& statement : statements) {
    if (auto failure = std::get<std::unique_ptr<tools::Database>>(opened)->command(statement))
      return Error(ErrorCode::kInternal, postgres::describe(*failure));
  }
  return {};
}

Result<void> make_roles(const std::string& url, const std::string& password) {
  std::string roles = "DO $$ BEGIN ";
  for (const char* role : {"freshet_owner", "freshet_call", "freshet_stream"})
    roles += fmt::format("IF to_regrole('{0}') IS NULL THEN CREATE ROLE {0} LOGIN; END IF; ", role);
  return command_all(url, {roles + "END $$", "ALTER ROLE freshet_owner PASSWORD " + literal(password),
                           "ALTER ROLE freshet_stream REPLICATION"});
}

Result<void> make_database(const std::string& url) {
  auto opened = tools::Database::open({url, "freshet dev", std::chrono::seconds(5), {}, {}});
  if (const auto* failure = std::get_if<postgres::Failure>(&opened))
    return Error(ErrorCode::kInternal, postgres::describe(*failure));
  auto& database = *std::get<std::unique_ptr<tools::Database>>(opened);
  auto there = database.ask("SELECT FROM pg_database WHERE datname = 'app'");
  if (const auto* rows = std::get_if<postgres::Rows>(&there); rows != nullptr && rows->size() > 0) return {};
  if (auto failure = database.command("CREATE DATABASE app OWNER freshet_owner"))
    return Error(ErrorCode::kInternal, postgres::describe(*failure));
  return {};
}

}  // namespace

Result<Cluster> Cluster::start(const Options& options, const Tell& tell) {
  auto user = server_user();
  if (!user) return std::move(user).error();
  auto home = home_of(options.state, *user, tell);
  if (!home) return std::move(home).error();
  const fs::path data = *home / "data";
  if (auto made = make_data(options.bin, data, *user, tell); !made) return std::move(made).error();
  fs::path socket = *home / "socket";
  if (socket.string().size() > kLongestSocketFolder)
    socket = fs::path("/tmp") / ("freshet-" + name_of_path(options.state));
  if (auto made = make_folder(socket, *user, fs::perms::owner_all); !made) return std::move(made).error();

  const int port = options.port != 0 ? options.port : free_port(kFirstPort);
  if (!is_free_port(port))
    return Error(ErrorCode::kConflict,
                 fmt::format("port {} is taken; give another one with --postgres-port", port));
  Child::Options child;
  child.command = {options.bin + "/postgres", "-D", data.string(), "-p", std::to_string(port)};
  for (const std::string& setting :
       {std::string("listen_addresses=127.0.0.1"), "unix_socket_directories=" + socket.string(),
        std::string("wal_level=logical"), std::string("max_wal_senders=10"),
        std::string("max_replication_slots=10"), std::string("log_line_prefix=%m ")}) {
    child.command.emplace_back("-c");
    child.command.push_back(setting);
  }
  child.user = user->user;
  child.group = user->group;
  child.folder = "/";
  child.death_signal = SIGINT;  // its fast shutdown
  auto server = Child::start(child);
  if (!server) return std::move(server).error();
  Cluster cluster(*std::move(server), socket.string(), port,
                  (fs::path(options.state) / "postgres.log").string());
  auto password = kept_secret(options.state, "owner.password");
  if (!password) return std::move(password).error();
  cluster.password_ = *password;
  if (auto ready = wait_until_ready(cluster.server_, cluster.admin_url("postgres")); !ready)
    return std::move(ready).error();
  if (auto made = make_roles(cluster.admin_url("postgres"), *password); !made) return std::move(made).error();
  if (auto made = make_database(cluster.admin_url("postgres")); !made) return std::move(made).error();
  auto made = command_all(
      cluster.admin_url(),
      {"CREATE EXTENSION IF NOT EXISTS freshet",
       "SELECT freshet.grant_gateway('freshet_call', 'freshet_stream')",
       "GRANT EXECUTE ON FUNCTION freshet.as_user(jsonb), freshet.invoke(text, jsonb) TO freshet_owner"});
  if (!made) return std::move(made).error();
  return cluster;
}

void Cluster::stop() { server_.stop(SIGINT, kStop); }

std::string Cluster::url(const std::string& role, const std::string& database) const {
  std::string host;
  for (const char c : socket_) {
    if (c == '\\' || c == '\'') host += '\\';
    host += c;
  }
  return fmt::format("host='{}' port={} user={} dbname={}", host, port_, role, database);
}

std::string Cluster::shared_url() const {
  return fmt::format("postgresql://freshet_owner:{}@127.0.0.1:{}/app", password_, port_);
}

bool is_free_port(int port) {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return free;
}

int free_port(int first) {
  int port = first;
  while (port < 65535 && !is_free_port(port)) ++port;
  return port;
}

}  // namespace freshet::dev
