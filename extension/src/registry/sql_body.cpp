#include "registry/sql_body.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "executor/functions.h"
#include "nodes/parsenodes.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/tcopprot.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

List* analyse_source(HeapTuple tuple, const char* source) {
  SQLFunctionParseInfoPtr info = prepare_sql_fn_parse_info(tuple, nullptr, InvalidOid);
  List* result = NIL;
  ListCell* cell;
  foreach (cell, pg_parse_query(source)) {
    RawStmt* statement = lfirst_node(RawStmt, cell);
    result = list_concat(result, pg_analyze_and_rewrite_withcb(
                                     statement, source,
                                     reinterpret_cast<ParserSetupHook>(sql_fn_parser_setup), info, nullptr));
  }
  return result;
}

// BEGIN ATOMIC and RETURN bodies are stored analysed: a Query, or a list whose first member is a list of
// them.
List* read_stored(const char* stored) {
  Node* node = static_cast<Node*>(stringToNode(stored));
  List* queries = IsA(node, List) ? linitial_node(List, reinterpret_cast<List*>(node)) : list_make1(node);
  List* result = NIL;
  ListCell* cell;
  foreach (cell, queries) {
    Query* query = lfirst_node(Query, cell);
    AcquireRewriteLocks(query, true, false);
    result = list_concat(result, pg_rewrite_query(query));
  }
  return result;
}

}  // namespace

char* sql_source(Oid procedure) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(procedure));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", procedure);
  char* source = nullptr;
  if (reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prolang == SQLlanguageId &&
      !heap_attisnull(tuple, Anum_pg_proc_prosrc, nullptr) &&
      heap_attisnull(tuple, Anum_pg_proc_prosqlbody, nullptr)) {
    bool is_null;
    source = TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null));
  }
  ReleaseSysCache(tuple);
  return source;
}

char* procedure_source(Oid procedure) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(procedure));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", procedure);
  bool is_null;
  Datum stored = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null);
  char* source = is_null ? nullptr : TextDatumGetCString(stored);
  ReleaseSysCache(tuple);
  return source;
}

SqlBody read_sql_body(Oid procedure, List** queries, char** source) {
  *queries = NIL;
  *source = nullptr;
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(procedure));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", procedure);
  Oid language = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prolang;
  SqlBody kind = SqlBody::kOpaque;
  bool is_null;
  if (language == SQLlanguageId) {
    Datum stored = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosqlbody, &is_null);
    if (is_null)
      *queries = analyse_source(
          tuple, TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null)));
    else
      *queries = read_stored(TextDatumGetCString(stored));
    kind = SqlBody::kAnalysed;
  } else if (language != ClanguageId && language != INTERNALlanguageId) {
    *source = TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null));
  }
  ReleaseSysCache(tuple);
  return kind;
}

}  // namespace freshet
