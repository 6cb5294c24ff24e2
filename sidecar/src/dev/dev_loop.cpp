#include "dev/dev_loop.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <utility>
#include <variant>
#include <vector>

#include "dev/cluster.h"
#include "dev/file_watch.h"
#include "dev/gateway_log.h"
#include "dev/postgres_programs.h"
#include "dev/screen.h"
#include "dev/state_files.h"
#include "process/child.h"
#include "push/push.h"
#include "push/push_command.h"
#include "push/source.h"
#include "tools/terminal.h"

namespace freshet::dev {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Tone = Screen::Tone;
using base::Result;
using process::ending_of;

constexpr int kFirstPort = 4700;
constexpr std::chrono::milliseconds kDebounce{40};  // editors write several files, and one several times
constexpr std::chrono::milliseconds kChildLook{
    500};  // whether a child has ended whose output goes on elsewhere
constexpr std::chrono::seconds kStop{10};

// SIGINT, SIGTERM and SIGHUP as a file; blocked for as long as it lives.
class Signals {
 public:
  Signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
    handle_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    ::signal(SIGPIPE, SIG_IGN);
  }
  ~Signals() {
    ::close(handle_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  int handle() const { return handle_; }
  bool came() const {
    signalfd_siginfo info{};
    return ::read(handle_, &info, sizeof info) == static_cast<ssize_t>(sizeof info);
  }

 private:
  int handle_ = -1;
  sigset_t before_{};
};

std::string shown(const push::Problem& problem, const char* severity) {
  std::string text = push::text_of(problem, severity);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

class DevLoop {
 public:
  explicit DevLoop(const DevOptions& options) : options_(options) {}

  int run() {
    if (const int status = start(); status != 0) return status;
    loop();
    stop();
    return status_;
  }

 private:
  using Tell = std::function<void(const std::string&)>;

  int refuse(const std::string& why) {
    fmt::print(stderr, "freshet dev: {}\n", why);
    stop();
    return 1;
  }

  int start() {
    auto state = make_state_folder();
    if (!state) return refuse(state.error().message);
    state_ = *state;
    auto lock = StateLock::take(state_);
    if (!lock) return refuse(lock.error().message);
    lock_.emplace(std::move(*lock));
    // Before the files are read, so that no save is missed.
    auto watch = FileWatch::open(options_.folder);
    if (!watch) return refuse(watch.error().message);
    watch_.emplace(std::move(*watch));
    if (auto ready = use_database(); !ready) return refuse(ready.error().message);
    if (signals_.came()) return stop(), 130;
    apply(/*first=*/true);
    if (auto started = start_gateway(); !started) return refuse(started.error().message);
    return 0;
  }

  Result<void> use_database() {
    if (!options_.owner_url.empty()) {
      owner_url_ = options_.owner_url;
      call_url_ = options_.database_url;
      stream_url_ = options_.replication_url;
      return {};
    }
    auto bin = find_postgres();
    if (!bin) return std::move(bin).error();
    auto cluster = Cluster::start({*bin, state_, options_.postgres_port},
                                  [&](const std::string& text) { screen_.say("postgres", text); });
    if (!cluster) return std::move(cluster).error();
    cluster_.emplace(std::move(*cluster));
    owner_url_ = cluster_->owner_url();
    call_url_ = cluster_->call_url();
    stream_url_ = cluster_->stream_url();
    return {};
  }

  // Reads the files and brings the database to what they say. On any problem it stays as it was, and serves.
  void apply(bool first, bool allow_once = false) {
    unconfirmed_ = false;
    const auto began = Clock::now();
    auto read = push::read_source(options_.folder);
    if (const auto* problems = std::get_if<std::vector<push::Problem>>(&read)) return show(*problems);
    push::Source& source = std::get<push::Source>(read);
    std::string contents;
    for (const auto* files : {&source.schema, &source.files}) {
      for (const push::SourceFile& file : *files) contents += file.name + '\0' + file.text + '\0';
    }
    // Saved as it was.
    if (!first && contents == applied_) return;
    push::Rules rules;
    rules.owner_url = owner_url_;
    rules.app = push::app_name(options_.folder);
    rules.folder = options_.folder;
    if (cluster_) rules.scratch_url = cluster_->admin_url();
    rules.allow_destructive = options_.yes_destructive || allow_once;
    rules.functions_only = options_.functions_only;
    rules.tell = [&](const std::string& text) { screen_.say("push", text); };
    const push::Outcome outcome = push::push(source, rules);
    for (const push::Problem& warning : outcome.warnings)
      screen_.print(shown(warning, "warning"), Tone::kQuiet);
    if (!outcome.problems.empty()) {
      show(outcome.problems);
      unconfirmed_ = outcome.unconfirmed;
      if (unconfirmed_)
        screen_.say("tables", "type yes and Enter to do it all the same, or mend schema.sql", Tone::kLoud);
      return;
    }
    applied_ = std::move(contents);
    for (const push::Change& change : outcome.changes)
      screen_.say(change.what, change.name + (change.note.empty() ? "" : "  (" + change.note + ")"),
                  Tone::kGood);
    for (const std::string& name : outcome.removed)
      screen_.say("kept", name + "  (not in the files any more; freshet push --prune drops it)",
                  Tone::kQuiet);
    const std::chrono::duration<double, std::milli> took = Clock::now() - began;
    screen_.say("applied", fmt::format("{} in {}", options_.folder, tools::duration_text(took.count())),
                Tone::kLoud);
  }

  void show(const std::vector<push::Problem>& problems) {
    for (const push::Problem& problem : problems) screen_.print(shown(problem, "error"), Tone::kBad);
    screen_.say("kept",
                fmt::format("{} in {}: the database is as it was, and serves; save to try again",
                            problems.size() == 1 ? "an error" : fmt::format("{} errors", problems.size()),
                            options_.folder),
                Tone::kBad);
  }

  Result<void> start_gateway() {
    port_ = options_.port != 0 ? options_.port : free_port(kFirstPort);
    if (!is_free_port(port_))
      return base::Error(base::ErrorCode::kConflict,
                         fmt::format("port {} is taken; give another one with --port", port_));
    Child::Options child;
    child.command = {"/proc/self/exe", "serve"};
    std::error_code error;
    if (const fs::path self = fs::read_symlink("/proc/self/exe", error); !error)
      child.command[0] = self.string();
    child.environment = {{"FRESHET_DATABASE_URL", call_url_},
                         {"FRESHET_REPLICATION_URL", stream_url_},
                         {"FRESHET_LISTEN", fmt::format("127.0.0.1:{}", port_)},
                         {"FRESHET_DEV", "true"},
                         {"FRESHET_LOG_LEVEL", "debug"},
                         {"FRESHET_LOG_FORMAT", "json"}};
    if (auto keys = set_keys(child); !keys) return keys;
    child.death_signal = SIGTERM;
    auto gateway = Child::start(child);
    if (!gateway) return std::move(gateway).error();
    gateway_.emplace(std::move(*gateway));
    return {};
  }

  // Whom the gateway believes, unless the environment says so, and what opens its operators' pages.
  Result<void> set_keys(Child::Options& child) {
    const auto given = [](const char* name) {
      const char* value = std::getenv(name);
      return value != nullptr && *value != '\0';
    };
    bool own = true;
    for (const char* name :
         {"FRESHET_JWT_KEY", "FRESHET_JWT_KEY_FILE", "FRESHET_JWT_JWKS_FILE", "FRESHET_JWT_JWKS_URL",
          "FRESHET_OIDC_ISSUER", "FRESHET_ISSUER", "FRESHET_ISSUER_FILE"})
      own = own && !given(name);
    if (own) {
      auto key = kept_secret(state_, "jwt.key");
      if (!key) return std::move(key).error();
      child.environment["FRESHET_JWT_ALGORITHM"] = "HS256";
      child.environment["FRESHET_JWT_KEY"] = *key;
      tokens_ = "HS256, signed with the text in .freshet/jwt.key";
    } else {
      tokens_ = "as the environment says (FRESHET_JWT_…)";
    }
    if (!given("FRESHET_ADMIN_TOKEN")) {
      auto token = kept_secret(state_, "admin.token");
      if (!token) return std::move(token).error();
      child.environment["FRESHET_ADMIN_TOKEN"] = *token;
    }
    return {};
  }

  void greet() {
    screen_.print("");
    screen_.print(fmt::format("  gateway   http://127.0.0.1:{}", port_), Tone::kLoud);
    screen_.print(fmt::format("  database  {}", cluster_ ? cluster_->shared_url() : "as --url says"));
    screen_.print(fmt::format("  tokens    {}", tokens_));
    if (!options_.out.empty()) screen_.print(fmt::format("  types     {}", options_.out));
    screen_.print(fmt::format(
        "\n  Save a file in {} and it is live. Ctrl-C stops everything; the data stays.\n", options_.folder));
    if (!options_.out.empty() && !codegen_) start_codegen();
  }

  void start_codegen() {
    Child::Options child;
    std::error_code error;
    child.command = {fs::read_symlink("/proc/self/exe", error).string(), "codegen", "--watch",   "--url",
                     fmt::format("http://127.0.0.1:{}", port_),          "--out",   options_.out};
    if (!options_.name_case.empty())
      child.command.insert(child.command.end(), {"--case", options_.name_case});
    child.death_signal = SIGTERM;
    auto codegen = Child::start(child);
    if (!codegen) return screen_.say("codegen", codegen.error().message, Tone::kBad);
    codegen_.emplace(std::move(*codegen));
  }

  void hear_gateway(const std::string& line) {
    const auto read = read_log_line(line);
    if (!read) return;
    switch (read->kind) {
      case LogLine::Kind::kReady:
        return greet();
      case LogLine::Kind::kCall:
        return screen_.print("         " + read->text, read->is_failure ? Tone::kBad : Tone::kPlain);
      case LogLine::Kind::kRerun:
        return screen_.print("         " + read->text, Tone::kQuiet);
      case LogLine::Kind::kNotice:
        return screen_.say("notice", read->text);
      case LogLine::Kind::kTrouble:
        return screen_.say("gateway", read->text, read->is_failure ? Tone::kBad : Tone::kPlain);
    }
  }

  void loop() {
    std::ofstream server_log;
    if (cluster_) server_log.open(cluster_->log_file(), std::ios::app);
    while (true) {
      std::vector<pollfd> files{{signals_.handle(), POLLIN, 0}, {watch_->handle(), POLLIN, 0}};
      for (Child* child : children()) {
        if (child->output() >= 0) files.push_back({child->output(), POLLIN, 0});
      }
      if (reads_input_) files.push_back({STDIN_FILENO, POLLIN, 0});
      auto wait = kChildLook;
      if (apply_at_)
        wait = std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(*apply_at_ - Clock::now()) +
                              std::chrono::milliseconds(1),
                          std::chrono::milliseconds(0), kChildLook);
      ::poll(files.data(), files.size(), static_cast<int>(wait.count()));
      if (signals_.came()) return;
      if (reads_input_ && (files.back().revents & (POLLIN | POLLHUP | POLLERR)) != 0) read_input();
      const FileWatch::Seen seen = watch_->take();
      if (seen.sql) apply_at_ = Clock::now() + kDebounce;
      if (seen.folder_gone) return end("dev", options_.folder + " is gone");
      if (cluster_)
        cluster_->server().read_lines([&](const std::string& line) { server_log << line << std::endl; });
      gateway_->read_lines([&](const std::string& line) { hear_gateway(line); });
      if (codegen_)
        codegen_->read_lines([&](const std::string& line) { screen_.say("types", line, Tone::kQuiet); });
      if (apply_at_ && Clock::now() >= *apply_at_) {
        apply_at_.reset();
        apply(/*first=*/false);
      }
      if (cluster_ && cluster_->server().has_ended())
        return end("postgres", "PostgreSQL has ended " + ending_of(cluster_->server().status()) + "; see " +
                                   cluster_->log_file());
      if (gateway_->has_ended()) {
        gateway_->read_lines([&](const std::string& line) { hear_gateway(line); });
        return end("gateway", "the gateway has ended " + ending_of(gateway_->status()));
      }
      if (codegen_ && codegen_->has_ended()) {
        codegen_->read_lines([&](const std::string& line) { screen_.say("types", line, Tone::kQuiet); });
        screen_.say("types",
                    "codegen has ended " + ending_of(codegen_->status()) + ": types are not written any more",
                    Tone::kBad);
        codegen_.reset();
      }
    }
  }

  // "yes" to what would destroy something.
  void read_input() {
    char buffer[256];
    // In the background a terminal would stop us.
    if (::isatty(STDIN_FILENO) != 0 && ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) {
      reads_input_ = false;
      return;
    }
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count <= 0) {
      reads_input_ = false;
      return;
    }
    input_.append(buffer, static_cast<std::size_t>(count));
    for (std::size_t end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      if (line == "yes" && unconfirmed_) apply(/*first=*/true, /*allow_once=*/true);
    }
    if (input_.size() > sizeof buffer) input_.clear();
  }

  std::vector<Child*> children() {
    std::vector<Child*> out{&*gateway_};
    if (cluster_) out.push_back(&cluster_->server());
    if (codegen_) out.push_back(&*codegen_);
    return out;
  }

  void end(const char* who, const std::string& why) {
    screen_.say(who, why, Tone::kBad);
    status_ = 1;
  }

  void stop() {
    if (codegen_) codegen_->stop(SIGTERM, kStop);
    if (gateway_) gateway_->stop(SIGTERM, kStop);
    if (cluster_) cluster_->stop();
    if (gateway_) screen_.print("stopped");
  }

  const DevOptions options_;
  Signals signals_;
  Screen screen_;
  std::string state_;
  std::optional<StateLock> lock_;
  std::optional<FileWatch> watch_;
  std::optional<Cluster> cluster_;
  std::optional<Child> gateway_;
  std::optional<Child> codegen_;
  std::string owner_url_;
  std::string call_url_;
  std::string stream_url_;
  std::string tokens_;
  int port_ = 0;
  std::string applied_;  // the files as they were last applied
  std::optional<Clock::time_point> apply_at_;
  bool unconfirmed_ = false;  // what was saved last would destroy something
  bool reads_input_ = true;   // standard input has not ended
  std::string input_;         // a line that has not ended
  int status_ = 0;
};

}  // namespace

int run_dev(const DevOptions& options) { return DevLoop(options).run(); }

}  // namespace freshet::dev
