#include "app/openapi.h"

#include <fmt/format.h>

#include <set>

#include "base/error.h"

namespace freshet::app {
namespace {

using json = nlohmann::ordered_json;

// What may stand in a path as it is (RFC 3986 "unreserved").
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '~';
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

// Names of components and operations are made of few characters; two functions whose names differ in others
// only are told apart by a number.
class Names {
 public:
  std::string take(std::string_view module, std::string_view function, char between) {
    std::string base;
    const auto add = [&](std::string_view text) {
      for (const char c : text) base += is_plain(c) && c != '~' && c != '-' ? c : '_';
    };
    add(module);
    base += between;
    add(function);
    std::string name = base;
    for (int n = 2; !taken_.insert(name).second; ++n) name = base + "_" + std::to_string(n);
    return name;
  }

 private:
  std::set<std::string> taken_;
};

json ref(const std::string& section, const std::string& name) {
  return {{"$ref", "#/components/" + section + "/" + name}};
}

json content(const std::string& type, json schema) { return {{type, {{"schema", std::move(schema)}}}}; }

// docs/protocol.md "Errors", as HTTP gives them.
json problem_schema() {
  json codes = json::array();
  for (std::size_t i = 0; i < base::kErrorCodeCount; ++i)
    codes.push_back(std::string(base::info(static_cast<base::ErrorCode>(i)).name));
  return {{"type", "object"},
          {"description", "What went wrong (RFC 9457)."},
          {"required", {"type", "title", "status", "code", "message", "retryable"}},
          {"properties",
           {{"type", {{"type", "string"}}},
            {"title", {{"type", "string"}}},
            {"status", {{"type", "integer"}}},
            {"code", {{"type", "string"}, {"enum", std::move(codes)}}},
            {"message", {{"type", "string"}}},
            {"details", {{"description", "What the code says more; its shape depends on the code."}}},
            {"retryable", {{"type", "boolean"}, {"description", "Whether the same call may succeed later."}}},
            {"id", {{"type", "string"}, {"description", "Of an internal error: what the log has of it."}}}}}};
}

// Problem, with the codes that the function declares as details.code of `application`.
json problem_of(const json& function) {
  json problem = ref("schemas", "Problem");
  const json errors = function.value("errors", json::array());
  if (!errors.is_array() || errors.empty()) return problem;
  const json declared = {
      {"type", "object"},
      {"properties",
       {{"code", {{"const", "application"}}},
        {"details",
         {{"type", "object"},
          {"properties", {{"code", {{"type", "string"}, {"enum", errors}}}, {"data", json::object()}}},
          {"required", {"code"}}}}}},
      {"required", {"code"}}};
  return {{"anyOf", {{{"allOf", {problem, declared}}}, problem}}};
}

json arguments_schema(const json& function) {
  json properties = json::object();
  json required = json::array();
  for (const json& argument : function.at("args")) {
    properties[argument.at("name").get<std::string>()] = argument.value("schema", json::object());
    if (argument.value("required", true)) required.push_back(argument.at("name"));
  }
  json schema = {{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  schema["additionalProperties"] = false;
  return schema;
}

json page_parameter(const json& page) {
  const json object = {
      {"type", "object"},
      {"required", {"limit"}},
      {"properties",
       {{"limit", {{"type", "integer"}, {"minimum", 1}, {"maximum", page.value("max", json(1000))}}},
        {"after", {{"type", "string"}}},
        {"until", {{"type", "string"}}}}}};
  return {{"name", "page"},
          {"in", "query"},
          {"required", false},
          {"description", "A page of the rows in place of all: the answer is then an object with `rows`."},
          {"content", content("application/json", object)}};
}

json page_schema(const json& result) {
  const json cursor = {{"anyOf", {{{"type", "string"}}, {{"type", "null"}}}}};
  return {{"type", "object"},
          {"required", {"rows", "next", "split"}},
          {"properties", {{"rows", result}, {"next", cursor}, {"split", cursor}}},
          {"description", "With the parameter `page`."}};
}

json operation_of(const json& function, const std::string& component, const std::string& operation) {
  const std::string kind = function.at("kind").get<std::string>();
  const bool is_query = kind == "query";
  const json description = function.value("description", json());
  json out = {{"operationId", operation},
              {"tags", {function.at("schema")}},
              {"summary", function.at("path")},
              {"x-freshet-kind", kind}};
  if (description.is_string()) out["description"] = description;
  json parameters = json::array();
  if (!is_query) parameters.push_back(ref("parameters", "IdempotencyKey"));
  const bool paged = function.contains("page") && function.at("page").is_object();
  if (paged) parameters.push_back(page_parameter(function.at("page")));
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  bool needs_body = false;
  for (const json& argument : function.at("args"))
    needs_body = needs_body || argument.value("required", true);
  out["requestBody"] = {{"required", needs_body},
                        {"content", content("application/json", ref("schemas", component + ".args"))}};
  json value = ref("schemas", component + ".result");
  if (paged) value = {{"anyOf", {value, page_schema(ref("schemas", component + ".result"))}}};
  json success = {{"description", "The value."}, {"content", content("application/json", std::move(value))}};
  if (is_query) {
    success["headers"] = {{"ETag", ref("headers", "ETag")}, {"Freshet-Epoch", ref("headers", "Epoch")}};
  } else {
    success["headers"] = {{"Freshet-Replayed", ref("headers", "Replayed")}};
  }
  out["responses"] = {{"200", std::move(success)}};
  if (is_query) out["responses"]["304"] = {{"description", "The value that If-None-Match names is current."}};
  for (const char* status : {"400", "401", "403", "404", "409", "429", "503"})
    out["responses"][status] = ref("responses", "Problem");
  const json problem = problem_of(function);
  if (!problem.contains("$ref")) {
    out["responses"]["422"] = {{"description", "An error of the application, or another."},
                               {"content", content("application/problem+json", problem)}};
  }
  out["responses"]["default"] = ref("responses", "Problem");
  out["security"] = json::array({{{"bearer", json::array()}}});
  if (function.value("public", false)) out["security"].push_back(json::object());
  return out;
}

json batch_operation() {
  const json call = {
      {"type", "object"},
      {"required", {"path"}},
      {"properties",
       {{"path", {{"type", "string"}}}, {"args", {{"type", "object"}}}, {"page", {{"type", "object"}}}}}};
  const json result = {
      {"oneOf",
       {{{"type", "object"}, {"required", {"value"}}, {"properties", {{"value", json::object()}}}},
        {{"type", "object"},
         {"required", {"error"}},
         {"properties", {{"error", ref("schemas", "Error")}}}}}}};
  return {{"operationId", "batch"},
          {"summary", "Several queries at one snapshot"},
          {"requestBody",
           {{"required", true},
            {"content", content("application/json",
                                {{"type", "object"},
                                 {"required", {"queries"}},
                                 {"properties", {{"queries", {{"type", "array"}, {"items", call}}}}}})}}},
          {"responses",
           {{"200",
             {{"description", "One result for each query, in their order."},
              {"content", content("application/json",
                                  {{"type", "object"},
                                   {"required", {"results"}},
                                   {"properties", {{"results", {{"type", "array"}, {"items", result}}}}}})}}},
            {"default", ref("responses", "Problem")}}},
          {"security", json::array({{{"bearer", json::array()}}, json::object()})}};
}

// The error without what HTTP adds.
json error_schema(const json& problem) {
  json error = problem;
  error["description"] = "What went wrong.";
  error["required"] = {"code", "message", "retryable"};
  for (const char* member : {"type", "title", "status"}) error["properties"].erase(member);
  return error;
}

}  // namespace

std::string openapi_document(const json& catalog, std::string_view version) {
  json paths = json::object();
  json schemas = {{"Problem", problem_schema()}};
  schemas["Error"] = error_schema(schemas["Problem"]);
  Names components;
  Names operations;
  std::set<std::string> modules;
  for (const json& function : catalog.at("functions")) {
    const bool callable = function.at("kind").is_string() && function.value("problem", json()).is_null();
    if (!callable || !function.contains("args") || !function.contains("result")) continue;
    const std::string module = function.at("schema").get<std::string>();
    const std::string name = function.at("name").get<std::string>();
    const std::string component = components.take(module, name, '.');
    schemas[component + ".args"] = arguments_schema(function);
    schemas[component + ".result"] = function.at("result").value("schema", json::object());
    paths["/api/f/" + percent_encoded(module) + "/" + percent_encoded(name)] = {
        {"post", operation_of(function, component, operations.take(module, name, '_'))}};
    modules.insert(module);
  }
  paths["/api/batch"] = {{"post", batch_operation()}};
  json tags = json::array();
  for (const std::string& module : modules) tags.push_back({{"name", module}});
  const json text = {{"type", "string"}};
  const json document = {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Freshet"},
        {"version", catalog.at("hash")},
        {"summary", "The functions that this database exposes, by freshet " + std::string(version) + "."}}},
      {"jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema"},
      {"servers", json::array({{{"url", "/"}}})},
      {"tags", std::move(tags)},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", std::move(schemas)},
        {"parameters",
         {{"IdempotencyKey",
           {{"name", "Idempotency-Key"},
            {"in", "header"},
            {"required", false},
            {"description",
             "The same key with the same call again takes effect once, and gives the same answer."},
            {"schema", {{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}}}}}},
        {"headers",
         {{"ETag", {{"description", "For If-None-Match."}, {"schema", text}}},
          {"Epoch", {{"description", "The snapshot of the value."}, {"schema", text}}},
          {"Replayed", {{"description", "The recorded answer of an earlier call."}, {"schema", text}}}}},
        {"responses",
         {{"Problem",
           {{"description", "What went wrong."},
            {"content", content("application/problem+json", ref("schemas", "Problem"))}}}}},
        {"securitySchemes",
         {{"bearer",
           {{"type", "http"},
            {"scheme", "bearer"},
            {"description", "A token of an accepted issuer, or an API key."}}}}}}}};
  return document.dump();
}

}  // namespace freshet::app
