#include "read_set/scan_terms.h"

#include "compat.h"
#include "mutant.h"
#include "read_set/tests.h"

extern "C" {
#include "access/sysattr.h"
#include "executor/executor.h"
#include "optimizer/optimizer.h"
#include "utils/rel.h"
}

namespace freshet::read_set {
namespace {

enum class Part { kFixed, kCurrent };

struct Collector {
  Terms terms;
  Part part;
  bool complete;  // the current part repeats the fixed one: under OR they cannot be told apart
  bool varies;
  Condition condition;
};

// A qual goes to the fixed part unless a parameter of the run is in it, or its operand is only to be had as a
// key of the index scan.
void take_qual(Collector* collector, Node* qual, const ScanKeyData* key) {
  bool missing = false;
  bool widened = false;
  const bool runs = depends_on_run(qual);
  collector->terms.missing = &missing;
  collector->terms.widened = &widened;
  if (collector->part == Part::kFixed) {
    collector->terms.key = nullptr;
    if (!runs) collector->condition = both(collector->condition, when_true(collector->terms, qual));
    if (widened && !missing)
      collector->condition = both(collector->condition, tested(collector->terms, qual));
    if (runs || (missing && key != nullptr)) collector->varies = true;
    return;
  }
  collector->terms.key = key;
  if (runs || key != nullptr || collector->complete)
    collector->condition = both(collector->condition, when_true(collector->terms, qual));
}

void take_quals(Collector* collector, List* quals) {
  ListCell* cell;
  foreach (cell, quals) take_qual(collector, static_cast<Node*>(lfirst(cell)), nullptr);
}

// Columns of the table that the columns of `index` are.
void use_index(Collector* collector, Relation index) {
  collector->terms.index_column_count = index->rd_index->indnatts;
  collector->terms.index = RelationGetRelid(index);
  collector->terms.index_columns = index->rd_index->indkey.values;
}

void take_index_quals(Collector* collector, Relation index, List* quals, const ScanKeyData* keys,
                      int key_count, bool keys_ready) {
  if (index == nullptr) return;
  use_index(collector, index);
  // One scan key for each qual, in order; an array that the access method does not search itself has none of
  // its own value, which operand lookup notices.
  const bool paired = keys_ready && key_count == list_length(quals);
  int at = 0;
  ListCell* cell;
  foreach (cell, quals) {
    const ScanKeyData* key = collector->part == Part::kFixed
                                 ? (key_count == list_length(quals) ? &keys[at] : nullptr)
                                 : (paired ? &keys[at] : nullptr);
    take_qual(collector, static_cast<Node*>(lfirst(cell)), key);
    at++;
  }
  collector->terms.key = nullptr;
}

void take_index_predicate(Collector* collector, Relation index) {
  if (index == nullptr || collector->part == Part::kCurrent) return;
  const Index varno = collector->terms.varno;
  collector->terms.varno = 1;
  take_quals(collector, RelationGetIndexPredicate(index));
  collector->terms.varno = varno;
}

Condition bitmap_condition(Collector* collector, PlanState* node);

Condition bitmap_parts(Collector* collector, PlanState** parts, int count, bool all) {
  Condition result = all ? always() : never();
  for (int i = 0; i < count; i++) {
    const Condition part = bitmap_condition(collector, parts[i]);
    result = all ? both(result, part) : either(result, part);
  }
  return result;
}

// What the indexes below a bitmap heap scan were asked for.
Condition bitmap_condition(Collector* collector, PlanState* node) {
  if (IsA(node, BitmapAndState)) {
    const BitmapAndState* state = reinterpret_cast<BitmapAndState*>(node);
    return bitmap_parts(collector, state->bitmapplans, state->nplans, true);
  }
  if (IsA(node, BitmapOrState)) {
    const BitmapOrState* state = reinterpret_cast<BitmapOrState*>(node);
    return bitmap_parts(collector, state->bitmapplans, state->nplans, false);
  }
  if (!IsA(node, BitmapIndexScanState)) return always();
  const BitmapIndexScanState* state = reinterpret_cast<BitmapIndexScanState*>(node);
  const Condition before = collector->condition;
  collector->condition = always();
  // Keys of an array that the scan steps through are not the whole condition.
  const bool ready = state->biss_RuntimeKeysReady && state->biss_NumArrayKeys == 0;
  take_index_quals(collector, state->biss_RelationDesc,
                   reinterpret_cast<BitmapIndexScan*>(node->plan)->indexqual, state->biss_ScanKeys,
                   state->biss_NumScanKeys, ready);
  const Condition found = collector->condition;
  collector->condition = before;
  return found;
}

void collect(Collector* collector, PlanState* node) {
  switch (nodeTag(node)) {
    case T_IndexScanState: {
      const IndexScanState* state = reinterpret_cast<IndexScanState*>(node);
      take_index_quals(collector, state->iss_RelationDesc,
                       reinterpret_cast<IndexScan*>(node->plan)->indexqual, state->iss_ScanKeys,
                       state->iss_NumScanKeys, state->iss_RuntimeKeysReady);
      take_index_predicate(collector, state->iss_RelationDesc);
      break;
    }
    case T_IndexOnlyScanState: {
      const IndexOnlyScanState* state = reinterpret_cast<IndexOnlyScanState*>(node);
      take_index_quals(collector, state->ioss_RelationDesc,
                       reinterpret_cast<IndexOnlyScan*>(node->plan)->indexqual, state->ioss_ScanKeys,
                       state->ioss_NumScanKeys, state->ioss_RuntimeKeysReady);
      take_index_predicate(collector, state->ioss_RelationDesc);
      break;
    }
    case T_BitmapHeapScanState:
      collector->complete = true;
      collector->condition = both(collector->condition, bitmap_condition(collector, outerPlanState(node)));
      take_quals(collector, reinterpret_cast<BitmapHeapScan*>(node->plan)->bitmapqualorig);
      break;
    default:
      break;
  }
  take_quals(collector, node->plan->qual);
}

Collector make_collector(PlanState* node, Relation relation, OperandStates* operands, Part part) {
  Collector collector{};
  collector.terms.relation = relation;
  collector.terms.columns = RelationGetDescr(relation);
  collector.terms.varno = reinterpret_cast<Scan*>(node->plan)->scanrelid;
  collector.terms.operands = operands;
  collector.part = part;
  collector.condition = always();
  return collector;
}

void add_columns(Bitmapset* offset_attnums, Columns* columns, bool* system_columns) {
  for (int member = -1; (member = bms_next_member(offset_attnums, member)) >= 0;) {
    const int attnum = member + FirstLowInvalidHeapAttributeNumber;
    if (attnum > 0) {
      columns->attnums = bms_add_member(columns->attnums, attnum);
    } else if (attnum != TableOidAttributeNumber) {
      columns->all = true;
      if (attnum < 0) *system_columns = true;
    }
  }
}

void add_expression_columns(List* expressions, Index varno, Columns* columns, bool* system_columns) {
  Bitmapset* found = nullptr;
  pull_varattnos(reinterpret_cast<Node*>(expressions), varno, &found);
  add_columns(found, columns, system_columns);
}

// Expressions of an index-only scan name the columns of the index.
void add_index_columns(List* expressions, const IndexOnlyScan* plan, Columns* columns, bool* system_columns) {
  Bitmapset* found = nullptr;
  pull_varattnos(reinterpret_cast<Node*>(expressions), INDEX_VAR, &found);
  for (int member = -1; (member = bms_next_member(found, member)) >= 0;) {
    const int position = member + FirstLowInvalidHeapAttributeNumber;
    if (position < 1 || position > list_length(plan->indextlist)) continue;
    TargetEntry* entry = static_cast<TargetEntry*>(list_nth(plan->indextlist, position - 1));
    add_expression_columns(list_make1(entry->expr), plan->scan.scanrelid, columns, system_columns);
  }
}

// The planner drops a condition that the predicate of the index implies. A policy's columns are then named
// nowhere else.
void add_predicate_columns(Relation index, Columns* columns, bool* system_columns) {
  if (index == nullptr || FRESHET_MUTANT_IS(PREDICATE_COLUMNS_FORGOTTEN)) return;
  add_expression_columns(RelationGetIndexPredicate(index), 1, columns, system_columns);
}

void add_bitmap_predicate_columns(PlanState* node, Columns* columns, bool* system_columns) {
  if (IsA(node, BitmapAndState)) {
    const BitmapAndState* state = reinterpret_cast<BitmapAndState*>(node);
    for (int i = 0; i < state->nplans; i++)
      add_bitmap_predicate_columns(state->bitmapplans[i], columns, system_columns);
  } else if (IsA(node, BitmapOrState)) {
    const BitmapOrState* state = reinterpret_cast<BitmapOrState*>(node);
    for (int i = 0; i < state->nplans; i++)
      add_bitmap_predicate_columns(state->bitmapplans[i], columns, system_columns);
  } else if (IsA(node, BitmapIndexScanState)) {
    add_predicate_columns(reinterpret_cast<BitmapIndexScanState*>(node)->biss_RelationDesc, columns,
                          system_columns);
  }
}

}  // namespace

ScanConditions fixed_condition(PlanState* node, Relation relation, OperandStates* operands) {
  Collector collector = make_collector(node, relation, operands, Part::kFixed);
  collect(&collector, node);
  return {collector.condition, collector.varies};
}

Condition current_condition(PlanState* node, Relation relation, OperandStates* operands) {
  Collector collector = make_collector(node, relation, operands, Part::kCurrent);
  collect(&collector, node);
  return collector.condition;
}

Columns used_columns(PlanState* node, Relation relation, bool* system_columns) {
  Columns columns{};
  const Index varno = reinterpret_cast<Scan*>(node->plan)->scanrelid;
  Bitmapset* selected;
  if (selected_columns(node->state, varno, &selected)) {
    add_columns(selected, &columns, system_columns);
  } else {
    columns.all = true;
  }
  if constexpr (FRESHET_MUTANT_IS(COLUMNS_WITHOUT_QUALS)) return columns;
  switch (nodeTag(node)) {
    case T_IndexScanState: {
      IndexScan* plan = reinterpret_cast<IndexScan*>(node->plan);
      add_expression_columns(plan->indexqualorig, varno, &columns, system_columns);
      add_expression_columns(plan->indexorderbyorig, varno, &columns, system_columns);
      add_predicate_columns(reinterpret_cast<IndexScanState*>(node)->iss_RelationDesc, &columns,
                            system_columns);
      break;
    }
    case T_IndexOnlyScanState: {
      IndexOnlyScan* plan = reinterpret_cast<IndexOnlyScan*>(node->plan);
      add_index_columns(plan->indexqual, plan, &columns, system_columns);
      add_index_columns(plan->indexorderby, plan, &columns, system_columns);
      add_index_columns(plan->scan.plan.qual, plan, &columns, system_columns);
      add_predicate_columns(reinterpret_cast<IndexOnlyScanState*>(node)->ioss_RelationDesc, &columns,
                            system_columns);
      break;
    }
    case T_BitmapHeapScanState:
      add_expression_columns(reinterpret_cast<BitmapHeapScan*>(node->plan)->bitmapqualorig, varno, &columns,
                             system_columns);
      add_bitmap_predicate_columns(outerPlanState(node), &columns, system_columns);
      break;
    default:
      break;
  }
  add_expression_columns(node->plan->qual, varno, &columns, system_columns);
#if PG_VERSION_NUM >= 180000
  // A virtual generated column stands for the columns that it is computed from.
  for (int i = 0; i < RelationGetDescr(relation)->natts; i++) {
    if (TupleDescAttr(RelationGetDescr(relation), i)->attgenerated == ATTRIBUTE_GENERATED_VIRTUAL &&
        bms_is_member(i + 1, columns.attnums)) {
      columns.all = true;
    }
  }
#endif
  return columns;
}

}  // namespace freshet::read_set
