#include "mcp/descriptions.h"

#include <nlohmann/json.hpp>

namespace freshet::mcp {
namespace {

using json = nlohmann::ordered_json;

std::string list_of(const json& codes) {
  std::string out;
  for (const json& code : codes) out += (out.empty() ? "`" : ", `") + code.get<std::string>() + "`";
  return out;
}

// Only members of the session that may call the function are shown its guard.
std::string access_text(const json& entry) {
  const json guard = entry.value("guard", json());
  const bool is_public = entry.value("public", false);
  if (!guard.is_string()) return is_public ? "Access: everybody." : "Access: whoever is signed in.";
  if (is_public) return "Access: guarded; who the guard refuses gets `forbidden`.";
  return "Access: guarded by `" + guard.get<std::string>() + "`; who it refuses gets `forbidden`.";
}

std::string errors_text(const json& entry, const Function& function) {
  std::string out = "Errors: `invalid_arguments`";
  if (!function.info.is_public) out += ", `unauthenticated`, `forbidden`";
  if (entry.at("result").value("cardinality", json()) == "one") out += ", `not_found`";
  if (function.info.kind == session::Kind::kMutation) out += ", `conflict`, `constraint_violation`";
  if (function.max_page != 0) out += ", `invalid_cursor`";
  const json declared = entry.value("errors", json::array());
  if (declared.is_array() && !declared.empty())
    out += "; `application` with details.code " + list_of(declared);
  return out + ".";
}

std::string description_of(const json& entry, const Declarations& declared, const Function& function) {
  std::string out = declared.description;
  if (!out.empty()) out += "\n\n";
  const bool query = function.info.kind == session::Kind::kQuery;
  out += (query ? "Query `" : "Mutation `") + function.path + "`: ";
  out += query ? "reads only." : "one transaction; all of it happens or nothing.";
  out += "\n" + access_text(entry) + "\n" + errors_text(entry, function);
  if (function.max_page != 0) {
    out += "\nPages: `" + function.page_argument + "` {limit, after?}, at most " +
           std::to_string(function.max_page) + " rows; `next` of the result is the `after` of the next page.";
  }
  return out;
}

json page_argument_schema(std::size_t most) {
  return {{"type", "object"},
          {"description", "A part of the rows in place of all."},
          {"properties",
           {{"limit", {{"type", "integer"}, {"minimum", 1}, {"maximum", most}}},
            {"after", {{"type", "string"}, {"description", "`next` of the page before."}}}}},
          {"required", {"limit"}},
          {"additionalProperties", false}};
}

json input_schema(const json& entry, const Function& function) {
  json properties = json::object();
  json required = json::array();
  for (const json& argument : entry.at("args")) {
    const std::string name = argument.at("name").get<std::string>();
    properties[name] = plain_schema(argument.value("schema", json::object()));
    if (argument.value("required", true)) required.push_back(name);
  }
  if (function.max_page != 0) properties[function.page_argument] = page_argument_schema(function.max_page);
  json schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

json output_schema(const json& entry, const Function& function) {
  json value = plain_schema(entry.at("result").value("schema", json::object()));
  if (function.form == ResultForm::kObject) return value;
  json properties = {{"result", std::move(value)}};
  if (function.max_page != 0) {
    properties["next"] = {{"anyOf", {{{"type", "string"}}, {{"type", "null"}}}},
                          {"description", "Where the rest begins; null: there is none."}};
  }
  if (function.is_list) {
    properties["truncated"] = {
        {"type", "object"},
        {"description", "There when rows are missing because the result was too long."},
        {"properties",
         {{"rows", {{"type", "integer"}}},
          {"of", {{"type", "integer"}}},
          {"limit_bytes", {{"type", "integer"}}},
          {"how", {{"type", "string"}}}}},
        {"required", {"rows", "limit_bytes", "how"}}};
  }
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", {"result"}}};
}

json annotations(const std::string& title, const Declarations& declared, const Function& function) {
  const bool query = function.info.kind == session::Kind::kQuery;
  return {{"title", title},
          {"readOnlyHint", query},
          {"destructiveHint", !query && !declared.additive},
          {"idempotentHint", query || declared.idempotent},
          {"openWorldHint", false}};
}

std::string tool_text(const json& entry, const Declarations& declared, const Function& function) {
  const std::string title = declared.title.empty() ? function.path : declared.title;
  json tool = {{"name", function.name},
               {"title", title},
               {"description", description_of(entry, declared, function)},
               {"inputSchema", input_schema(entry, function)}};
  if (function.form != ResultForm::kContent) tool["outputSchema"] = output_schema(entry, function);
  tool["annotations"] = annotations(title, declared, function);
  tool["_meta"] = {{"freshet/path", function.path}, {"freshet/kind", entry.at("kind")}};
  return tool.dump();
}

std::string prompt_text(const Declarations& declared, const Function& function) {
  json prompt = {{"name", function.name}, {"title", declared.title.empty() ? function.path : declared.title}};
  prompt["description"] = declared.description.empty() ? function.path : declared.description;
  json arguments = json::array();
  for (const Argument& argument : function.args)
    arguments.push_back({{"name", argument.name}, {"required", argument.required}});
  if (!arguments.empty()) prompt["arguments"] = std::move(arguments);
  return prompt.dump();
}

std::string media_type_of(const Function& function) {
  if (!function.declared) return "application/json";
  if (!function.media_type.empty()) return function.media_type;
  return function.is_bytes  ? "application/octet-stream"
         : function.is_text ? "text/plain"
                            : "application/json";
}

std::string resource_text(const char* key, const std::string& uri, const Declarations& declared,
                          const Function& function) {
  return json({{key, uri},
               {"name", function.path},
               {"title", declared.title.empty() ? function.path : declared.title},
               {"description",
                declared.description.empty() ? "What " + function.path + " returns." : declared.description},
               {"mimeType", function.media_type}})
      .dump();
}

void describe_resource(const Declarations& declared, Function& function) {
  function.media_type = media_type_of(function);
  if (function.declared) {
    const std::string& text = function.declared->text();
    if (function.declared->names().empty()) {
      function.uri = text;
      function.resource = resource_text("uri", text, declared, function);
    } else {
      function.uri_template = text;
      function.resource_template = resource_text("uriTemplate", text, declared, function);
    }
    return;
  }
  function.uri = std::string(kQueryUri) + uri_encoded(function.path);
  bool needs_arguments = false;
  std::string variables;
  const auto add = [&](std::string_view name) {
    variables += (variables.empty() ? "" : ",") + uri_encoded(name);
  };
  for (const Argument& argument : function.args) {
    needs_arguments = needs_arguments || argument.required;
    add(argument.name);
  }
  if (function.max_page != 0) add(function.page_argument);
  if (!needs_arguments) function.resource = resource_text("uri", function.uri, declared, function);
  if (variables.empty()) return;
  function.uri_template = function.uri + "{?" + variables + "}";
  function.resource_template = resource_text("uriTemplate", function.uri_template, declared, function);
}

}  // namespace

void describe(const json& entry, const Declarations& declared, Function& function) {
  if (declared.prompt) {
    if (!function.name.empty()) function.prompt = prompt_text(declared, function);
    return;
  }
  if (!function.name.empty()) function.tool = tool_text(entry, declared, function);
  if (function.info.kind == session::Kind::kQuery && !declared.content) describe_resource(declared, function);
}

}  // namespace freshet::mcp
