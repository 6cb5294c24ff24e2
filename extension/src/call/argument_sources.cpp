#include "call/argument_sources.h"

#include "mutant.h"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "nodes/value.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

// Expressions of columns may go through this many sub-queries.
constexpr int kMaxDepth = 16;

bool is_table(Oid named, Oid table) {
  if (named == table) return true;
  return get_rel_relispartition(named) && list_member_oid(get_partition_ancestors(named), table);
}

struct Collect {
  const Query* scope;  // whose range table the Vars refer to
  Bitmapset* arguments;
  int depth;
};

bool collect(Node* node, void* state);

void collect_below(Node* node, const Query* scope, Collect* collected) {
  if (collected->depth >= kMaxDepth) return;
  Collect inner = {scope, collected->arguments, collected->depth + 1};
  collect(node, &inner);
  collected->arguments = inner.arguments;
}

void collect_column(const Var* var, Collect* collected) {
  const Query* scope = collected->scope;
  if (var->varlevelsup != 0 || var->varno < 1 || var->varno > static_cast<int>(list_length(scope->rtable)))
    return;
  const RangeTblEntry* entry = rt_fetch(var->varno, scope->rtable);
  if (entry->rtekind == RTE_VALUES) {
    ListCell* row;
    foreach (row, entry->values_lists) {
      List* values = static_cast<List*>(lfirst(row));
      if (var->varattno >= 1 && var->varattno <= list_length(values))
        collect_below(static_cast<Node*>(list_nth(values, var->varattno - 1)), scope, collected);
    }
  } else if (entry->rtekind == RTE_SUBQUERY) {
    const TargetEntry* target = get_tle_by_resno(entry->subquery->targetList, var->varattno);
    if (target != nullptr) collect_below(reinterpret_cast<Node*>(target->expr), entry->subquery, collected);
  } else if (entry->rtekind == RTE_JOIN && var->varattno >= 1 &&
             var->varattno <= list_length(entry->joinaliasvars)) {
    collect_below(static_cast<Node*>(list_nth(entry->joinaliasvars, var->varattno - 1)), scope, collected);
  }
}

bool collect(Node* node, void* state) {
  Collect* collected = static_cast<Collect*>(state);
  if (node == nullptr) return false;
  if (IsA(node, Param) && reinterpret_cast<Param*>(node)->paramkind == PARAM_EXTERN) {
    collected->arguments = bms_add_member(collected->arguments, reinterpret_cast<Param*>(node)->paramid - 1);
    return false;
  }
  if (IsA(node, Var)) {
    collect_column(reinterpret_cast<Var*>(node), collected);
    return false;
  }
  if (IsA(node, Query)) {
    const Query* outer = collected->scope;
    collected->scope = reinterpret_cast<Query*>(node);
    walk_query(reinterpret_cast<Query*>(node), collect, state);
    collected->scope = outer;
    return false;
  }
  return walk_expression(node, collect, state);
}

struct Search {
  Oid table;
  const char* column;
  bool conditions;
  const Query* query;  // whose quals are walked
  ColumnSource* source;
};

void take_targets(const Query* query, List* targets, Search* search) {
  ListCell* cell;
  foreach (cell, targets) {
    const TargetEntry* target = lfirst_node(TargetEntry, cell);
    if (target->resjunk || target->resname == nullptr || strcmp(target->resname, search->column) != 0)
      continue;
    Collect collected = {query, search->source->arguments, 0};
    collect(reinterpret_cast<Node*>(target->expr), &collected);
    search->source->written = true;
    search->source->arguments = collected.arguments;
  }
}

bool compares_column(const Node* node, const Search* search) {
  while (node != nullptr && IsA(node, RelabelType))
    node = reinterpret_cast<const Node*>(reinterpret_cast<const RelabelType*>(node)->arg);
  if (node == nullptr || !IsA(node, Var)) return false;
  const Var* var = reinterpret_cast<const Var*>(node);
  if (var->varlevelsup != 0 || var->varno != search->query->resultRelation || var->varattno < 1) return false;
  const char* name = get_attname(rt_fetch(var->varno, search->query->rtable)->relid, var->varattno, true);
  return name != nullptr && strcmp(name, search->column) == 0;
}

