#include "tools/source_files.h"

#include <gtest/gtest.h>

namespace freshet::tools {
namespace {

SourceFiles::Place find(std::string_view text, const std::string& path) {
  SourceFiles sources;
  sources.add("f.sql", text);
  return sources.find(path).value_or(SourceFiles::Place{"", 0, 0});
}

TEST(SourceFiles, FindsStatementAndBody) {
  const auto place = find(
      "\nCREATE OR REPLACE FUNCTION app.f(x text DEFAULT 'a;b')\n  RETURNS int LANGUAGE sql AS\n$$\nSELECT 1 "
      "$$;",
      "app.f");
  EXPECT_EQ(place.line, 2);
  EXPECT_EQ(place.body_line, 4);
}

TEST(SourceFiles, FindsBodiesOfEveryQuoting) {
  EXPECT_EQ(find("create function app.f() returns int\nas\n'select\n1'", "app.f").body_line, 3);
  EXPECT_EQ(find("CREATE FUNCTION app.f() AS $body$ $$ ; $x$ $body$", "app.f").body_line, 1);
  EXPECT_EQ(find("CREATE FUNCTION app.f() RETURN 1;\nCREATE TABLE t AS SELECT 'x'", "app.f").body_line, 0);
}

TEST(SourceFiles, TakesNamesAsPostgresDoes) {
  EXPECT_EQ(find("CREATE FUNCTION App.F() AS ''", "app.f").line, 1);
  EXPECT_EQ(find(R"(CREATE FUNCTION "App"."F g"() AS '')", "App.F g").line, 1);
  EXPECT_EQ(find(R"(CREATE FUNCTION app . f () AS '')", "app.f").line, 1);
  EXPECT_EQ(find("CREATE PROCEDURE f() AS ''", "app.f").line, 1);
}

TEST(SourceFiles, IsNotMisledByCommentsAndStrings) {
  for (const char* text : {"-- CREATE FUNCTION app.f() AS ''", "/* /* */ CREATE FUNCTION app.f() AS '' */",
                           "SELECT 'CREATE FUNCTION app.f()'", "DO $$ CREATE FUNCTION app.f() AS '' $$",
                           "CREATE TABLE app.f (x int)", "SELECT \"CREATE\" FROM FUNCTION", "CREATE",
                           "CREATE FUNCTION", "/* never closed", "$$ never closed", "'never closed"})
    EXPECT_EQ(find(text, "app.f").line, 0) << text;
}

TEST(SourceFiles, TheLastOneCounts) {
  SourceFiles sources;
  sources.add("1.sql", "CREATE FUNCTION app.f() AS ''");
  sources.add("2.sql",
              "\n\nCREATE OR REPLACE FUNCTION app.f() AS ''; SELECT $1; CREATE FUNCTION app.g() AS ''");
  EXPECT_EQ(sources.find("app.f")->file, "2.sql");
  EXPECT_EQ(sources.find("app.f")->line, 3);
  EXPECT_EQ(sources.find("app.g")->line, 3);
  EXPECT_FALSE(sources.find("app.h"));
}

TEST(SourceFiles, RefusesAFolderThatIsNotThere) { EXPECT_FALSE(SourceFiles::read("/nowhere/at/all")); }

}  // namespace
}  // namespace freshet::tools
