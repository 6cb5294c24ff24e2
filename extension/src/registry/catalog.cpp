// freshet.catalog(): everything that is exposed, with types good enough for code generation.
#include "call/function.h"
#include "call/json_type.h"
#include "call/json_write.h"
#include "errors.h"
#include "identity/identity.h"
#include "registry/result_schema.h"
#include "registry/schema_cache.h"
#include "registry/type_schema.h"

extern "C" {
#include "access/xact.h"
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "utils/jsonb.h"
#include "utils/resowner.h"
}

using namespace freshet;

namespace {

void append_name(StringInfo out, const char* name) {
  append_json_string(out, name, strlen(name));
  appendStringInfoChar(out, ':');
}

void append_text(StringInfo out, const char* name, const char* value) {
  append_name(out, name);
  if (value == nullptr)
    appendStringInfoString(out, "null");
  else
    append_json_string(out, value, strlen(value));
}

void append_argument(StringInfo out, const Argument& argument) {
  appendStringInfoChar(out, '{');
  append_text(out, "name", argument.name);
  appendStringInfoChar(out, ',');
  append_text(out, "sql_name", argument.sql_name);
  appendStringInfoChar(out, ',');
  append_text(out, "type", stable_type_name(argument.type));
  appendStringInfo(out, ",\"required\":%s,\"nullable\":%s,\"schema\":", argument.required ? "true" : "false",
                   argument.nullable ? "true" : "false");
  append_type_schema(out, argument.type, argument.nullable);
  appendStringInfoChar(out, '}');
}

void append_options(StringInfo out, const RegistryRow& row) {
  appendStringInfo(out, "{\"max_rows\":");
  row.max_rows > 0 ? appendStringInfo(out, "%d", row.max_rows) : appendStringInfoString(out, "null");
  appendStringInfoString(out, ",\"max_page\":");
  row.max_page > 0 ? appendStringInfo(out, "%d", row.max_page) : appendStringInfoString(out, "null");
  appendStringInfo(out, ",\"lockstep\":%s,\"deadline_ms\":", row.lockstep ? "true" : "false");
  row.deadline_ms > 0 ? appendStringInfo(out, "%d", row.deadline_ms) : appendStringInfoString(out, "null");
  appendStringInfoString(out, ",\"errors\":[");
  for (int i = 0; i < row.errors.size; i++) {
    if (i > 0) appendStringInfoChar(out, ',');
    append_json_string(out, row.errors[i], strlen(row.errors[i]));
  }
  appendStringInfoString(out, "]}");
}

// The schema of the result, in a subtransaction: a body that no longer fits its tables is that function's
// problem and nobody else's.
char* analysed_schema(Function* function) {
  MemoryContext outer = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  StringInfoData out;
  initStringInfo(&out);
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(outer);
  PG_TRY();
  {
    append_result_schema(&out, function);
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(outer);
    ErrorData* error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
    if (error->sqlerrcode == ERRCODE_QUERY_CANCELED) ReThrowError(error);
    function->problem = psprintf("its body cannot be analysed any more: %s", error->message);
    function->problem_state = kSchemaChanged;
  }
  PG_END_TRY();
  return out.data;
}

const char* result_schema(Function* function) {
  // What is remembered of types must be no older than the generation that the schema is remembered under.
  if (!identity_is_open()) purge_json_types();
  const uint64 generation = schema_generation();
  const char* known = remembered_schema(function->path);
  if (known != nullptr) return known;
  const char* schema = analysed_schema(function);
  // A body that could not be analysed may have met something that passes.
  if (function->problem == nullptr) remember_schema(function->path, schema, generation);
  return schema;
}

void append_function(StringInfo out, Function* function) {
  const RegistryRow& row = function->row;
  const char* schema = "{}";
  if (function->problem == nullptr) schema = result_schema(function);
  if (function->problem != nullptr) schema = "{}";
  appendStringInfoChar(out, '{');
  append_text(out, "path", function->path);
  appendStringInfoChar(out, ',');
  append_text(out, "schema", row.schema);
  appendStringInfoChar(out, ',');
  append_text(out, "name", row.name);
  appendStringInfoChar(out, ',');
  append_text(out, "kind", kind_name(row.kind));
  appendStringInfoChar(out, ',');
  append_text(out, "guard", row.guard);
  appendStringInfo(out, ",\"public\":%s,\"args\":[", row.is_public ? "true" : "false");
  for (int i = 0; function->problem == nullptr && i < function->argument_count; i++) {
    if (i > 0) appendStringInfoChar(out, ',');
    append_argument(out, function->arguments[i]);
  }
  appendStringInfo(out, "],\"result\":{\"cardinality\":\"%s\",\"void\":%s,\"schema\":%s",
                   cardinality_name(row.cardinality),
                   function->result.form == ResultForm::kVoid ? "true" : "false", schema);
  appendStringInfoString(out, "},\"options\":");
  append_options(out, row);
  appendStringInfoChar(out, ',');
  append_text(out, "problem", function->problem);
  appendStringInfoChar(out, '}');
}

void append_hash(StringInfo out, const char* text, int length) {
  uint8 digest[PG_SHA256_DIGEST_LENGTH];
  pg_cryptohash_ctx* context = pg_cryptohash_create(PG_SHA256);
  if (context == nullptr || pg_cryptohash_init(context) < 0 ||
      pg_cryptohash_update(context, reinterpret_cast<const uint8*>(text), length) < 0 ||
      pg_cryptohash_final(context, digest, sizeof digest) < 0)
    elog(ERROR, "cannot compute SHA-256");
  pg_cryptohash_free(context);
  for (uint8 byte : digest) appendStringInfo(out, "%02x", byte);
}

}  // namespace

FRESHET_FUNCTION(freshet_catalog) {
  StringInfoData functions;
  initStringInfo(&functions);
  PallocVector<RegistryRow> rows = registry_all();
  for (int i = 0; i < rows.size; i++) {
    if (i > 0) appendStringInfoChar(&functions, ',');
    append_function(&functions, load_function(rows[i]));
  }
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoString(&out, "{\"version\":1,\"extension\":\"" FRESHET_VERSION "\",\"hash\":\"");
  append_hash(&out, functions.data, functions.len);
  appendStringInfo(&out, "\",\"functions\":[%s]}", functions.data);
  PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
}
