#include "registry/expression_fact.h"

#include "call/json_write.h"
#include "registry/origin.h"
#include "registry/type_schema.h"

extern "C" {
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "nodes/bitmapset.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "parser/parsetree.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

struct Place {
  const Function* function;
  Query* query;
};

ExpressionFact fact_of(const Place& place, Node* node);

ExpressionFact unknown() { return {false, nullptr}; }
ExpressionFact known(bool not_null) { return {not_null, nullptr}; }

void collect_relations(Node* node, Bitmapset** relations) {
  if (IsA(node, RangeTblRef)) {
    *relations = bms_add_member(*relations, reinterpret_cast<RangeTblRef*>(node)->rtindex);
  } else if (IsA(node, JoinExpr)) {
    JoinExpr* join = reinterpret_cast<JoinExpr*>(node);
    *relations = bms_add_member(*relations, join->rtindex);
    collect_relations(join->larg, relations);
    collect_relations(join->rarg, relations);
  } else if (IsA(node, FromExpr)) {
    ListCell* cell;
    foreach (cell, reinterpret_cast<FromExpr*>(node)->fromlist)
      collect_relations(static_cast<Node*>(lfirst(cell)), relations);
  }
}

// Range table entries whose rows an outer join may replace by NULLs.
void collect_nullable(Node* node, Bitmapset** nullable) {
  if (node == nullptr) return;
  if (IsA(node, FromExpr)) {
    ListCell* cell;
    foreach (cell, reinterpret_cast<FromExpr*>(node)->fromlist)
      collect_nullable(static_cast<Node*>(lfirst(cell)), nullable);
  } else if (IsA(node, JoinExpr)) {
    JoinExpr* join = reinterpret_cast<JoinExpr*>(node);
    if (join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL) collect_relations(join->rarg, nullable);
    if (join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL) collect_relations(join->larg, nullable);
    collect_nullable(join->larg, nullable);
    collect_nullable(join->rarg, nullable);
  }
}

// Only where NOT NULL is enforced for every row that a scan gives: not in foreign tables, and children of
// plain inheritance may lift it.
bool column_not_null(Oid relation, AttrNumber column) {
  char kind = get_rel_relkind(relation);
  if (kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_RELATION) return false;
  if (kind == RELKIND_RELATION && has_subclass(relation)) return false;
  HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relation), Int16GetDatum(column));
  if (!HeapTupleIsValid(tuple)) return false;
  bool result = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull;
  ReleaseSysCache(tuple);
  return result;
}

Query* find_cte(const Place& place, const RangeTblEntry* entry) {
  if (entry->ctelevelsup != 0 || entry->self_reference) return nullptr;
  ListCell* cell;
  foreach (cell, place.query->cteList) {
    CommonTableExpr* cte = lfirst_node(CommonTableExpr, cell);
    if (strcmp(cte->ctename, entry->ctename) == 0 && !cte->cterecursive)
      return reinterpret_cast<Query*>(cte->ctequery);
  }
  return nullptr;
}

ExpressionFact column_of_query(const Place& place, Query* query, AttrNumber column) {
  if (query == nullptr || query->setOperations != nullptr || column <= 0) return unknown();
  List* targets = returned_targets(query);
  if (column > list_length(targets)) return unknown();
  TargetEntry* target = list_nth_node(TargetEntry, targets, column - 1);
  Place inside = {place.function, query};
  return fact_of(inside, reinterpret_cast<Node*>(target->expr));
}

ExpressionFact fact_of_var(const Place& place, const Var* var) {
  if (var->varlevelsup != 0) return unknown();
  if (place.query->groupingSets != NIL) return unknown();
  Bitmapset* nullable = nullptr;
  collect_nullable(reinterpret_cast<Node*>(place.query->jointree), &nullable);
  RangeTblEntry* entry = rt_fetch(var->varno, place.query->rtable);
  ExpressionFact fact = unknown();
  switch (entry->rtekind) {
    case RTE_RELATION:
      // System columns are never NULL in a stored row, but may be where rows come from several places: not
      // worth knowing.
      fact = known(var->varattno > 0 && column_not_null(entry->relid, var->varattno));
      break;
    case RTE_SUBQUERY:
      fact = column_of_query(place, entry->subquery, var->varattno);
      break;
    case RTE_CTE:
      fact = column_of_query(place, find_cte(place, entry), var->varattno);
      break;
    case RTE_JOIN:
      if (var->varattno > 0)
        return fact_of(place, static_cast<Node*>(list_nth(entry->joinaliasvars, var->varattno - 1)));
      break;
    default:
      break;
  }
  if (bms_is_member(var->varno, nullable)) fact.not_null = false;
  return fact;
}

bool all_not_null(const Place& place, List* expressions) {
  ListCell* cell;
  foreach (cell, expressions)
    if (!fact_of(place, static_cast<Node*>(lfirst(cell))).not_null) return false;
  return true;
}

