#include "push/statement_kind.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace freshet::push {
namespace {

using sqlfile::Statement;
using sqlfile::Token;

bool is_one_of(const Statement& statement, std::size_t n, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return statement.is(n, word); });
}

bool is_name(const Statement& statement, std::size_t n) {
  return n < statement.tokens.size() &&
         (statement.tokens[n].kind == Token::Kind::kWord || statement.tokens[n].kind == Token::Kind::kName);
}

bool has_words(const Statement& statement, std::string_view first, std::string_view second) {
  for (std::size_t n = 0; n + 1 < statement.tokens.size(); ++n) {
    if (statement.is(n, first) && statement.is(n + 1, second)) return true;
  }
  return false;
}

bool has_word(const Statement& statement, std::string_view word) {
  for (std::size_t n = 0; n < statement.tokens.size(); ++n) {
    if (statement.is(n, word)) return true;
  }
  return false;
}

void find_body(const Statement& statement, std::size_t from, FunctionHead& head) {
  for (std::size_t n = from; n + 1 < statement.tokens.size(); ++n) {
    const Token& token = statement.tokens[n + 1];
    if (!statement.is(n, "as")) continue;
    if (token.kind != Token::Kind::kDollar && token.kind != Token::Kind::kString) continue;
    const std::string& text = statement.text;
    const std::size_t quote =
        token.kind == Token::Kind::kString ? 1 : text.find('$', token.begin + 1) + 1 - token.begin;
    head.body_quote = text.substr(token.begin, quote);
    head.body_begin = token.begin + quote;
    head.body_end = token.end - quote;
    return;
  }
}

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// What CREATE makes, in upper case: "TABLE", "MATERIALIZED VIEW", "INDEX"; words between are passed over.
std::string created_kind(const Statement& statement) {
  std::size_t n = 1;
  if (statement.is(n, "or")) n += 2;
  while (is_one_of(statement, n,
                   {"unlogged", "temporary", "temp", "unique", "global", "local", "recursive", "constraint",
                    "trusted", "procedural", "default"}))
    ++n;
  const std::string first = upper(statement.value(n));
  if (is_one_of(statement, n, {"materialized", "event", "foreign", "access", "user", "text"}))
    return first + " " + upper(statement.value(n + 1));
  return first;
}

