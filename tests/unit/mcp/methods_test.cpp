#include "mcp/methods.h"

#include <gtest/gtest.h>

#include "quiet_backend.h"

namespace freshet::mcp {
namespace {

constexpr const char* kCatalog = R"json({"version": 1, "extension": "0.1.0", "hash": "ab", "functions": [
  {"path": "b.open", "schema": "b", "name": "open", "kind": "query", "public": true, "guard": null, "args": [],
   "result": {"cardinality": "one", "schema": {"type": "integer", "x-pg-type": "integer"}}, "errors": [], "page": null},
  {"path": "a.list", "schema": "a", "name": "list", "kind": "query", "public": false, "guard": "app.ok(x)",
   "args": [{"name": "x", "required": true, "schema": {"type": "string", "x-pg-type": "uuid", "x-freshet-id": "a.b.c"}}],
   "result": {"cardinality": "many", "schema": {"type": "array", "items": {"type": "object"}}}, "errors": ["late"],
   "page": {"max": 10, "order": []}},
  {"path": "a.write", "schema": "a", "name": "write", "kind": "mutation", "public": false, "guard": "app.ok(x)", "args": [],
   "result": {"cardinality": "one", "schema": {"type": "null"}}, "errors": [], "page": null},
  {"path": "a.broken", "schema": "a", "name": "broken", "kind": "query", "public": true, "guard": null, "problem": "gone"}
]})json";

class ToolMethods : public testing::Test {
 protected:
  std::shared_ptr<const Request> request(const access::IdentityPtr& who, std::string params = "{}") {
    return std::make_shared<const Request>(
        Request{around_, table_, "s", LogLevel::kInfo, who, catalog_, std::nullopt, std::move(params)});
  }
  std::string result(Method method, const access::IdentityPtr& who, std::string params = "{}") {
    std::string out = "no answer";
    method(request(who, std::move(params)), [&](Answered answered) {
      const RpcError* error = std::get_if<RpcError>(&answered.outcome);
      out = error != nullptr ? std::to_string(error->code) : std::get<std::string>(answered.outcome);
    });
    return out;
  }
  static access::IdentityPtr key(std::vector<std::string> scopes) {
    auto identity = std::make_shared<access::Identity>();
    identity->claims = R"({"sub":"agent"})";
    identity->principal = R"([null,"agent"])";
    identity->api_key = "k";
    identity->scopes = *access::Scopes::parse(scopes);
    return identity;
  }

  QuietBackend backend_;
  session::SessionRules rules_;
  base::SteadyClock clock_;
  base::SystemRandom random_;
  Surroundings around_{backend_, rules_, {}, random_, clock_, [] { return 1; }, [](const std::string&) {}};
  std::shared_ptr<SessionTable> table_ = std::make_shared<SessionTable>(around_);
  std::shared_ptr<const Catalog> catalog_ = *Catalog::parse(kCatalog, "ab");
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(ToolMethods, ListWhatTheCallerMayCallInTheOrderOfPaths) {
  const std::string anybody = result(list_tools, nullptr);
  EXPECT_TRUE(has(anybody, R"("name":"b_open")"));
  EXPECT_FALSE(has(anybody, "a_list"));
  EXPECT_FALSE(has(anybody, "app.ok"));
  const std::string all = result(list_tools, key({"*"}));
  EXPECT_LT(all.find("a_list"), all.find("a_write"));
  EXPECT_LT(all.find("a_write"), all.find("b_open"));
  EXPECT_FALSE(has(all, "a_broken"));
  EXPECT_TRUE(has(all, "guarded by `app.ok(x)`"));
  EXPECT_TRUE(has(all, "`late`"));
  EXPECT_TRUE(has(all, R"({"type":"string","description":"uuid"})")) << "without x-…";
  EXPECT_FALSE(has(result(list_tools, key({"query:a.*"})), "a_write"));
}

TEST_F(ToolMethods, CallWhatTheScopesNameAndNothingElse) {
  EXPECT_TRUE(has(result(call_tool, key({"query:*"}), R"({"name":"a_write"})"), R"("code":"forbidden")"));
  EXPECT_TRUE(has(result(call_tool, nullptr, R"({"name":"a_write"})"), R"("code":"unauthenticated")"));
  EXPECT_TRUE(backend_.called.empty());
  EXPECT_TRUE(has(result(call_tool, key({"a.write"}), R"({"name":"a_write"})"), R"("result":null)"));
  EXPECT_TRUE(has(result(call_tool, key({"a.write"}), R"({"name":"a.write"})"), R"("result":null)"))
      << "by its path";
  EXPECT_EQ(backend_.called, (std::vector<std::string>{"a.write", "a.write"}));
  EXPECT_EQ(result(call_tool, key({"*"}), R"({"name":"a_broken"})"), "-32602");
}

TEST_F(ToolMethods, ReadResourcesByWhatTheScopesName) {
  EXPECT_EQ(result(read_resource, key({"b.*"}), R"({"uri":"freshet://query/a.list?x=1"})"), "-32000");
  EXPECT_EQ(result(subscribe_resource, key({"b.*"}), R"({"uri":"freshet://query/a.list?x=1"})"), "-32000");
  EXPECT_EQ(result(read_resource, key({"*"}), R"({"uri":"freshet://query/a.write"})"), "-32002")
      << "not a query";
  EXPECT_TRUE(backend_.called.empty());
  EXPECT_TRUE(
      has(result(read_resource, key({"a.*"}), R"({"uri":"freshet://query/a.list?x=1"})"), R"("contents")"));
}

}  // namespace
}  // namespace freshet::mcp
