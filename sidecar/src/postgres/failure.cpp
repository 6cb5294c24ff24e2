#include "postgres/failure.h"

#include <libpq-fe.h>

#include <cstdlib>

#include "base/raw_json.h"

namespace freshet::postgres {
namespace {

using base::ErrorCode;

std::string field(const pg_result* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

// Said in place of Postgres' own words.
std::string_view plain_message(ErrorCode code) {
  switch (code) {
    case ErrorCode::kConflict:
      return "this collides with a row that exists already";
    case ErrorCode::kConstraintViolation:
      return "a constraint of the database forbids this";
    case ErrorCode::kReadOnly:
      return "a query may not write";
    case ErrorCode::kSerializationFailure:
      return "too many transactions change the same data; try again";
    case ErrorCode::kDeadlineExceeded:
      return "the function took longer than it may";
    case ErrorCode::kOverloaded:
      return "the database can't be reached or takes no more work; try again";
    case ErrorCode::kOutOfRange:
      return "a number or date is out of range";
    case ErrorCode::kSchemaChanged:
      return "the function no longer fits the tables of the database";
    case ErrorCode::kTooLarge:
      return "too large for the database";
    case ErrorCode::kInvalidArguments:
      return "the arguments hold a character that the database can't store";
    default:
      return "internal error";
  }
}

std::string details_of(const Failure& failure, ErrorCode code) {
  if (!failure.problems.empty()) return failure.problems;
  if (!failure.data.empty()) return failure.data;
  std::string out;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    out += out.empty() ? "{" : ",";
    out += base::json_string(name) + ":" + base::json_string(value);
  };
  if (code == ErrorCode::kConflict || code == ErrorCode::kConstraintViolation) {
    if (!failure.violation.empty()) return failure.violation;
    add("constraint", failure.constraint);
    add("table", failure.table);
    add("column", failure.column);
  } else if (code == ErrorCode::kOutOfRange || code == ErrorCode::kContractMismatch) {
    add("column", failure.column);
  }
  return out.empty() ? out : out + "}";
}

}  // namespace

Failure connection_lost(std::string message) {
  Failure failure;
  failure.message = std::move(message);
  return failure;
}

Failure failure_of(const pg_result* result) {
  Failure failure;
  failure.sqlstate = field(result, PG_DIAG_SQLSTATE);
  failure.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  failure.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  failure.table = field(result, PG_DIAG_TABLE_NAME);
  failure.column = field(result, PG_DIAG_COLUMN_NAME);
  failure.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
  failure.context = field(result, PG_DIAG_CONTEXT);
  failure.hint = field(result, PG_DIAG_MESSAGE_HINT);
  failure.position = std::atoi(field(result, PG_DIAG_STATEMENT_POSITION).c_str());
  failure.internal_query = field(result, PG_DIAG_INTERNAL_QUERY);
  failure.internal_position = std::atoi(field(result, PG_DIAG_INTERNAL_POSITION).c_str());
  if (failure.message.empty()) failure.message = PQresultErrorMessage(result);
  return failure;
}

Failure parse_failure(std::string_view json) {
  Failure failure;
  for (const base::JsonMember& member : base::trusted_object_members(json)) {
    const auto text = [&](std::string& into) {
      if (auto value = base::parse_json_string(member.value)) into = *std::move(value);
    };
    const bool present = base::json_kind(member.value) != base::JsonKind::kNull;
    if (member.key == "sqlstate") text(failure.sqlstate);
    if (member.key == "message") text(failure.message);
    if (member.key == "detail") text(failure.detail);
    if (member.key == "table") text(failure.table);
    if (member.key == "column") text(failure.column);
    if (member.key == "constraint") text(failure.constraint);
    if (member.key == "context") text(failure.context);
    if (member.key == "hint") text(failure.hint);
    if (member.key == "data" && present) failure.data = member.value;
    if (member.key == "problems" && present) failure.problems = member.value;
    if (member.key == "violation" && present) failure.violation = member.value;
  }
  // An empty SQLSTATE would be taken for a lost connection.
  if (failure.sqlstate.empty()) failure.sqlstate = "XX000";
  return failure;
}

base::Error to_error(const Failure& failure, std::string_view id) {
  const ErrorCode code = base::sqlstate_info(failure.sqlstate).code;
  const bool ours = failure.sqlstate.starts_with("RF") && code != ErrorCode::kInternal;
  base::Error error(code, ours ? failure.message : std::string(plain_message(code)),
                    details_of(failure, code));
  if (code == ErrorCode::kInternal) error.id = id;
  return error;
}

base::Error to_developer_error(const Failure& failure, std::string_view id, const std::string& notices) {
  base::Error error = to_error(failure, id);
  if (error.code != ErrorCode::kInternal || !error.details.empty()) return error;
  std::string out = "{\"sqlstate\":" + base::json_string(failure.sqlstate) +
                    ",\"message\":" + base::json_string(failure.message);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += std::string(",\"") + name + "\":" + base::json_string(value);
  };
  add("detail", failure.detail);
  add("hint", failure.hint);
  add("context", failure.context);
  if (!notices.empty()) out += ",\"notices\":" + notices;
  error.details = out + "}";
  return error;
}

std::string describe(const Failure& failure) {
  std::string out =
      (failure.sqlstate.empty() ? "connection lost" : failure.sqlstate) + ": " + failure.message;
  if (!failure.detail.empty()) out += " | " + failure.detail;
  if (!failure.constraint.empty()) out += " | constraint " + failure.constraint;
  if (!failure.context.empty()) out += " | " + failure.context;
  for (char& c : out) {
    if (c == '\n') c = ' ';
  }
  return out;
}

}  // namespace freshet::postgres
