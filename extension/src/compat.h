// PostgreSQL's headers as C++ sees them, and every difference between server versions (15 to 18) in one
// place.
#pragma once

extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/pg_locale.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}

#if PG_VERSION_NUM < 150000
#error "Freshet needs PostgreSQL 15 or newer"
#endif

// Makes a C++ function callable from SQL. The library hides all other symbols.
#define FRESHET_EXPORT __attribute__((visibility("default")))
#define FRESHET_FUNCTION(name)                                 \
  extern "C" {                                                 \
  FRESHET_EXPORT Datum name(PG_FUNCTION_ARGS);                 \
  FRESHET_EXPORT const Pg_finfo_record* pg_finfo_##name(void); \
  const Pg_finfo_record* pg_finfo_##name(void) {               \
    static const Pg_finfo_record info = {1};                   \
    return &info;                                              \
  }                                                            \
  }                                                            \
  Datum name(PG_FUNCTION_ARGS)

namespace freshet {

// Does text under this collation sort by its bytes?
inline bool collation_is_c(Oid collation) {
#if PG_VERSION_NUM >= 180000
  return pg_newlocale_from_collation(collation)->collate_is_c;
#else
  return lc_collate_is_c(collation);
#endif
}

}  // namespace freshet

// --- walkers, and where a plan keeps the columns that a query selects (read_set)
// ---------------------------------
extern "C" {
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#if PG_VERSION_NUM >= 160000
#include "parser/parse_relation.h"
#endif
#include "utils/relcache.h"
}

namespace freshet {

using NodeWalker = bool (*)(Node*, void*);
using PlanStateWalker = bool (*)(PlanState*, void*);

// Up to 15 the walkers take a function without prototype, which C++ reads as one without arguments.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-function-type"
inline bool walk_expression(Node* node, NodeWalker walker, void* context) {
#if PG_VERSION_NUM >= 160000
  return expression_tree_walker_impl(node, walker, context);
#else
  return expression_tree_walker(node, reinterpret_cast<bool (*)()>(walker), context);
#endif
}

inline bool walk_raw_expression(Node* node, NodeWalker walker, void* context) {
#if PG_VERSION_NUM >= 160000
  return raw_expression_tree_walker_impl(node, walker, context);
#else
  return raw_expression_tree_walker(node, reinterpret_cast<bool (*)()>(walker), context);
#endif
}

using NodeMutator = Node* (*)(Node*, void*);

inline Node* mutate_expression(Node* node, NodeMutator mutator, void* context) {
#if PG_VERSION_NUM >= 160000
  return expression_tree_mutator_impl(node, mutator, context);
#else
  return expression_tree_mutator(node, reinterpret_cast<Node* (*)()>(mutator), context);
#endif
}

inline bool walk_plan_state(PlanState* state, PlanStateWalker walker, void* context) {
#if PG_VERSION_NUM >= 160000
  return planstate_tree_walker_impl(state, walker, context);
#else
  return planstate_tree_walker(state, reinterpret_cast<bool (*)()>(walker), context);
#endif
}

inline bool walk_query(Query* query, NodeWalker walker, void* context) {
#if PG_VERSION_NUM >= 160000
  return query_tree_walker_impl(query, walker, context, 0);
#else
  return query_tree_walker(query, reinterpret_cast<bool (*)()>(walker), context, 0);
#endif
}
#pragma GCC diagnostic pop

// The valid and immediate primary key of the relation, or InvalidOid.
inline Oid primary_key_index(Relation relation) {
#if PG_VERSION_NUM >= 180000
  return RelationGetPrimaryKeyIndex(relation, false);
#else
  return RelationGetPrimaryKeyIndex(relation);
#endif
}

// Columns of range table entry `index` that the query names, offset by FirstLowInvalidHeapAttributeNumber.
// False: this plan does not say.
inline bool selected_columns(EState* estate, Index index, Bitmapset** columns) {
  RangeTblEntry* rte = exec_rt_fetch(index, estate);
#if PG_VERSION_NUM >= 160000
  if (rte->perminfoindex != 0) {
    *columns = getRTEPermissionInfo(estate->es_rteperminfos, rte)->selectedCols;
    return true;
  }
  // A child of an inheritance tree has no permission info of its own: its parent's columns by another number.
  ListCell* cell;
  foreach (cell, estate->es_plannedstmt->appendRelations) {
    const AppendRelInfo* append = reinterpret_cast<AppendRelInfo*>(lfirst(cell));
    if (append->child_relid != index) continue;
    Bitmapset* named;
    if (!OidIsValid(append->parent_reloid) || !selected_columns(estate, append->parent_relid, &named))
      return false;
    *columns = nullptr;
    for (int member = -1; (member = bms_next_member(named, member)) >= 0;) {
      const int attnum = member + FirstLowInvalidHeapAttributeNumber;
      if (attnum <= 0) *columns = bms_add_member(*columns, member);
    }
    for (int child = 1; child <= append->num_child_cols; child++) {
      const int parent = append->parent_colnos[child - 1];
      if (parent > 0 && bms_is_member(parent - FirstLowInvalidHeapAttributeNumber, named))
        *columns = bms_add_member(*columns, child - FirstLowInvalidHeapAttributeNumber);
    }
    return true;
  }
  return false;
#else
  *columns = rte->selectedCols;
  return true;
#endif
}

// Whether the statement itself names the relation, rather than the planner having expanded it from its
// parent.
inline bool is_named_in_query(const RangeTblEntry* rte) {
#if PG_VERSION_NUM >= 160000
  return rte->perminfoindex != 0;
#else
  return rte->requiredPerms != 0;
#endif
}

// With whose rights the query names the relation of `rte`; InvalidOid: with those of the current user.
inline Oid relation_checked_as(const Query* query, const RangeTblEntry* rte) {
#if PG_VERSION_NUM >= 160000
  if (rte->perminfoindex == 0) return InvalidOid;
  return getRTEPermissionInfo(query->rteperminfos, const_cast<RangeTblEntry*>(rte))->checkAsUser;
#else
  (void)query;
  return rte->checkAsUser;
#endif
}

// Arguments of an ExecutorCheckPerms hook, and one member of the list in it that names relations.
struct NamedRelation {
  Oid relation;  // InvalidOid: none
  Oid checked_as;
};
#if PG_VERSION_NUM >= 160000
#define FRESHET_CHECK_PERMS_ARGS List *range_table, List *permissions, bool abort
#define FRESHET_CHECK_PERMS_PASS range_table, permissions, abort
#define FRESHET_CHECK_PERMS_LIST permissions
inline NamedRelation named_relation(const void* member) {
  const RTEPermissionInfo* permission = static_cast<const RTEPermissionInfo*>(member);
  return {permission->requiredPerms != 0 ? permission->relid : InvalidOid, permission->checkAsUser};
}
#else
#define FRESHET_CHECK_PERMS_ARGS List *range_table, bool abort
#define FRESHET_CHECK_PERMS_PASS range_table, abort
#define FRESHET_CHECK_PERMS_LIST range_table
inline NamedRelation named_relation(const void* member) {
  const RangeTblEntry* rte = static_cast<const RangeTblEntry*>(member);
  return {rte->rtekind == RTE_RELATION && rte->requiredPerms != 0 ? rte->relid : InvalidOid,
          rte->checkAsUser};
}
#endif

// Arguments of an ExecutorRun hook.
#if PG_VERSION_NUM >= 180000
#define FRESHET_EXECUTOR_RUN_ARGS QueryDesc *query, ScanDirection direction, uint64 count
#else
#define FRESHET_EXECUTOR_RUN_ARGS QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once
#endif

// Runs the plan in this process alone, since parallel workers have none of our hooks.
inline void run_without_workers(ExecutorRun_hook_type previous, QueryDesc* query, ScanDirection direction,
                                uint64 count) {
#if PG_VERSION_NUM >= 180000
  query->already_executed = query->already_executed || query->plannedstmt->parallelModeNeeded;
  previous != nullptr ? previous(query, direction, count) : standard_ExecutorRun(query, direction, count);
#else
  // A plan that may be run again is not given workers.
  previous != nullptr ? previous(query, direction, count, false)
                      : standard_ExecutorRun(query, direction, count, false);
#endif
}

}  // namespace freshet

