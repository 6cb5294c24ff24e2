#include "page/range.h"

#include "mutant.h"

extern "C" {
#include "utils/typcache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantAfterInclusive = FRESHET_MUTANT_IS(PAGE_AFTER_INCLUSIVE);
constexpr bool kMutantUntilExclusive = FRESHET_MUTANT_IS(PAGE_UNTIL_EXCLUSIVE);
constexpr bool kMutantNullsLeftOut = FRESHET_MUTANT_IS(PAGE_NULLS_LEFT_OUT);
constexpr bool kMutantNullableCompared = FRESHET_MUTANT_IS(PAGE_NULLABLE_ROWS_COMPARED);

int compare_column(const OrderColumn& column, const PagePlace& a, const PagePlace& b, int i) {
  if (a.nulls[i] || b.nulls[i]) {
    if (a.nulls[i] && b.nulls[i]) return 0;
    return a.nulls[i] == column.nulls_first ? -1 : 1;
  }
  TypeCacheEntry* type = lookup_type_cache(column.type, TYPECACHE_CMP_PROC_FINFO);
  const int order =
      DatumGetInt32(FunctionCall2Coll(&type->cmp_proc_finfo, column.collation, a.values[i], b.values[i]));
  return column.descending ? (order < 0 ? 1 : order > 0 ? -1 : 0) : order;
}

struct Builder {
  const PageOrder* order;
  const PagePlace* after;
  const PagePlace* until;
  PallocVector<RangeArm> arms;
};

RangeArm with(const RangeArm& prefix, const ColumnBound& bound) {
  RangeArm arm = {};
  for (int i = 0; i < prefix.size; i++) arm.push(prefix[i]);
  arm.push(bound);
  return arm;
}

RangeArm pinned(const Builder& builder, const RangeArm& prefix, int i, bool of_until) {
  const PagePlace* place = of_until ? builder.until : builder.after;
  return with(prefix, {i, place->nulls[i] ? BoundKind::kIsNull : BoundKind::kEqual, of_until});
}

bool has_nulls_last(const OrderColumn& column) {
  return column.nullable && !column.nulls_first && !kMutantNullsLeftOut;
}

bool has_nulls_first(const OrderColumn& column) {
  return column.nullable && column.nulls_first && !kMutantNullsLeftOut;
}

// Rows that share the prefix and whose column i lies strictly behind that of `after`.
void add_behind(Builder* builder, const RangeArm& prefix, int i) {
  const OrderColumn& column = builder->order->columns[i];
  if (builder->after->nulls[i]) {
    if (column.nulls_first) builder->arms.push(with(prefix, {i, BoundKind::kIsNotNull, false}));
    return;
  }
  builder->arms.push(with(prefix, {i, BoundKind::kAfter, false}));
  if (has_nulls_last(column)) builder->arms.push(with(prefix, {i, BoundKind::kIsNull, false}));
}

// Those whose column i lies before that of `until`; in the last column up to it.
void add_before(Builder* builder, const RangeArm& prefix, int i) {
  const OrderColumn& column = builder->order->columns[i];
  const bool last = i == builder->order->columns.size - 1;
  const bool null = builder->until->nulls[i];
  if (has_nulls_first(column) && !null) builder->arms.push(with(prefix, {i, BoundKind::kIsNull, true}));
  if (!null) {
    const BoundKind kind = last && !kMutantUntilExclusive ? BoundKind::kUpTo : BoundKind::kBefore;
    builder->arms.push(with(prefix, {i, kind, true}));
  } else if (!column.nulls_first) {
    builder->arms.push(with(prefix, {i, BoundKind::kIsNotNull, true}));
  }
  if (last && null) builder->arms.push(with(prefix, {i, BoundKind::kIsNull, true}));
}

// Those whose column i lies behind that of `after` and before that of `until`, which are not equal; in the
// last column up to the latter.
void add_between(Builder* builder, const RangeArm& prefix, int i) {
  const bool last = i == builder->order->columns.size - 1;
  RangeArm arm = prefix;
  if (!builder->after->nulls[i]) arm = with(arm, {i, BoundKind::kAfter, false});
  if (!builder->until->nulls[i]) {
    const BoundKind kind = last && !kMutantUntilExclusive ? BoundKind::kUpTo : BoundKind::kBefore;
    arm = with(arm, {i, kind, true});
  }
  builder->arms.push(arm);
  if (last && builder->until->nulls[i]) builder->arms.push(with(prefix, {i, BoundKind::kIsNull, true}));
}

void add_arms(Builder* builder, const RangeArm& prefix, int i, bool by_after, bool by_until) {
  const PageOrder* order = builder->order;
  if (!by_after && !by_until) {
    builder->arms.push(prefix);
    return;
  }
  if (i == order->columns.size) {
    if (!by_after || kMutantAfterInclusive) builder->arms.push(prefix);
    return;
  }
  const bool last = i == order->columns.size - 1;
  if (by_after && by_until) {
    const int apart = compare_column(order->columns[i], *builder->after, *builder->until, i);
    if (apart > 0) return;
    if (apart == 0) {
      add_arms(builder, pinned(*builder, prefix, i, false), i + 1, true, true);
      return;
    }
  }
  if (by_after) {
    add_arms(builder, pinned(*builder, prefix, i, false), i + 1, true, false);
    if (by_until)
      add_between(builder, prefix, i);
    else
      add_behind(builder, prefix, i);
  } else {
    add_before(builder, prefix, i);
  }
  if (by_until && !last) add_arms(builder, pinned(*builder, prefix, i, true), i + 1, false, true);
}

bool holds_null(const PageOrder* order, const PagePlace* place) {
  for (int i = 0; place != nullptr && i < order->columns.size; i++)
    if (place->nulls[i]) return true;
  return false;
}

}  // namespace

int compare_places(const PageOrder* order, const PagePlace& a, const PagePlace& b) {
  for (int i = 0; i < order->columns.size; i++) {
    const int compared = compare_column(order->columns[i], a, b, i);
    if (compared != 0) return compared;
  }
  return 0;
}

PallocVector<RangeArm> range_arms(const PageOrder* order, const PagePlace* after, const PagePlace* until) {
  Builder builder = {order, after, until, {}};
  add_arms(&builder, RangeArm{}, 0, after != nullptr, until != nullptr);
  return builder.arms;
}

bool is_row_comparison(const PageOrder* order, const PagePlace* after, const PagePlace* until) {
  for (int i = 0; i < order->columns.size; i++) {
    if (order->columns[i].nullable && !kMutantNullableCompared) return false;
    if (order->columns[i].descending != order->columns[0].descending) return false;
  }
  return !holds_null(order, after) && !holds_null(order, until);
}

}  // namespace freshet
