#include "registry/key_id.h"

#include "call/json_type.h"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/varlena.h"
}

namespace freshet {
namespace {

// Foreign keys may lead round in a circle.
constexpr int kMaxSteps = 16;

struct KeyColumn {
  Oid relation;
  AttrNumber column;
};

KeyColumn of_partitioned_table(KeyColumn at) {
  if (!get_rel_relispartition(at.relation)) return at;
  char* name = get_attname(at.relation, at.column, true);
  List* ancestors = get_partition_ancestors(at.relation);
  if (name == nullptr || ancestors == NIL) return at;
  Oid root = llast_oid(ancestors);
  AttrNumber column = get_attnum(root, name);
  return column > 0 ? KeyColumn{root, column} : at;
}

bool type_may_identify(KeyColumn at) {
  const JsonType* type = json_type(get_atttype(at.relation, at.column));
  if (type == nullptr) return false;
  switch (type->shape) {
    case JsonShape::kInteger:
    case JsonShape::kInt8:
    case JsonShape::kText:
      return true;
    case JsonShape::kOutput:
      return type->base == UUIDOID || type->base == NUMERICOID || type->base == NAMEOID;
    default:
      return false;
  }
}

bool in_primary_key(Relation relation, AttrNumber column) {
  Bitmapset* key = RelationGetIndexAttrBitmap(relation, INDEX_ATTR_BITMAP_PRIMARY_KEY);
  return bms_is_member(column - FirstLowInvalidHeapAttributeNumber, key);
}

// The column that a foreign key of this one references. Of several, the key with the fewest columns says most
// about this one; between equals the name decides, so that the answer does not depend on oids.
bool follow_foreign_key(Relation relation, KeyColumn* at) {
  const ForeignKeyCacheInfo* best = nullptr;
  char* best_name = nullptr;
  int best_position = 0;
  ListCell* cell;
  foreach (cell, RelationGetFKeyList(relation)) {
    const ForeignKeyCacheInfo* key = static_cast<ForeignKeyCacheInfo*>(lfirst(cell));
    for (int i = 0; i < key->nkeys; i++) {
      if (key->conkey[i] != at->column) continue;
      char* name = get_constraint_name(key->conoid);
      if (name == nullptr) continue;
      if (best != nullptr &&
          (key->nkeys > best->nkeys || (key->nkeys == best->nkeys && strcmp(name, best_name) >= 0)))
        continue;
      best = key;
      best_name = name;
      best_position = i;
    }
  }
  if (best == nullptr) return false;
  *at = {best->confrelid, best->confkey[best_position]};
  return true;
}

}  // namespace

char* key_id(Oid relation_oid, AttrNumber column) {
  if (column <= 0) return nullptr;
  KeyColumn at = {relation_oid, column};
  for (int step = 0; step < kMaxSteps; step++) {
    at = of_partitioned_table(at);
    if (!type_may_identify(at)) return nullptr;
    Relation relation = RelationIdGetRelation(at.relation);
    if (relation == nullptr) return nullptr;
    KeyColumn here = at;
    bool leads_on = follow_foreign_key(relation, &at);
    bool is_key = in_primary_key(relation, here.column);
    RelationClose(relation);
    if (leads_on) continue;
    if (!is_key) return nullptr;
    return psprintf("%s.%s.%s", get_namespace_name(get_rel_namespace(here.relation)),
                    get_rel_name(here.relation), get_attname(here.relation, here.column, false));
  }
  return nullptr;
}

char* key_id_by_name(const char* name) {
  List* parts;
  if (!SplitIdentifierString(pstrdup(name), '.', &parts) || list_length(parts) != 3) return nullptr;
  Oid schema = get_namespace_oid(static_cast<char*>(linitial(parts)), true);
  Oid relation =
      OidIsValid(schema) ? get_relname_relid(static_cast<char*>(lsecond(parts)), schema) : InvalidOid;
  if (!OidIsValid(relation)) return nullptr;
  AttrNumber column = get_attnum(relation, static_cast<char*>(lthird(parts)));
  return column > 0 ? key_id(relation, column) : nullptr;
}

}  // namespace freshet
