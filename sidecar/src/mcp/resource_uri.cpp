#include "mcp/resource_uri.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/raw_json.h"
#include "mcp/descriptions.h"
#include "mcp/uri_template.h"

namespace freshet::mcp {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::size_t kMaxUriBytes = 16 * 1024;

Error no_resource() { return {ErrorCode::kNotFound, "there is no such resource"}; }

Error wrong_argument(std::string_view name, std::string_view expected) {
  std::string details = R"([{"path":)" + base::json_string(name) + R"(,"expected":)" +
                        base::json_string(expected) + R"(,"got":"something else"}])";
  return {ErrorCode::kInvalidArguments, "`" + std::string(name) + "`: expected " + std::string(expected),
          std::move(details)};
}

const Argument* argument_named(const Function& function, std::string_view name) {
  const auto found = std::find_if(function.args.begin(), function.args.end(),
                                  [&](const Argument& argument) { return argument.name == name; });
  return found == function.args.end() ? nullptr : &*found;
}

struct Member {
  std::string name;
  std::string value;  // JSON
};

std::string object_of(const std::vector<Member>& members) {
  std::string out = "{";
  for (const Member& member : members) {
    if (out.size() > 1) out += ',';
    base::append_json_string(out, member.name);
    out += ":" + member.value;
  }
  return out + "}";
}

Result<Resource> query_resource(const Catalog& catalog, std::string_view rest) {
  if (const std::size_t fragment = rest.find('#'); fragment != std::string_view::npos) return no_resource();
  const std::size_t mark = rest.find('?');
  const std::optional<std::string> path = uri_decoded(rest.substr(0, mark));
  const Function* function = path ? catalog.at(*path) : nullptr;
  if (function == nullptr || function->info.kind != session::Kind::kQuery) return no_resource();
  Resource out{function, {*path, {}, {}}};
  std::vector<Member> members;
  std::string_view query = mark == std::string_view::npos ? std::string_view() : rest.substr(mark + 1);
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto name = uri_decoded(pair.substr(0, equals));
    const auto text = uri_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !text) return Error(ErrorCode::kInvalidArguments, "the address has a malformed escape");
    const bool repeated = std::any_of(members.begin(), members.end(),
                                      [&](const Member& member) { return member.name == *name; });
    if (repeated) return wrong_argument(*name, "one value");
    if (function->max_page != 0 && *name == function->page_argument) {
      if (!base::check_json(*text) || base::json_kind(base::trim_json(*text)) != base::JsonKind::kObject)
        return wrong_argument(*name, "a JSON object {\"limit\", \"after\"?}");
      out.call.page = *text;
      continue;
    }
    const Argument* argument = argument_named(*function, *name);
    if (argument == nullptr) return wrong_argument(*name, "no such argument");
    Result<std::string> value = json_of_text(*argument, *text);
    if (!value) return std::move(value).error();
    members.push_back({*name, *std::move(value)});
  }
  out.call.args = object_of(members);
  return out;
}

}  // namespace

Result<std::string> json_of_text(const Argument& argument, std::string_view text) {
  const bool json = base::check_json(text).ok();
  switch (argument.form) {
    case TextForm::kText:
      break;
    case TextForm::kEither: {
      const auto kind = json ? base::json_kind(base::trim_json(text)) : base::JsonKind::kString;
      if (kind == base::JsonKind::kNumber || kind == base::JsonKind::kBool) return std::string(text);
      break;
    }
    case TextForm::kJson:
      if (!json) return wrong_argument(argument.name, "JSON");
      return std::string(base::trim_json(text));
  }
  return base::json_string(text);
}

Result<Resource> find_resource(const Catalog& catalog, std::string_view uri) {
  if (uri.size() > kMaxUriBytes) return Error(ErrorCode::kTooLarge, "the address is too long");
  if (uri.starts_with(kQueryUri)) return query_resource(catalog, uri.substr(kQueryUri.size()));
  for (const Function& function : catalog.functions()) {
    if (!function.declared) continue;
    const auto values = function.declared->match(uri);
    if (!values) continue;
    std::vector<Member> members;
    for (std::size_t i = 0; i < values->size(); ++i) {
      const std::string& name = function.declared->names()[i];
      Result<std::string> value = json_of_text(*argument_named(function, name), (*values)[i]);
      if (!value) return std::move(value).error();
      members.push_back({name, *std::move(value)});
    }
    return Resource{&function, {function.path, object_of(members), {}}};
  }
  return no_resource();
}

}  // namespace freshet::mcp
