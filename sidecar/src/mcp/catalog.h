#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "mcp/schema.h"
#include "mcp/uri_template.h"
#include "session/backend.h"

namespace freshet::mcp {

struct Argument {
  std::string name;
  bool required = true;
  TextForm form = TextForm::kJson;
  std::vector<std::string> labels;  // of an enum
};

// What a function's value is as the result of a tool.
enum class ResultForm {
  kObject,   // an object: it is the structured content
  kWrapped,  // anything else: the member `result` of one
  kContent,  // `@mcp content`: the content itself
};

// One exposed function as agents are offered it. The texts are JSON, ready to be listed; an empty one: it is
// none of that.
struct Function {
  std::string path;
  std::string name;  // as tool or prompt
  session::FunctionInfo info;
  std::vector<Argument> args;
  std::size_t max_page = 0;   // rows; 0: it can't be read by pages
  std::string page_argument;  // of the tool: `page`, unless the function has an argument of that name
  ResultForm form = ResultForm::kWrapped;
  bool is_list = false;
  bool is_bytes = false;
  bool is_text = false;

  std::string tool;
  std::string prompt;
  std::string resource;
  std::string resource_template;
  std::string uri;                      // of `resource`; of a query: of its template without the parameters
  std::string uri_template;             // as it is listed
  std::optional<UriTemplate> declared;  // `@mcp resource`
  std::string media_type;               // of what is declared so
};

// One reading of freshet.catalog(), as agents see it. Immutable.
class Catalog {
 public:
  // `catalog`: JSON text as freshet.catalog() returns it.
  static base::Result<std::shared_ptr<const Catalog>> parse(const std::string& catalog, std::string hash);

  const std::string& hash() const { return hash_; }
  // By path, so that lists keep their order.
  const std::vector<Function>& functions() const { return functions_; }
  // Of tools and prompts, by name or by path. Null: there is none.
  const Function* named(std::string_view name) const;
  const Function* at(std::string_view path) const;
  // What was declared and can't be; one sentence each, for the log.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::string hash_;
  std::vector<Function> functions_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::unordered_map<std::string, std::size_t> by_path_;
  std::vector<std::string> problems_;
};

}  // namespace freshet::mcp
