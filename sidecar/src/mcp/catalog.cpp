#include "mcp/catalog.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "mcp/declarations.h"
#include "mcp/descriptions.h"
#include "mcp/names.h"

namespace freshet::mcp {
namespace {

using json = nlohmann::ordered_json;
using base::Error;
using base::ErrorCode;

std::optional<session::Kind> kind_of(const json& entry) {
  const json kind = entry.value("kind", json());
  if (kind == "query") return session::Kind::kQuery;
  if (kind == "mutation") return session::Kind::kMutation;
  return std::nullopt;
}

// What can't be called, or is of a kind that agents are not offered, is not there for them.
bool is_offered(const json& entry) {
  return kind_of(entry) && entry.value("problem", json()).is_null() && entry.contains("args") &&
         entry.at("args").is_array() && entry.contains("result") && entry.at("result").is_object();
}

Argument argument_of(const json& described) {
  Argument out;
  out.name = described.at("name").get<std::string>();
  out.required = described.value("required", true);
  const json schema = described.value("schema", json::object());
  out.form = text_form(schema);
  out.labels = enum_values(schema);
  return out;
}

void describe_result(const json& entry, const Declarations& declared, Function& function) {
  const json schema = entry.at("result").value("schema", json::object());
  const json type = schema.is_object() ? schema.value("type", json()) : json();
  function.is_list = type == "array" && entry.at("result").value("cardinality", json()) == "many";
  function.is_text = type == "string";
  function.is_bytes = schema.is_object() && schema.value("x-pg-type", json()) == "bytea";
  function.form = declared.content   ? ResultForm::kContent
                  : type == "object" ? ResultForm::kObject
                                     : ResultForm::kWrapped;
  const json page = entry.value("page", json());
  if (!function.is_list || !page.is_object()) return;
  function.max_page = page.value("max", std::size_t{0});
  function.page_argument = "page";
  const auto taken = [&] {
    return std::any_of(function.args.begin(), function.args.end(),
                       [&](const Argument& argument) { return argument.name == function.page_argument; });
  };
  while (taken()) function.page_argument.insert(0, "_");
}

// The address that was declared, when there can be one.
void declare_resource(const Declarations& declared, Function& function, std::vector<std::string>& problems) {
  if (!declared.resource) return;
  const auto problem = [&](std::string why) {
    problems.push_back(function.path + ": @mcp resource: " + why);
  };
  if (function.info.kind != session::Kind::kQuery) return problem("only a query can be read");
  std::optional<UriTemplate> address = UriTemplate::parse(*declared.resource);
  if (!address) return problem("the braces do not match");
  if (declared.resource->starts_with(kQueryUri)) return problem("this address is taken");
  for (const std::string& name : address->names()) {
    const auto argument = std::find_if(function.args.begin(), function.args.end(),
                                       [&](const Argument& one) { return one.name == name; });
    if (argument == function.args.end()) return problem("there is no argument `" + name + "`");
  }
  for (const Argument& argument : function.args) {
    const bool given =
        std::find(address->names().begin(), address->names().end(), argument.name) != address->names().end();
    if (argument.required && !given) return problem("the argument `" + argument.name + "` is not in it");
  }
  function.declared = std::move(address);
  function.media_type = declared.media_type;
}

}  // namespace

base::Result<std::shared_ptr<const Catalog>> Catalog::parse(const std::string& text, std::string hash) {
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const Error malformed(ErrorCode::kContractMismatch,
                        "freshet.catalog() has a form that this gateway does not know");
  if (!document.is_object() || !document.contains("functions")) return malformed;
  auto catalog = std::make_shared<Catalog>();
  catalog->hash_ = std::move(hash);
  try {
    std::vector<const json*> entries;
    for (const json& entry : document.at("functions")) {
      if (is_offered(entry)) entries.push_back(&entry);
    }
    std::sort(entries.begin(), entries.end(), [](const json* a, const json* b) {
      return a->at("path").get_ref<const std::string&>() < b->at("path").get_ref<const std::string&>();
    });
    std::vector<FunctionName> parts;
    for (const json* entry : entries) {
      parts.push_back({entry->at("schema").get_ref<const std::string&>(),
                       entry->at("name").get_ref<const std::string&>()});
    }
    const std::vector<std::string> names = tool_names(parts);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const json& entry = *entries[i];
      Function function;
      function.path = entry.at("path").get<std::string>();
      const json comment = entry.value("description", json());
      const Declarations declared =
          parse_declarations(comment.is_string() ? comment.get_ref<const std::string&>() : std::string());
      for (const std::string& problem : declared.problems)
        catalog->problems_.push_back(function.path + ": " + problem);
      if (declared.hidden) continue;
      function.name = names[i];
      if (function.name.empty())
        catalog->problems_.push_back(function.path +
                                     ": is no tool, another function has the name of its tool");
      function.info = {*kind_of(entry), entry.value("public", false)};
      for (const json& argument : entry.at("args")) function.args.push_back(argument_of(argument));
      describe_result(entry, declared, function);
      declare_resource(declared, function, catalog->problems_);
      describe(entry, declared, function);
      catalog->functions_.push_back(std::move(function));
    }
  } catch (const json::exception&) {
    return malformed;
  }
  for (std::size_t i = 0; i < catalog->functions_.size(); ++i) {
    const Function& function = catalog->functions_[i];
    if (!function.name.empty()) catalog->by_name_.emplace(function.name, i);
    catalog->by_path_.emplace(function.path, i);
  }
  return std::shared_ptr<const Catalog>(std::move(catalog));
}

const Function* Catalog::named(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? at(name) : &functions_[found->second];
}

const Function* Catalog::at(std::string_view path) const {
  const auto found = by_path_.find(std::string(path));
  return found == by_path_.end() ? nullptr : &functions_[found->second];
}

}  // namespace freshet::mcp
