#include "tools/commands.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/check_command.h"
#include "tools/init_command.h"
#include "tools/run_command.h"
#include "tools/top_command.h"
#include "tools/watch_command.h"
#include "tools/why_command.h"

namespace freshet::tools {
namespace {

using app::Settings;

constexpr const char* kSources = "Every flag can be given as FRESHET_NAME or in the file of --config.";

void add_call(CLI::App& command, std::string& path, std::string& args, std::string& identity,
              std::string& page) {
  command.add_option("path", path, "module.function")->required();
  command.add_option("args", args, "Arguments as a JSON object")->capture_default_str();
  command.add_option("--as", identity, "Claims of the caller as a JSON object; none: anonymous")
      ->type_name("JSON");
  command.add_option("--page", page, "Of a query with an order: {\"limit\": N, \"after\"?, \"until\"?}")
      ->type_name("JSON");
}

void add_examples(CLI::App& command, const std::string& examples, const std::string& status) {
  command.footer("Examples:\n" + examples + "\nExit status: " + status + "\n" + kSources);
}

Command add_run(CLI::App& program, Settings& settings) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = program.add_subcommand(
      "run", "Call one function directly in the database and tell everything about it");
  add_database_settings(*command, settings);
  add_call(*command, options->path, options->args, options->identity, options->page);
  command->add_flag("--explain", options->explain, "Also its plans, what it read and wrote, time and rows");
  command->add_flag("--dry-run", options->dry_run, "Roll a mutation back");
  command->add_flag("--json", options->json, "All of it as one JSON object");
  add_examples(*command,
               "  freshet run messages.list '{\"channel\": 1}' --as '{\"sub\": \"1\"}' --explain\n"
               "  freshet run messages.send '{\"channel\": 1, \"body\": \"hi\"}' --dry-run",
               "0 a value · 1 an error, or no database · 2 wrong arguments");
  return {command, [options, &settings] { return run(settings, *options); }};
}

Command add_watch(CLI::App& program, Settings& settings) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* command = program.add_subcommand("watch", "Show a query live, until it is interrupted");
  add_database_settings(*command, settings);
  add_call(*command, options->path, options->args, options->identity, options->page);
  command->add_option("--count", options->count, "End after so many results; 0: when interrupted")
      ->check(CLI::Range(0, 1'000'000'000).description(""))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Each change as one line of JSON, as clients get it");
  add_examples(*command,
               "  freshet watch messages.list '{\"channel\": 1}' --as '{\"sub\": \"1\"}'\n"
               "  freshet watch messages.list '{\"channel\": 1}' --page '{\"limit\": 20}'\n"
               "  freshet watch messages.unread --json --count 2",
               "0 interrupted, or --count reached · 1 it could not be shown · 2 wrong arguments");
  return {command, [options, &settings] { return watch(settings, *options); }};
}

Command add_why(CLI::App& program) {
  auto options = std::make_shared<WhyOptions>();
  CLI::App* command = program.add_subcommand("why", "Tell why a live query ran again, and what it reads");
  add_gateway_settings(*command, options->gateway);
  command->add_option("which", options->which, "Id of a live query (freshet top shows it), or a path")
      ->required();
  command->add_flag("--json", options->json, "As JSON, one object a line");
  add_examples(*command, "  freshet why 12\n  freshet why messages.list --gateway-url http://127.0.0.1:4700",
               "0 told · 1 no such live query, or no gateway · 2 wrong arguments");
  return {command, [options] { return why(*options); }};
}

Command add_top(CLI::App& program) {
  auto options = std::make_shared<TopOptions>();
  CLI::App* command =
      program.add_subcommand("top", "Show the live queries of a gateway, their cost and why they ran last");
  add_gateway_settings(*command, options->gateway);
  command->add_option("--most", options->most, "Rows shown")
      ->check(CLI::Range(1, 10'000).description(""))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--interval", options->interval, "Seconds between two looks")
      ->check(CLI::Range(1, 3600).description(""))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--sort", options->sort, "total, last (times), runs, bytes or subscribers")
      ->check(CLI::IsMember({"total", "last", "runs", "bytes", "subscribers"}).description(""))
      ->type_name("NAME")
      ->capture_default_str();
  command->add_flag("--once", options->once, "One look");
  command->add_flag("--json", options->json, "Each look as one line of JSON");
  add_examples(*command, "  freshet top\n  freshet top --once --sort runs\n  freshet top --once --json",
               "0 shown (with --once) · 1 no gateway · 2 wrong arguments");
  return {command, [options] { return top(*options); }};
}

Command add_check(CLI::App& program, Settings& settings) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      program.add_subcommand("check", "Analyse every exposed function against the schema as it is now");
  add_database_settings(*command, settings);
  command
      ->add_option("--tenant", options->tenant,
                   "Also functions that read a table with this column and do not restrict it")
      ->type_name("COLUMN");
  command->add_option("--source", options->source, "Folder of the SQL files, to name file and line")
      ->type_name("DIR");
  command->add_flag("--strict", options->strict, "Lints fail, too");
  command->add_flag("--json", options->json, "As JSON");
  add_examples(*command, "  freshet check --source db/\n  freshet check --tenant tenant_id --strict --json",
               "0 all is well · 1 something was found, or no database · 2 wrong arguments");
  return {command, [options, &settings] { return check(settings, *options); }};
}

Command add_init(CLI::App& program, Settings& settings) {
  auto options = std::make_shared<InitOptions>();
  CLI::App* command = program.add_subcommand(
      "init", "Read an existing database and report what live queries can expect; changes nothing");
  add_database_settings(*command, settings);
  command->add_option("--schema", options->schema, "Only this schema")->type_name("NAME");
  command->add_flag("--json", options->json, "As JSON");
  add_examples(*command,
               "  freshet init --database-url postgresql://app@db.example.org/shop\n  freshet init --schema "
               "app --json",
               "0 reported · 1 no database · 2 wrong arguments");
  return {command, [options, &settings] { return init(settings, *options); }};
}

}  // namespace

std::vector<Command> add_commands(CLI::App& program, Settings& settings) {
  return {add_run(program, settings),
          add_watch(program, settings),
          add_check(program, settings),
          add_init(program, settings),
          add_top(program),
          add_why(program)};
}

}  // namespace freshet::tools
