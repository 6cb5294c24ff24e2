#include "tools/init_command.h"

#include <fmt/format.h>

#include "tools/database.h"
#include "tools/init_facts.h"
#include "tools/init_report.h"
#include "tools/terminal.h"

namespace freshet::tools {
namespace {

constexpr std::chrono::minutes kPatience{2};

}  // namespace

int init(const app::Settings& settings, const InitOptions& options) {
  if (settings.database_url.empty())
    return refuse("init", "--database-url (FRESHET_DATABASE_URL) is missing");
  auto opened = Database::open({settings.database_url, "freshet init", settings.connect_timeout, kPatience,
                                "-c default_transaction_read_only=on -c lock_timeout=10s"});
  if (const auto* failure = std::get_if<postgres::Failure>(&opened)) return fail("init", *failure);
  auto facts = read_facts(*std::get<std::unique_ptr<Database>>(opened), options.schema);
  if (const auto* failure = std::get_if<postgres::Failure>(&facts)) return fail("init", *failure);
  const auto& known = std::get<DatabaseFacts>(facts);
  fmt::print("{}", options.json ? report_json(known) : report_text(known));
  return 0;
}

}  // namespace freshet::tools
