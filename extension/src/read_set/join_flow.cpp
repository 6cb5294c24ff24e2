#include "row_key/row_key.h"

#include "read_set/join_flow.h"

#include <algorithm>

#include "compat.h"
#include "mutant.h"
#include "read_set/bounds.h"
#include "read_set/join_keys.h"
#include "read_set/trace.h"

extern "C" {
#include "utils/lsyscache.h"
#include "utils/rel.h"
}

namespace freshet::read_set {
namespace {

// Equality hashes, ascending and distinct.
struct Values {
  bool known;
  uint32 count;
  uint64* hashes;
};

RowKeyCodec* codec_of(const ScanColumn& at) {
  const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(at.scan->relation), at.column - 1);
  return row_key_codec(attribute->atttypid, attribute->attcollation);
}

// --- while the statement starts

struct Collected {
  ScanColumn* columns;
};

void collect(PlanState* node, AttrNumber column, void* state) {
  WatchedScan* scan = find_scan(node);
  Collected* collected = static_cast<Collected*>(state);
  ScanColumn* found = static_cast<ScanColumn*>(palloc(sizeof(ScanColumn)));
  *found = {scan, column, collected->columns};
  collected->columns = found;
}

// Of targets, those that the operator compares as atoms do; of sources, all must be so.
void keep_comparable(ScanColumn** columns, Oid op, Oid collation, bool* unknown) {
  for (ScanColumn** link = columns; *link != nullptr;) {
    const ScanColumn& at = **link;
    if (at.scan != nullptr && OidIsValid(op) && row_key_is_equality(codec_of(at), op, collation)) {
      link = &(*link)->next;
    } else {
      *unknown = true;
      *link = (*link)->next;
    }
  }
}

void prepare_side(JoinSide* side, PlanState* node, int resno, Oid op, Oid collation) {
  Collected targets{nullptr};
  Collected sources{nullptr};
  trace_rows(node, resno, collect, &targets);
  side->sources_unknown = !trace_values(node, resno, collect, &sources);
  side->targets = targets.columns;
  side->sources = sources.columns;
  bool ignored = false;
  keep_comparable(&side->targets, op, collation, &ignored);
  keep_comparable(&side->sources, op, collation, &side->sources_unknown);
}

void add_key(const EqualColumns& columns, void* state) {
  JoinFlow* flow = static_cast<JoinFlow*>(state);
  JoinKey* key = static_cast<JoinKey*>(palloc0(sizeof(JoinKey)));
  key->op = columns.op;
  key->collation = columns.collation;
  key->hash_key = columns.hash_key;
  prepare_side(&key->outer, columns.outer, columns.outer_resno, columns.op, columns.collation);
  prepare_side(&key->inner, columns.inner, columns.inner_resno, get_commutator(columns.op),
               columns.collation);
  key->next = flow->keys;
  flow->keys = key;
}

void mark(const ScanColumn* columns, bool repeats) {
  for (const ScanColumn* at = columns; at != nullptr; at = at->next) {
    at->scan->joined = true;
    at->scan->repeats = at->scan->repeats || repeats;
    judge_by(&at->scan->rows, at->scan->node, at->scan->relation, at->column);
  }
}

// --- when it ends

// The first scan gave all that the join ever took from it, or the join looks at one row of it after the other
// without regard to what is to come: a nested loop does, and a hash join that went on to a second row, since
// it stops before that if it finds nothing to look up. A merge join stops where the other side ends: what it
// left in a sort matters as soon as the other side goes on, so the two may not vouch for each other.
bool gave_all(const JoinFlow* flow, const WatchedScan* source, bool is_outer) {
  if (IsA(flow->node, MergeJoinState) && source->sort != nullptr && is_cut_short(source->sort)) return false;
  if (source->read_to_end || FRESHET_MUTANT_IS(UNREAD_KEYS_IGNORED)) return true;
  if (!is_outer || IsA(flow->node, MergeJoinState)) return false;
  if (IsA(flow->node, NestLoopState)) return true;
  return outerPlanState(flow->node) == source->node && source->rows.held_count >= 2;
}

// While joins are `undecided`, all rows of the source count, and not only those that turned out to matter.
void add_values(const ScanColumn& source, bool undecided, Values* values) {
  const ReturnedRows& rows = source.scan->rows;
  int judged = -1;
  for (int i = 0; i < rows.judged_count; i++) {
    if (rows.judged[i].column == source.column) judged = i;
  }
  values->known = values->known && judged >= 0;
  if (!values->known || rows.held_count == 0) return;
  const Condition outcome = undecided ? always() : run_outcome(source.scan);
  const Size room = sizeof(uint64) * (values->count + rows.held_count);
  values->hashes =
      static_cast<uint64*>(values->hashes == nullptr ? palloc(room) : repalloc(values->hashes, room));
  for (int row = 0; row < rows.held_count && values->known; row++) {
    const HeldValue& value = rows.held_values[static_cast<Size>(rows.judged_count) * row + judged];
    if (value.null || !may_satisfy(&rows, row, outcome)) continue;
    values->known = value.has_eq;
    values->hashes[values->count++] = value.eq;
  }
}

Values values_of(const JoinFlow* flow, const JoinSide& side, bool is_outer, bool undecided) {
  Values values{!side.sources_unknown, 0, nullptr};
  for (const ScanColumn* at = side.sources; at != nullptr && values.known; at = at->next) {
    const WatchedScan* scan = at->scan;
    values.known = scan->open && scan->run_known && !scan->varies && (!scan->ran_again || scan->repeats) &&
                   !scan->in_call && scan->rows.valued && gave_all(flow, scan, is_outer);
    if (values.known) add_values(*at, undecided, &values);
  }
  if (!values.known) return values;
  std::sort(values.hashes, values.hashes + values.count);
  values.count =
      static_cast<uint32>(std::unique(values.hashes, values.hashes + values.count) - values.hashes);
  return values;
}

Condition one_of(const Values& values, AttrNumber column) {
  if (values.count == 0) return never();
  Atom atom{};
  atom.attnum = column;
  atom.kind = values.count == 1 ? wire::AtomKind::kEq : wire::AtomKind::kIn;
  atom.hash_count = values.count;
  atom.hashes = values.hashes;
  return of_atom(atom);
}

// Rows of the target with a partner on the other side. always(): not known.
Condition partners(const JoinFlow* flow, const JoinKey* key, const ScanColumn& target, bool is_outer,
                   bool undecided) {
  const WatchedScan* scan = target.scan;
  if (!scan->columns.all && !bms_is_member(target.column, scan->columns.attnums)) return always();
  if (is_outer && key->hash_key >= 0) {
    const Condition looked_up = with_partner(reinterpret_cast<HashJoinState*>(flow->node), key->hash_key,
                                             scan->relation, target.column, scan->columns);
    if (!is_always(looked_up)) return looked_up;
  }
  const Values values = values_of(flow, is_outer ? key->inner : key->outer, !is_outer, undecided);
  return values.known && values.count <= kMaxHashes ? one_of(values, target.column) : always();
}

// A list of values that excludes no row there is may still exclude one to come, as long as it is short.
constexpr uint32 kShortList = 64;

// How much narrowing one side is worth: rows that it was found to have and that have no partner; and if
// there is none on either side, rather a table of which all rows matter so far.
double worth(const JoinFlow* flow, bool is_outer) {
  double best = 0;
  for (const JoinKey* key = flow->keys; key != nullptr; key = key->next) {
    for (const ScanColumn* at = is_outer ? key->outer.targets : key->inner.targets; at != nullptr;
         at = at->next) {
      if (!at->scan->open || !at->scan->run_known) continue;
      const Condition condition = partners(flow, key, *at, is_outer, true);
      if (is_always(condition)) continue;
      const bool is_long = !is_never(condition) && condition.conjs[0].atoms[0].hash_count > kShortList;
      double gain = is_long ? 0 : is_always(at->scan->run) ? 0.5 : 0.25;
      for (int row = 0; row < at->scan->rows.held_count; row++) {
        if (!may_satisfy(&at->scan->rows, row, condition)) gain += 1;
      }
      best = Max(best, gain);
    }
  }
  return best;
}

void decide(JoinFlow* flow) {
  flow->narrowed = Narrowed::kNeither;
  const double outer = flow->may_narrow_outer ? worth(flow, true) : 0;
  const double inner = flow->may_narrow_inner ? worth(flow, false) : 0;
  if (outer > 0 || inner > 0) flow->narrowed = outer >= inner ? Narrowed::kOuter : Narrowed::kInner;
}

}  // namespace

