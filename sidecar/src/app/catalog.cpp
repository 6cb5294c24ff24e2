#include "app/catalog.h"

#include <nlohmann/json.hpp>

#include "app/openapi.h"

namespace freshet::app {
namespace {

// Members stay in the order of the catalog.
using json = nlohmann::ordered_json;

std::optional<session::Kind> kind_named(const std::string& name) {
  if (name == "query") return session::Kind::kQuery;
  if (name == "mutation") return session::Kind::kMutation;
  if (name == "action") return session::Kind::kAction;
  return std::nullopt;
}

// A guard's expression names what an application protects and how. Callers are told only that there is one.
void hide_guard(json& entry) {
  entry["guarded"] = entry.contains("guard") && !entry.at("guard").is_null();
  entry.erase("guard");
}

// What is wrong with a function names tables and roles of the database: freshet.functions and `freshet check`
// tell it to those who run the database.
void hide_problem(json& entry) {
  if (entry.contains("problem") && !entry.at("problem").is_null())
    entry["problem"] = "it cannot be called at present";
}

}  // namespace

const FunctionTraits* CatalogVersion::find(const std::string& path) const {
  const auto at = functions.find(path);
  return at == functions.end() ? nullptr : &at->second;
}

base::Result<std::shared_ptr<const CatalogVersion>> parse_catalog(const std::string& text) {
  json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const base::Error malformed(base::ErrorCode::kContractMismatch,
                              "freshet.catalog() has a form that this gateway does not know");
  if (!document.is_object() || document.value("version", json()) != 1 ||
      !document.value("functions", json()).is_array()) {
    return malformed;
  }
  auto version = std::make_shared<CatalogVersion>();
  auto shown = std::make_shared<session::Catalog>();
  try {
    version->extension = document.at("extension").get<std::string>();
    shown->hash = document.at("hash").get<std::string>();
    for (json& entry : document.at("functions")) {
      hide_guard(entry);
      hide_problem(entry);
      // Kind null: the function is gone or changed kind; for callers it is not there.
      if (!entry.at("kind").is_string()) continue;
      const auto kind = kind_named(entry.at("kind").get<std::string>());
      if (!kind) continue;
      FunctionTraits traits;
      traits.info = {*kind, entry.at("public").get<bool>()};
      traits.guarded = entry.at("guarded").get<bool>();
      const json options = entry.value("options", json::object());
      if (options.contains("lockstep") && options.at("lockstep").is_boolean())
        traits.lockstep = options.at("lockstep").get<bool>();
      if (options.contains("deadline_ms") && options.at("deadline_ms").is_number_integer()) {
        traits.deadline = std::chrono::milliseconds(options.at("deadline_ms").get<std::int64_t>());
      }
      const std::string path = entry.at("path").get<std::string>();
      shown->functions[path] = traits.info;
      version->functions[path] = traits;
    }
  } catch (const json::exception&) {
    return malformed;
  }
  shown->whole = std::make_shared<const std::string>(text);
  shown->json = std::make_shared<const std::string>(document.dump());
  try {
    shown->openapi = std::make_shared<const std::string>(openapi_document(document, version->extension));
  } catch (const json::exception&) {
    return malformed;
  }
  version->shown = std::move(shown);
  return std::shared_ptr<const CatalogVersion>(std::move(version));
}

}  // namespace freshet::app
