#include "sqltest/sql_script.h"

#include <gtest/gtest.h>

namespace freshet::sqltest {
namespace {

std::vector<std::string> texts(std::string_view script) {
  const auto statements = split_sql(script);
  EXPECT_TRUE(statements.ok()) << (statements.ok() ? "" : statements.error().message);
  std::vector<std::string> result;
  if (!statements) return result;
  for (const Statement& statement : *statements) result.push_back(statement.text);
  return result;
}

std::string problem(std::string_view script) {
  const auto statements = split_sql(script);
  return statements.ok() ? "" : statements.error().message;
}

using Texts = std::vector<std::string>;

TEST(SqlScript, EndsStatementsAtSemicolons) {
  EXPECT_EQ(texts("SELECT 1;\n SELECT 2 ;;\nSELECT 3"), (Texts{"SELECT 1", "SELECT 2", "SELECT 3"}));
  EXPECT_EQ(texts(" \n-- nothing\n/* here */\n"), Texts{});
}

TEST(SqlScript, KeepsSemicolonsInQuotes) {
  for (const char* statement : {"SELECT ';', 'it''s;', \"a;b\"", "SELECT E'\\';', E'a''\\';'",
                                "SELECT $$;$$, $a$ $$;$b$ $a$", "SELECT 1 /* ; /* ; */ ; */ + 1",
                                "SELECT 1 -- ;\n + 1", "SELECT a$1, $1;", "SELECT U&'d\\0061t;', B'1'"}) {
    const std::string text(statement);
    const std::string without = text.back() == ';' ? text.substr(0, text.size() - 1) : text;
    EXPECT_EQ(texts(text + ";SELECT 2"), (Texts{without, "SELECT 2"})) << text;
  }
}

TEST(SqlScript, ABackslashIsNoEscapeInAnOrdinaryString) {
  EXPECT_EQ(texts("SELECT '\\'; SELECT 2"), (Texts{"SELECT '\\'", "SELECT 2"}));
}

TEST(SqlScript, KeepsBodiesAndParenthesesWhole) {
  const std::string atomic =
      "CREATE OR REPLACE FUNCTION f(a int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN a > 0 THEN 1 END; "
      "SELECT 2; END";
  const std::string rule =
      "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); DELETE FROM v)";
  EXPECT_EQ(texts(atomic + ";" + rule + "; SELECT 3"), (Texts{atomic, rule, "SELECT 3"}));
}

TEST(SqlScript, KnowsTheLineOfEachStatement) {
  const auto statements = split_sql("SELECT\n1;\n\n/* two\nlines */ SELECT 'a\nb';SELECT 3");
  ASSERT_TRUE(statements.ok());
  ASSERT_EQ(statements->size(), 3u);
  EXPECT_EQ((*statements)[0].line, 1);
  EXPECT_EQ((*statements)[1].line, 5);
  EXPECT_EQ((*statements)[2].line, 6);
}

TEST(SqlScript, GivesTheCommentDirectlyAbove) {
  const auto statements = split_sql(
      "-- title\n\n-- one\n--two \nSELECT 1; -- beside\n-- three\nSELECT -- inside\n2;\n-- lost\n\nSELECT 3");
  ASSERT_TRUE(statements.ok());
  ASSERT_EQ(statements->size(), 3u);
  EXPECT_EQ((*statements)[0].comments, (Texts{"one", "two"}));
  EXPECT_EQ((*statements)[1].comments, (Texts{"three"}));
  EXPECT_EQ((*statements)[2].comments, Texts{});
}

TEST(SqlScript, SaysWhatIsNotClosedAndWhere) {
  EXPECT_EQ(problem("SELECT 1;\nSELECT 'a\n"), "line 2: a string is not closed");
  EXPECT_EQ(problem("SELECT $x$ $$"), "line 1: a dollar quote is not closed");
  EXPECT_EQ(problem("\nSELECT \"a"), "line 2: a quoted name is not closed");
  EXPECT_EQ(problem("SELECT 1;\n/* a /* b */"), "line 2: a comment is not closed");
  EXPECT_EQ(problem("\\set a 1"), "line 1: psql's own commands are not SQL: there is no psql here");
}

TEST(SqlScript, KnowsAStatementsFirstWord) {
  EXPECT_EQ(first_word("commit"), "COMMIT");
  EXPECT_EQ(first_word("Rollback to a"), "ROLLBACK");
  EXPECT_EQ(first_word("(SELECT 1)"), "");
}

}  // namespace
}  // namespace freshet::sqltest
