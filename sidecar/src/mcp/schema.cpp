#include "mcp/schema.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace freshet::mcp {
namespace {

using json = nlohmann::ordered_json;

// Types whose JSON says all there is to say.
constexpr std::array<std::string_view, 16> kPlainTypes{
    "text",   "integer", "smallint", "boolean",          "json", "jsonb",     "character varying", "void",
    "text[]", "name",    "record",   "double precision", "real", "integer[]", "boolean[]",         "citext"};

bool tells(const std::string& type) {
  return std::find(kPlainTypes.begin(), kPlainTypes.end(), type) == kPlainTypes.end();
}

struct Forms {
  bool text = false;
  bool other = false;
};

void collect(const json& schema, Forms& forms) {
  if (!schema.is_object()) return;
  if (const auto any = schema.find("anyOf"); any != schema.end() && any->is_array()) {
    for (const json& one : *any) collect(one, forms);
    return;
  }
  const auto type = schema.find("type");
  if (type != schema.end() && type->is_string()) {
    if (*type == "string") forms.text = true;
    if (*type != "string" && *type != "null") forms.other = true;
    return;
  }
  const std::vector<std::string> labels = enum_values(schema);
  (labels.empty() ? forms.other : forms.text) = true;
}

}  // namespace

json plain_schema(const json& schema) {
  if (schema.is_array()) {
    json out = json::array();
    for (const json& one : schema) out.push_back(plain_schema(one));
    return out;
  }
  if (!schema.is_object()) return schema;
  json out = json::object();
  for (const auto& [key, value] : schema.items()) {
    if (key.starts_with("x-")) continue;
    // Members of values may be called anything.
    if (key == "properties" && value.is_object()) {
      json properties = json::object();
      for (const auto& [name, property] : value.items()) properties[name] = plain_schema(property);
      out[key] = std::move(properties);
    } else if (key == "enum" || key == "const" || key == "default" || key == "required") {
      out[key] = value;
    } else {
      out[key] = plain_schema(value);
    }
  }
  const auto type = schema.find("x-pg-type");
  if (type != schema.end() && type->is_string() && !out.contains("description") && !out.contains("enum") &&
      tells(type->get<std::string>())) {
    out["description"] = *type;
  }
  return out;
}

TextForm text_form(const json& schema) {
  Forms forms;
  collect(schema, forms);
  if (!forms.text) return TextForm::kJson;
  return forms.other ? TextForm::kEither : TextForm::kText;
}

std::vector<std::string> enum_values(const json& schema) {
  std::vector<std::string> out;
  if (!schema.is_object()) return out;
  if (const auto labels = schema.find("enum"); labels != schema.end() && labels->is_array()) {
    for (const json& label : *labels) {
      if (label.is_string()) out.push_back(label.get<std::string>());
    }
    return out;
  }
  if (const auto any = schema.find("anyOf"); any != schema.end() && any->is_array()) {
    for (const json& one : *any) {
      const bool number = one.is_object() && one.value("type", json()) == "number";
      if (number) return {};  // NaN and its like are no choice
      for (std::string& label : enum_values(one)) out.push_back(std::move(label));
    }
  }
  return out;
}

}  // namespace freshet::mcp
