// One page of a query's rows.
#pragma once

#include "call/bound_arguments.h"
#include "page/request.h"

namespace freshet {

struct PageRun {
  PageRequest request;
  Paging* paging;
  const char* arguments;  // JSON
};

// Reads the request's page; what is wrong is added to `problems`. Raises when the function cannot be paged.
void prepare_page(Function* function, const char* page, const char* arguments, Problems* problems,
                  PageRun* run);

// Appends the page as an object (docs/protocol.md, Pages), `rows` first.
void execute_page(Function* function, const BoundArguments* bound, const PageRun& run, StringInfo out);

}  // namespace freshet
