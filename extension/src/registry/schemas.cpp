#include "registry/schemas.h"

#include "call/declared_argument.h"
#include "call/json_type.h"
#include "call/json_write.h"
#include "call/rights.h"
#include "errors.h"
#include "identity/identity.h"
#include "page/order.h"
#include "registry/argument_ids.h"
#include "registry/function_shape.h"
#include "registry/number_forms.h"
#include "registry/sql_body.h"
#include "shape/shape_schema.h"
#include "shape/type_shape.h"

extern "C" {
#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "commands/comment.h"
#include "utils/resowner.h"
}

namespace freshet {
namespace {

constexpr FunctionSchemas kNone = {"[]", "{}", "{}", "null"};

void append_argument(StringInfo out, const Argument& argument, const char* schema) {
  const char* type = stable_type_name(argument.type);
  appendStringInfoString(out, "{\"name\":");
  append_json_string(out, argument.name, strlen(argument.name));
  appendStringInfoString(out, ",\"sql_name\":");
  append_json_string(out, argument.sql_name, strlen(argument.sql_name));
  appendStringInfoString(out, ",\"type\":");
  append_json_string(out, type, strlen(type));
  appendStringInfo(out, ",\"required\":%s,\"nullable\":%s,\"schema\":%s}",
                   argument.required ? "true" : "false", argument.nullable ? "true" : "false", schema);
}

const Shape* argument_schema(const Argument& argument, const char* id) {
  if (argument.id != nullptr) id = argument.id;
  if (argument.patch == nullptr)
    return with_form(with_id(type_shape(argument.type, argument.nullable), id), number_form_of_name(id));
  PallocVector<ShapeMember> members;
  const PallocVector<PatchColumn>& columns = argument.patch->columns;
  for (int i = 0; i < columns.size; i++)
    members.push(
        {columns[i].name,
         with_form(with_id(type_shape(columns[i].type, columns[i].nullable), columns[i].id), columns[i].form),
         false});
  return with_nullable(object_shape(members), argument.nullable);
}

// As the catalog lists them, and as the object that bind_arguments() takes.
void write_arguments(const Function* function, const char** ids, FunctionSchemas* schemas) {
  StringInfoData list, properties, required;
  initStringInfo(&list);
  initStringInfo(&properties);
  initStringInfo(&required);
  for (int i = 0; i < function->argument_count; i++) {
    const Argument& argument = function->arguments[i];
    const char* comma = i > 0 ? "," : "";
    StringInfoData schema;
    initStringInfo(&schema);
    append_shape_schema(&schema, decided_argument(function, argument_schema(argument, ids[i])));
    appendStringInfoString(&list, comma);
    append_argument(&list, argument, schema.data);
    appendStringInfoString(&properties, comma);
    append_json_string(&properties, argument.name, strlen(argument.name));
    appendStringInfo(&properties, ":%s", schema.data);
    if (!argument.required) continue;
    if (required.len > 0) appendStringInfoChar(&required, ',');
    append_json_string(&required, argument.name, strlen(argument.name));
  }
  schemas->arguments = psprintf("[%s]", list.data);
  schemas->arguments_object =
      psprintf("{\"type\":\"object\",\"properties\":{%s},\"required\":[%s],\"additionalProperties\":false}",
               properties.data, required.data);
}

FunctionSchemas analyse(Function* function) {
  FunctionSchemas schemas = kNone;
  SavedRights rights = enter_rights(function);
  List* queries;
  char* source;
  if (read_sql_body(function->oid, &queries, &source) != SqlBody::kAnalysed) queries = NIL;
  int steps_left = kMaxShapeSteps;
  Parameters parameters = argument_shapes(function, &steps_left);
  write_arguments(function, argument_ids(function, parameters, queries), &schemas);
  StringInfoData result;
  initStringInfo(&result);
  append_shape_schema(&result, result_shape(function, parameters, queries));
  leave_rights(rights);
  schemas.result = result.data;
  schemas.page_order = page_order_json(function);
  return schemas;
}

// In a subtransaction: a body that no longer fits its tables is that function's problem and nobody else's.
FunctionSchemas analyse_isolated(Function* function) {
  MemoryContext outer = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  FunctionSchemas schemas = kNone;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(outer);
  PG_TRY();
  {
    schemas = analyse(function);
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
  return schemas;
}

}  // namespace

FunctionSchemas schemas_of(Function* function) {
  if (function->problem != nullptr) return kNone;
  // What is remembered of types must be no older than the generation that the schemas are remembered under.
  if (!identity_is_open()) purge_json_types();
  const uint64 generation = schema_generation();
  if (const FunctionSchemas* known = remembered_schemas(function->path)) return *known;
  FunctionSchemas schemas = analyse_isolated(function);
  // A body that could not be analysed may have met something that passes.
  if (function->problem == nullptr) remember_schemas(function->path, schemas, generation);
  return schemas;
}

char* function_comment(const Function* function) {
  return OidIsValid(function->oid) ? GetComment(function->oid, ProcedureRelationId, 0) : nullptr;
}

}  // namespace freshet