bool is_replaceable(const std::string& kind) {
  static constexpr std::array kKinds = {"VIEW", "TRIGGER", "RULE", "AGGREGATE", "LANGUAGE", "TRANSFORM"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

constexpr const char* kApplied = "the statements of this folder are applied again with every push";
constexpr const char* kTables =
    "declare it in schema.sql of the same folder, or make it in a migration of your own (freshet push "
    "--around)";

std::optional<Refusal> refuse_create(const Statement& statement,
                                     const std::vector<const Statement*>& earlier) {
  if ((statement.is(1, "or") && statement.is(2, "replace")) || has_words(statement, "if", "not"))
    return std::nullopt;
  const std::string kind = created_kind(statement);
  // DROP … IF EXISTS above it makes room each time.
  const auto drops = [&](const Statement* above) {
    return above->is(0, "drop") && has_words(*above, "if", "exists") &&
           upper(above->value(1)) == kind.substr(0, kind.find(' '));
  };
  if (std::any_of(earlier.begin(), earlier.end(), drops)) return std::nullopt;
  Refusal refusal{"CREATE " + kind + " would fail the second time: " + kApplied, kTables};
  if (is_replaceable(kind)) refusal.remedy = "write CREATE OR REPLACE " + kind;
  if (kind == "SCHEMA" || kind == "EXTENSION") refusal.remedy = "write CREATE " + kind + " IF NOT EXISTS";
  return refusal;
}

std::optional<Refusal> refuse_everywhere(const Statement& statement) {
  if (is_one_of(statement, 0,
                {"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"}) ||
      (statement.is(0, "prepare") && statement.is(1, "transaction")))
    return Refusal{"a push is one transaction of its own", "leave this statement out"};
  if (statement.is(0, "copy"))
    return Refusal{"COPY has no data here", "load rows with psql, or with INSERT in a migration"};
  return std::nullopt;
}

}  // namespace

std::optional<FunctionHead> function_head(const Statement& statement) {
  if (!statement.is(0, "create")) return std::nullopt;
  FunctionHead head;
  head.create_end = statement.tokens[0].end;
  std::size_t n = 1;
  if (statement.is(1, "or") && statement.is(2, "replace")) {
    head.replaces = true;
    n = 3;
  }
  if (!is_one_of(statement, n, {"function", "procedure"}) || !is_name(statement, ++n)) return std::nullopt;
  head.name_begin = statement.tokens[n].begin;
  head.name = statement.value(n);
  if (statement.is(n + 1, ".") && is_name(statement, n + 2)) {
    head.schema = head.name;
    n += 2;
    head.name = statement.value(n);
  }
  head.name_end = statement.tokens[n].end;
  if (!statement.is(n + 1, "(")) return std::nullopt;
  find_body(statement, n, head);
  return head;
}

StatementKind kind_of(const Statement& statement) {
  if (function_head(statement)) return StatementKind::kFunction;
  if (statement.is(0, "set") && (statement.is(1, "search_path") || statement.is(2, "search_path")))
    return StatementKind::kSearchPath;
  if (!is_one_of(statement, 0, {"select", "with"})) return StatementKind::kDefinition;
  if (!statement.is(0, "select")) return StatementKind::kSelect;
  // Each call is one of freshet's own: its name is the only word before a parenthesis.
  for (std::size_t n = 1; n < statement.tokens.size(); ++n) {
    if (!statement.is(n, "(") || statement.tokens[n - 1].kind != Token::Kind::kWord) continue;
    const bool ours = n >= 3 && is_one_of(statement, n - 1, {"expose", "expose_module", "hide"}) &&
                      statement.is(n - 2, ".") && statement.is(n - 3, "freshet");
    if (!ours) return StatementKind::kSelect;
  }
  return has_word(statement, "from") || !has_word(statement, "freshet") ? StatementKind::kSelect
                                                                        : StatementKind::kExposure;
}

std::optional<Refusal> refusal_of(const Statement& statement, const std::vector<const Statement*>& earlier) {
  if (auto refusal = refuse_everywhere(statement)) return refusal;
  if (statement.is(0, "set") && kind_of(statement) != StatementKind::kSearchPath)
    return Refusal{
        "only search_path can be set here: functions are run by the gateway, with its own settings",
        "write the setting at the function: CREATE FUNCTION … SET name = value"};
  if (statement.is(0, "create") && !function_head(statement)) return refuse_create(statement, earlier);
  if (statement.is(0, "insert") && !has_words(statement, "on", "conflict"))
    return Refusal{std::string("INSERT would add its rows again: ") + kApplied,
                   "load rows in a migration or with psql, or write ON CONFLICT DO NOTHING"};
  if (statement.is(0, "alter") && statement.is(1, "table") &&
      (has_word(statement, "add") || has_word(statement, "drop") || has_word(statement, "rename")) &&
      !has_word(statement, "exists"))
    return Refusal{std::string("this ALTER TABLE would fail the second time: ") + kApplied, kTables};
  if (statement.is(0, "drop") && !has_words(statement, "if", "exists"))
    return Refusal{std::string("DROP would fail the second time: ") + kApplied, "write DROP … IF EXISTS"};
  return std::nullopt;
}

std::optional<Refusal> schema_refusal_of(const Statement& statement) {
  if (auto refusal = refuse_everywhere(statement)) return refusal;
  if (is_one_of(statement, 0, {"insert", "update", "delete", "truncate", "merge"}))
    return Refusal{"schema.sql says what tables there are, not what is in them",
                   "load rows in a migration or with psql"};
  if (statement.is(0, "drop") || has_words(statement, "if", "exists"))
    return Refusal{"schema.sql says what there is to be: what is not in it is dropped",
                   "leave this statement out"};
  return std::nullopt;
}

}  // namespace freshet::push
