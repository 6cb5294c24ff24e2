#include "shape/stored_column.h"

#include "call/json_type.h"
#include "registry/key_id.h"
#include "registry/number_forms.h"
#include "shape/type_shape.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

bool own_column_not_null(Oid relation, const char* name) {
  HeapTuple tuple = SearchSysCacheAttName(relation, name);
  if (!HeapTupleIsValid(tuple)) return false;
  Form_pg_attribute column = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const JsonType* type = json_type(column->atttypid);
  bool result = column->attnotnull || (type != nullptr && type->domain_not_null);
  ReleaseSysCache(tuple);
  return result;
}

bool is_enforced(Oid relation, const char* name) {
  char kind = get_rel_relkind(relation);
  return (kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_RELATION) &&
         own_column_not_null(relation, name);
}

bool is_not_null(const RangeTblEntry* entry, const char* name) {
  if (!is_enforced(entry->relid, name)) return false;
  if (!entry->inh || !has_subclass(entry->relid)) return true;
  ListCell* cell;
  foreach (cell, find_all_inheritors(entry->relid, NoLock, nullptr))
    if (!is_enforced(lfirst_oid(cell), name)) return false;
  return true;
}

}  // namespace

const Shape* stored_column(const RangeTblEntry* entry, AttrNumber column) {
  Oid type = get_atttype(entry->relid, column);
  char* name = get_attname(entry->relid, column, true);
  bool known = column > 0 && name != nullptr;
  return with_form(type_shape(type, !known || !is_not_null(entry, name)),
                   number_form_of_column(entry->relid, column));
}

const Shape* stored_row(const RangeTblEntry* entry) {
  Shape* row = static_cast<Shape*>(palloc0(sizeof(Shape)));
  row->kind = ShapeKind::kObject;
  row->type = get_rel_type_id(entry->relid);
  row->count = -1;
  Relation relation = RelationIdGetRelation(entry->relid);
  if (relation == nullptr) return type_shape(row->type, false);
  for (int i = 0; i < RelationGetDescr(relation)->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), i);
    if (column->attisdropped) continue;
    row->members.push({pstrdup(NameStr(column->attname)),
                       with_id(stored_column(entry, column->attnum), key_id(entry->relid, column->attnum)),
                       true});
  }
  RelationClose(relation);
  return row;
}

}  // namespace freshet
