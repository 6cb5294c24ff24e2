#include "page/compose.h"

#include "call/execute.h"
#include "mutant.h"
#include "page/sql_names.h"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantUntilExclusive = FRESHET_MUTANT_IS(PAGE_UNTIL_EXCLUSIVE);
constexpr bool kMutantOrderLeftOut = FRESHET_MUTANT_IS(PAGE_ORDER_LEFT_OUT);

struct Composer {
  const Function* function;
  const PageOrder* order;
  const bool* given;
  int first_after;  // number of the parameter of the first column's value
  int first_until;
  int limit;
};

char* comparison(const OrderColumn& column, int strategy) {
  TypeCacheEntry* type = lookup_type_cache(column.type, TYPECACHE_BTREE_OPFAMILY);
  const Oid found =
      get_opfamily_member(type->btree_opf, type->btree_opintype, type->btree_opintype, strategy);
  if (!OidIsValid(found)) elog(ERROR, "type %s cannot be compared", format_type_be(column.type));
  return operator_sql(found);
}

int strategy_of(const OrderColumn& column, BoundKind kind) {
  switch (kind) {
    case BoundKind::kAfter:
      return column.descending ? BTLessStrategyNumber : BTGreaterStrategyNumber;
    case BoundKind::kBefore:
      return column.descending ? BTGreaterStrategyNumber : BTLessStrategyNumber;
    case BoundKind::kUpTo:
      return column.descending ? BTGreaterEqualStrategyNumber : BTLessEqualStrategyNumber;
    default:
      return BTEqualStrategyNumber;
  }
}

void append_column(StringInfo sql, const OrderColumn& column) {
  appendStringInfo(sql, "r.%s", quote_identifier(column.name));
  if (OidIsValid(column.collation)) appendStringInfo(sql, " COLLATE %s", collation_sql(column.collation));
}

void append_bound(StringInfo sql, const Composer& composer, const ColumnBound& bound) {
  const OrderColumn& column = composer.order->columns[bound.column];
  if (bound.kind == BoundKind::kIsNull || bound.kind == BoundKind::kIsNotNull) {
    // IS NULL would ask a composite value for its fields. Said so it is the same test, of the value itself.
    appendStringInfo(sql, "r.%s IS %sDISTINCT FROM NULL", quote_identifier(column.name),
                     bound.kind == BoundKind::kIsNull ? "NOT " : "");
    return;
  }
  append_column(sql, column);
  appendStringInfo(sql, " %s $%d", comparison(column, strategy_of(column, bound.kind)),
                   (bound.of_until ? composer.first_until : composer.first_after) + bound.column);
}

void append_conditions(StringInfo sql, const Composer& composer, const RangeArm& arm) {
  for (int i = 0; i < arm.size; i++) {
    if (i > 0) appendStringInfoString(sql, " AND ");
    append_bound(sql, composer, arm[i]);
  }
  if (arm.size == 0) appendStringInfoString(sql, "true");
}

void append_row(StringInfo sql, const Composer& composer, BoundKind kind, int first) {
  const PallocVector<OrderColumn>& columns = composer.order->columns;
  const char* before = columns.size > 1 ? "ROW(" : "";
  for (int i = 0; i < columns.size; i++) {
    appendStringInfoString(sql, i > 0 ? ", " : before);
    append_column(sql, columns[i]);
  }
  if (columns.size > 1) appendStringInfoChar(sql, ')');
  appendStringInfo(sql, " %s ", comparison(columns[0], strategy_of(columns[0], kind)));
  for (int i = 0; i < columns.size; i++) appendStringInfo(sql, "%s$%d", i > 0 ? ", " : before, first + i);
  if (columns.size > 1) appendStringInfoChar(sql, ')');
}

// Columns whose operators have one name between them.
bool share_operators(const PageOrder* order) {
  const char* first = comparison(order->columns[0], BTLessStrategyNumber);
  for (int i = 1; i < order->columns.size; i++)
    if (strcmp(first, comparison(order->columns[i], BTLessStrategyNumber)) != 0) return false;
  return true;
}

