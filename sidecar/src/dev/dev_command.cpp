#include "dev/dev_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <system_error>

#include "dev/dev_loop.h"
#include "dev/starter.h"
#include "tools/terminal.h"

namespace freshet::dev {
namespace {

namespace fs = std::filesystem;

bool has_sql(const std::string& folder) {
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".sql") && !name.ends_with(".test.sql")) return true;
  }
  return false;
}

int dev(const DevOptions& options, bool is_new) {
  if (options.owner_url.empty() != options.database_url.empty() ||
      options.owner_url.empty() != options.replication_url.empty())
    return tools::refuse(
        "dev",
        "a database of your own needs three URLs: --url of the owner of tables and functions, "
        "--database-url of the gateway's calling role and --replication-url of its replication role");
  if (is_new) {
    auto written = write_starter(options.folder);
    if (!written) return tools::refuse("dev", written.error().message);
    for (const std::string& path : *written) fmt::print("wrote {}\n", path);
  } else if (!has_sql(options.folder)) {
    fmt::print(stderr,
               "freshet dev: there is no *.sql in {0}.\nTo begin with a small app of one table and two "
               "functions:\n\n"
               "    freshet dev {0} --new\n\n",
               options.folder);
    return 1;
  }
  return run_dev(options);
}

}  // namespace

tools::Command add_dev(CLI::App& program) {
  struct Chosen {
    DevOptions options;
    bool is_new = false;
  };
  auto chosen = std::make_shared<Chosen>();
  DevOptions& options = chosen->options;
  CLI::App* command = program.add_subcommand(
      "dev", "Develop: apply the SQL files of a folder whenever one is saved, and serve them");
  command->add_option("folder", options.folder, "Folder of the *.sql files")->capture_default_str();
  command->add_flag("--new", chosen->is_new, "Write a small app into the folder first");
  command
      ->add_option("--out", options.out,
                   "Write the typed client module here, and again whenever functions change")
      ->type_name("FILE");
  command->add_option("--case", options.name_case, "Names in it: database or camel (freshet codegen)")
      ->check(CLI::IsMember({"database", "camel"}).description(""))
      ->type_name("CASE");
  command->add_option("--port", options.port, "Port of the gateway; default: 4700, or the next free one")
      ->check(CLI::Range(1, 65535).description(""))
      ->type_name("N");
  command
      ->add_option("--postgres-port", options.postgres_port,
                   "Port of the embedded server; default: 54700, or the next free one")
      ->check(CLI::Range(1, 65535).description(""))
      ->type_name("N");
  command
      ->add_option(
          "--owner-url,--url", options.owner_url,
          "Use this database, as the role that owns tables and functions, in place of an embedded server")
      ->type_name("URL");
  command
      ->add_option("--database-url", options.database_url, "The same database as the gateway's calling role")
      ->type_name("URL");
  command
      ->add_option("--replication-url", options.replication_url, "The same database as the replication role")
      ->type_name("URL");
  command->add_flag("--functions-only", options.functions_only,
                    "Leave the tables alone: schema.sql is not read");
  command
      ->add_option("--config", "File of `name = value` lines, names as these flags without dashes in front")
      ->type_name("FILE");
  command->footer(
      "Examples:\n  freshet dev app/\n  freshet dev app/ --out src/api.ts\n  freshet dev --new\n"
      "The gateway takes its other settings from the environment, as freshet serve does.\n"
      "Exit status: 0 interrupted · 1 it could not start, or a part of it has ended · 2 wrong arguments\n"
      "Every flag can be given as FRESHET_NAME or in the file of --config.");
  return {command, [chosen] { return dev(chosen->options, chosen->is_new); }};
}

}  // namespace freshet::dev