bool take_conditions(Node* node, void* state) {
  Search* search = static_cast<Search*>(state);
  if (node == nullptr || IsA(node, Query)) return false;
  if (IsA(node, OpExpr) && list_length(reinterpret_cast<OpExpr*>(node)->args) == 2) {
    List* sides = reinterpret_cast<OpExpr*>(node)->args;
    for (int i = 0; i < 2; i++) {
      if (!compares_column(static_cast<Node*>(list_nth(sides, i)), search)) continue;
      Collect collected = {search->query, search->source->arguments, 0};
      collect(static_cast<Node*>(list_nth(sides, 1 - i)), &collected);
      search->source->arguments = collected.arguments;
      search->source->written = true;
    }
  }
  return walk_expression(node, take_conditions, state);
}

void take_query(const Query* query, Search* search) {
  ListCell* cell;
  if (search->conditions) {
    if (query->commandType != CMD_UPDATE && query->commandType != CMD_DELETE) return;
    search->query = query;
    take_conditions(reinterpret_cast<Node*>(query->jointree), search);
    return;
  }
  if (query->commandType == CMD_INSERT || query->commandType == CMD_UPDATE)
    take_targets(query, query->targetList, search);
  if (query->onConflict != nullptr) take_targets(query, query->onConflict->onConflictSet, search);
  foreach (cell, query->mergeActionList)
    take_targets(query, lfirst_node(MergeAction, cell)->targetList, search);
}

bool find_commands(Node* node, void* state) {
  Search* search = static_cast<Search*>(state);
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return walk_expression(node, find_commands, state);
  Query* query = reinterpret_cast<Query*>(node);
  if (query->resultRelation > 0 &&
      is_table(rt_fetch(query->resultRelation, query->rtable)->relid, search->table))
    take_query(query, search);
  return walk_query(query, find_commands, state);
}

struct DomainSearch {
  Oid domain;
  Bitmapset* arguments;
  const Query* scope;
};

bool find_domain(Node* node, void* state) {
  DomainSearch* search = static_cast<DomainSearch*>(state);
  if (node == nullptr) return false;
  if (IsA(node, CoerceToDomain) && reinterpret_cast<CoerceToDomain*>(node)->resulttype == search->domain &&
      search->scope != nullptr) {
    Collect collected = {search->scope, search->arguments, 0};
    collect(node, &collected);
    search->arguments = collected.arguments;
  }
  if (IsA(node, Query)) {
    const Query* outer = search->scope;
    search->scope = reinterpret_cast<Query*>(node);
    walk_query(reinterpret_cast<Query*>(node), find_domain, state);
    search->scope = outer;
    return false;
  }
  return walk_expression(node, find_domain, state);
}

// `title`, or `add_channel.title` in the function add_channel.
int argument_named(const Function* function, const ColumnRef* reference) {
  int fields = list_length(reference->fields);
  Node* last = static_cast<Node*>(llast(reference->fields));
  if (fields > 2 || !IsA(last, String)) return -1;
  if (fields == 2) {
    Node* first = static_cast<Node*>(linitial(reference->fields));
    if (!IsA(first, String) || strcmp(strVal(first), function->row.name) != 0) return -1;
  }
  for (int i = 0; i < function->argument_count; i++)
    if (strcmp(function->arguments[i].sql_name, strVal(last)) == 0) return i;
  return -1;
}

struct NamedCollect {
  const Function* function;
  Bitmapset* arguments;
};

bool collect_named(Node* node, void* state) {
  NamedCollect* collected = static_cast<NamedCollect*>(state);
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef)) {
    int argument = argument_named(collected->function, reinterpret_cast<ColumnRef*>(node));
    if (argument >= 0) collected->arguments = bms_add_member(collected->arguments, argument);
    return false;
  }
  return walk_raw_expression(node, collect_named, state);
}

