#include "push/push_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <utility>
#include <variant>

#include "app/health.h"
#include "app/settings.h"
#include "process/foreground.h"
#include "push/conninfo.h"
#include "push/push.h"
#include "push/source.h"
#include "tools/terminal.h"

namespace freshet::push {
namespace {

struct Options {
  Rules rules;
  std::string folder = "app";
  std::string emit_sql;
  std::string around;
};

void show_problems(const std::vector<Problem>& problems, const char* severity) {
  for (const Problem& problem : problems) fmt::print(stderr, "{}", text_of(problem, severity));
}

int write_script(const std::string& file, const Outcome& outcome) {
  std::string text = "-- Made by freshet push --emit-sql. To be run in one transaction.\n";
  if (!outcome.script.empty()) text += "SET LOCAL check_function_bodies = off;\n";
  for (const std::string& statement : outcome.script) text += statement + ";\n";
  if (file == "-") {
    fmt::print("{}", text);
    return 0;
  }
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (out) return 0;
  fmt::print(stderr, "freshet push: {} cannot be written\n", file);
  return 1;
}

bool confirm(const std::vector<SchemaStep>& steps) {
  for (const SchemaStep& step : steps)
    fmt::print(stderr, "  {};{}\n", step.sql, step.harm.empty() ? "" : "  -- " + step.harm);
  fmt::print(stderr, "Steps of these destroy something. Type yes to go on: ");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "yes";
}

// The team's own migrations, before the functions. 0, or the exit status to end with.
int run_around(const std::string& command, const Rules& rules) {
  const auto uri = whole_uri(rules.owner_url, "");
  if (!uri) {
    fmt::print(stderr, "freshet push: {}\n", app::with_remedy(uri.error().message));
    return 1;
  }
  fmt::print(stderr, "running {}\n", command);
  const auto status = process::run_in_foreground(command, {{"DATABASE_URL", *uri}});
  if (!status) {
    fmt::print(stderr, "freshet push: {}\n", status.error().message);
    return 1;
  }
  if (*status != 0)
    fmt::print(stderr,
               "freshet push: the command has ended with exit status {}; the functions are as they were\n",
               *status);
  return *status;
}

int run(const Options& options) {
  Rules rules = options.rules;
  if (rules.owner_url.empty()) return tools::refuse("push", "--owner-url (FRESHET_OWNER_URL) is missing");
  if (rules.app.empty()) rules.app = app_name(options.folder);
  if (!options.around.empty()) {
    if (rules.dry_run || !options.emit_sql.empty())
      return tools::refuse("push", "--around changes the database: it excludes --dry-run and --emit-sql");
    rules.functions_only = true;
  }
  rules.dry_run = rules.dry_run || !options.emit_sql.empty();
  rules.folder = options.folder;
  if (::isatty(STDIN_FILENO) != 0 && ::isatty(STDERR_FILENO) != 0) rules.confirm = confirm;
  rules.tell = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  const auto began = std::chrono::steady_clock::now();
  auto read = read_source(options.folder);
  if (const auto* problems = std::get_if<std::vector<Problem>>(&read)) {
    show_problems(*problems, "error");
    return 1;
  }
  const Source& source = std::get<Source>(read);
  if (source.empty()) {
    fmt::print(stderr, "freshet push: there is no *.sql in {}\n", options.folder);
    return 1;
  }
  if (!options.around.empty()) {
    if (const int status = run_around(options.around, rules); status != 0) return status;
  }
  const Outcome outcome = push(source, rules);
  if (options.emit_sql != "-") show(outcome, rules.dry_run);
  if (!outcome.problems.empty()) {
    if (options.emit_sql == "-") show(outcome, true);
    if (!options.around.empty())
      fmt::print(stderr,
                 "what the command did to the tables stays: mend the files and push again (freshet check "
                 "says what is broken until then)\n");
    return outcome.unconfirmed ? 3 : 1;
  }
  if (!options.emit_sql.empty()) return write_script(options.emit_sql, outcome);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  fmt::print("{} {} in {}\n", rules.dry_run ? "nothing was changed:" : "pushed to",
             rules.dry_run ? "--dry-run, looked" : app::masked(rules.owner_url),
             tools::duration_text(took.count()));
  return 0;
}

}  // namespace

std::string app_name(const std::string& folder) {
  const auto path = std::filesystem::absolute(folder).lexically_normal();
  const std::string name = path.filename().string();
  return name.empty() ? path.parent_path().filename().string() : name;
}

void show(const Outcome& outcome, bool dry_run) {
  show_problems(outcome.warnings, "warning");
  if (!outcome.problems.empty()) {
    show_problems(outcome.problems, "error");
    fmt::print(stderr, "nothing was changed: {} {}\n", outcome.problems.size(),
               outcome.problems.size() == 1 ? "error" : "errors");
    return;
  }
  for (const Change& change : outcome.changes)
    fmt::print("  {:<9} {}{}{}\n", change.what, change.name,
               change.note.empty() ? "" : "  (" + change.note + ")",
               change.place.empty() ? "" : "  " + change.place);
  if (outcome.unchanged > 0)
    fmt::print("  {} {} unchanged\n", outcome.unchanged, outcome.unchanged == 1 ? "function" : "functions");
  for (const std::string& name : outcome.removed)
    fmt::print("  kept      {}  (not in the files any more; --prune drops it)\n", name);
  if (dry_run && outcome.changes.empty()) fmt::print("  nothing to change\n");
}

tools::Command add_push(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand(
      "push", "Bring a database to what the SQL files of a folder say, in one transaction");
  command->add_option("folder", options->folder, "Folder of the *.sql files")->capture_default_str();
  command
      ->add_option("--owner-url,--url", options->rules.owner_url,
                   "Database and the application's owner, as libpq URI or keywords")
      ->type_name("URL");
  command
      ->add_option("--app", options->rules.app,
                   "Name that the functions are recorded under; default: the folder's name")
      ->type_name("NAME");
  command->add_flag("--functions-only", options->rules.functions_only,
                    "Leave the tables alone: schema.sql is not read");
  command
      ->add_option("--around", options->around,
                   "Run this line of shell first, with DATABASE_URL in its environment, and push when it has "
                   "succeeded; schema.sql is not read")
      ->type_name("COMMAND");
  command->add_flag("--dry-run", options->rules.dry_run, "Do all of it, show it, and take it back");
  command
      ->add_option("--emit-sql", options->emit_sql,
                   "Change nothing, and write what would be run into this file (-: standard output)")
      ->type_name("FILE");
  command->add_flag("--yes-destructive", options->rules.allow_destructive,
                    "Change tables also where that destroys something (a dropped column); else it is asked "
                    "for, or refused");
  command
      ->add_option("--scratch-url", options->rules.scratch_url,
                   "The same server as a role that may create databases and extensions; default: --owner-url")
      ->type_name("URL");
  command->add_flag("--prune", options->rules.prune,
                    "Drop functions that an earlier push made and that are not in the files any more");
  command
      ->add_option("--config", "File of `name = value` lines, names as these flags without dashes in front")
      ->type_name("FILE");
  command->footer(
      "Examples:\n  freshet push app/\n  freshet push app/ --dry-run\n  freshet push app/ --emit-sql "
      "migrations/42.sql\n"
      "Exit status: 0 pushed · 1 there are errors, nothing was changed · 2 wrong arguments · "
      "3 it would destroy something, nothing was changed · with --around also the command's own\n"
      "Every flag can be given as FRESHET_NAME or in the file of --config.");
  return {command, [options] { return run(*options); }};
}

}  // namespace freshet::push
