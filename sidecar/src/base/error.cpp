#include "base/error.h"

#include <array>
#include <utility>

#include "base/raw_json.h"

namespace freshet::base {
namespace {

constexpr std::array<ErrorCodeInfo, kErrorCodeCount> kCodes{{
    {"invalid_arguments", "Invalid arguments", 400, false},
    {"not_found", "Not found", 404, false},
    {"unauthenticated", "Not signed in", 401, false},
    {"forbidden", "Not allowed", 403, false},
    {"conflict", "Conflict", 409, false},
    {"constraint_violation", "Constraint violated", 422, false},
    {"read_only", "A query may not write", 422, false},
    {"serialization_failure", "Too much contention", 503, true},
    {"deadline_exceeded", "Deadline exceeded", 504, true},
    {"rate_limited", "Too many requests", 429, true},
    {"overloaded", "Overloaded", 503, true},
    {"too_large", "Too large", 413, false},
    {"out_of_range", "Number out of range", 422, false},
    {"invalid_cursor", "Invalid cursor", 400, false},
    {"order_not_unique", "Order is not unique", 422, false},
    {"outcome_unknown", "Outcome unknown", 410, false},
    {"schema_changed", "Schema changed", 503, true},
    {"contract_mismatch", "Contract mismatch", 409, false},
    {"protocol", "Protocol error", 400, false},
    {"application", "Application error", 422, false},
    {"internal", "Internal error", 500, false},
}};

}  // namespace

const ErrorCodeInfo& info(ErrorCode code) { return kCodes[static_cast<std::size_t>(code)]; }

std::optional<ErrorCode> error_code_named(std::string_view name) {
  for (std::size_t i = 0; i < kCodes.size(); ++i) {
    if (kCodes[i].name == name) return static_cast<ErrorCode>(i);
  }
  return std::nullopt;
}

Error::Error(ErrorCode code, std::string message, std::string details)
    : code(code), message(std::move(message)), details(std::move(details)), retryable(info(code).retryable) {}

std::string to_json(const Error& error) {
  std::string out = "{\"code\":\"";
  out += info(error.code).name;
  out += "\",\"message\":";
  append_json_string(out, error.message);
  if (!error.details.empty()) {
    out += ",\"details\":";
    out += error.details;
  }
  out += error.retryable ? ",\"retryable\":true" : ",\"retryable\":false";
  if (!error.id.empty()) {
    out += ",\"id\":";
    append_json_string(out, error.id);
  }
  out += '}';
  return out;
}

}  // namespace freshet::base
