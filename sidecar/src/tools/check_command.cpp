#include "tools/check_command.h"

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "base/raw_json.h"
#include "tools/database.h"
#include "tools/source_files.h"
#include "tools/terminal.h"

namespace freshet::tools {
namespace {

constexpr std::chrono::minutes kPatience{5};

struct Finding {
  std::string path;
  std::string severity;
  std::string code;
  std::string message;
  int line = 0;  // of the body; 0: not known
  std::string remedy;
  std::optional<SourceFiles::Place> place;

  // "file:line", or the path and line where no file is known.
  std::string where() const {
    if (!place) return line > 0 ? fmt::format("{}:{}", path, line) : path;
    return fmt::format("{}:{}", place->file,
                       line > 0 && place->body_line > 0 ? place->body_line + line - 1 : place->line);
  }
};

std::vector<Finding> findings_of(const postgres::Rows& rows, const SourceFiles& sources) {
  std::vector<Finding> findings;
  for (int row = 0; row < rows.size(); ++row) {
    Finding finding{rows.text(row, 0),
                    rows.text(row, 1),
                    rows.text(row, 2),
                    rows.text(row, 3),
                    std::atoi(rows.text(row, 4).c_str()),
                    rows.text(row, 5),
                    std::nullopt};
    finding.place = sources.find(finding.path);
    findings.push_back(std::move(finding));
  }
  return findings;
}

void print_json(const std::vector<Finding>& findings) {
  std::string out = "[";
  for (const Finding& finding : findings) {
    out += out.size() > 1 ? ",\n{" : "{";
    const auto add = [&](std::string_view name, const std::string& value) {
      if (value.empty()) return;
      if (out.back() != '{') out += ',';
      out += base::json_string(name) + ":" + base::json_string(value);
    };
    add("path", finding.path);
    add("severity", finding.severity);
    add("code", finding.code);
    add("message", finding.message);
    add("remedy", finding.remedy);
    if (finding.line > 0) out += fmt::format(",\"line\":{}", finding.line);
    if (finding.place) add("place", finding.where());
    out += "}";
  }
  fmt::print("{}]\n", out);
}

void print_text(const std::vector<Finding>& findings, std::size_t errors) {
  for (const Finding& finding : findings) {
    const std::string subject = finding.place ? finding.path + ": " : "";
    fmt::print("{}: {}: {}{} [{}]\n", finding.where(), finding.severity, subject, finding.message,
               finding.code);
    if (!finding.remedy.empty()) fmt::print("    {}\n", finding.remedy);
  }
  if (findings.empty()) {
    fmt::print("all exposed functions are well\n");
  } else {
    fmt::print("{} errors, {} lints\n", errors, findings.size() - errors);
  }
}

}  // namespace

int check(const app::Settings& settings, const CheckOptions& options) {
  if (settings.database_url.empty())
    return refuse("check", "--database-url (FRESHET_DATABASE_URL) is missing");
  SourceFiles sources;
  if (!options.source.empty()) {
    auto read = SourceFiles::read(options.source);
    if (!read) return refuse("check", "--source: " + read.error().message);
    sources = *std::move(read);
  }
  auto opened =
      Database::open({settings.database_url, "freshet check", settings.connect_timeout, kPatience, {}});
  if (const auto* failure = std::get_if<postgres::Failure>(&opened)) return fail("check", *failure);
  auto answer = std::get<std::unique_ptr<Database>>(opened)->ask(
      "SELECT path, severity, code, message, coalesce(line, 0), coalesce(remedy, '') FROM freshet.check($1)",
      {options.tenant.empty() ? std::nullopt : std::optional(options.tenant)});
  if (const auto* failure = std::get_if<postgres::Failure>(&answer)) return fail("check", *failure);
  const auto findings = findings_of(std::get<postgres::Rows>(answer), sources);
  std::size_t errors = 0;
  for (const Finding& finding : findings) errors += finding.severity == "error";
  if (options.json) {
    print_json(findings);
  } else {
    print_text(findings, errors);
  }
  return errors > 0 || (options.strict && !findings.empty()) ? 1 : 0;
}

}  // namespace freshet::tools
