#include "row_key/row_key.h"

#include "read_set/join_keys.h"

#include <algorithm>

#include "compat.h"

extern "C" {
#include "executor/hashjoin.h"
#include "executor/tuptable.h"
#include "nodes/nodeFuncs.h"
#include "utils/rel.h"
}

namespace freshet::read_set {
namespace {

// Rows of the build side beyond which its keys are not looked at.
constexpr double kMaxBuildRows = 5000;

// The table is there once the build side was read to its end. In batches, part of it is in files.
bool is_complete(const HashJoinState* join) {
  const HashJoinTableData* table = join->hj_HashTable;
  return table != nullptr && table->parallel_state == nullptr && table->nbatch == 1 && !table->skewEnabled &&
         table->totalTuples <= kMaxBuildRows;
}

// The column of the build side's rows that the key is, or 0.
int build_column(const HashJoinState* join, int key, Oid* type) {
  const Hash* hash = reinterpret_cast<const Hash*>(innerPlanState(join)->plan);
  if (key >= list_length(hash->hashkeys)) return 0;
  const Node* expr = static_cast<const Node*>(list_nth(hash->hashkeys, key));
  if (!IsA(expr, Var) || reinterpret_cast<const Var*>(expr)->varno != OUTER_VAR) return 0;
  *type = exprType(expr);
  return reinterpret_cast<const Var*>(expr)->varattno;
}

}  // namespace

Condition with_partner(HashJoinState* join, int key, Relation relation, AttrNumber attnum,
                       const Columns& columns) {
  if (!is_complete(join) || (!columns.all && !bms_is_member(attnum, columns.attnums))) return always();
  Oid type;
  const int column = build_column(join, key, &type);
  const HashJoin* plan = reinterpret_cast<const HashJoin*>(join->js.ps.plan);
  const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), attnum - 1);
  RowKeyCodec* codec = row_key_codec(attribute->atttypid, attribute->attcollation);
  if (column == 0 || !row_key_is_equality(codec, list_nth_oid(plan->hashoperators, key),
                                          list_nth_oid(plan->hashcollations, key))) {
    return always();
  }
  const HashJoinTableData* table = join->hj_HashTable;
  uint64* hashes = static_cast<uint64*>(palloc(sizeof(uint64) * (static_cast<Size>(table->totalTuples) + 1)));
  Size count = 0;
  TupleTableSlot* slot =
      MakeSingleTupleTableSlot(join->hj_HashTupleSlot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
  for (int bucket = 0; bucket < table->nbuckets; bucket++) {
    for (HashJoinTuple at = table->buckets.unshared[bucket]; at != nullptr; at = at->next.unshared) {
      ExecStoreMinimalTuple(HJTUPLE_MINTUPLE(at), slot, false);
      bool null;
      const Datum value = slot_getattr(slot, column, &null);
      if (null) continue;
      if (!row_key_operand_eq(codec, type, value, &hashes[count])) return always();
      count++;
    }
  }
  ExecDropSingleTupleTableSlot(slot);
  std::sort(hashes, hashes + count);
  count = static_cast<Size>(std::unique(hashes, hashes + count) - hashes);
  if (count == 0) return never();
  if (count > kMaxHashes) return always();
  Atom atom{};
  atom.attnum = attnum;
  atom.kind = count == 1 ? wire::AtomKind::kEq : wire::AtomKind::kIn;
  atom.hash_count = static_cast<uint32>(count);
  atom.hashes = hashes;
  return of_atom(atom);
}

}  // namespace freshet::read_set
