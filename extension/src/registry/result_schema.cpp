#include "registry/result_schema.h"

#include "call/json_type.h"
#include "call/json_write.h"
#include "registry/type_schema.h"

namespace freshet {
namespace {

bool never_null(Oid type) {
  const JsonType *known = json_type(type);
  return known != nullptr && known->domain_not_null;
}

void append_columns(StringInfo out, TupleDesc columns) {
  appendStringInfoString(out, "{\"type\":\"object\",\"properties\":{");
  StringInfoData required;
  initStringInfo(&required);
  const char *before = "";
  for (int i = 0; i < columns->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(columns, i);
    if (column->attisdropped) continue;
    const char *name = NameStr(column->attname);
    appendStringInfoString(out, before);
    append_json_string(out, name, strlen(name));
    appendStringInfoChar(out, ':');
    append_type_schema(out, column->atttypid, !never_null(column->atttypid));
    appendStringInfoString(&required, before);
    append_json_string(&required, name, strlen(name));
    before = ",";
  }
  appendStringInfo(out, "},\"required\":[%s],\"additionalProperties\":false}", required.data);
}

}  // namespace

void append_result_schema(StringInfo out, const Function *function) {
  const ResultShape &result = function->result;
  RowPromise promise = function->row.cardinality;
  bool many = result.is_set && promise == RowPromise::kMany;
  bool nullable = promise != RowPromise::kOne && !many && result.form != ResultForm::kVoid;
  if (many) appendStringInfoString(out, "{\"type\":\"array\",\"items\":");
  if (result.form == ResultForm::kObject && result.columns != nullptr) {
    append_nullable_begin(out, nullable);
    append_columns(out, result.columns);
    append_nullable_end(out, nullable);
  } else {
    // A row of a set is never null; a scalar of one may be.
    append_type_schema(out, result.type, many ? result.form == ResultForm::kValue && !never_null(result.type) : nullable);
  }
  if (many) appendStringInfoChar(out, '}');
}

}  // namespace freshet
