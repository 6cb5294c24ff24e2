#include "call/violation.h"

#include "call/argument_sources.h"
#include "call/json_write.h"
#include "call/rights.h"
#include "call/violated_columns.h"
#include "registry/sql_body.h"

extern "C" {
#include "access/xact.h"
#include "nodes/value.h"
#include "utils/resowner.h"
}

namespace freshet {
namespace {

// What is known of the body: the queries of a SQL function, or the command of another language that failed.
struct Body {
  List* queries;
  const char* command;
};

// The innermost command, when the function itself gave it: in the context it is followed by the line of the
// function and that of our own call of it.
const char* command_of(const Function* function, const ErrorData* error) {
  if (error->context == nullptr) return nullptr;
  const char* begin = strchr(error->context, '"');
  const char* end = begin != nullptr ? strstr(begin, "\"\n") : nullptr;
  const char* caller = end != nullptr ? strchr(end + 2, '\n') : nullptr;
  if (caller == nullptr) return nullptr;
  const char* call =
      strstr(caller, psprintf(" %s(", quote_qualified_identifier(function->row.schema, function->row.name)));
  const char* next = strchr(caller + 1, '\n');
  if (call == nullptr || (next != nullptr && next < call)) return nullptr;
  return pnstrdup(begin + 1, end - begin - 1);
}

Bitmapset* arguments_named(const Function* function, const char* column) {
  Bitmapset* found = nullptr;
  for (int i = 0; i < function->argument_count; i++) {
    const Argument* argument = &function->arguments[i];
    if (strcmp(argument->name, column) == 0 || strcmp(argument->sql_name, column) == 0)
      found = bms_add_member(found, i);
  }
  return found;
}

Bitmapset* arguments_of(const Function* function, const Violation* violation, const Body* body) {
  bool conditions = violation->kind == ViolationKind::kStillReferenced;
  Bitmapset* all = nullptr;
  if (OidIsValid(violation->type_oid)) all = sources_of_domain(body->queries, violation->type_oid);
  ListCell* cell;
  foreach (cell, violation->fields) {
    const char* column = strVal(lfirst(cell));
    ColumnSource source = {};
    if (OidIsValid(violation->written)) {
      source = source_in_body(body->queries, violation->written, column, conditions);
      if (!source.written && body->command != nullptr && !conditions)
        source = source_in_command(function, body->command, violation->written, column);
    }
    // What the body fills from elsewhere is no argument's fault, whatever its name.
    all = bms_add_members(all, source.written ? source.arguments : arguments_named(function, column));
  }
  return all;
}

Body read_body(const Function* function, const ErrorData* error) {
  Body body = {};
  char* source;
  if (read_sql_body(function->oid, &body.queries, &source) == SqlBody::kOpaque)
    body.command = command_of(function, error);
  return body;
}

void append_text(StringInfo out, const char* name, const char* value) {
  if (value == nullptr) return;
  appendStringInfo(out, ",\"%s\":", name);
  append_json_string(out, value, strlen(value));
}

void append_columns(StringInfo out, List* columns) {
  if (columns == NIL) return;
  appendStringInfoString(out, ",\"columns\":[");
  ListCell* cell;
  foreach (cell, columns) {
    if (cell != list_head(columns)) appendStringInfoChar(out, ',');
    append_json_string(out, strVal(lfirst(cell)), strlen(strVal(lfirst(cell))));
  }
  appendStringInfoChar(out, ']');
}

void append_arguments(StringInfo out, const Function* function, const Bitmapset* arguments) {
  if (bms_is_empty(arguments)) return;
  if (bms_num_members(arguments) == 1)
    append_text(out, "argument", function->arguments[bms_singleton_member(arguments)].name);
  const char* separator = ",\"arguments\":[";
  for (int i = -1; (i = bms_next_member(arguments, i)) >= 0; separator = ",") {
    appendStringInfoString(out, separator);
    append_json_string(out, function->arguments[i].name, strlen(function->arguments[i].name));
  }
  appendStringInfoChar(out, ']');
}

// The fields of the error alone: what is told when looking further failed.
Violation bare(const ErrorData* error) {
  Violation violation = {};
  violation.constraint = error->constraint_name;
  violation.schema = error->table_name != nullptr ? error->schema_name : nullptr;
  violation.table = error->table_name;
  violation.type = error->datatype_name;
  if (error->column_name != nullptr) violation.columns = list_make1(makeString(error->column_name));
  return violation;
}

const char* as_json(const Function* function, const char* kind, const Violation* violation,
                    const Bitmapset* arguments) {
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfoString(&out, "{\"kind\":");
  append_json_string(&out, kind, strlen(kind));
  append_text(&out, "constraint", violation->constraint);
  append_text(&out, "schema", violation->schema);
  append_text(&out, "table", violation->table);
  append_text(&out, "type", violation->type);
  append_columns(&out, violation->columns);
  append_arguments(&out, function, arguments);
  appendStringInfoChar(&out, '}');
  return out.data;
}

}  // namespace

bool is_violation(int sqlstate) {
  return ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION;
}

const char* violation_json(const Function* function, const ErrorData* error) {
  MemoryContext outer = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  const char* volatile found = nullptr;
  // Stage by stage: what the catalog says stands even when the body can't be read any more.
  Violation violation = bare(error);
  const char* volatile kind = "check";
  BeginInternalSubTransaction(nullptr);
  PG_TRY();
  {
    MemoryContextSwitchTo(outer);
    enter_rights(function);
    violation = find_violation(error);
    kind = violation_kind_name(violation.kind);
    found = as_json(function, kind, &violation, nullptr);
    Body body = read_body(function, error);
    found = as_json(function, kind, &violation, arguments_of(function, &violation, &body));
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(outer);
    ErrorData* second = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
    if (second->sqlerrcode == ERRCODE_QUERY_CANCELED) ReThrowError(second);
    if (found == nullptr) {
      Violation fields = bare(error);
      found = as_json(function, kind, &fields, nullptr);
    }
  }
  PG_END_TRY();
  return found;
}

}  // namespace freshet