// --- who owns what (registry)
// --------------------------------------------------------------------------------
extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "utils/acl.h"
}

namespace freshet {

inline bool owns_relation(Oid relation, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_ownercheck(RelationRelationId, relation, role);
#else
  return pg_class_ownercheck(relation, role);
#endif
}

inline bool owns_database(Oid database, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_ownercheck(DatabaseRelationId, database, role);
#else
  return pg_database_ownercheck(database, role);
#endif
}

}  // namespace freshet

// --- logical decoding (change_set)
// --------------------------------------------------------------------------------
extern "C" {
#include "replication/message.h"
#include "replication/reorderbuffer.h"
#include "utils/rel.h"
}

namespace freshet {

// A decoded tuple: a HeapTuple from 17 on, the buffer around one before. NULL stays NULL.
inline HeapTuple decoded_tuple(HeapTuple tuple) { return tuple; }
template <class TupleBuffer>
HeapTuple decoded_tuple(TupleBuffer* buffer) {
  return buffer != nullptr ? &buffer->tuple : nullptr;
}

// Is a catalog tuple that a transaction wrote (REORDER_BUFFER_CHANGE_INTERNAL_TUPLECID) one of this
// catalog's?
inline bool wrote_tuple_of(const ReorderBufferChange& change, Relation catalog) {
#if PG_VERSION_NUM >= 160000
  return RelFileLocatorEquals(change.data.tuplecid.locator, catalog->rd_locator);
#else
  return RelFileNodeEquals(change.data.tuplecid.node, catalog->rd_node);
#endif
}

// Becomes part of the running transaction; the commit flushes it.
inline void log_transactional_message(const char* prefix, const char* data, size_t size) {
#if PG_VERSION_NUM >= 170000
  LogLogicalMessage(prefix, data, size, true, false);
#else
  LogLogicalMessage(prefix, data, size, true);
#endif
}

}  // namespace freshet

// --- plans as text (call/explain)
// ----------------------------------------------------------------------------
extern "C" {
#include "commands/explain.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
}
