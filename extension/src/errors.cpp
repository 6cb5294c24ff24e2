#include "errors.h"

#include "call/json_read.h"
#include "call/json_write.h"

extern "C" {
#include "lib/stringinfo.h"
#include "utils/elog.h"
}

namespace freshet {
namespace {

struct CodeName {
  int sqlstate;
  const char* code;
};

// kNotExposable is missing on purpose: it is raised by expose() and never reaches a client.
const CodeName kCodes[] = {
    {kInvalidArguments, "invalid_arguments"},
    {kNotFound, "not_found"},
    {kUnauthenticated, "unauthenticated"},
    {kForbidden, "forbidden"},
    {kConflict, "conflict"},
    {kOutcomeUnknown, "outcome_unknown"},
    {kReadOnly, "read_only"},
    {kTooLarge, "too_large"},
    {kOutOfRange, "out_of_range"},
    {kApplication, "application"},
    {kSchemaChanged, "schema_changed"},
    {kContractMismatch, "contract_mismatch"},
    {kInvalidCursor, "invalid_cursor"},
    {kOrderNotUnique, "order_not_unique"},
};

void append_member(StringInfo out, const char* name, const char* value) {
  if (value == nullptr) return;
  if (out->len > 1) appendStringInfoChar(out, ',');
  append_json_string(out, name, strlen(name));
  appendStringInfoChar(out, ':');
  append_json_string(out, value, strlen(value));
}

// An application error travels through the backend in standard fields, so that PL/pgSQL can catch and
// re-raise it whole: the user's code as constraint name, the user's data as JSON in the detail. A detail that
// is not JSON is passed on as a string.
void append_application_data(StringInfo out, const ErrorData* error) {
  appendStringInfoString(out, ",\"data\":{\"code\":");
  const char* code = error->constraint_name ? error->constraint_name : "error";
  append_json_string(out, code, strlen(code));
  if (error->detail) {
    appendStringInfoString(out, ",\"data\":");
    JsonValue parsed;
    JsonSyntaxError syntax;
    if (json_parse(error->detail, strlen(error->detail), &parsed, &syntax))
      appendBinaryStringInfo(out, parsed.raw, parsed.raw_length);
    else
      append_json_string(out, error->detail, strlen(error->detail));
  }
  appendStringInfoChar(out, '}');
}

}  // namespace

const char* client_code(int sqlstate) {
  for (const CodeName& entry : kCodes)
    if (entry.sqlstate == sqlstate) return entry.code;
  return nullptr;
}

char* error_json(const ErrorData* error, const char* problems, const char* violation) {
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoChar(&out, '{');
  append_member(&out, "sqlstate", unpack_sql_state(error->sqlerrcode));
  append_member(&out, "code", client_code(error->sqlerrcode));
  append_member(&out, "message", error->message ? error->message : "");
  if (error->sqlerrcode == kApplication) {
    append_application_data(&out, error);
  } else {
    append_member(&out, "detail", error->detail);
    append_member(&out, "constraint", error->constraint_name);
  }
  append_member(&out, "hint", error->hint);
  append_member(&out, "schema", error->schema_name);
  append_member(&out, "table", error->table_name);
  append_member(&out, "column", error->column_name);
  append_member(&out, "datatype", error->datatype_name);
  append_member(&out, "context", error->context);
  if (problems) appendStringInfo(&out, ",\"problems\":%s", problems);
  if (violation) appendStringInfo(&out, ",\"violation\":%s", violation);
  appendStringInfoChar(&out, '}');
  return out.data;
}

}  // namespace freshet
