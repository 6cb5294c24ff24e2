#include "registry/schema_cache.h"

#include "mutant.h"

extern "C" {
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantOutlives = FRESHET_MUTANT_IS(SCHEMA_OUTLIVES_DDL);
constexpr int kMaxPath = 2 * NAMEDATALEN;

struct Entry {
  char path[kMaxPath];
  FunctionSchemas schemas;
};

// Owned by this file; everything in it goes at once.
MemoryContext context;
HTAB* entries;
uint64 entries_generation;
uint64 generation;
bool watching;

void on_catalog_change(Datum, int, uint32) { generation++; }
void on_relation_change(Datum, Oid) { generation++; }

// What parsing, types and name resolution read. The registry itself, options and search_path of a function,
// is a relation.
void watch_catalog() {
  static const int kCaches[] = {PROCOID, TYPEOID,   NAMESPACEOID, AUTHOID,   AUTHMEMMEMROLE,  ENUMOID,
                                OPEROID, CONSTROID, COLLOID,      RANGETYPE, CASTSOURCETARGET};
  for (int cache : kCaches) CacheRegisterSyscacheCallback(cache, on_catalog_change, 0);
  CacheRegisterRelcacheCallback(on_relation_change, 0);
  watching = true;
}

}  // namespace

uint64 schema_generation() {
  if (!watching) watch_catalog();
  return generation;
}

const FunctionSchemas* remembered_schemas(const char* path) {
  if (entries == nullptr || strlen(path) >= kMaxPath) return nullptr;
  if (entries_generation != generation && !kMutantOutlives) {
    MemoryContextDelete(context);
    context = nullptr;
    entries = nullptr;
    return nullptr;
  }
  const Entry* entry = static_cast<Entry*>(hash_search(entries, path, HASH_FIND, nullptr));
  return entry != nullptr ? &entry->schemas : nullptr;
}

void remember_schemas(const char* path, const FunctionSchemas& schemas, uint64 before) {
  if (before != generation || strlen(path) >= kMaxPath) return;
  if (entries == nullptr) {
    context = AllocSetContextCreate(TopMemoryContext, "freshet schemas", ALLOCSET_DEFAULT_SIZES);
    HASHCTL control = {};
    control.keysize = kMaxPath;
    control.entrysize = sizeof(Entry);
    control.hcxt = context;
    entries = hash_create("freshet schemas", 64, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
    entries_generation = generation;
  }
  FunctionSchemas copy = {
      MemoryContextStrdup(context, schemas.arguments), MemoryContextStrdup(context, schemas.arguments_object),
      MemoryContextStrdup(context, schemas.result), MemoryContextStrdup(context, schemas.page_order)};
  static_cast<Entry*>(hash_search(entries, path, HASH_ENTER, nullptr))->schemas = copy;
}

}  // namespace freshet
