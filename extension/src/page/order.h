// The order in which the rows of a query are paged: what expose() was told, else the ORDER BY of a SQL body
// where that is made of columns of the result.
#pragma once

#include "call/function.h"
#include "registry/findings.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet {

struct OrderColumn {
  char* name;  // of the result's column, as SQL over the function sees it
  Oid type;
  Oid collation;  // that compares; InvalidOid for a type that has none
  bool descending;
  bool nulls_first;
  bool nullable;  // for all that is known
};

struct PageOrder {
  PallocVector<OrderColumn> columns;
  bool inlines;    // the planner puts the body in place of the call
  bool presorted;  // the body's own ORDER BY is this order
  // Why not everything is as it should be; for expose() to tell, nullptr where all is well.
  const char* not_inlined;      // the function is run as a whole for every page
  const char* sorts_otherwise;  // the body's own order is another
  const char* maybe_not_unique;
};

// What a paged function keeps of it between calls.
struct PagePlan {
  bool* given;  // per argument
  char* sql;
  SPIPlanPtr plan;
};

// Lives beside its function, in the same memory.
struct Paging {
  MemoryContext context;  // of `order` and `problem`
  uint64 generation;      // of the catalog that they were read from
  PageOrder* order;       // nullptr: it cannot be paged
  const char* problem;    // then why
  PallocVector<PagePlan> plans;
};

// The name of the only column where the rows are no rows but values.
constexpr const char* kValueColumn = "value";

// What is known of paging the function now. With the function's rights and search_path, inside SPI or not;
// raises what the analysis of a body can raise.
Paging* paging_of(Function* function);

// The largest page that may be asked for.
int max_page_of(const Function* function);

void drop_page_plans(Function* function);

// One order as text: equal text is the same order of the same types.
char* page_order_text(const PageOrder* order);

// The `page.order` of the catalog: a JSON array, or `null` when the function cannot be paged.
char* page_order_json(Function* function);

// The `page` of the catalog, around what page_order_json() gave.
void append_page_entry(StringInfo out, const Function* function, const char* order);

// What the owner should know of paging when max_page or order_by was given.
void check_paging(Function* function, Findings* findings);

}  // namespace freshet
