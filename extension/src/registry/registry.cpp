#include "registry/registry.h"

#include "mutant.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace freshet {
namespace {

// Columns of freshet.exposed, in the order of its definition.
enum Column {
  kSchemaName = 1,
  kFunctionName,
  kArgumentTypes,
  kKind,
  kGuard,
  kPublic,
  kMaxRows,
  kMaxPage,
  kLockstep,
  kDeadlineMs,
  kErrors,
  kCardinality,
  kSuperuser,
  kBypassesRowSecurity,
  kSearchPath,
  kPageOrder,
  kReturns,
  kNotNull,
  kArguments,
  kRunAs,
  kNumbers,
  kInternal,
  kColumns = kInternal
};

PallocVector<char*> text_array(Datum datum) {
  Datum* values;
  bool* nulls;
  int count;
  deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
  PallocVector<char*> result;
  for (int i = 0; i < count; i++)
    if (!nulls[i]) result.push(TextDatumGetCString(values[i]));
  return result;
}

RegistryRow read_row(HeapTuple tuple, TupleDesc descriptor) {
  Datum values[kColumns];
  bool nulls[kColumns];
  heap_deform_tuple(tuple, descriptor, values, nulls);
  auto datum = [&](Column column) { return values[column - 1]; };
  auto is_null = [&](Column column) { return nulls[column - 1]; };
  RegistryRow row = {};
  row.schema = pstrdup(NameStr(*DatumGetName(datum(kSchemaName))));
  row.name = pstrdup(NameStr(*DatumGetName(datum(kFunctionName))));
  row.argument_types = text_array(datum(kArgumentTypes));
  row.kind = strcmp(TextDatumGetCString(datum(kKind)), "mutation") == 0 ? FunctionKind::kMutation
                                                                        : FunctionKind::kQuery;
  row.guard = is_null(kGuard) ? nullptr : TextDatumGetCString(datum(kGuard));
  row.is_public = DatumGetBool(datum(kPublic));
  row.max_rows = is_null(kMaxRows) ? 0 : DatumGetInt32(datum(kMaxRows));
  row.max_page = is_null(kMaxPage) ? 0 : DatumGetInt32(datum(kMaxPage));
  row.lockstep = DatumGetBool(datum(kLockstep));
  row.deadline_ms = is_null(kDeadlineMs) ? 0 : DatumGetInt32(datum(kDeadlineMs));
  row.errors = text_array(datum(kErrors));
  char* cardinality = TextDatumGetCString(datum(kCardinality));
  row.cardinality = strcmp(cardinality, "one") == 0     ? RowPromise::kOne
                    : strcmp(cardinality, "maybe") == 0 ? RowPromise::kMaybe
                                                        : RowPromise::kMany;
  row.superuser = DatumGetBool(datum(kSuperuser));
  row.bypasses_row_security = DatumGetBool(datum(kBypassesRowSecurity));
  row.search_path = TextDatumGetCString(datum(kSearchPath));
  row.page_order = is_null(kPageOrder) ? nullptr : TextDatumGetCString(datum(kPageOrder));
  row.returns = is_null(kReturns) ? nullptr : TextDatumGetCString(datum(kReturns));
  row.not_null = text_array(datum(kNotNull));
  row.arguments = DatumGetCString(DirectFunctionCall1(jsonb_out, datum(kArguments)));
  row.internal = DatumGetBool(datum(kInternal));
  row.run_as = is_null(kRunAs) ? nullptr : pstrdup(NameStr(*DatumGetName(datum(kRunAs))));
  row.numbers = DatumGetCString(DirectFunctionCall1(jsonb_out, datum(kNumbers)));
  return row;
}

// Visits the rows with that key, or all in order of the key when `keys` is 0.
PallocVector<RegistryRow> scan(int keys, ScanKey key) {
  PallocVector<RegistryRow> rows;
  Relation relation = table_open(registry_relation(), AccessShareLock);
  Relation index = index_open(RelationGetPrimaryKeyIndex(relation), AccessShareLock);
  Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
  SysScanDesc found = systable_beginscan_ordered(relation, index, snapshot, keys, key);
  while (HeapTuple tuple = systable_getnext_ordered(found, ForwardScanDirection))
    rows.push(read_row(tuple, RelationGetDescr(relation)));
  systable_endscan_ordered(found);
  UnregisterSnapshot(snapshot);
  index_close(index, AccessShareLock);
  table_close(relation, AccessShareLock);
  return rows;
}

}  // namespace

Oid registry_relation() { return get_relname_relid("exposed", get_namespace_oid("freshet", false)); }

bool registry_find(const char* schema, const char* name, RegistryRow* row) {
  NameData schema_name, function_name;
  if (strlen(schema) >= NAMEDATALEN || strlen(name) >= NAMEDATALEN) return false;
  namestrcpy(&schema_name, schema);
  namestrcpy(&function_name, name);
  ScanKeyData key[2];
  ScanKeyInit(&key[0], kSchemaName, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&schema_name));
  ScanKeyInit(&key[1], kFunctionName, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&function_name));
  PallocVector<RegistryRow> rows = scan(2, key);
  if (rows.size == 0) return false;
  *row = rows[0];
  return true;
}

PallocVector<RegistryRow> registry_all() { return scan(0, nullptr); }

const char* kind_name(FunctionKind kind) { return kind == FunctionKind::kMutation ? "mutation" : "query"; }

const char* cardinality_name(RowPromise cardinality) {
  switch (cardinality) {
    case RowPromise::kOne:
      return "one";
    case RowPromise::kMaybe:
      return "maybe";
    case RowPromise::kMany:
      return "many";
  }
  pg_unreachable();
}

}  // namespace freshet

FRESHET_FUNCTION(freshet_exposed_changed) {
  if (!CALLED_AS_TRIGGER(fcinfo))
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED), errmsg("not called as a trigger")));
  TriggerData* trigger = reinterpret_cast<TriggerData*>(fcinfo->context);
  if (!FRESHET_MUTANT_IS(REGISTRY_CHANGE_UNSEEN)) {
    CacheInvalidateRelcache(trigger->tg_relation);
    // Of another table: functions are remembered by this one.
    CacheInvalidateRelcacheByRelid(freshet::registry_relation());
  }
  return PointerGetDatum(nullptr);
}
