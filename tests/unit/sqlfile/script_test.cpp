#include "sqlfile/script.h"

#include <gtest/gtest.h>

#include <random>

namespace freshet::sqlfile {
namespace {

std::vector<Statement> statements_of(std::string_view script) {
  auto result = split_script(script);
  if (const auto* problem = std::get_if<Problem>(&result)) {
    ADD_FAILURE() << problem->message;
    return {};
  }
  return std::get<std::vector<Statement>>(std::move(result));
}

std::vector<std::string> texts(std::string_view script) {
  std::vector<std::string> result;
  for (const Statement& statement : statements_of(script)) result.push_back(statement.text);
  return result;
}

std::string problem(std::string_view script) {
  const auto result = split_script(script);
  const auto* problem = std::get_if<Problem>(&result);
  return problem == nullptr ? "" : "line " + std::to_string(problem->line) + ": " + problem->message;
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
  const auto statements = statements_of("SELECT\n1;\n\n/* two\nlines */ SELECT 'a\nb';SELECT 3");
  ASSERT_EQ(statements.size(), 3u);
  EXPECT_EQ(statements[0].line, 1);
  EXPECT_EQ(statements[1].line, 5);
  EXPECT_EQ(statements[2].line, 6);
}

TEST(SqlScript, GivesTheCommentDirectlyAbove) {
  const auto statements = statements_of(
      "-- title\n\n-- one\n--two \nSELECT 1; -- beside\n-- three\nSELECT -- inside\n2;\n-- lost\n\nSELECT 3");
  ASSERT_EQ(statements.size(), 3u);
  EXPECT_EQ(statements[0].comments, (Texts{"one", "two"}));
  EXPECT_EQ(statements[1].comments, (Texts{"three"}));
  EXPECT_EQ(statements[2].comments, Texts{});
}

TEST(SqlScript, SaysWhatIsNotClosedAndWhere) {
  EXPECT_EQ(problem("SELECT 1;\nSELECT 'a\n"), "line 2: a string is not closed");
  EXPECT_EQ(problem("SELECT $x$ $$"), "line 1: a dollar quote is not closed");
  EXPECT_EQ(problem("\nSELECT \"a"), "line 2: a quoted name is not closed");
  EXPECT_EQ(problem("SELECT 1;\n/* a /* b */"), "line 2: a comment is not closed");
  EXPECT_EQ(problem("\\set a 1"), "line 1: psql's own commands are not SQL: there is no psql here");
}

TEST(SqlScript, ReadsStringsAsTheServerDoes) {
  const std::vector<std::string> cases{
      "SELECT E'a\\''\n  -- goes on\n  'b\\';'",  // what continues an escape string is one, too
      "SELECT 'a\\'\n  ';'",                      // and of an ordinary string it is not
      "SELECT 1$$;$$",                            // a number does not keep a dollar quote from beginning
      "SELECT a$$b$$",                            // a name takes its dollar signs with it
      "SELECT \"a\"\";\"",
      "SELECT $\xc3\xa4$;$\xc3\xa4$",
      "SELECT $a$ $b$a$",
      "SELECT 1 */* ; */ 2",
      "SELECT 1 -- ;\r + 2",
      "SELECT U&\"a;b\", n'c;d'",
  };
  for (const std::string& text : cases)
    EXPECT_EQ(texts(text + ";SELECT 2"), (Texts{text, "SELECT 2"})) << text;
}

TEST(SqlScript, NamesOfABodyDoNotEndIt) {
  const std::string atomic =
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT t.case, t.end FROM t; END";
  EXPECT_EQ(texts(atomic + "; SELECT 3"), (Texts{atomic, "SELECT 3"}));
}

TEST(SqlScript, GivesTheWordsOfAStatement) {
  const auto statements = statements_of("Create /* or */ TABLE App.\"My \"\"Table\" (id int)");
  ASSERT_EQ(statements.size(), 1u);
  const Statement& statement = statements[0];
  EXPECT_TRUE(statement.is(0, "create"));
  EXPECT_EQ(statement.value(2), "app");
  EXPECT_EQ(statement.value(4), "My \"Table");
  EXPECT_FALSE(statement.is(4, "My \"Table"));
  EXPECT_EQ(statement.value(99), "");
}

TEST(SqlScript, PlacesCountCharactersOfALine) {
  const std::string text = "a\n\xc3\xa4\xc3\xb6x";
  EXPECT_EQ(place_of(text, 6).line, 2);
  EXPECT_EQ(place_of(text, 6).column, 3);
  EXPECT_EQ(byte_of_character(text, 5), 6u);
  EXPECT_EQ(byte_of_character(text, 99), text.size());
}

// Whatever statements are made of, a script of them is cut where they were joined.
TEST(SqlScript, AScriptOfJoinedStatementsIsCutWhereTheyWereJoined) {
  const std::vector<std::string> parts{
      "'a;b'", "E'\\';'", "$$;$$", "$q$ ' ; \" $q$", "\"x;y\"", "/* ; ' */",     "-- ; ' $$\n", "(a;b)",
      "x$1",   "1",       "+",     "U&';'",          "$1",      "/* /* ; */ */", "'it''s'"};
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 500; ++round) {
    Texts expected;
    std::string script;
    for (unsigned count = 1 + random() % 5; count > 0; --count) {
      std::string statement = "SELECT";
      for (unsigned words = random() % 6; words > 0; --words)
        statement += " " + parts[random() % parts.size()];
      statement += " 0";
      expected.push_back(statement);
      script += statement + (random() % 2 != 0 ? ";\n" : " ; ");
    }
    ASSERT_EQ(texts(script), expected) << script;
  }
}

}  // namespace
}  // namespace freshet::sqlfile
