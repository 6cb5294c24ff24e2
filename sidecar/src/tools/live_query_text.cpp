#include "tools/live_query_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/terminal.h"

namespace freshet::tools {
namespace {

using nlohmann::json;

std::string text(const json& object, const char* name) { return object.value(name, std::string()); }

std::string list(const json& names) {
  std::string out;
  for (const json& name : names) out += (out.empty() ? "" : ", ") + name.get<std::string>();
  return out;
}

std::string condition(const json& condition) {
  const std::string column = text(condition, "column");
  const std::string is = text(condition, "is");
  if (is == "value") return column + " = one value";
  if (is == "one of values") return column + " in a list";
  if (is == "null" || is == "not null") return column + " is " + is;
  if (is == "never") return "no row";
  const bool lower = condition.contains("lower");
  const bool upper = condition.contains("upper");
  return column +
         (lower && upper ? " in a range"
          : lower        ? " from a bound"
                         : " up to a bound") +
         (condition.contains("or_null") ? " or null" : "");
}

std::string conditions(const json& all) {
  std::string out;
  for (const json& each : all) out += (out.empty() ? "" : " and ") + condition(each);
  return out;
}

std::string row_cause(const json& cause) {
  const std::string change = text(cause, "change");
  std::string out = change.empty() ? "a row of " + text(cause, "table")
                                   : change +
                                         (change == "insert"   ? " into "
                                          : change == "update" ? " of "
                                                               : " from ") +
                                         text(cause, "table");
  if (cause.contains("columns") && !cause.at("columns").empty())
    out += " (" + list(cause.at("columns")) + ")";
  if (cause.contains("returned_row")) return out + ", a row that it had returned";
  if (cause.contains("matched"))
    out += cause.at("matched").empty() ? ", any row counts" : " where " + conditions(cause.at("matched"));
  return out;
}

std::string what(const json& cause) {
  const std::string kind = text(cause, "kind");
  if (kind == "row") return row_cause(cause);
  if (kind == "table") return text(cause, "table") + " as a whole: " + text(cause, "reason");
  if (kind == "schema") return "the schema changed";
  if (kind == "everything") return "a change that may touch everything";
  if (kind == "expired") return "its time was up";
  if (kind == "stream") return "the change stream began anew";
  if (kind == "retry") return "the run before it failed or was void";
  return "first run";
}

std::string entry(const json& entry) {
  const json& columns = entry.at("columns");
  std::string out = text(entry, "table") + " (" + (columns.is_string() ? "all columns" : list(columns)) + ")";
  std::string where = conditions(entry.at("where"));
  if (entry.contains("any_of")) {
    std::string any;
    for (const json& each : entry.at("any_of")) {
      const std::string one = conditions(each);
      any += (any.empty() ? "" : " or ") + (one.empty() ? "any row" : one);
    }
    where += where.empty() ? any : " and (" + any + ")";
  }
  return out + (where.empty() ? ", any row" : " where " + where) +
         (entry.contains("order_dependent") ? ", in order" : "");
}

}  // namespace

std::string cause_text(const json& cause) {
  std::string out = what(cause);
  if (cause.contains("unknown_value")) out += ", a value that is not logged might match";
  return out;
}

std::string call_text(const json& query) {
  std::string out = query.contains("guard") ? "guard of " : "";
  out += text(query, "path");
  if (!query.at("args").empty()) out += " " + query.at("args").dump();
  if (query.contains("page")) out += " page " + query.at("page").dump();
  return out;
}

std::string live_query_text(const json& query) {
  std::string out = fmt::format("live query {}: {}\n", query.at("id").get<std::uint64_t>(), call_text(query));
  out += fmt::format(
      "  {} subscribers{}, {} runs ({} without a difference), last {}, together {}, result {}\n",
      query.at("subscribers").get<std::size_t>(),
      query.contains("idle") ? " (kept for whoever comes next)" : "", query.at("runs").get<std::uint64_t>(),
      query.at("runs_useless").get<std::uint64_t>(), duration_text(query.at("last_ms").get<double>()),
      duration_text(query.at("total_ms").get<double>()), bytes_text(query.at("result_bytes").get<double>()));
  if (query.contains("error")) out += "  its result is the error " + text(query, "error") + "\n";
  const json& claims = query.at("claims_read");
  out += "  claims read: " + (claims.empty() ? "none, everybody shares it" : list(claims)) + "\n";
  if (query.contains("reads")) {
    const json& reads = query.at("reads");
    if (reads.contains("everything")) out += "  reads: what can't be told, so every change runs it again\n";
    for (const json& each : reads.at("entries")) out += "  reads " + entry(each) + "\n";
  }
  if (!query.contains("causes")) return out;
  out += "  runs, newest first:\n";
  const json& causes = query.at("causes");
  for (auto cause = causes.rbegin(); cause != causes.rend(); ++cause) {
    out += fmt::format("    {:>9} ago  {}", duration_text(cause->value("ago_ms", 0.0)), cause_text(*cause));
    if (cause->contains("transaction")) {
      out += fmt::format(" (transaction {}, committed {})", cause->at("transaction").get<std::uint64_t>(),
                         text(*cause, "committed"));
    }
    out += "\n";
  }
  return out;
}

}  // namespace freshet::tools
