#include "page/order.h"

#include "call/json_write.h"
#include "call/rights.h"
#include "page/body_order.h"
#include "page/declared_order.h"
#include "page/inlining.h"
#include "page/sql_names.h"
#include "registry/schema_cache.h"
#include "registry/sql_body.h"

extern "C" {
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
}

namespace freshet {
namespace {

constexpr uint64 kNoGeneration = PG_UINT64_MAX;

bool same_column(const OrderColumn& a, const OrderColumn& b) {
  return strcmp(a.name, b.name) == 0 && a.collation == b.collation && a.descending == b.descending &&
         (a.nulls_first == b.nulls_first || (!a.nullable && !b.nullable));
}

bool same_order(const PallocVector<OrderColumn>& a, const PallocVector<OrderColumn>& b) {
  if (a.size != b.size) return false;
  for (int i = 0; i < a.size; i++)
    if (!same_column(a[i], b[i])) return false;
  return true;
}

// Fills the order of a function that returns rows; what is returned says, as a clause, why it has none.
const char* read_order(const Function* function, PageOrder* order) {
  PallocVector<ResultColumn> results = result_columns(function);
  List* queries;
  char* source;
  const bool analysed = read_sql_body(function->oid, &queries, &source) == SqlBody::kAnalysed;
  order->not_inlined = why_not_inlined(function->oid, queries);
  order->inlines = order->not_inlined == nullptr;
  Query* query = analysed && queries != NIL ? llast_node(Query, queries) : nullptr;
  if (query != nullptr && (query->limitCount != nullptr || query->limitOffset != nullptr))
    return "its body has a LIMIT or OFFSET of its own, which would cut the rows before they are paged";
  BodyOrder own = {};
  own.problem = "its body is not SQL";
  if (query != nullptr) {
    learn_nullable(function, query, &results);
    own = body_order(query, results);
  }
  if (function->row.page_order == nullptr) {
    if (own.problem != nullptr)
      return psprintf("%s and no order was declared (freshet.expose(..., order_by => 'created_at desc, id'))",
                      own.problem);
    order->columns = own.columns;
    order->presorted = true;
  } else {
    const char* problem = nullptr;
    PallocVector<DeclaredColumn> declared = declared_order(function->row.page_order, results, &problem);
    if (problem != nullptr) return problem;
    for (int i = 0; i < declared.size; i++) {
      OrderColumn* column = &declared[i].column;
      const Oid collation = query != nullptr && !declared[i].collation_given
                                ? collation_in_body(query, results, column->name)
                                : InvalidOid;
      if (OidIsValid(collation)) column->collation = collation;
      order->columns.push(declared[i].column);
    }
    order->presorted = own.problem == nullptr && same_order(own.columns, order->columns);
    if (!order->presorted && query != nullptr && query->sortClause != NIL)
      order->sorts_otherwise = "its body has another ORDER BY than the declared one";
  }
  if (query != nullptr) order->maybe_not_unique = why_not_unique(query, results, order->columns);
  for (int i = 0; i < order->columns.size; i++) {
    const OrderColumn& column = order->columns[i];
    if (!OidIsValid(lookup_type_cache(column.type, TYPECACHE_CMP_PROC)->cmp_proc))
      return psprintf("\"%s\" has type %s, which has no order", column.name, format_type_be(column.type));
  }
  return nullptr;
}

const char* why_not_paged(const Function* function, PageOrder* order) {
  if (function->row.kind != FunctionKind::kQuery) return "it is not a query";
  if (!function->result.is_set || function->row.cardinality != RowPromise::kMany)
    return "it does not return many rows";
  return read_order(function, order);
}

}  // namespace

Paging* paging_of(Function* function) {
  const uint64 generation = schema_generation();
  Paging* paging = function->paging;
  if (paging != nullptr && paging->context != nullptr && paging->generation == generation) return paging;
  MemoryContext own = GetMemoryChunkContext(function);
  if (paging == nullptr)
    paging = function->paging = static_cast<Paging*>(MemoryContextAllocZero(own, sizeof(Paging)));
  if (paging->context != nullptr) {
    // Columns of other types may make the same text.
    drop_page_plans(function);
    MemoryContextDelete(paging->context);
  }
  // What an error leaves behind is found, and known to be nothing, by the next call.
  paging->generation = kNoGeneration;
  paging->context = AllocSetContextCreate(own, "freshet page order", ALLOCSET_SMALL_SIZES);
  MemoryContext outer = MemoryContextSwitchTo(paging->context);
  PageOrder* order = static_cast<PageOrder*>(palloc0(sizeof(PageOrder)));
  paging->problem = why_not_paged(function, order);
  paging->order = paging->problem == nullptr ? order : nullptr;
  MemoryContextSwitchTo(outer);
  paging->generation = generation;
  return paging;
}

int max_page_of(const Function* function) {
  return function->row.max_page > 0 ? function->row.max_page : max_rows_of(function);
}

void drop_page_plans(Function* function) {
  if (function->paging == nullptr) return;
  for (int i = 0; i < function->paging->plans.size; i++) SPI_freeplan(function->paging->plans[i].plan);
  function->paging->plans.size = 0;
}

char* page_order_text(const PageOrder* order) {
  StringInfoData out;
  initStringInfo(&out);
  for (int i = 0; i < order->columns.size; i++) {
    const OrderColumn& column = order->columns[i];
    appendStringInfo(&out, "%s%s::%s", i > 0 ? ", " : "", quote_identifier(column.name),
                     format_type_extended(column.type, -1, FORMAT_TYPE_FORCE_QUALIFY));
    if (OidIsValid(column.collation)) appendStringInfo(&out, " COLLATE %s", collation_sql(column.collation));
    appendStringInfo(&out, " %s NULLS %s", column.descending ? "DESC" : "ASC",
                     column.nulls_first ? "FIRST" : "LAST");
  }
  return out.data;
}

char* page_order_json(Function* function) {
  SavedRights rights = enter_rights(function);
  const Paging* paging = paging_of(function);
  leave_rights(rights);
  StringInfoData out;
  initStringInfo(&out);
  if (paging->order == nullptr) return pstrdup("null");
  for (int i = 0; i < paging->order->columns.size; i++) {
    const OrderColumn& column = paging->order->columns[i];
    appendStringInfoString(&out, i > 0 ? ",{\"column\":" : "[{\"column\":");
    append_json_string(&out, column.name, strlen(column.name));
    appendStringInfo(&out, ",\"desc\":%s,\"nulls_first\":%s", column.descending ? "true" : "false",
                     column.nulls_first ? "true" : "false");
    if (OidIsValid(column.collation)) {
      const char* collation = get_collation_name(column.collation);
      appendStringInfoString(&out, ",\"collation\":");
      append_json_string(&out, collation, strlen(collation));
    }
    appendStringInfoChar(&out, '}');
  }
  appendStringInfoChar(&out, ']');
  return out.data;
}

void append_page_entry(StringInfo out, const Function* function, const char* order) {
  if (strcmp(order, "null") == 0)
    appendStringInfoString(out, order);
  else
    appendStringInfo(out, "{\"max\":%d,\"order\":%s}", max_page_of(function), order);
}

void check_paging(Function* function, Findings* findings) {
  if (function->row.max_page == 0 && function->row.page_order == nullptr) return;
  SavedRights rights = enter_rights(function);
  const Paging* paging = paging_of(function);
  leave_rights(rights);
  const PageOrder* order = paging->order;
  if (order == nullptr) {
    findings->push(
        {Severity::kError, "not_pageable",
         psprintf("%s cannot be paged: %s", function->path, paging->problem), nullptr,
         "Pages need many rows, an order that ends in a unique key, and no LIMIT in the body. Leave "
         "max_page and order_by out where no pages are wanted.",
         0});
    return;
  }
  const char* slow = psprintf("every page of %s costs as much as all of its rows", function->path);
  if (order->not_inlined != nullptr)
    findings->push({Severity::kLint, "page_not_inlined", slow,
                    psprintf("It is run as a whole for every page: %s.", order->not_inlined),
                    "A STABLE function in SQL with one SELECT is paged along an index.", 0});
  else if (order->sorts_otherwise != nullptr)
    findings->push({Severity::kLint, "page_sorted_anew", slow,
                    psprintf("They are sorted anew: %s.", order->sorts_otherwise),
                    "Give the body the declared order, or no ORDER BY.", 0});
  if (order->maybe_not_unique != nullptr)
    findings->push({Severity::kLint, "page_order_not_unique",
                    psprintf("the order of %s may not tell all rows apart", function->path),
                    psprintf("Two rows that are equal in all of (%s) are the error order_not_unique: %s.",
                             page_order_text(order), order->maybe_not_unique),
                    "End the order in a unique column, such as the primary key.", 0});
}

}  // namespace freshet
