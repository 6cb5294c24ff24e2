// freshet.catalog(): everything that is exposed, with types good enough for code generation.
#include "call/function.h"
#include "call/json_write.h"
#include "page/order.h"
#include "registry/schemas.h"

extern "C" {
#include "common/cryptohash.h"
#include "common/sha2.h"
#include "utils/jsonb.h"
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

void append_text_array(StringInfo out, const PallocVector<char*>& texts) {
  appendStringInfoChar(out, '[');
  for (int i = 0; i < texts.size; i++) {
    if (i > 0) appendStringInfoChar(out, ',');
    append_json_string(out, texts[i], strlen(texts[i]));
  }
  appendStringInfoChar(out, ']');
}

void append_options(StringInfo out, const RegistryRow& row) {
  appendStringInfo(out, "{\"max_rows\":");
  row.max_rows > 0 ? appendStringInfo(out, "%d", row.max_rows) : appendStringInfoString(out, "null");
  appendStringInfoString(out, ",\"max_page\":");
  row.max_page > 0 ? appendStringInfo(out, "%d", row.max_page) : appendStringInfoString(out, "null");
  appendStringInfo(out, ",\"lockstep\":%s,\"deadline_ms\":", row.lockstep ? "true" : "false");
  row.deadline_ms > 0 ? appendStringInfo(out, "%d", row.deadline_ms) : appendStringInfoString(out, "null");
  appendStringInfoString(out, ",\"errors\":");
  append_text_array(out, row.errors);
  appendStringInfoChar(out, '}');
}

void append_function(StringInfo out, Function* function) {
  const RegistryRow& row = function->row;
  FunctionSchemas schemas = schemas_of(function);
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
  appendStringInfoChar(out, ',');
  append_text(out, "description", function_comment(function));
  appendStringInfo(out,
                   ",\"public\":%s,\"args\":%s,\"result\":{\"cardinality\":\"%s\",\"void\":%s,\"schema\":%s",
                   row.is_public ? "true" : "false", schemas.arguments, cardinality_name(row.cardinality),
                   function->result.form == ResultForm::kVoid ? "true" : "false", schemas.result);
  appendStringInfoString(out, "},\"options\":");
  append_options(out, row);
  appendStringInfoString(out, ",\"errors\":");
  append_text_array(out, row.errors);
  appendStringInfoString(out, ",\"page\":");
  append_page_entry(out, function, schemas.page_order);
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
    if (rows[i].internal) continue;
    if (functions.len > 0) appendStringInfoChar(&functions, ',');
    append_function(&functions, load_function(rows[i]));
  }
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoString(&out, "{\"version\":1,\"extension\":\"" FRESHET_VERSION "\",\"hash\":\"");
  append_hash(&out, functions.data, functions.len);
  appendStringInfo(&out, "\",\"functions\":[%s]}", functions.data);
  PG_RETURN_DATUM(DirectFunctionCall1(jsonb_in, CStringGetDatum(out.data)));
}
