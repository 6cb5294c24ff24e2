#include "app/catalog.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace freshet::app {
namespace {

TEST(Catalog, FunctionsHaveTheirTraits) {
  const auto catalog = parse_catalog(R"({"version": 1, "extension": "0.1.0", "hash": "ab", "functions": [
    {"path": "a.q", "kind": "query", "public": false, "guard": "a.g", "options": {"lockstep": false, "deadline_ms": 250}},
    {"path": "a.m", "kind": "mutation", "public": true, "guard": null, "options": {}},
    {"path": "a.gone", "kind": null, "public": true, "guard": null, "options": {}}]})");
  ASSERT_TRUE(catalog.ok());
  const FunctionTraits* query = (*catalog)->find("a.q");
  ASSERT_NE(query, nullptr);
  EXPECT_TRUE(query->guarded);
  EXPECT_FALSE(query->lockstep);
  EXPECT_EQ(query->deadline, base::Duration(std::chrono::milliseconds(250)));
  EXPECT_EQ((*catalog)->find("a.m")->info.kind, session::Kind::kMutation);
  EXPECT_EQ((*catalog)->find("a.gone"), nullptr);
  EXPECT_EQ((*catalog)->shown->hash, "ab");
}

TEST(Catalog, ClientsAreToldOfAGuardAndNotWhatItSays) {
  const auto catalog = parse_catalog(R"({"version": 1, "extension": "0.1.0", "hash": "ab", "functions": [
    {"path": "a.q", "kind": "query", "public": false, "guard": "app.is_admin", "options": {}, "args": [{"name": "guard"}]},
    {"path": "a.gone", "kind": null, "public": false, "guard": "app.is_admin", "options": {}},
    {"path": "a.m", "kind": "mutation", "public": true, "guard": null, "options": {}}]})");
  ASSERT_TRUE(catalog.ok());
  const std::string& shown = *(*catalog)->shown->json;
  EXPECT_EQ(shown.find("is_admin"), std::string::npos);
  const auto functions = nlohmann::json::parse(shown).at("functions");
  EXPECT_EQ(functions.at(0).at("guarded"), true);
  EXPECT_FALSE(functions.at(0).contains("guard"));
  EXPECT_EQ(functions.at(0).at("args").at(0).at("name"), "guard");
  EXPECT_EQ(functions.at(2).at("guarded"), false);
}

TEST(Catalog, ClientsAreNotToldWhatIsWrongWithAFunction) {
  const auto catalog = parse_catalog(R"({"version": 1, "extension": "0.1.0", "hash": "ab", "functions": [
    {"path": "a.q", "kind": "query", "public": true, "guard": null, "options": {}, "problem": "relation \"secret\" does not exist"},
    {"path": "a.m", "kind": "mutation", "public": true, "guard": null, "options": {}, "problem": null}]})");
  ASSERT_TRUE(catalog.ok());
  const std::string& shown = *(*catalog)->shown->json;
  EXPECT_EQ(shown.find("secret"), std::string::npos);
  const auto functions = nlohmann::json::parse(shown).at("functions");
  EXPECT_TRUE(functions.at(0).at("problem").is_string());
  EXPECT_TRUE(functions.at(1).at("problem").is_null());
}

TEST(Catalog, MembersKeepTheOrderOfTheDatabase) {
  const auto catalog = parse_catalog(R"({"version": 1, "extension": "0.1.0", "hash": "ab", "functions": [
    {"path": "a.q", "kind": "query", "public": true, "guard": null, "options": {}, "zebra": 1, "apple": 2}]})");
  ASSERT_TRUE(catalog.ok());
  const std::string& shown = *(*catalog)->shown->json;
  EXPECT_LT(shown.find("zebra"), shown.find("apple"));
}

TEST(Catalog, AnotherFormIsRefused) {
  for (const char* text :
       {"", "[]", "{}", R"({"version": 2, "functions": []})", R"({"version": 1, "functions": [{}]})",
        R"({"version": 1, "extension": "x", "hash": "h", "functions": [{"kind": "query"}]})"}) {
    const auto catalog = parse_catalog(text);
    ASSERT_FALSE(catalog.ok()) << text;
    EXPECT_EQ(catalog.error().code, base::ErrorCode::kContractMismatch);
  }
}

}  // namespace
}  // namespace freshet::app
