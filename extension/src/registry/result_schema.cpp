#include "registry/result_schema.h"

#include "call/json_type.h"
#include "call/json_write.h"
#include "call/rights.h"
#include "registry/expression_fact.h"
#include "registry/origin.h"
#include "registry/sql_body.h"
#include "registry/type_schema.h"

extern "C" {
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

// The last query of a SQL body and what it returns; nullptr for other languages.
struct Body {
  Query* query;
  List* targets;
};

Body last_query(const Function* function) {
  List* queries;
  char* source;
  if (read_sql_body(function->oid, &queries, &source) != SqlBody::kAnalysed || queries == NIL) return {};
  Query* query = llast_node(Query, queries);
  if (query->setOperations != nullptr || query->commandType == CMD_UTILITY) return {};
  return {query, returned_targets(query)};
}

bool never_null(Oid type) {
  const JsonType* known = json_type(type);
  return known != nullptr && known->domain_not_null;
}

enum class Presence : uint8 {
  kAsComputed,  // null where the expression may be
  kMaybe,       // there may be no row
  kEnforced,    // cardinality 'one': without a value the call is not_found
};

// A value of `type` that the body's expression computes; nullptr when there is none to look at.
void append_value(StringInfo out, const Function* function, const Body& body, Node* expression, Oid type,
                  Presence presence) {
  ExpressionFact fact = {};
  char* id = nullptr;
  if (expression != nullptr) {
    fact = expression_fact(function, body.query, expression);
    id = id_of_column(list_make1(body.query), expression);
  }
  bool nullable = presence == Presence::kMaybe ||
                  (presence == Presence::kAsComputed && !fact.not_null && !never_null(type));
  if (fact.json_schema == nullptr) {
    append_type_schema(out, type, nullable, id);
    return;
  }
  append_nullable_begin(out, nullable);
  appendStringInfoString(out, fact.json_schema);
  append_nullable_end(out, nullable);
}

void append_columns(StringInfo out, const Function* function, const Body& body, TupleDesc columns) {
  // A row made in one piece (SELECT t FROM t) has one target whatever the number of columns.
  bool matching = list_length(body.targets) == columns->natts;
  appendStringInfoString(out, "{\"type\":\"object\",\"properties\":{");
  StringInfoData required;
  initStringInfo(&required);
  const char* before = "";
  for (int i = 0; i < columns->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(columns, i);
    if (column->attisdropped) continue;
    const char* name = NameStr(column->attname);
    Node* expression =
        matching ? reinterpret_cast<Node*>(list_nth_node(TargetEntry, body.targets, i)->expr) : nullptr;
    if (expression != nullptr && columns->natts == 1 && type_is_rowtype(exprType(expression)) &&
        !type_is_rowtype(column->atttypid))
      expression = nullptr;
    appendStringInfoString(out, before);
    append_json_string(out, name, strlen(name));
    appendStringInfoChar(out, ':');
    append_value(out, function, body, expression, column->atttypid, Presence::kAsComputed);
    appendStringInfoString(&required, before);
    append_json_string(&required, name, strlen(name));
    before = ",";
  }
  appendStringInfo(out, "},\"required\":[%s],\"additionalProperties\":false}", required.data);
}

bool may_skip_the_body(const Function* function) {
  if (!func_strict(function->oid)) return false;
  for (int i = 0; i < function->argument_count; i++)
    if (function->arguments[i].nullable) return true;
  return false;
}

void append_one(StringInfo out, const Function* function, const Body& body, Presence presence) {
  const ResultShape& result = function->result;
  if (result.form != ResultForm::kObject) {
    Node* expression = list_length(body.targets) == 1
                           ? reinterpret_cast<Node*>(linitial_node(TargetEntry, body.targets)->expr)
                           : nullptr;
    append_value(out, function, body, expression, result.type, presence);
    return;
  }
  TupleDesc columns =
      result.columns != nullptr ? result.columns : composite_descriptor(json_type(result.type), -1);
  bool has_dropped = false;
  for (int i = 0; i < columns->natts; i++)
    has_dropped = has_dropped || TupleDescAttr(columns, i)->attisdropped;
  append_nullable_begin(out, presence == Presence::kMaybe);
  append_columns(out, function, has_dropped ? Body{} : body, columns);
  append_nullable_end(out, presence == Presence::kMaybe);
  if (result.columns == nullptr) ReleaseTupleDesc(columns);
}

}  // namespace

void append_result_schema(StringInfo out, const Function* function) {
  const ResultShape& result = function->result;
  RowPromise promise = function->row.cardinality;
  SavedRights rights = enter_rights(function);
  Body body = result.form == ResultForm::kVoid ? Body{} : last_query(function);
  if (result.is_set && promise == RowPromise::kMany) {
    appendStringInfoString(out, "{\"type\":\"array\",\"items\":");
    append_one(out, function, body, Presence::kAsComputed);
    appendStringInfoChar(out, '}');
  } else if (promise == RowPromise::kOne) {
    append_one(out, function, body, Presence::kEnforced);
  } else {
    bool one_row = body.query != nullptr && gives_one_row(body.query) && !may_skip_the_body(function);
    append_one(out, function, body, one_row ? Presence::kAsComputed : Presence::kMaybe);
  }
  leave_rights(rights);
}

}  // namespace freshet
