#include "change_set/catalog_change.h"

#include "change_set/list.h"
#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_description.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_statistic_ext_data.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "storage/sinval.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantRelcacheIsStatistics = FRESHET_MUTANT_IS(ANY_CATALOG_CHANGE_IS_STATISTICS);
constexpr bool kMutantRelationsUnchecked = FRESHET_MUTANT_IS(TRUNCATE_HIDES_OTHER_RELATIONS);
constexpr bool kMutantCatalogsUnchecked = FRESHET_MUTANT_IS(TEMPORARY_HIDES_OTHER_CATALOGS);
constexpr bool kMutantTypesUnchecked = FRESHET_MUTANT_IS(TEMPORARY_HIDES_OTHER_TYPES);

constexpr Oid kStatistics[] = {StatisticRelationId, StatisticExtDataRelationId};
// Where relations have their place.
constexpr Oid kPlaces[] = {RelationRelationId, StatisticRelationId, StatisticExtDataRelationId};
// Where the rows of a relation's definition are. A change of any of them either says which relation it
// belongs to (an invalidation of what is remembered of it), or is one of a type (an invalidation by the
// type's oid), or is of no consequence for results (comments, dependences, bounds of sequences).
constexpr Oid kDefinitions[] = {RelationRelationId,   AttributeRelationId,       AttrDefaultRelationId,
                                ConstraintRelationId, IndexRelationId,           InheritsRelationId,
                                RewriteRelationId,    TriggerRelationId,         TypeRelationId,
                                SequenceRelationId,   DependRelationId,          DescriptionRelationId,
                                StatisticRelationId,  StatisticExtDataRelationId};
constexpr int kMaxCatalogs = lengthof(kDefinitions);

bool is_shared_catalog_tuple(const SharedInvalidationMessage& message) {
  return message.id >= 0 && !OidIsValid(message.cc.dbId);
}

// A change of its catalog row that fires no event trigger gives it another place and does nothing else, or is
// made by hand; by hand on a table that was truncated it is told as that table.
bool only_place_changes(char kind, Oid relation, const ChangedTables& tables) {
  return kind == RELKIND_INDEX || kind == RELKIND_PARTITIONED_INDEX || kind == RELKIND_TOASTVALUE ||
         kind == RELKIND_SEQUENCE || tables.truncated(relation);
}

// One that no longer exists was dropped, which the drop tells by itself.
bool is_permanent_relation(Oid relation, const ChangedTables& tables) {
  if (!OidIsValid(relation)) return true;
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return false;
  const Form_pg_class row = (Form_pg_class)GETSTRUCT(tuple);
  const bool counts =
      row->relpersistence != RELPERSISTENCE_TEMP && !only_place_changes(row->relkind, relation, tables);
  ReleaseSysCache(tuple);
  return counts;
}

// Is the relation temporary, or of a kind whose place alone changes without an event?
bool explained(Oid relation, const TemporaryRelations& temporary, const ChangedTables& tables) {
  if (!OidIsValid(relation)) return false;
  if (temporary.has(relation) || kMutantRelationsUnchecked) return true;
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return false;
  const bool only = only_place_changes(((Form_pg_class)GETSTRUCT(tuple))->relkind, relation, tables);
  ReleaseSysCache(tuple);
  return only;
}

bool explained(const SharedInvalidationMessage& message, const TemporaryRelations& temporary,
               const ChangedTables& tables) {
  switch (message.id) {
    case SHAREDINVALRELCACHE_ID:
      return explained(message.rc.relId, temporary, tables);
    case SHAREDINVALSNAPSHOT_ID:
    case SHAREDINVALSMGR_ID:
      return true;
    case TYPEOID:
      return temporary.has_type(message.cc.hashValue) || kMutantTypesUnchecked;
    default:
      return message.id >= 0;
  }
}

// Every catalog tuple that a transaction inserts, updates or deletes is logged with its place, since decoding
// itself needs that. Only in-place updates are not: those are ANALYZE's and VACUUM's counters in pg_class. So
// a transaction that merely invalidates caches, as a VACUUM does that gives back space, wrote nothing that a
// query sees.
bool wrote_only(const ReorderBufferTXN* transaction, const Oid* catalogs, int count) {
  Relation opened[2 * kMaxCatalogs];
  int opened_count = 0;
  for (int i = 0; i < count; ++i) {
    Relation catalog = RelationIdGetRelation(catalogs[i]);
    if (!RelationIsValid(catalog)) continue;
    opened[opened_count++] = catalog;
    if (!OidIsValid(catalog->rd_rel->reltoastrelid)) continue;
    Relation toast = RelationIdGetRelation(catalog->rd_rel->reltoastrelid);
    if (RelationIsValid(toast)) opened[opened_count++] = toast;
  }
  bool only = true;
  const dlist_node* end = &transaction->tuplecids.head;
  for (const dlist_node* node = end->next; only && node != end; node = node->next) {
    const ReorderBufferChange& change = *FRESHET_LIST_ELEMENT(ReorderBufferChange, node, node);
    bool listed = false;
    for (int i = 0; !listed && change.action == REORDER_BUFFER_CHANGE_INTERNAL_TUPLECID && i < opened_count;
         ++i)
      listed = wrote_tuple_of(change, opened[i]);
    only = listed;
  }
  for (int i = 0; i < opened_count; ++i) RelationClose(opened[i]);
  return only;
}

bool keeps_definitions(const ReorderBufferTXN* transaction, const TemporaryRelations& temporary,
                       const ChangedTables& tables) {
  if (kMutantRelcacheIsStatistics || wrote_only(transaction, kStatistics, lengthof(kStatistics))) return true;
  for (uint32 i = 0; i < transaction->ninvalidations; ++i)
    if (!explained(transaction->invalidations[i], temporary, tables)) return false;
  if (temporary.any())
    return kMutantCatalogsUnchecked || wrote_only(transaction, kDefinitions, lengthof(kDefinitions));
  return wrote_only(transaction, kPlaces, lengthof(kPlaces));
}

}  // namespace

CatalogChange catalog_change_of(const ReorderBufferTXN* transaction, const TemporaryRelations& temporary,
                                const ChangedTables& tables) {
  CatalogChange change = {};
  change.any = rbtxn_has_catalog_changes(transaction);
  if (!change.any) return change;
  for (uint32 i = 0; i < transaction->ninvalidations; ++i) {
    const SharedInvalidationMessage& message = transaction->invalidations[i];
    change.shared = change.shared || is_shared_catalog_tuple(message);
    change.permanent_relation =
        change.permanent_relation ||
        (message.id == SHAREDINVALRELCACHE_ID && is_permanent_relation(message.rc.relId, tables));
  }
  change.definitions_kept = !change.shared && keeps_definitions(transaction, temporary, tables);
  return change;
}

}  // namespace freshet