void note_join(Execution* execution, PlanState* node) {
  const JoinType type = reinterpret_cast<Join*>(node->plan)->jointype;
  // What the inner side of a nested loop is asked for depends on the outer side.
  const bool asked = IsA(node, NestLoopState) && !bms_is_empty(innerPlanState(node)->plan->allParam);
  if (asked) return;
  JoinFlow* flow = static_cast<JoinFlow*>(palloc0(sizeof(JoinFlow)));
  flow->node = node;
  flow->may_narrow_outer = type == JOIN_INNER || type == JOIN_SEMI || type == JOIN_RIGHT ||
                           (FRESHET_MUTANT_IS(PRESERVED_SIDE_NARROWED) && type == JOIN_LEFT);
  flow->may_narrow_inner = type == JOIN_INNER || type == JOIN_LEFT || type == JOIN_SEMI || type == JOIN_ANTI;
  if (!flow->may_narrow_outer && !flow->may_narrow_inner) return;
  for_each_key(node, add_key, flow);
  if (flow->keys == nullptr) return;
  for (const JoinKey* key = flow->keys; key != nullptr; key = key->next) {
    const bool repeats = IsA(node, NestLoopState);
    mark(key->outer.targets, false);
    mark(key->outer.sources, false);
    mark(key->inner.targets, repeats);
    mark(key->inner.sources, repeats);
  }
  flow->next = execution->joins;
  execution->joins = flow;
}

Condition with_partners(WatchedScan* scan) {
  Condition condition = always();
  for (JoinFlow* flow = scan->execution->joins; flow != nullptr; flow = flow->next) {
    if (flow->narrowed == Narrowed::kUndecided) decide(flow);
    const bool both_sides = FRESHET_MUTANT_IS(BOTH_SIDES_NARROWED) && flow->narrowed != Narrowed::kNeither;
    for (const JoinKey* key = flow->keys; key != nullptr; key = key->next) {
      for (const bool is_outer : {true, false}) {
        if (!both_sides && flow->narrowed != (is_outer ? Narrowed::kOuter : Narrowed::kInner)) continue;
        for (const ScanColumn* at = is_outer ? key->outer.targets : key->inner.targets; at != nullptr;
             at = at->next) {
          if (at->scan == scan) condition = both(condition, partners(flow, key, *at, is_outer, false));
        }
      }
    }
  }
  return condition;
}

}  // namespace freshet::read_set
