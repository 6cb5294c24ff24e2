#include "change_set/catalog_change.h"

#include "change_set/list.h"
#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_statistic_ext_data.h"
#include "storage/sinval.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantRelcacheIsStatistics = FRESHET_MUTANT_IS(ANY_CATALOG_CHANGE_IS_STATISTICS);

bool is_shared_catalog_tuple(const SharedInvalidationMessage& message) {
  return message.id >= 0 && !OidIsValid(message.cc.dbId);
}

// One that no longer exists was dropped, which the drop tells by itself.
bool is_permanent_relation(const SharedInvalidationMessage& message) {
  if (message.id != SHAREDINVALRELCACHE_ID) return false;
  if (!OidIsValid(message.rc.relId)) return true;
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(message.rc.relId));
  if (!HeapTupleIsValid(tuple)) return false;
  const char persistence = ((Form_pg_class)GETSTRUCT(tuple))->relpersistence;
  ReleaseSysCache(tuple);
  return persistence != RELPERSISTENCE_TEMP;
}

// Every catalog tuple that a transaction inserts, updates or deletes is logged with its place, since decoding
// itself needs that. Only in-place updates are not: those are ANALYZE's and VACUUM's counters in pg_class. So
// a transaction that merely invalidates caches, as a VACUUM does that gives back space, wrote nothing that a
// query sees.
bool wrote_statistics_only(const ReorderBufferTXN* transaction) {
  if constexpr (kMutantRelcacheIsStatistics) return true;
  Relation statistics = RelationIdGetRelation(StatisticRelationId);
  Relation extended = RelationIdGetRelation(StatisticExtDataRelationId);
  bool only = RelationIsValid(statistics) && RelationIsValid(extended);
  const dlist_node* end = &transaction->tuplecids.head;
  for (const dlist_node* node = end->next; only && node != end; node = node->next) {
    const ReorderBufferChange& change = *FRESHET_LIST_ELEMENT(ReorderBufferChange, node, node);
    only = change.action == REORDER_BUFFER_CHANGE_INTERNAL_TUPLECID &&
           (wrote_tuple_of(change, statistics) || wrote_tuple_of(change, extended));
  }
  if (RelationIsValid(statistics)) RelationClose(statistics);
  if (RelationIsValid(extended)) RelationClose(extended);
  return only;
}

}  // namespace

CatalogChange catalog_change_of(const ReorderBufferTXN* transaction) {
  CatalogChange change = {};
  change.any = rbtxn_has_catalog_changes(transaction);
  if (!change.any) return change;
  for (uint32 i = 0; i < transaction->ninvalidations; ++i) {
    const SharedInvalidationMessage& message = transaction->invalidations[i];
    change.shared = change.shared || is_shared_catalog_tuple(message);
    change.permanent_relation = change.permanent_relation || is_permanent_relation(message);
  }
  change.statistics_only = !change.shared && wrote_statistics_only(transaction);
  return change;
}

}  // namespace freshet
