#include "change_set/catalog_change.h"

#include "compat.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "storage/sinval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

// The row type of the relation when it is temporary.
bool temporary_relation(Oid relation, Oid* row_type) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return false;
  const Form_pg_class row = (Form_pg_class)GETSTRUCT(tuple);
  const bool temporary = row->relpersistence == RELPERSISTENCE_TEMP;
  *row_type = row->reltype;
  ReleaseSysCache(tuple);
  return temporary;
}

}  // namespace

void TemporaryRelations::start(MemoryContext parent) {
  context_ = AllocSetContextCreate(parent, "freshet temporary relations", ALLOCSET_SMALL_SIZES);
  relations_ = types_ = NIL;
}

void TemporaryRelations::look_up(const ReorderBufferTXN* transaction) {
  MemoryContextReset(context_);
  relations_ = types_ = NIL;
  MemoryContext before = MemoryContextSwitchTo(context_);
  for (uint32 i = 0; i < transaction->ninvalidations; ++i) {
    const SharedInvalidationMessage& message = transaction->invalidations[i];
    Oid row_type;
    if (message.id != SHAREDINVALRELCACHE_ID || has(message.rc.relId) ||
        !temporary_relation(message.rc.relId, &row_type))
      continue;
    relations_ = lappend_oid(relations_, message.rc.relId);
    if (!OidIsValid(row_type)) continue;
    types_ = lappend_oid(types_, row_type);
    const Oid array = get_array_type(row_type);
    if (OidIsValid(array)) types_ = lappend_oid(types_, array);
  }
  MemoryContextSwitchTo(before);
}

bool TemporaryRelations::has_type(uint32 hash) const {
  ListCell* cell;
  foreach (cell, types_)
    if (GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(lfirst_oid(cell))) == hash) return true;
  return false;
}

}  // namespace freshet
