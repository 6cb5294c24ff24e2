#include "base/error.h"

#include <array>
#include <utility>

#include "base/raw_json.h"

namespace freshet::base {
namespace {

// What a code means is told to people from here (docs/reference/errors.md).
constexpr std::array<ErrorCodeInfo, kErrorCodeCount> kCodes{{
    // An argument is unknown, missing or not of its type; `details` is the list of all problems, each
    // `{path, expected, got}`.
    {"invalid_arguments", "Invalid arguments", 400, false},
    // Nothing is exposed under this path, or a function that always has a row has none.
    {"not_found", "Not found", 404, false},
    // The token is missing, expired or not valid (`details.reason`), or the function asks who calls and
    // nobody is signed in.
    {"unauthenticated", "Not signed in", 401, false},
    // The guard denied it, or a row policy of the owner's role, or the API key's scopes.
    {"forbidden", "Not allowed", 403, false},
    // A unique or exclusion constraint, or a request id that was used for another call; `details` names
    // the constraint and the arguments.
    {"conflict", "Conflict", 409, false},
    // A foreign key, check or not-null constraint; `details` names the constraint and the arguments.
    {"constraint_violation", "Constraint violated", 422, false},
    // A query tried to write.
    {"read_only", "A query may not write", 422, false},
    // The mutation kept colliding with others and its retries are used up; nothing of it happened.
    {"serialization_failure", "Too much contention", 503, true},
    // The call took longer than its function's `deadline_ms` or the gateway's `--deadline`, and was
    // cancelled.
    {"deadline_exceeded", "Deadline exceeded", 504, true},
    // Too many frames of one session; `details.retry_after_ms` says when to come back.
    {"rate_limited", "Too many requests", 429, true},
    // A queue is full, a limit is reached, or the database can't be reached.
    {"overloaded", "Overloaded", 503, true},
    // The arguments, the result or its number of rows are over a limit, which the message names.
    {"too_large", "Too large", 413, false},
    // A number does not fit its type, or an int8 of the result is beyond what JSON carries (±(2^53-1));
    // `details.column` names it.
    {"out_of_range", "Number out of range", 422, false},
    // The cursor of a page is not of this function, order, arguments and caller; the list has to begin
    // anew.
    {"invalid_cursor", "Invalid cursor", 400, false},
    // Two rows are equal in all columns of the order in which a query is paged.
    {"order_not_unique", "Order is not unique", 422, false},
    // The record of a mutation is gone: whether it happened can't be told, and it is not executed again.
    {"outcome_unknown", "Outcome unknown", 410, false},
    // A table, column or function that the function uses was changed or is missing.
    {"schema_changed", "Schema changed", 503, true},
    // A result departs from what the function declared (`returns`, `not_null`); `details.column` says
    // where.
    {"contract_mismatch", "Contract mismatch", 409, false},
    // A frame is not of the protocol; the socket is closed.
    {"protocol", "Protocol error", 400, false},
    // What the function raised by `freshet.fail()` or `freshet.require()`: `details` is `{code, data}`
    // with its own code.
    {"application", "Application error", 422, false},
    // A fault, or a plain RAISE EXCEPTION. The text stays in the gateway's log, beside the `id` that the
    // caller gets.
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
