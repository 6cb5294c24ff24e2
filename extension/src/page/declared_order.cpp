#include "page/declared_order.h"

extern "C" {
#include "catalog/namespace.h"
#include "nodes/parsenodes.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

// The sort clause of a statement that has nothing else; NIL when the text brought more with it.
List* only_sort_clause(const char* text) {
  List* statements = pg_parse_query(psprintf("SELECT ORDER BY %s\n", text));
  if (list_length(statements) != 1) return NIL;
  Node* statement = linitial_node(RawStmt, statements)->stmt;
  if (!IsA(statement, SelectStmt)) return NIL;
  const SelectStmt* select = reinterpret_cast<SelectStmt*>(statement);
  if (select->op != SETOP_NONE || select->fromClause != NIL || select->limitCount != nullptr ||
      select->limitOffset != nullptr || select->lockingClause != NIL || select->targetList != NIL)
    return NIL;
  return select->sortClause;
}

const ResultColumn* find(const PallocVector<ResultColumn>& results, const char* name) {
  for (int i = 0; i < results.size; i++)
    if (strcmp(results[i].name, name) == 0) return &results[i];
  return nullptr;
}

const char* column_name(Node* node) {
  if (!IsA(node, ColumnRef)) return nullptr;
  const List* fields = reinterpret_cast<ColumnRef*>(node)->fields;
  if (list_length(fields) != 1 || !IsA(linitial(fields), String)) return nullptr;
  return strVal(linitial(fields));
}

}  // namespace

PallocVector<DeclaredColumn> declared_order(const char* text, const PallocVector<ResultColumn>& results,
                                            const char** problem) {
  const auto refuse = [&](const char* why) {
    *problem = why;
    return PallocVector<DeclaredColumn>();
  };
  List* clauses = only_sort_clause(text);
  if (clauses == NIL) return refuse("its declared order is not a list of columns");
  PallocVector<DeclaredColumn> order;
  ListCell* cell;
  foreach (cell, clauses) {
    const SortBy* clause = lfirst_node(SortBy, cell);
    Node* node = clause->node;
    List* collation = NIL;
    if (IsA(node, CollateClause)) {
      collation = reinterpret_cast<CollateClause*>(node)->collname;
      node = reinterpret_cast<CollateClause*>(node)->arg;
    }
    const char* name = column_name(node);
    if (name == nullptr || clause->sortby_dir == SORTBY_USING)
      return refuse("its declared order holds something else than columns of the result");
    const ResultColumn* result = find(results, name);
    if (result == nullptr)
      return refuse(psprintf("its declared order names \"%s\", which is no column of the result", name));
    for (int i = 0; i < order.size; i++)
      if (strcmp(order[i].column.name, name) == 0)
        return refuse(psprintf("its declared order names \"%s\" twice", name));
    if (collation != NIL && !OidIsValid(result->collation))
      return refuse(psprintf("its declared order gives \"%s\" a collation, but %s has none", name,
                             format_type_be(result->type)));
    DeclaredColumn declared = {};
    declared.column.name = result->name;
    declared.column.type = result->type;
    declared.collation_given = collation != NIL;
    declared.column.collation = collation != NIL ? get_collation_oid(collation, false) : result->collation;
    declared.column.descending = clause->sortby_dir == SORTBY_DESC;
    declared.column.nulls_first = clause->sortby_nulls == SORTBY_NULLS_DEFAULT
                                      ? declared.column.descending
                                      : clause->sortby_nulls == SORTBY_NULLS_FIRST;
    declared.column.nullable = result->nullable;
    order.push(declared);
  }
  return order;
}

}  // namespace freshet