// The constant that an expression is, but for its type's label; nullptr when it is none, or NULL. Nothing is
// evaluated to find out.
Const* constant_of(Node* node) {
  while (IsA(node, RelabelType)) node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
  if (!IsA(node, Const)) return nullptr;
  Const* constant = reinterpret_cast<Const*>(node);
  return constant->constisnull ? nullptr : constant;
}

char* constant_text(const Const* constant) {
  Oid output;
  bool is_varlena;
  getTypeOutputInfo(constant->consttype, &output, &is_varlena);
  return OidOutputFunctionCall(output, constant->constvalue);
}

bool is_builtin(Oid procedure) { return procedure < FirstNormalObjectId; }

bool one_of(const char* name, const char* const* names) {
  for (; *names != nullptr; names++)
    if (strcmp(name, *names) == 0) return true;
  return false;
}

char* item_schema(const Place& place, Node* item) {
  StringInfoData out;
  initStringInfo(&out);
  ExpressionFact fact = fact_of(place, item);
  append_nullable_begin(&out, !fact.not_null && fact.json_schema != nullptr);
  append_expression_schema(&out, place.function, place.query, item);
  append_nullable_end(&out, !fact.not_null && fact.json_schema != nullptr);
  return out.data;
}

// jsonb_build_object('a', x, …) with constant keys; nullptr when a key is computed or given twice.
char* object_schema(const Place& place, List* arguments) {
  StringInfoData properties, required;
  initStringInfo(&properties);
  initStringInfo(&required);
  List* keys = NIL;
  if (list_length(arguments) % 2 != 0) return nullptr;
  for (int i = 0; i < list_length(arguments); i += 2) {
    Const* key = constant_of(static_cast<Node*>(list_nth(arguments, i)));
    if (key == nullptr) return nullptr;
    char* name = constant_text(key);
    ListCell* cell;
    foreach (cell, keys)
      if (strcmp(static_cast<char*>(lfirst(cell)), name) == 0) return nullptr;
    keys = lappend(keys, name);
    if (i > 0) appendStringInfoChar(&properties, ',');
    if (i > 0) appendStringInfoChar(&required, ',');
    append_json_string(&properties, name, strlen(name));
    append_json_string(&required, name, strlen(name));
    appendStringInfo(&properties, ":%s", item_schema(place, static_cast<Node*>(list_nth(arguments, i + 1))));
  }
  return psprintf(
      "{\"type\":\"object\",\"properties\":{%s},\"required\":[%s],\"additionalProperties\":false}",
      properties.data, required.data);
}

char* array_schema(const char* items) { return psprintf("{\"type\":\"array\",\"items\":%s}", items); }

// Functions whose result is not NULL when no argument is.
const char* const kTotal[] = {"lower", "upper",   "length", "char_length", "btrim",   "ltrim",
                              "rtrim", "abs",     "round",  "floor",       "ceil",    "date_trunc",
                              "md5",   "replace", "left",   "right",       "initcap", nullptr};
// Functions whose result is never NULL.
const char* const kNeverNull[] = {
    "concat", "now",  "statement_timestamp", "clock_timestamp", "transaction_timestamp", "gen_random_uuid",
    "random", nullptr};

ExpressionFact fact_of_function(const Place& place, FuncExpr* call) {
  char* name = get_func_name(call->funcid);
  if (name == nullptr || call->funcretset) return unknown();
  if (!is_builtin(call->funcid)) {
    char* schema = get_namespace_name(get_func_namespace(call->funcid));
    static const char* const kOwn[] = {"require_user", "now", "require", nullptr};
    return known(schema != nullptr && strcmp(schema, "freshet") == 0 && one_of(name, kOwn));
  }
  switch (call->funcid) {
    case F_JSONB_BUILD_OBJECT_ANY:
    case F_JSON_BUILD_OBJECT_ANY:
      return {true, call->funcvariadic ? nullptr : object_schema(place, call->args)};
    case F_JSONB_BUILD_OBJECT_:
    case F_JSON_BUILD_OBJECT_:
      return {true, object_schema(place, NIL)};
    default:
      break;
  }
  if (call->funcformat != COERCE_EXPLICIT_CALL) {
    // json <-> jsonb casts keep the shape.
    ExpressionFact inner = fact_of(place, static_cast<Node*>(linitial(call->args)));
    bool same_kind = call->funcresulttype == JSONOID || call->funcresulttype == JSONBOID;
    return {all_not_null(place, call->args), same_kind ? inner.json_schema : nullptr};
  }
  if (one_of(name, kNeverNull)) return known(true);
  return known(one_of(name, kTotal) && all_not_null(place, call->args));
}

