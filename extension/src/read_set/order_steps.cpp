#include "row_key/row_key.h"

#include "read_set/order_steps.h"

#include "compat.h"
#include "mutant.h"
#include "read_set/comparisons.h"
#include "read_set/term_columns.h"

extern "C" {
#include "access/stratnum.h"
}

namespace freshet::read_set {
namespace {

Condition level_with(const OrderStep& step) {
  if (step.null) return null_test(step.column, true);
  Atom atom{};
  atom.attnum = step.column;
  atom.kind = wire::AtomKind::kRange;
  atom.range = wire::kRangeHasLo | wire::kRangeLoInclusive | wire::kRangeHasHi | wire::kRangeHiInclusive;
  atom.lo = step.key;
  atom.lo_size = step.size;
  atom.hi = step.key;
  atom.hi_size = step.size;
  return of_atom(atom);
}

Condition before(const OrderStep& step, bool inclusive) {
  if (step.null) {
    if (!step.nulls_first) return inclusive ? always() : null_test(step.column, false);
    return inclusive ? null_test(step.column, true) : never();
  }
  Atom atom{};
  atom.attnum = step.column;
  atom.kind = wire::AtomKind::kRange;
  if (step.ascending) {
    atom.range = wire::kRangeHasHi | (inclusive ? wire::kRangeHiInclusive : 0);
    atom.hi = step.key;
    atom.hi_size = step.size;
  } else {
    atom.range = wire::kRangeHasLo | (inclusive ? wire::kRangeLoInclusive : 0);
    atom.lo = step.key;
    atom.lo_size = step.size;
  }
  if (step.nulls_first && !FRESHET_MUTANT_IS(BOUND_WITHOUT_NULLS)) atom.range |= wire::kRangeNullMatches;
  return of_atom(atom);
}

}  // namespace

bool order_step(const Terms& terms, ColumnId column, Oid op, Oid collation, const Operand& operand,
                OrderStep* step) {
  RowKeyCodec* codec = codec_of(terms, column);
  const int strategy = row_key_order_strategy(codec, op, collation);
  if (strategy == 0 || strategy == BTEqualStrategyNumber) return false;
  StringInfoData key;
  initStringInfo(&key);
  if (!row_key_operand_order(codec, operand.type, operand.value, &key)) return false;
  const bool ascending = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber;
  *step = {column,
           ascending,
           false,
           false,
           reinterpret_cast<const uint8*>(key.data),
           static_cast<uint32>(key.len)};
  return true;
}

Condition up_to(const OrderStep* steps, int count, bool inclusive) {
  Condition result = never();
  Condition level = always();
  for (int i = 0; i < count; i++) {
    const bool last = i == count - 1;
    const bool with_ties = last && inclusive && !FRESHET_MUTANT_IS(BOUND_WITHOUT_TIES);
    if (last || !FRESHET_MUTANT_IS(FIRST_STEPS_FORGOTTEN))
      result = either(result, both(level, before(steps[i], with_ties)));
    level = both(level, level_with(steps[i]));
  }
  return result;
}

}  // namespace freshet::read_set
