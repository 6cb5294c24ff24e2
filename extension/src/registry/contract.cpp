// freshet.describe(): one function as JSON Schema, for validation, OpenAPI, code generation and agents'
// tools.
#include "call/json_write.h"
#include "errors.h"
#include "page/order.h"
#include "registry/error_schema.h"
#include "registry/schemas.h"

extern "C" {
#include "utils/fmgrprotos.h"
}

using namespace freshet;

namespace {

const char* boolean(bool value) { return value ? "true" : "false"; }

void append_annotations(StringInfo out, const Function* function) {
  const RegistryRow& row = function->row;
  char* comment = function_comment(function);
  appendStringInfoString(out, "{\"description\":");
  if (comment != nullptr)
    append_json_string(out, comment, strlen(comment));
  else
    appendStringInfoString(out, "null");
  appendStringInfo(out,
                   ",\"read_only\":%s,\"public\":%s,\"guarded\":%s,\"lockstep\":%s,\"cardinality\":\"%s\","
                   "\"max_rows\":%d,\"deadline_ms\":%d}",
                   boolean(row.kind == FunctionKind::kQuery), boolean(row.is_public),
                   boolean(row.guard != nullptr), boolean(row.lockstep), cardinality_name(row.cardinality),
                   max_rows_of(function), deadline_of(function));
}

Function* load_described(const char* path) {
  const char* dot = strchr(path, '.');
  RegistryRow row;
  if (dot == nullptr || !registry_find(pnstrdup(path, dot - path), dot + 1, &row))
    ereport(ERROR, (errcode(kNotFound), errmsg("there is no exposed function \"%s\"", path),
                    errhint("SELECT path FROM freshet.functions lists them.")));
  return load_function(row);
}

}  // namespace

FRESHET_FUNCTION(freshet_describe) {
  Function* function = load_described(text_to_cstring(PG_GETARG_TEXT_PP(0)));
  FunctionSchemas schemas = schemas_of(function);
  if (function->problem != nullptr)
    ereport(ERROR, (errcode(function->problem_state),
                    errmsg("%s cannot be called: %s", function->path, function->problem)));
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoString(&out, "{\"path\":");
  append_json_string(&out, function->path, strlen(function->path));
  appendStringInfo(&out,
                   ",\"kind\":\"%s\",\"args\":%s,\"result\":%s,\"errors\":", kind_name(function->row.kind),
                   schemas.arguments_object, schemas.result);
  append_error_schema(&out, function);
  appendStringInfoString(&out, ",\"page\":");
  append_page_entry(&out, function, schemas.page_order);
  appendStringInfoString(&out, ",\"annotations\":");
  append_annotations(&out, function);
  appendStringInfoChar(&out, '}');
  PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
}
