#include "call/violated_columns.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "nodes/bitmapset.h"
#include "nodes/value.h"
#include "optimizer/optimizer.h"
#include "partitioning/partdesc.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

Oid topmost(Oid relation) {
  if (!get_rel_relispartition(relation)) return relation;
  List* ancestors = get_partition_ancestors(relation);
  return ancestors == NIL ? relation : llast_oid(ancestors);
}

List* add_column(List* columns, Oid relation, AttrNumber attnum) {
  char* name = attnum > 0 ? get_attname(relation, attnum, true) : nullptr;
  if (name == nullptr) return columns;
  ListCell* cell;
  foreach (cell, columns)
    if (strcmp(strVal(lfirst(cell)), name) == 0) return columns;
  return lappend(columns, makeString(name));
}

List* columns_in(Oid relation, Node* expression) {
  List* columns = NIL;
  Bitmapset* found = nullptr;
  pull_varattnos(expression, 1, &found);
  for (int i = -1; (i = bms_next_member(found, i)) >= 0;)
    columns = add_column(columns, relation, i + FirstLowInvalidHeapAttributeNumber);
  return columns;
}

// Key columns in their order; those inside an expression stand where the expression does.
List* index_columns(Oid relation, Oid index_oid) {
  List* columns = NIL;
  Relation index = index_open(index_oid, AccessShareLock);
  List* expressions = RelationGetIndexExpressions(index);
  int next = 0;
  for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++) {
    AttrNumber attnum = index->rd_index->indkey.values[i];
    if (attnum != 0) {
      columns = add_column(columns, relation, attnum);
      continue;
    }
    ListCell* cell;
    foreach (cell, columns_in(relation, static_cast<Node*>(list_nth(expressions, next++))))
      columns = add_column(columns, relation, get_attnum(relation, strVal(lfirst(cell))));
  }
  index_close(index, NoLock);
  return columns;
}

List* partition_columns(Oid relation) {
  List* columns = NIL;
  Relation table = table_open(relation, AccessShareLock);
  PartitionKey key =
      table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ? RelationGetPartitionKey(table) : nullptr;
  for (int i = 0; key != nullptr && i < get_partition_natts(key); i++)
    columns = add_column(columns, relation, get_partition_col_attnum(key, i));
  table_close(table, NoLock);
  return columns;
}

List* columns_of(Oid relation, HeapTuple constraint, AttrNumber attribute) {
  List* columns = NIL;
  bool is_null;
  Datum keys = SysCacheGetAttr(CONSTROID, constraint, attribute, &is_null);
  if (is_null) return NIL;
  ArrayType* array = DatumGetArrayTypeP(keys);
  const int16* attnums = reinterpret_cast<const int16*>(ARR_DATA_PTR(array));
  for (int i = 0; i < ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array)); i++)
    columns = add_column(columns, relation, attnums[i]);
  return columns;
}

void take_index(Violation* violation, Oid relation, Oid index) {
  violation->columns = index_columns(relation, index);
  violation->constraint = get_rel_name(topmost(index));
}

void take_constraint(Violation* violation, Oid relation, Oid oid) {
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
  if (!HeapTupleIsValid(tuple)) return;
  Form_pg_constraint form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
  if (form->contype == CONSTRAINT_UNIQUE || form->contype == CONSTRAINT_PRIMARY ||
      form->contype == CONSTRAINT_EXCLUSION) {
    take_index(violation, relation, form->conindid);
  } else {
    violation->columns = columns_of(relation, tuple, Anum_pg_constraint_conkey);
  }
  if (violation->kind == ViolationKind::kStillReferenced) {
    violation->written = topmost(form->confrelid);
    violation->fields = columns_of(form->confrelid, tuple, Anum_pg_constraint_confkey);
  }
  Oid parent = form->conparentid;
  if (form->contype == CONSTRAINT_FOREIGN && OidIsValid(parent))
    violation->constraint = get_constraint_name(parent);
  ReleaseSysCache(tuple);
}

ViolationKind kind_of(const ErrorData* error) {
  switch (error->sqlerrcode) {
    case ERRCODE_UNIQUE_VIOLATION:
      return ViolationKind::kUnique;
    case ERRCODE_EXCLUSION_VIOLATION:
      return ViolationKind::kExclusion;
    case ERRCODE_RESTRICT_VIOLATION:
      return ViolationKind::kStillReferenced;
    case ERRCODE_NOT_NULL_VIOLATION:
      return ViolationKind::kNotNull;
    case ERRCODE_FOREIGN_KEY_VIOLATION:
      // Both sides have one SQLSTATE; the text before translation tells them apart.
      return error->message_id != nullptr && strncmp(error->message_id, "update or delete on", 19) == 0
                 ? ViolationKind::kStillReferenced
                 : ViolationKind::kForeignKey;
    default:
      return ViolationKind::kCheck;
  }
}

}  // namespace

const char* violation_kind_name(ViolationKind kind) {
  switch (kind) {
    case ViolationKind::kUnique:
      return "unique";
    case ViolationKind::kExclusion:
      return "exclusion";
    case ViolationKind::kForeignKey:
      return "foreign_key";
    case ViolationKind::kStillReferenced:
      return "still_referenced";
    case ViolationKind::kCheck:
      return "check";
    case ViolationKind::kNotNull:
      break;
  }
  return "not_null";
}

Violation find_violation(const ErrorData* error) {
  Violation violation = {};
  violation.kind = kind_of(error);
  violation.constraint = error->constraint_name;
  violation.schema = error->table_name != nullptr ? error->schema_name : nullptr;
  violation.table = error->table_name;
  Oid schema = error->schema_name != nullptr ? get_namespace_oid(error->schema_name, true) : InvalidOid;
  if (error->datatype_name != nullptr) {
    violation.type = error->datatype_name;
    violation.type_oid = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(error->datatype_name),
                                         ObjectIdGetDatum(schema));
  }
  if (error->column_name != nullptr)
    violation.columns = violation.fields = list_make1(makeString(error->column_name));
  Oid relation = OidIsValid(schema) && error->table_name != nullptr
                     ? get_relname_relid(error->table_name, schema)
                     : InvalidOid;
  if (!OidIsValid(relation)) return violation;
  violation.relation = violation.written = topmost(relation);
  violation.table = get_rel_name(violation.relation);
  violation.schema = get_namespace_name(get_rel_namespace(violation.relation));
  if (error->constraint_name == nullptr) {
    if (violation.kind == ViolationKind::kCheck && violation.columns == NIL)
      violation.columns = partition_columns(violation.relation);
  } else {
    Oid constraint = get_relation_constraint_oid(relation, error->constraint_name, true);
    // A unique index that is no constraint has its name in the same place.
    Oid index = get_relname_relid(error->constraint_name, get_rel_namespace(relation));
    if (OidIsValid(constraint))
      take_constraint(&violation, relation, constraint);
    else if (OidIsValid(index) && get_rel_relkind(index) == RELKIND_INDEX)
      take_index(&violation, relation, index);
  }
  if (violation.fields == NIL) violation.fields = violation.columns;
  return violation;
}

}  // namespace freshet
