#include "call/json_type.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
}

namespace freshet {
namespace {

struct Entry {
  Oid oid;
  bool supported;
  JsonType type;
};

// Owned by this file: everything in `context` goes at once in purge_json_types().
MemoryContext context;
HTAB* entries;
bool stale;
bool callback_registered;

void mark_stale(Datum, int, uint32) { stale = true; }

void open_cache() {
  if (!callback_registered) {
    CacheRegisterSyscacheCallback(TYPEOID, mark_stale, 0);
    callback_registered = true;
  }
  context = AllocSetContextCreate(TopMemoryContext, "freshet types", ALLOCSET_DEFAULT_SIZES);
  HASHCTL control = {};
  control.keysize = sizeof(Oid);
  control.entrysize = sizeof(Entry);
  control.hcxt = context;
  entries = hash_create("freshet types", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  stale = false;
}

bool of_extension(Oid type, const char* name) {
  Oid extension = getExtensionOfObject(TypeRelationId, type);
  if (!OidIsValid(extension)) return false;
  char* found = get_extension_name(extension);
  return found != nullptr && strcmp(found, name) == 0;
}

bool find_hstore_to_json(Oid hstore, Oid schema, FmgrInfo* function) {
  List* name = list_make2(makeString(get_namespace_name(schema)), makeString(pstrdup("hstore_to_json")));
  Oid oid = LookupFuncName(name, 1, &hstore, true);
  if (!OidIsValid(oid)) return false;
  fmgr_info_cxt(oid, function, context);
  return true;
}

// The shape of a base type by its oid; false when it is not a built-in of the table.
bool builtin_shape(Oid oid, JsonShape* shape) {
  switch (oid) {
    case BOOLOID:
      *shape = JsonShape::kBool;
      return true;
    case INT2OID:
    case INT4OID:
      *shape = JsonShape::kInteger;
      return true;
    case INT8OID:
      *shape = JsonShape::kInt8;
      return true;
    case FLOAT4OID:
      *shape = JsonShape::kFloat4;
      return true;
    case FLOAT8OID:
      *shape = JsonShape::kFloat8;
      return true;
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID:
      *shape = JsonShape::kText;
      return true;
    case NUMERICOID:
    case MONEYOID:
    case UUIDOID:
    case NAMEOID:
    case CHAROID:
    case INETOID:
    case CIDROID:
    case MACADDROID:
    case MACADDR8OID:
    case INTERVALOID:
    case BITOID:
    case VARBITOID:
    case OIDOID:
    case REGCLASSOID:
    case REGTYPEOID:
    case REGPROCOID:
    case REGPROCEDUREOID:
    case REGROLEOID:
    case REGNAMESPACEOID:
      *shape = JsonShape::kOutput;
      return true;
    case DATEOID:
      *shape = JsonShape::kDate;
      return true;
    case TIMEOID:
      *shape = JsonShape::kTime;
      return true;
    case TIMESTAMPOID:
      *shape = JsonShape::kTimestamp;
      return true;
    case TIMESTAMPTZOID:
      *shape = JsonShape::kTimestampTz;
      return true;
    case BYTEAOID:
      *shape = JsonShape::kBytea;
      return true;
    case JSONOID:
      *shape = JsonShape::kJson;
      return true;
    case JSONBOID:
      *shape = JsonShape::kJsonb;
      return true;
    case VOIDOID:
      *shape = JsonShape::kVoid;
      return true;
    case RECORDOID:
      *shape = JsonShape::kRecord;
      return true;
    default:
      return false;
  }
}

bool find_shape(Form_pg_type row, JsonType* type) {
  if (builtin_shape(row->oid, &type->shape)) return true;
  if (IsTrueArrayType(row)) {
    type->shape = JsonShape::kArray;
    type->element = row->typelem;
    return true;
  }
  switch (row->typtype) {
    case TYPTYPE_ENUM:
      type->shape = JsonShape::kEnum;
      return true;
    case TYPTYPE_COMPOSITE:
      type->shape = JsonShape::kComposite;
      type->relation = row->typrelid;
      return true;
    case TYPTYPE_RANGE:
    case TYPTYPE_MULTIRANGE:
      type->shape = JsonShape::kOutput;
      return true;
    case TYPTYPE_BASE:
      if (strcmp(NameStr(row->typname), "citext") == 0 && of_extension(row->oid, "citext")) {
        type->shape = JsonShape::kText;
        return true;
      }
      if (strcmp(NameStr(row->typname), "hstore") == 0 && of_extension(row->oid, "hstore")) {
        type->shape = JsonShape::kHstore;
        return find_hstore_to_json(row->oid, row->typnamespace, &type->hstore_to_json);
      }
      return false;
    default:
      return false;
  }
}

bool load(Oid oid, JsonType* type) {
  memset(type, 0, sizeof *type);
  type->oid = oid;
  type->base_typmod = -1;
  Oid base = oid;
  for (;;) {
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(base));
    if (!HeapTupleIsValid(tuple)) return false;
    Form_pg_type row = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
    if (row->typtype == TYPTYPE_DOMAIN) {
      type->is_domain = true;
      type->domain_not_null = type->domain_not_null || row->typnotnull;
      if (type->base_typmod == -1) type->base_typmod = row->typtypmod;
      base = row->typbasetype;
      ReleaseSysCache(tuple);
      continue;
    }
    type->base = base;
    type->length = row->typlen;
    type->by_value = row->typbyval;
    type->alignment = row->typalign;
    bool known = row->typisdefined && find_shape(row, type);
    if (known && row->typtype != TYPTYPE_PSEUDO) {
      fmgr_info_cxt(row->typinput, &type->input, context);
      type->input_parameter = getTypeIOParam(tuple);
      fmgr_info_cxt(row->typoutput, &type->output, context);
    }
    ReleaseSysCache(tuple);
    return known;
  }
}

}  // namespace

JsonType* json_type(Oid oid) {
  if (entries == nullptr) open_cache();
  Entry* entry = static_cast<Entry*>(hash_search(entries, &oid, HASH_FIND, nullptr));
  if (entry == nullptr) {
    JsonType loaded;
    bool supported = load(oid, &loaded);
    entry = static_cast<Entry*>(hash_search(entries, &oid, HASH_ENTER, nullptr));
    entry->supported = supported;
    entry->type = loaded;
  }
  return entry->supported ? &entry->type : nullptr;
}

TupleDesc composite_descriptor(const JsonType* type, int32 typmod) {
  return lookup_rowtype_tupdesc(type->base, typmod);
}

Oid first_unsupported_type(Oid oid) {
  const JsonType* type = json_type(oid);
  if (type == nullptr) return oid;
  if (type->shape == JsonShape::kArray) return first_unsupported_type(type->element);
  if (type->shape != JsonShape::kComposite) return InvalidOid;
  TupleDesc row = composite_descriptor(type, -1);
  Oid found = InvalidOid;
  for (int i = 0; i < row->natts && !OidIsValid(found); i++) {
    Form_pg_attribute column = TupleDescAttr(row, i);
    if (!column->attisdropped) found = first_unsupported_type(column->atttypid);
  }
  ReleaseTupleDesc(row);
  return found;
}

void purge_json_types() {
  if (entries == nullptr || !stale) return;
  entries = nullptr;
  MemoryContextDelete(context);
  context = nullptr;
  stale = false;
}

}  // namespace freshet