void take_expression(const Function* function, Node* expression, ColumnSource* source) {
  NamedCollect collected = {function, source->arguments};
  collect_named(expression, &collected);
  source->written = true;
  source->arguments = collected.arguments;
}

void take_assignments(const Function* function, List* assignments, const char* column, ColumnSource* source) {
  ListCell* cell;
  foreach (cell, assignments) {
    const ResTarget* target = lfirst_node(ResTarget, cell);
    if (target->name != nullptr && strcmp(target->name, column) == 0)
      take_expression(function, target->val, source);
  }
}

// Where in a row of the INSERT the column is; -1: nowhere.
int insert_position(const InsertStmt* insert, Oid table, const char* column) {
  int position = 0;
  ListCell* cell;
  foreach (cell, insert->cols) {
    if (strcmp(lfirst_node(ResTarget, cell)->name, column) == 0) return position;
    position++;
  }
  if (insert->cols != NIL) return -1;
  AttrNumber wanted = get_attnum(table, column);
  for (AttrNumber attnum = 1; attnum < wanted; attnum++)
    if (get_attname(table, attnum, true) != nullptr && get_atttype(table, attnum) != InvalidOid) position++;
  return wanted > 0 ? position : -1;
}

void take_insert(const Function* function, const InsertStmt* insert, Oid table, const char* column,
                 ColumnSource* source) {
  int position = insert_position(insert, table, column);
  if (insert->onConflictClause != nullptr)
    take_assignments(function, insert->onConflictClause->targetList, column, source);
  if (position < 0 || insert->selectStmt == nullptr || !IsA(insert->selectStmt, SelectStmt)) return;
  const SelectStmt* select = reinterpret_cast<const SelectStmt*>(insert->selectStmt);
  ListCell* row;
  foreach (row, select->valuesLists) {
    List* values = static_cast<List*>(lfirst(row));
    if (position < list_length(values))
      take_expression(function, static_cast<Node*>(list_nth(values, position)), source);
  }
  if (position < list_length(select->targetList))
    take_expression(function, list_nth_node(ResTarget, select->targetList, position)->val, source);
}

}  // namespace

ColumnSource source_in_body(List* queries, Oid table, const char* column, bool conditions) {
  ColumnSource source = {};
  if (FRESHET_MUTANT_IS(VIOLATIONS_BY_NAME_ONLY)) return source;
  Search search = {table, column, conditions, nullptr, &source};
  ListCell* cell;
  foreach (cell, queries) find_commands(static_cast<Node*>(lfirst(cell)), &search);
  return source;
}

Bitmapset* sources_of_domain(List* queries, Oid domain) {
  DomainSearch search = {domain, nullptr, nullptr};
  ListCell* cell;
  foreach (cell, queries) find_domain(static_cast<Node*>(lfirst(cell)), &search);
  return search.arguments;
}

ColumnSource source_in_command(const Function* function, const char* command, Oid table, const char* column) {
  ColumnSource source = {};
  List* parsed = raw_parser(command, RAW_PARSE_DEFAULT);
  if (list_length(parsed) != 1) return source;
  Node* statement = linitial_node(RawStmt, parsed)->stmt;
  const RangeVar* target = IsA(statement, InsertStmt)   ? reinterpret_cast<InsertStmt*>(statement)->relation
                           : IsA(statement, UpdateStmt) ? reinterpret_cast<UpdateStmt*>(statement)->relation
                                                        : nullptr;
  if (target == nullptr) return source;
  Oid relation = RangeVarGetRelid(target, NoLock, true);
  if (!OidIsValid(relation) || !is_table(relation, table)) return source;
  if (IsA(statement, InsertStmt))
    take_insert(function, reinterpret_cast<InsertStmt*>(statement), relation, column, &source);
  else
    take_assignments(function, reinterpret_cast<UpdateStmt*>(statement)->targetList, column, &source);
  return source;
}

}  // namespace freshet
