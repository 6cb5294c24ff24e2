#include "registry/number_forms.h"

#include "errors.h"
#include "registry/key_id.h"
#include "registry/registry_write.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/varlena.h"
}

namespace freshet {
namespace {

constexpr int kMaxSubject = 3 * NAMEDATALEN + 2;

struct Entry {
  char subject[kMaxSubject];
  NumberForm form;
};

// Owned by this file; everything in it goes at once.
MemoryContext context;
HTAB* entries;
Oid table;
bool stale = true;
bool watching;

Oid forms_relation() { return get_relname_relid("number_forms", get_namespace_oid("freshet", false)); }

void on_change(Datum, Oid relation) { stale = stale || relation == InvalidOid || relation == table; }

void read_all() {
  if (!watching) {
    CacheRegisterRelcacheCallback(on_change, 0);
    watching = true;
  }
  if (context != nullptr) MemoryContextDelete(context);
  context = AllocSetContextCreate(TopMemoryContext, "freshet number forms", ALLOCSET_SMALL_SIZES);
  HASHCTL control = {};
  control.keysize = kMaxSubject;
  control.entrysize = sizeof(Entry);
  control.hcxt = context;
  entries = hash_create("freshet number forms", 16, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
  table = forms_relation();
  stale = false;
  Relation relation = table_open(table, AccessShareLock);
  Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, snapshot, 0, nullptr);
  while (HeapTuple tuple = systable_getnext(scan)) {
    bool is_null;
    char* subject = TextDatumGetCString(heap_getattr(tuple, 1, RelationGetDescr(relation), &is_null));
    char* form = TextDatumGetCString(heap_getattr(tuple, 2, RelationGetDescr(relation), &is_null));
    if (strlen(subject) >= kMaxSubject) continue;
    static_cast<Entry*>(hash_search(entries, subject, HASH_ENTER, nullptr))->form = number_form_named(form);
  }
  systable_endscan(scan);
  UnregisterSnapshot(snapshot);
  table_close(relation, AccessShareLock);
}

NumberForm declared(const char* subject) {
  if (stale || entries == nullptr) read_all();
  if (strlen(subject) >= kMaxSubject) return NumberForm::kUndeclared;
  Entry* entry = static_cast<Entry*>(hash_search(entries, subject, HASH_FIND, nullptr));
  return entry != nullptr ? entry->form : NumberForm::kUndeclared;
}

const char* column_name(Oid relation, AttrNumber column) {
  return psprintf("%s.%s.%s", get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation),
                  get_attname(relation, column, false));
}

// "schema.table.column" as it is stored, after the right to declare something of it was checked.
const char* checked_column(const char* subject) {
  List* parts;
  if (!SplitIdentifierString(pstrdup(subject), '.', &parts) || list_length(parts) != 3)
    ereport(ERROR, (errcode(kNotExposable),
                    errmsg("\"%s\" is neither bigint, numeric nor a column, schema.table.column", subject)));
  Oid schema = get_namespace_oid(static_cast<char*>(linitial(parts)), true);
  Oid relation =
      OidIsValid(schema) ? get_relname_relid(static_cast<char*>(lsecond(parts)), schema) : InvalidOid;
  AttrNumber column = OidIsValid(relation) ? get_attnum(relation, static_cast<char*>(lthird(parts))) : 0;
  if (column <= 0) ereport(ERROR, (errcode(kNotExposable), errmsg("there is no column %s", subject)));
  if (!owns_relation(relation, GetUserId()))
    aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(relation));
  Oid type = getBaseType(get_atttype(relation, column));
  Oid element = get_element_type(type);
  if (OidIsValid(element)) type = getBaseType(element);
  if (type != INT8OID && type != NUMERICOID)
    ereport(ERROR, (errcode(kNotExposable), errmsg("%s has type %s: only bigint and numeric have two forms",
                                                   subject, format_type_be(get_atttype(relation, column)))));
  return column_name(relation, column);
}

const char* checked_subject(const char* subject) {
  if (strcmp(subject, "bigint") != 0 && strcmp(subject, "numeric") != 0) return checked_column(subject);
  if (!owns_database(MyDatabaseId, GetUserId()))
    aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_DATABASE, get_database_name(MyDatabaseId));
  return subject;
}

}  // namespace

bool any_number_forms() {
  if (stale || entries == nullptr) read_all();
  return hash_get_num_entries(entries) > 0;
}

NumberForm number_form_of_type(Oid type) {
  if (type != INT8OID && type != NUMERICOID) return NumberForm::kUndeclared;
  return declared(type == INT8OID ? "bigint" : "numeric");
}

NumberForm number_form_of_name(const char* name) {
  return name == nullptr || !any_number_forms() ? NumberForm::kUndeclared : declared(name);
}

NumberForm number_form_of_column(Oid relation, AttrNumber column) {
  if (column <= 0 || !any_number_forms()) return NumberForm::kUndeclared;
  char* name = get_attname(relation, column, true);
  if (name == nullptr) return NumberForm::kUndeclared;
  if (get_rel_relispartition(relation)) {
    List* ancestors = get_partition_ancestors(relation);
    if (ancestors != NIL) relation = llast_oid(ancestors);
    column = get_attnum(relation, name);
    if (column <= 0) return NumberForm::kUndeclared;
  }
  NumberForm form = declared(column_name(relation, column));
  return form != NumberForm::kUndeclared ? form : number_form_of_name(key_id(relation, column));
}

NumberForm number_form_named(const char* word) {
  if (strcmp(word, "number") == 0) return NumberForm::kNumber;
  return strcmp(word, "string") == 0 ? NumberForm::kString : NumberForm::kUndeclared;
}

}  // namespace freshet

using namespace freshet;

FRESHET_FUNCTION(freshet_numbers_as) {
  if (PG_ARGISNULL(0))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("subject must not be null")));
  const char* subject = checked_subject(text_to_cstring(PG_GETARG_TEXT_PP(0)));
  const char* form = PG_ARGISNULL(1) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(1));
  if (form != nullptr && number_form_named(form) == NumberForm::kUndeclared)
    ereport(ERROR, (errcode(kNotExposable), errmsg("form must be 'number' or 'string', not '%s'", form)));
  static const Oid kTypes[] = {TEXTOID, TEXTOID};
  Datum values[] = {CStringGetTextDatum(subject), form != nullptr ? CStringGetTextDatum(form) : 0};
  SPI_connect();
  if (form == nullptr)
    execute_as_registry_owner("DELETE FROM freshet.number_forms WHERE subject = $1", 1, kTypes, values,
                              nullptr);
  else
    execute_as_registry_owner(
        "INSERT INTO freshet.number_forms VALUES ($1, $2) "
        "ON CONFLICT (subject) DO UPDATE SET form = $2",
        2, kTypes, values, nullptr);
  SPI_finish();
  PG_RETURN_VOID();
}
