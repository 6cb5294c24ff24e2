#include "push/diff_tool.h"

#include <signal.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "process/child.h"

namespace freshet::push {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;
using nlohmann::json;

constexpr std::chrono::minutes kPatience{2};
constexpr std::chrono::milliseconds kLook{10};

// The URIs come by environment: arguments of a process can be seen by others.
constexpr const char* kScript = R"(
const { createRequire } = require('node:module');
const load = createRequire(process.env.FRESHET_MIGRA);
const { run } = load('@pgkit/migra');
const quiet = (stream) => { stream.write = () => true; };
const out = process.stdout.write.bind(process.stdout);
quiet(process.stdout); quiet(process.stderr);
const say = (object) => out('\n' + JSON.stringify(object) + '\n', () => process.exit(0));
run(process.env.FRESHET_DIFF_FROM, process.env.FRESHET_DIFF_TO, { unsafe: true, ignoreExtensionVersions: true, excludeSchema: JSON.parse(process.env.FRESHET_DIFF_WITHOUT) })
  .then((made) => say({ statements: [...made.statements] }), (error) => say({ error: String(error && error.message || error) }));
)";

std::optional<fs::path> installed_above(fs::path folder) {
  for (;; folder = folder.parent_path()) {
    std::error_code error;
    if (fs::exists(folder / "node_modules/@pgkit/migra/package.json", error)) return folder / "package.json";
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

std::optional<fs::path> find(const std::string& folder) {
  std::error_code error;
  for (const fs::path& from : {fs::absolute(folder, error), fs::current_path(error),
                               fs::read_symlink("/proc/self/exe", error).parent_path()}) {
    if (from.empty()) continue;
    if (auto found = installed_above(from)) return found;
  }
  return std::nullopt;
}

constexpr const char* kMissing =
    "schema.sql has changed, and what that means for the tables is found out by the npm package "
    "@pgkit/migra, which is not installed. "
    "Remedy: npm install --save-dev @pgkit/migra, in the folder of the app or one above it; or change the "
    "tables by migrations of your "
    "own, and push with --functions-only";

}  // namespace

base::Result<std::vector<std::string>> differences(const std::string& folder, const std::string& from,
                                                   const std::string& to, const std::string& excluded) {
  const auto found = find(folder);
  if (!found) return Error(ErrorCode::kNotFound, kMissing);
  process::Child::Options options;
  options.command = {"node", "-e", kScript};
  options.environment = {{"FRESHET_MIGRA", found->string()},
                         {"FRESHET_DIFF_FROM", from},
                         {"FRESHET_DIFF_TO", to},
                         {"FRESHET_DIFF_WITHOUT", excluded}};
  options.death_signal = SIGKILL;
  auto child = process::Child::start(options);
  if (!child) return std::move(child).error();
  std::string answer;
  std::string said;
  const auto take = [&](const std::string& line) { (line.starts_with("{\"") ? answer : said) = line; };
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!child->has_ended()) {
    child->read_lines(take);
    if (std::chrono::steady_clock::now() > deadline)
      return Error(ErrorCode::kDeadlineExceeded, "@pgkit/migra took longer than two minutes");
    std::this_thread::sleep_for(kLook);
  }
  child->read_lines(take);
  const json read = json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (!read.is_object() || !read.contains("statements")) {
    const std::string why = read.is_object() ? read.value("error", std::string()) : said;
    return Error(ErrorCode::kInternal, "@pgkit/migra (" + found->parent_path().string() +
                                           "/node_modules) could not compare: " +
                                           (why.empty() ? process::ending_of(child->status()) : why));
  }
  return read.at("statements").get<std::vector<std::string>>();
}

}  // namespace freshet::push
