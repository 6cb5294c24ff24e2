#pragma once

#include <set>
#include <string>
#include <vector>

#include "app/relation_names.h"
#include "base/clock.h"
#include "live/live_state.h"

// Live queries and the causes of their runs as JSON text (docs/operations.md "Looking inside"): with the
// names of tables and columns, without a value of any row.
namespace freshet::app {

// What the texts below need the names of.
void add_tables(std::set<wire::TableId>& tables, const live::Cause& cause);
void add_tables(std::set<wire::TableId>& tables, const wire::ReadSet& read_set);

struct LiveQueriesReading {
  std::string epoch;
  live::Metrics metrics;
  base::TimePoint now;
  std::vector<live::LiveQueryInfo> queries;
};
std::string live_queries_json(const LiveQueriesReading& reading, const RelationNames& names);

std::string live_query_json(const live::LiveQueryDetail& detail, base::TimePoint now,
                            const RelationNames& names);

// `{"kind", "transaction"?, "table"?, …}`
std::string cause_json(const live::Cause& cause, base::TimePoint now, const RelationNames& names);

}  // namespace freshet::app
