#include "push/schema_step.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "push/statement_kind.h"

namespace freshet::push {
namespace {

using sqlfile::Statement;

bool has(const Statement& statement, std::string_view first, std::string_view second) {
  for (std::size_t n = 0; n + 1 < statement.tokens.size(); ++n) {
    if (statement.is(n, first) && statement.is(n + 1, second)) return true;
  }
  return false;
}

std::string harm_of(const Statement& statement) {
  const auto drops = [&](const char* kind) { return statement.is(0, "drop") && statement.is(1, kind); };
  // The second half of changing an enum: its values were copied before.
  const bool replaced_type = statement.text.find("__old_version_to_be_dropped") != std::string::npos;
  // An enum with other labels: a value without one among them fails.
  const bool by_label = statement.text.find("::text::") != std::string::npos;
  for (const char* kind : {"table", "schema", "sequence", "type", "domain", "materialized"}) {
    if (drops(kind) && !replaced_type) return "destroys data";
  }
  if (drops("policy") || has(statement, "disable", "row")) return "loosens row security";
  if (statement.is(0, "alter") && statement.is(1, "table")) {
    if (has(statement, "drop", "column")) return "destroys data";
    if (has(statement, "data", "type") || has(statement, "alter", "column")) {
      for (std::size_t n = 0; n < statement.tokens.size(); ++n) {
        if (statement.is(n, "type") && !replaced_type && !by_label) return "may change data";
      }
    }
  }
  return "";
}

// The name from the n-th word on, up to the first word that is none of it.
std::string name_from(const Statement& statement, std::size_t& n) {
  std::size_t end = n;
  while (end + 2 < statement.tokens.size() && statement.is(end + 1, ".")) end += 2;
  if (n >= statement.tokens.size()) return "";
  const std::size_t begin = statement.tokens[n].begin;
  const std::string name = statement.text.substr(begin, statement.tokens[end].end - begin);
  n = end + 1;
  return name;
}

}  // namespace

SchemaStep schema_step(std::string sql) {
  const std::size_t first = sql.find_first_not_of(" \t\r\n");
  const std::size_t last = sql.find_last_not_of(" \t\r\n;");
  if (first == std::string::npos || last == std::string::npos) return {};
  sql = sql.substr(first, last + 1 - first);
  const auto read = sqlfile::split_script(sql);
  const auto* statements = std::get_if<std::vector<Statement>>(&read);
  std::string harm;
  if (statements != nullptr) {
    for (const Statement& statement : *statements) {
      if (harm.empty()) harm = harm_of(statement);
    }
  }
  return {std::move(sql), std::move(harm)};
}

Dropped dropped_by(const Statement& statement) {
  if (!statement.is(0, "drop")) return {};
  Dropped dropped;
  std::size_t n = 1;
  dropped.kind = statement.value(n++);
  if (dropped.kind == "materialized") dropped.kind = statement.value(n++);
  if (statement.is(n, "if") && statement.is(n + 1, "exists")) n += 2;
  dropped.name = name_from(statement, n);
  if (statement.is(n, "on")) dropped.table = name_from(statement, ++n);
  return dropped;
}

bool is_beyond_diff(const Statement& statement) {
  if (statement.is(0, "comment") || statement.is(0, "grant") || statement.is(0, "revoke")) return true;
  if (!statement.is(0, "alter")) return false;
  return has(statement, "replica", "identity") || has(statement, "owner", "to") || statement.is(1, "default");
}

std::string unknown_to_diff(const Statement& statement) {
  if (!statement.is(0, "create") || function_head(statement)) return "";
  static constexpr std::array kKnown = {"table",     "type",     "index",     "sequence",
                                        "view",      "trigger",  "policy",    "schema",
                                        "extension", "function", "procedure", "collation"};
  for (std::size_t n = 1; n < std::min<std::size_t>(statement.tokens.size(), 6); ++n) {
    if (std::any_of(kKnown.begin(), kKnown.end(), [&](const char* word) { return statement.is(n, word); }))
      return "";
    for (const char* word :
         {"domain", "aggregate", "operator", "cast", "rule", "statistics", "publication", "event", "text",
          "conversion", "transform", "server", "foreign", "user", "subscription", "language"}) {
      if (statement.is(n, word)) return statement.value(n);
    }
  }
  return "";
}

}  // namespace freshet::push
