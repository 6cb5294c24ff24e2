#include "row_key/codec.h"

#include "compat.h"

extern "C" {
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
}

namespace freshet {
namespace {

constexpr int kMaxNesting = 32;

HTAB* codecs = nullptr;

// Permanent ones that were asked for last.
struct Recent {
  Oid type;
  Oid collation;
  RowKeyCodec* codec;
};
constexpr int kRecents = 64;
Recent recents[kRecents];

uint64 catalog_generation = 1;

void forget_syscache(Datum, int, uint32) { ++catalog_generation; }
void forget_relation(Datum, Oid) { ++catalog_generation; }

void start() {
  HASHCTL control = {};
  control.keysize = sizeof(RowKeyCodec::Key);
  control.entrysize = sizeof(RowKeyCodec);
  control.hcxt = CacheMemoryContext;
  codecs = hash_create("freshet row keys", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  // Operator classes and their functions reach a type through its pg_type, pg_opclass and pg_amproc rows; the
  // columns of a composite through its relation.
  CacheRegisterSyscacheCallback(TYPEOID, forget_syscache, 0);
  CacheRegisterSyscacheCallback(CLAOID, forget_syscache, 0);
  CacheRegisterSyscacheCallback(AMPROCNUM, forget_syscache, 0);
  CacheRegisterSyscacheCallback(PROCOID, forget_syscache, 0);
  CacheRegisterSyscacheCallback(COLLOID, forget_syscache, 0);
  CacheRegisterRelcacheCallback(forget_relation, 0);
}

// A hash function in SQL or a procedural language cannot run while a transaction is decoded.
bool compiled(Oid function) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return false;
  const Oid language = ((Form_pg_proc)GETSTRUCT(tuple))->prolang;
  ReleaseSysCache(tuple);
  return language == INTERNALlanguageId || language == ClanguageId;
}

// Can values of this type be hashed anywhere, down to the last element or column? The type cache answers for
// the elements' operator classes, not for the language of their functions.
bool hashable(Oid type, int depth, bool* permanent) {
  if (depth > kMaxNesting) return false;
  type = getBaseType(type);
  if (type >= FirstNormalObjectId) *permanent = false;

  TypeCacheEntry* entry = lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC);
  if (!OidIsValid(entry->hash_extended_proc) || !compiled(entry->hash_extended_proc)) return false;

  const Oid element = get_base_element_type(type);
  if (OidIsValid(element)) return hashable(element, depth + 1, permanent);

  switch (get_typtype(type)) {
    case TYPTYPE_RANGE:
      return hashable(get_range_subtype(type), depth + 1, permanent);
    case TYPTYPE_MULTIRANGE:
      return hashable(get_multirange_range(type), depth + 1, permanent);
    case TYPTYPE_COMPOSITE: {
      *permanent = false;
      TupleDesc columns = lookup_rowtype_tupdesc_copy(type, -1);
      bool all = true;
      for (int i = 0; all && i < columns->natts; ++i) {
        if (TupleDescAttr(columns, i)->attisdropped) continue;
        all = hashable(TupleDescAttr(columns, i)->atttypid, depth + 1, permanent);
      }
      FreeTupleDesc(columns);
      return all;
    }
    default:
      return true;
  }
}

void fill(RowKeyCodec* codec) {
  // Set first: what is invalidated while the catalog is read makes the result stale at once.
  codec->generation = catalog_generation;
  const Oid type = codec->key.type;
  const Oid collation = codec->key.collation;

  bool permanent = collation < FirstNormalObjectId;
  get_typlenbyval(type, &codec->typlen, &codec->typbyval);
  codec->deterministic = !OidIsValid(collation) || get_collation_isdeterministic(collation);

  codec->has_eq = hashable(type, 0, &permanent);
  TypeCacheEntry* entry = lookup_type_cache(
      type, TYPECACHE_HASH_EXTENDED_PROC | TYPECACHE_HASH_OPFAMILY | TYPECACHE_BTREE_OPFAMILY);
  // Without a collation a hash function of a collatable type raises an error.
  if (type_is_collatable(type) && !OidIsValid(collation)) codec->has_eq = false;
  codec->hash_family = entry->hash_opf;
  codec->hash_input = entry->hash_opintype;
  if (codec->scratch == nullptr)
    codec->scratch = AllocSetContextCreate(CacheMemoryContext, "freshet row key", ALLOCSET_SMALL_SIZES);
  else
    MemoryContextReset(codec->scratch);
  if (codec->has_eq) fmgr_info_cxt(entry->hash_extended_proc, &codec->hash, codec->scratch);

  codec->btree_family = entry->btree_opf;
  codec->btree_input = entry->btree_opintype;
  codec->order = order_code_of(codec->btree_family, codec->btree_input, collation);
  if (codec->order == OrderCode::kEnum) permanent = false;
  codec->permanent = permanent && type < FirstNormalObjectId;
}

}  // namespace

RowKeyCodec* fresh(RowKeyCodec* codec) {
  if (!codec->permanent && codec->generation != catalog_generation) fill(codec);
  return codec;
}

RowKeyCodec* row_key_codec(Oid type, Oid collation) {
  Recent* recent = &recents[(type ^ collation) % kRecents];
  if (recent->codec != nullptr && recent->type == type && recent->collation == collation)
    return recent->codec;
  if (codecs == nullptr) start();
  RowKeyCodec::Key key;
  key.type = getBaseType(type);
  key.collation = collation;
  bool found;
  auto* codec = static_cast<RowKeyCodec*>(hash_search(codecs, &key, HASH_ENTER, &found));
  if (!found) {
    codec->permanent = false;
    codec->generation = 0;  // an error while it is filled in leaves it stale, so the next use tries again
    codec->scratch = nullptr;
  }
  fresh(codec);
  if (codec->permanent && type < FirstNormalObjectId) *recent = {type, collation, codec};
  return codec;
}

}  // namespace freshet