void append_select(StringInfo sql, const Composer& composer, const char* conditions) {
  appendStringInfoString(sql, "SELECT * FROM ");
  append_function_call(sql, composer.function, composer.given);
  appendStringInfoString(sql,
                         composer.function->result.form == ResultForm::kValue ? " AS r(value)" : " AS r");
  if (conditions[0] != '\0') appendStringInfo(sql, " WHERE %s", conditions);
  // The planner sorts for an ORDER BY out here as if all rows were wanted. Where the body's own order is the
  // page's, the rows come in it (and are checked as they come).
  if (!composer.order->presorted || !composer.order->inlines) {
    for (int i = 0; i < composer.order->columns.size && !kMutantOrderLeftOut; i++) {
      const OrderColumn& column = composer.order->columns[i];
      appendStringInfoString(sql, i > 0 ? ", " : " ORDER BY ");
      append_column(sql, column);
      appendStringInfo(sql, " %s NULLS %s", column.descending ? "DESC" : "ASC",
                       column.nulls_first ? "FIRST" : "LAST");
    }
  }
  appendStringInfo(sql, " LIMIT $%d", composer.limit);
}

char* row_conditions(const Composer& composer, const PagePlace* after, const PagePlace* until) {
  StringInfoData conditions;
  initStringInfo(&conditions);
  if (after != nullptr) append_row(&conditions, composer, BoundKind::kAfter, composer.first_after);
  if (after != nullptr && until != nullptr) appendStringInfoString(&conditions, " AND ");
  if (until != nullptr)
    append_row(&conditions, composer, kMutantUntilExclusive ? BoundKind::kBefore : BoundKind::kUpTo,
               composer.first_until);
  return conditions.data;
}

// A function that is run as a whole is run once, whatever the number of arms.
void append_any_arm(StringInfo sql, const Composer& composer, const PallocVector<RangeArm>& arms) {
  StringInfoData conditions;
  initStringInfo(&conditions);
  for (int i = 0; i < arms.size; i++) {
    appendStringInfoString(&conditions, i > 0 ? " OR (" : "(");
    append_conditions(&conditions, composer, arms[i]);
    appendStringInfoChar(&conditions, ')');
  }
  append_select(sql, composer, conditions.data);
}

void append_arms(StringInfo sql, const Composer& composer, const PallocVector<RangeArm>& arms) {
  for (int i = 0; i < arms.size; i++) {
    StringInfoData conditions;
    initStringInfo(&conditions);
    append_conditions(&conditions, composer, arms[i]);
    appendStringInfoString(sql, i > 0 ? " UNION ALL (" : "(");
    append_select(sql, composer, conditions.data);
    appendStringInfoChar(sql, ')');
  }
}

}  // namespace

PageStatement compose_page(const Function* function, const PageOrder* order, const bool* given,
                           const PagePlace* after, const PagePlace* until) {
  PageStatement statement = {};
  for (int i = 0; i < function->argument_count; i++)
    if (given[i]) statement.types.push(function->arguments[i].type);
  Composer composer = {function, order, given, statement.types.size + 1, 0, 0};
  for (int i = 0; after != nullptr && i < order->columns.size; i++)
    statement.types.push(order->columns[i].type);
  composer.first_until = statement.types.size + 1;
  for (int i = 0; until != nullptr && i < order->columns.size; i++)
    statement.types.push(order->columns[i].type);
  statement.types.push(INT8OID);
  composer.limit = statement.types.size;

  StringInfoData sql;
  initStringInfo(&sql);
  const PallocVector<RangeArm> arms = range_arms(order, after, until);
  if (arms.size == 0) return statement;
  if (after == nullptr && until == nullptr)
    append_select(&sql, composer, "");
  else if (is_row_comparison(order, after, until) && share_operators(order))
    append_select(&sql, composer, row_conditions(composer, after, until));
  else if (!order->inlines)
    append_any_arm(&sql, composer, arms);
  else
    append_arms(&sql, composer, arms);
  statement.sql = sql.data;
  return statement;
}

}  // namespace freshet
