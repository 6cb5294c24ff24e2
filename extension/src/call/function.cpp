#include "call/function.h"

#include "errors.h"
#include "mutant.h"
#include "page/order.h"
#include "registry/describe.h"
#include "settings.h"

extern "C" {
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
}

namespace freshet {
namespace {

constexpr int kMaxPath = 2 * NAMEDATALEN;

struct Entry {
  char path[kMaxPath];
  Function* function;
};

// Owned by this file; kept SPI plans are freed one by one, all else goes with the context.
MemoryContext context;
HTAB* entries;
Oid registry;
bool stale;
bool callbacks_registered;

void mark_stale(Datum, int, uint32) { stale = true; }

void registry_written(Datum, Oid relation) {
  if (relation == InvalidOid || relation == registry) stale = true;
}

void open_cache() {
  if (!callbacks_registered) {
    CacheRegisterSyscacheCallback(PROCOID, mark_stale, 0);
    CacheRegisterSyscacheCallback(TYPEOID, mark_stale, 0);
    CacheRegisterSyscacheCallback(NAMESPACEOID, mark_stale, 0);
    CacheRegisterSyscacheCallback(AUTHOID, mark_stale, 0);
    CacheRegisterSyscacheCallback(AUTHMEMMEMROLE, mark_stale, 0);
    CacheRegisterRelcacheCallback(registry_written, 0);
    callbacks_registered = true;
  }
  context = AllocSetContextCreate(TopMemoryContext, "freshet functions", ALLOCSET_DEFAULT_SIZES);
  HASHCTL control = {};
  control.keysize = kMaxPath;
  control.entrysize = sizeof(Entry);
  control.hcxt = context;
  entries = hash_create("freshet functions", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
  stale = false;
  registry = registry_relation();
}

}  // namespace

Function* load_function(const RegistryRow& row) {
  Function* function = static_cast<Function*>(palloc0(sizeof(Function)));
  function->row = row;
  function->path = psprintf("%s.%s", row.schema, row.name);
  describe_function(function);
  return function;
}

Function* find_function(const char* path) {
  const char* dot = strchr(path, '.');
  if (dot == nullptr || strlen(path) >= kMaxPath) return nullptr;
  if (entries == nullptr) open_cache();
  Entry* entry = static_cast<Entry*>(hash_search(entries, path, HASH_FIND, nullptr));
  if (entry != nullptr) return entry->function;
  MemoryContext outer = MemoryContextSwitchTo(context);
  RegistryRow row;
  Function* function = nullptr;
  if (registry_find(pnstrdup(path, dot - path), dot + 1, &row)) {
    function = load_function(row);
    // Unknown paths are not remembered: clients choose them.
    entry = static_cast<Entry*>(hash_search(entries, path, HASH_ENTER, nullptr));
    entry->function = function;
  }
  MemoryContextSwitchTo(outer);
  return function;
}

void drop_plans(Function* function) {
  for (int i = 0; i < function->plans.size; i++) SPI_freeplan(function->plans[i].plan);
  function->plans.size = 0;
  if (function->guard_plan != nullptr) SPI_freeplan(function->guard_plan);
  function->guard_plan = nullptr;
  drop_page_plans(function);
}

void drop_plans_of_old_row_type(Function* function) {
  if (function->result.form != ResultForm::kObject || function->result.columns != nullptr) return;
  const TypeCacheEntry* type = lookup_type_cache(getBaseType(function->result.type), TYPECACHE_TUPDESC);
  if (function->row_type != type->tupDesc_identifier && !FRESHET_MUTANT_IS(ROW_TYPE_OF_OLD))
    drop_plans(function);
  function->row_type = type->tupDesc_identifier;
}

void purge_functions() {
  if (entries == nullptr || !stale) return;
  HASH_SEQ_STATUS status;
  hash_seq_init(&status, entries);
  while (Entry* entry = static_cast<Entry*>(hash_seq_search(&status))) drop_plans(entry->function);
  entries = nullptr;
  MemoryContextDelete(context);
  context = nullptr;
  stale = false;
}

int max_rows_of(const Function* function) {
  return function->row.max_rows > 0 ? function->row.max_rows : setting_default_max_rows;
}

int deadline_of(const Function* function) {
  return function->row.deadline_ms > 0 ? function->row.deadline_ms : setting_default_deadline_ms;
}

char* function_signature(const Function* function) {
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfo(&out, "%s(", function->path);
  for (int i = 0; i < function->row.argument_types.size; i++)
    appendStringInfo(&out, "%s%s", i > 0 ? ", " : "", function->row.argument_types[i]);
  appendStringInfoChar(&out, ')');
  return out.data;
}

}  // namespace freshet