// Arithmetic, comparison and concatenation of plain values: NULL only from NULL.
ExpressionFact fact_of_operator(const Place& place, OpExpr* call) {
  static const char* const kOperators[] = {"+",  "-", "*",  "/",  "%",   "||",  "=",    "<>",   "<",
                                           "<=", ">", ">=", "~~", "!~~", "~~*", "!~~*", nullptr};
  if (!is_builtin(call->opno) || call->opretset || !one_of(get_opname(call->opno), kOperators))
    return unknown();
  ListCell* cell;
  foreach (cell, call->args) {
    char category;
    bool preferred;
    get_type_category_preferred(exprType(static_cast<Node*>(lfirst(cell))), &category, &preferred);
    if (category != TYPCATEGORY_NUMERIC && category != TYPCATEGORY_BOOLEAN &&
        category != TYPCATEGORY_STRING && category != TYPCATEGORY_DATETIME &&
        category != TYPCATEGORY_TIMESPAN && category != TYPCATEGORY_USER && category != TYPCATEGORY_ENUM)
      return unknown();
  }
  return known(all_not_null(place, call->args));
}

ExpressionFact fact_of_aggregate(const Place& place, Aggref* call) {
  if (!is_builtin(call->aggfnoid)) return unknown();
  if (call->aggfnoid == F_COUNT_ || call->aggfnoid == F_COUNT_ANY) return known(true);
  // In a group there is at least one row, unless a filter takes it away.
  bool some_row =
      place.query->groupClause != NIL && place.query->groupingSets == NIL && call->aggfilter == nullptr;
  Node* argument =
      call->args == NIL ? nullptr : reinterpret_cast<Node*>(linitial_node(TargetEntry, call->args)->expr);
  char* name = get_func_name(call->aggfnoid);
  static const char* const kCollect[] = {"jsonb_agg", "json_agg", "array_agg", nullptr};
  static const char* const kReduce[] = {"sum",     "min",   "max",        "avg",  "bool_and",
                                        "bool_or", "every", "string_agg", nullptr};
  if (argument == nullptr) return unknown();
  if (one_of(name, kCollect))
    return {some_row, strcmp(name, "array_agg") == 0 ? nullptr : array_schema(item_schema(place, argument))};
  return known(one_of(name, kReduce) && some_row && fact_of(place, argument).not_null);
}

ExpressionFact fact_of_sublink(const Place& place, SubLink* link) {
  if (link->subLinkType == EXISTS_SUBLINK || link->subLinkType == ARRAY_SUBLINK) return known(true);
  if (link->subLinkType != EXPR_SUBLINK) return unknown();
  Query* query = reinterpret_cast<Query*>(link->subselect);
  ExpressionFact fact = column_of_query(place, query, 1);
  fact.not_null = fact.not_null && gives_one_row(query);
  return fact;
}

ExpressionFact fact_of_coalesce(const Place& place, CoalesceExpr* call) {
  ExpressionFact fact = unknown();
  bool same_shape = true;
  char* shape = nullptr;
  ListCell* cell;
  foreach (cell, call->args) {
    Node* argument = static_cast<Node*>(lfirst(cell));
    ExpressionFact next = fact_of(place, argument);
    fact.not_null = fact.not_null || next.not_null;
    // An empty array fits every array: COALESCE(jsonb_agg(…), '[]').
    Const* constant = constant_of(argument);
    bool empty_array = constant != nullptr &&
                       (constant->consttype == JSONBOID || constant->consttype == JSONOID) &&
                       strcmp(constant_text(constant), "[]") == 0;
    if (empty_array && shape != nullptr && strncmp(shape, "{\"type\":\"array\"", 15) == 0) continue;
    if (next.json_schema == nullptr || (shape != nullptr && strcmp(shape, next.json_schema) != 0))
      same_shape = false;
    shape = next.json_schema;
  }
  fact.json_schema = same_shape ? shape : nullptr;
  return fact;
}

ExpressionFact fact_of_case(const Place& place, CaseExpr* call) {
  bool not_null =
      call->defresult != nullptr && fact_of(place, reinterpret_cast<Node*>(call->defresult)).not_null;
  ListCell* cell;
  foreach (cell, call->args)
    not_null =
        not_null && fact_of(place, reinterpret_cast<Node*>(lfirst_node(CaseWhen, cell)->result)).not_null;
  return known(not_null);
}

ExpressionFact fact_of_parameter(const Place& place, const Param* parameter) {
  if (parameter->paramkind != PARAM_EXTERN || parameter->paramid > place.function->argument_count)
    return unknown();
  const Argument& argument = place.function->arguments[parameter->paramid - 1];
  // A default may be NULL without being the constant.
  if (argument.required) return known(true);
  return known(constant_of(argument.default_expression) != nullptr);
}

