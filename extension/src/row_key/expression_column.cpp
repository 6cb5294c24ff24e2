#include "row_key/expression_column.h"

#include "compat.h"

extern "C" {
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_index.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "common/hashfn.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pg_list.h"
#include "optimizer/optimizer.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

bool is_other_function(Oid function, void*) {
  if (function >= FirstNormalObjectId) return true;
  const HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return true;
  const Form_pg_proc proc = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  const bool plain = proc->prolang == INTERNALlanguageId && proc->provolatile == PROVOLATILE_IMMUTABLE &&
                     proc->prokind == PROKIND_FUNCTION && !proc->proretset;
  ReleaseSysCache(tuple);
  return !plain;
}

// Whether there is more in the expression than computing from stored columns of types as they are now.
bool is_not_computable(Node* node, void* columns) {
  if (node == nullptr) return false;
  switch (nodeTag(node)) {
    case T_Var: {
      const Var* var = reinterpret_cast<const Var*>(node);
      const TupleDesc desc = static_cast<TupleDesc>(columns);
      if (var->varno != 1 || var->varlevelsup != 0 || var->varattno < 1 || var->varattno > desc->natts)
        return true;
      const FormData_pg_attribute* attribute = TupleDescAttr(desc, var->varattno - 1);
      return attribute->attisdropped || attribute->atttypid != var->vartype ||
             (attribute->attgenerated != '\0' && attribute->attgenerated != 's');
    }
    case T_Const:
    case T_RelabelType:
    case T_CaseExpr:
    case T_CaseWhen:
    case T_CaseTestExpr:
    case T_CoalesceExpr:
    case T_BoolExpr:
    case T_NullTest:
    case T_BooleanTest:
    case T_List:
      break;
    case T_FuncExpr:
    case T_OpExpr:
    case T_DistinctExpr:
    case T_NullIfExpr:
    case T_ScalarArrayOpExpr:
      if (check_functions_in_node(node, is_other_function, nullptr)) return true;
      break;
    default:
      return true;
  }
  return walk_expression(node, is_not_computable, columns);
}

// The same on both sides and for as long as the table is not altered, which re-runs what read it.
ColumnId name_of(Node* expression) {
  const char* text = nodeToString(expression);
  const uint64 hash =
      hash_bytes_extended(reinterpret_cast<const unsigned char*>(text), static_cast<int>(strlen(text)), 0);
  constexpr int kBits = 48;
  return (UINT64CONST(1) << kBits) | (hash & ((UINT64CONST(1) << kBits) - 1));
}

void add_columns_of(Relation index, Relation relation, bool simplified, List** found) {
  bool null;
  const Datum stored = SysCacheGetAttr(INDEXRELID, index->rd_indextuple, Anum_pg_index_indexprs, &null);
  if (null) return;
  List* expressions = static_cast<List*>(stringToNode(TextDatumGetCString(stored)));
  List* planned = simplified ? RelationGetIndexExpressions(index) : NIL;
  int at = 0;
  for (int column = 1; column <= index->rd_index->indnkeyatts; column++) {
    if (index->rd_index->indkey.values[column - 1] != 0 || at >= list_length(expressions)) continue;
    Node* expression = static_cast<Node*>(list_nth(expressions, at));
    Node* as_planned = at < list_length(planned) ? static_cast<Node*>(list_nth(planned, at)) : nullptr;
    at++;
    fix_opfuncids(expression);
    if (!is_computable(expression, RelationGetDescr(relation))) continue;
    ExpressionColumn* added = static_cast<ExpressionColumn*>(palloc0(sizeof(ExpressionColumn)));
    added->id = name_of(expression);
    added->expression = expression;
    added->simplified = as_planned;
    added->index = RelationGetRelid(index);
    added->position = column;
    added->inputs = inputs_of(expression);
    added->codec = row_key_codec(exprType(expression), exprCollation(expression));
    *found = lappend(*found, added);
  }
}

// Two expressions of one name are none.
bool is_ambiguous(const List* columns, const ExpressionColumn* column) {
  ListCell* cell;
  foreach (cell, columns) {
    const ExpressionColumn* other = static_cast<const ExpressionColumn*>(lfirst(cell));
    if (other->id == column->id && !equal(other->expression, column->expression)) return true;
  }
  return false;
}

}  // namespace

bool is_computable(Node* expression, TupleDesc columns) { return !is_not_computable(expression, columns); }

Bitmapset* inputs_of(Node* expression) {
  Bitmapset* offset = nullptr;
  pull_varattnos(expression, 1, &offset);
  Bitmapset* inputs = nullptr;
  for (int member = -1; (member = bms_next_member(offset, member)) >= 0;)
    inputs = bms_add_member(inputs, member + FirstLowInvalidHeapAttributeNumber);
  return inputs;
}

int expression_columns(Relation relation, bool simplified, ExpressionColumn** columns) {
  List* found = NIL;
  List* indexes = RelationGetIndexList(relation);
  ListCell* cell;
  foreach (cell, indexes) {
    // As the table is, so are its indexes: nobody drops one while a statement has the table, and decoding
    // looks at the catalog as it was then.
    Relation index = RelationIdGetRelation(lfirst_oid(cell));
    if (!RelationIsValid(index)) continue;
    add_columns_of(index, relation, simplified, &found);
    RelationClose(index);
  }
  *columns = static_cast<ExpressionColumn*>(palloc(sizeof(ExpressionColumn) * Max(list_length(found), 1)));
  int count = 0;
  foreach (cell, found) {
    const ExpressionColumn* column = static_cast<const ExpressionColumn*>(lfirst(cell));
    if (!is_ambiguous(found, column)) (*columns)[count++] = *column;
  }
  return count;
}

}  // namespace freshet
