#include "page/inlining.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "commands/proclang.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

const char* why_not_by_declaration(HeapTuple tuple) {
  Form_pg_proc row = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  if (row->prolang != SQLlanguageId)
    return psprintf("its language is %s", get_language_name(row->prolang, false));
  if (row->provolatile == PROVOLATILE_VOLATILE) return "it is VOLATILE";
  if (row->proisstrict) return "it is STRICT";
  if (row->prosecdef) return "it is SECURITY DEFINER";
  if (!heap_attisnull(tuple, Anum_pg_proc_proconfig, nullptr)) return "it has a SET of its own";
  if (FmgrHookIsNeeded(row->oid)) return "calls of functions are watched by another extension";
  return nullptr;
}

}  // namespace

const char* why_not_inlined(Oid procedure, List* queries) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(procedure));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", procedure);
  const char* why = why_not_by_declaration(tuple);
  ReleaseSysCache(tuple);
  if (why != nullptr) return why;
  if (list_length(queries) != 1) return "its body is not one statement";
  const Query* query = linitial_node(Query, queries);
  if (query->commandType != CMD_SELECT) return "its body is no SELECT";
  if (query->setOperations == nullptr && type_is_rowtype(get_func_rettype(procedure))) {
    int columns = 0;
    Node* only = nullptr;
    ListCell* cell;
    foreach (cell, query->targetList) {
      TargetEntry* target = lfirst_node(TargetEntry, cell);
      if (target->resjunk) continue;
      only = reinterpret_cast<Node*>(target->expr);
      columns++;
    }
    if (columns == 1 && type_is_rowtype(exprType(only)))
      return "its body selects whole rows in one column (write t.* in place of t)";
  }
  return nullptr;
}

}  // namespace freshet
