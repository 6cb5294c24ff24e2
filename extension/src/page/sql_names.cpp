#include "page/sql_names.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace freshet {

char* collation_sql(Oid collation) {
  HeapTuple tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for collation %u", collation);
  const Form_pg_collation row = reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple));
  char* text = quote_qualified_identifier(get_namespace_name(row->collnamespace), NameStr(row->collname));
  ReleaseSysCache(tuple);
  return text;
}

char* operator_sql(Oid op) {
  HeapTuple tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(op));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for operator %u", op);
  const Form_pg_operator row = reinterpret_cast<Form_pg_operator>(GETSTRUCT(tuple));
  char* text = psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(row->oprnamespace)),
                        NameStr(row->oprname));
  ReleaseSysCache(tuple);
  return text;
}

}  // namespace freshet
