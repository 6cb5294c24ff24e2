#include "tools/read_set_text.h"

#include <nlohmann/json.hpp>

namespace freshet::tools {
namespace {

using nlohmann::json;

std::string list(const json& names) {
  std::string out;
  for (const json& name : names) out += (out.empty() ? "" : ", ") + name.get<std::string>();
  return out;
}

std::string condition(const json& atom) {
  if (atom.contains("test")) return "a condition on " + list(atom.at("test"));
  const std::string column = atom.at("column").get<std::string>();
  if (atom.contains("eq")) return column + " = one value";
  if (atom.contains("in")) {
    const std::size_t count = atom.at("in").size();
    return column + " in " + std::to_string(count) + (count == 1 ? " value" : " values");
  }
  if (atom.contains("null")) return column + (atom.at("null").get<bool>() ? " is null" : " is not null");
  if (atom.contains("never")) return "no row";
  const bool lower = atom.contains(">") || atom.contains(">=");
  const bool upper = atom.contains("<") || atom.contains("<=");
  std::string out = column + (lower && upper ? " in a range" : lower ? " from a bound" : " up to a bound");
  if (atom.contains("or_null")) out += " or null";
  return out;
}

std::string conjunction(const json& atoms) {
  std::string out;
  for (const json& atom : atoms) out += (out.empty() ? "" : " and ") + condition(atom);
  return out.empty() ? "any row" : out;
}

std::string entry_line(const json& entry) {
  const json& columns = entry.at("columns");
  std::string out = entry.at("table").get<std::string>() + " (" +
                    (columns.is_string() ? "all columns"
                     : columns.empty()   ? "no column"
                                         : list(columns)) +
                    ")";
  std::string where;
  if (!entry.at("where").empty()) where = conjunction(entry.at("where"));
  if (entry.contains("any_of")) {
    std::string any;
    for (const json& alternative : entry.at("any_of"))
      any += (any.empty() ? "" : " or ") + conjunction(alternative);
    where += where.empty() ? any : " and (" + any + ")";
  }
  out += where.empty() ? ", any row" : " where " + where;
  if (entry.contains("order_dependent")) out += ", in order";
  return out;
}

}  // namespace

std::vector<std::string> read_set_lines(std::string_view text) {
  const json read_set = json::parse(text);
  std::vector<std::string> lines;
  for (const json& entry : read_set.at("entries")) lines.push_back(entry_line(entry));
  if (!read_set.at("flags").empty()) lines.push_back("also: " + list(read_set.at("flags")));
  if (lines.empty()) lines.emplace_back("no table");
  return lines;
}

}  // namespace freshet::tools
