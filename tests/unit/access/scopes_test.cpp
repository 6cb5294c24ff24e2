#include "access/scopes.h"

#include <gtest/gtest.h>

namespace freshet::access {
namespace {

bool allows(const std::vector<std::string>& patterns, const char* kind, const char* path) {
  const base::Result<Scopes> scopes = Scopes::parse(patterns);
  EXPECT_TRUE(scopes);
  return scopes && scopes->allow(kind, path);
}

TEST(Scopes, AllowByKindModuleAndName) {
  EXPECT_TRUE(allows({"*"}, "mutation", "a.b"));
  EXPECT_TRUE(allows({"query:*"}, "query", "a.b"));
  EXPECT_FALSE(allows({"query:*"}, "mutation", "a.b"));
  EXPECT_TRUE(allows({"a.*"}, "mutation", "a.b"));
  EXPECT_FALSE(allows({"a.*"}, "query", "ab.c"));
  EXPECT_FALSE(allows({"a.*"}, "query", "b.a"));
  EXPECT_TRUE(allows({"x.y", "a.b"}, "query", "a.b"));
  EXPECT_FALSE(allows({"a.b"}, "query", "a.bc"));
  EXPECT_FALSE(allows({"a.b"}, "query", "A.b"));
  EXPECT_FALSE(allows({}, "query", "a.b"));
}

TEST(Scopes, RefusePatternsThatMeanNothing) {
  for (const char* pattern : {"", "a", ".", "a.", ".b", "*.b", "a.b*", "a.*b", "write:a.b", "query:", ":a.b",
                              "a*.b", "query:query:a.b"})
    EXPECT_FALSE(Scopes::parse({pattern})) << pattern;
}

}  // namespace
}  // namespace freshet::access
