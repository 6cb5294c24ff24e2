#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "app/call_command.h"
#include "app/codegen_command.h"
#include "app/doctor_command.h"
#include "app/serve.h"
#include "app/settings.h"
#include "dev/dev_command.h"
#include "push/push_command.h"
#include "sqltest/test_run.h"
#include "tools/commands.h"

namespace {

int refuse(const CLI::App& program, const std::string& why) {
  const auto chosen = program.get_subcommands();
  const std::string name = chosen.empty() ? "freshet" : "freshet " + chosen.front()->get_name();
  std::fprintf(stderr, "%s: %s (see %s --help)\n", name.c_str(), why.c_str(), name.c_str());
  return 2;
}

}  // namespace

// Exit status: 0 done · 1 the command itself says no · 2 wrong arguments or settings · 70 a fault.
int main(int argc, char** argv) {
  using namespace freshet::app;
  CLI::App program("Freshet: live queries and serializable mutations on your own PostgreSQL", "freshet");
  program.set_version_flag("--version", "freshet " FRESHET_VERSION);
  program.require_subcommand(1);
  const std::string sources =
      "Every flag can be given as FRESHET_NAME (--jwt-key: FRESHET_JWT_KEY) or in the file of --config.";

  Settings settings;
  CLI::App* serve_command = program.add_subcommand("serve", "Run the gateway until SIGTERM");
  add_database_settings(*serve_command, settings);
  add_serve_settings(*serve_command, settings);
  serve_command->footer(sources);

  CallOptions call_options;
  CLI::App* call_command = program.add_subcommand("call", "Call one function directly in the database");
  add_database_settings(*call_command, settings);
  call_command->add_option("path", call_options.path, "module.function")->required();
  call_command->add_option("args", call_options.args, "Arguments as a JSON object")->capture_default_str();
  call_command
      ->add_option("--as", call_options.identity, "Claims of the caller as a JSON object; none: anonymous")
      ->type_name("JSON");
  call_command->add_flag("--query", call_options.query, "It is a query (else it is called as a mutation)");
  call_command->footer(sources);

  CLI::App* doctor_command = program.add_subcommand(
      "doctor", "Check every prerequisite and print what to type for each that is missing");
  add_database_settings(*doctor_command, settings);
  doctor_command->footer(sources + "\nExit status 1 when something is missing.");

  CLI::App* codegen_command = program.add_subcommand(
      "codegen", "Write the types of every exposed function, for TypeScript or as JSON Schema");
  codegen_command->set_help_flag();  // all its flags are the generator's own
  codegen_command->prefix_command();

  freshet::sqltest::TestOptions test_options;
  CLI::App* test_command = program.add_subcommand(
      "test", "Run files *.test.sql, each in a transaction that is rolled back, and write TAP");
  test_command
      ->add_option("--owner-url", test_options.owner_url,
                   "Database and the application's owner, as libpq URI or keywords")
      ->type_name("URL");
  test_command->add_option("paths", test_options.paths, "Files and folders")->required();
  test_command->footer(
      "A SELECT of one boolean is a test, named by the comment above it; so is a statement below the "
      "comment `-- raises CODE`.\nExit status 1 when a test fails or there is none.");

  auto tools = freshet::tools::add_commands(program, settings);
  tools.push_back(freshet::push::add_push(program));
  tools.push_back(freshet::dev::add_dev(program));
  std::string names;
  for (const CLI::App* command : program.get_subcommands({}))
    names += (names.empty() ? "" : ", ") + command->get_name();

  CLI::App* chosen = nullptr;
  try {
    program.parse(argc, argv);
    chosen = program.get_subcommands().front();
    if (chosen != codegen_command) complete_settings(*chosen);
  } catch (const CLI::CallForHelp& help) {
    return program.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return program.exit(version);
  } catch (const CLI::ExtrasError&) {
    // Never the words themselves: one may be a secret behind a flag that was misspelt.
    std::string flag;
    for (const std::string& word : program.remaining(/*recurse=*/true)) {
      if (flag.empty() && word.starts_with("--")) flag = word.substr(0, word.find('='));
    }
    return refuse(program, flag.empty() ? "an argument too many" : "there is no flag " + flag);
  } catch (const CLI::ParseError& error) {
    return refuse(program, program.get_subcommands().empty() ? "name a command: " + names : error.what());
  }
  try {
    if (chosen == serve_command) return serve(settings);
    if (chosen == call_command) return call(settings, call_options);
    if (chosen == doctor_command) return doctor(settings);
    if (chosen == test_command) return freshet::sqltest::run_tests(test_options, stdout);
    for (const auto& [command, perform] : tools) {
      if (chosen == command) return perform();
    }
    return codegen(codegen_command->remaining());
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "freshet: %s\n", fault.what());
    return 70;
  }
}
