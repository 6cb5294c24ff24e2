#include "registry/function_body.h"

#include "registry/sql_body.h"

namespace freshet {

FunctionBody read_body(Oid procedure) {
  FunctionBody body = {};
  List* queries;
  char* source;
  if (read_sql_body(procedure, &queries, &source) == SqlBody::kAnalysed) {
    body.kind = BodyKind::kSql;
    body.parts.push({queries, sql_source(procedure), 1, nullptr});
    return body;
  }
  PlpgsqlBody read = {};
  if (source != nullptr && read_plpgsql_body(procedure, &read)) {
    body.kind = BodyKind::kPlpgsql;
    body.parts = read.parts;
    body.troubles = read.troubles;
    return body;
  }
  body.kind = BodyKind::kOpaque;
  body.source = source;
  return body;
}

List* queries_of(const FunctionBody& body) {
  List* queries = NIL;
  for (int i = 0; i < body.parts.size; i++) queries = list_concat(queries, body.parts[i].queries);
  return queries;
}

}  // namespace freshet