ExpressionFact fact_of(const Place& place, Node* node) {
  check_stack_depth();
  if (node == nullptr) return unknown();
  switch (nodeTag(node)) {
    case T_Var:
      return fact_of_var(place, reinterpret_cast<Var*>(node));
    case T_Const:
      return known(!reinterpret_cast<Const*>(node)->constisnull);
    case T_Param:
      return fact_of_parameter(place, reinterpret_cast<Param*>(node));
    case T_FuncExpr:
      return fact_of_function(place, reinterpret_cast<FuncExpr*>(node));
    case T_OpExpr:
      return fact_of_operator(place, reinterpret_cast<OpExpr*>(node));
    case T_Aggref:
      return fact_of_aggregate(place, reinterpret_cast<Aggref*>(node));
    case T_SubLink:
      return fact_of_sublink(place, reinterpret_cast<SubLink*>(node));
    case T_CoalesceExpr:
      return fact_of_coalesce(place, reinterpret_cast<CoalesceExpr*>(node));
    case T_CaseExpr:
      return fact_of_case(place, reinterpret_cast<CaseExpr*>(node));
    case T_BoolExpr:
      return known(all_not_null(place, reinterpret_cast<BoolExpr*>(node)->args));
    case T_MinMaxExpr: {
      ListCell* cell;
      foreach (cell, reinterpret_cast<MinMaxExpr*>(node)->args)
        if (fact_of(place, static_cast<Node*>(lfirst(cell))).not_null) return known(true);
      return unknown();
    }
    case T_WindowFunc: {
      static const char* const kRanks[] = {"row_number", "rank", "dense_rank", "count", "ntile", nullptr};
      Oid procedure = reinterpret_cast<WindowFunc*>(node)->winfnoid;
      return known(is_builtin(procedure) && one_of(get_func_name(procedure), kRanks));
    }
    case T_RelabelType:
      return fact_of(place, reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg));
    case T_CollateExpr:
      return fact_of(place, reinterpret_cast<Node*>(reinterpret_cast<CollateExpr*>(node)->arg));
    case T_CoerceViaIO:
      return known(
          fact_of(place, reinterpret_cast<Node*>(reinterpret_cast<CoerceViaIO*>(node)->arg)).not_null);
    case T_CoerceToDomain:
      return fact_of(place, reinterpret_cast<Node*>(reinterpret_cast<CoerceToDomain*>(node)->arg));
    case T_ArrayCoerceExpr:
      return known(
          fact_of(place, reinterpret_cast<Node*>(reinterpret_cast<ArrayCoerceExpr*>(node)->arg)).not_null);
    case T_NullTest:
    case T_BooleanTest:
    case T_DistinctExpr:
    case T_ArrayExpr:
    case T_RowExpr:
      return known(true);
    default:
      return unknown();
  }
}

// Nothing may keep an INSERT … VALUES from returning its row.
bool inserts_one_row(const Query* query) {
  if (query->jointree->fromlist != NIL || query->onConflict != nullptr) return false;
  RangeTblEntry* entry = rt_fetch(query->resultRelation, query->rtable);
  if (get_rel_relkind(entry->relid) != RELKIND_RELATION) return false;
  Relation relation = RelationIdGetRelation(entry->relid);
  if (relation == nullptr) return false;
  bool plain = relation->rd_rules == nullptr &&
               (relation->trigdesc == nullptr || !relation->trigdesc->trig_insert_before_row);
  RelationClose(relation);
  return plain;
}

}  // namespace

List* returned_targets(const Query* query) {
  List* all = query->commandType == CMD_SELECT ? query->targetList : query->returningList;
  List* result = NIL;
  ListCell* cell;
  foreach (cell, all)
    if (!lfirst_node(TargetEntry, cell)->resjunk) result = lappend(result, lfirst(cell));
  return result;
}

bool gives_one_row(const Query* query) {
  if (query->commandType == CMD_INSERT) return inserts_one_row(query);
  if (query->commandType != CMD_SELECT || query->setOperations != nullptr || query->limitCount != nullptr ||
      query->limitOffset != nullptr || query->hasTargetSRFs || query->havingQual != nullptr ||
      query->groupClause != NIL || query->groupingSets != NIL)
    return false;
  return query->hasAggs || (query->jointree->fromlist == NIL && query->jointree->quals == nullptr);
}

ExpressionFact expression_fact(const Function* function, Query* query, Node* expression) {
  Place place = {function, query};
  return fact_of(place, expression);
}

void append_expression_schema(StringInfo out, const Function* function, Query* query, Node* expression) {
  ExpressionFact fact = expression_fact(function, query, expression);
  if (fact.json_schema != nullptr)
    appendStringInfoString(out, fact.json_schema);
  else
    append_type_schema(out, exprType(expression), !fact.not_null,
                       id_of_column(list_make1(query), expression));
}

}  // namespace freshet
