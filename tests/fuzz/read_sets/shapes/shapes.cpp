#include "shapes/shapes.h"

#include <utility>

namespace freshet::fuzz {
namespace {

Shapes tree_function_shapes() {
  using enum Group;
  return {
      {kFunctions, "SELECT pl_while({n})"},
      {kFunctions, "SELECT pl_rowtype({k})"},
      {kFunctions, "SELECT id, labels FROM sql_atomic({n})"},
      {kFunctions,
       "SELECT p.id, a.id AS t, a.labels FROM project p, LATERAL sql_atomic(p.id) a WHERE p.parent = {n}"},
  };
}

}  // namespace

const char* name_of(Group group) {
  static constexpr const char* kNames[kGroups] = {"key, equality, range",
                                                  "OR, NOT",
                                                  "partition, RLS, view",
                                                  "correlated, lateral",
                                                  "aggregate, set",
                                                  "LIMIT",
                                                  "join",
                                                  "semi, anti",
                                                  "PL/pgSQL",
                                                  "join + LIMIT",
                                                  "indexed expression",
                                                  "text search",
                                                  "other"};
  return kNames[static_cast<int>(group)];
}

const std::vector<ThemedShape>& all_shapes() {
  static const std::vector<ThemedShape> kShapes = [] {
    std::vector<ThemedShape> all;
    const auto add = [&](Theme theme, const Shapes& shapes) {
      for (const Shape& shape : shapes) all.push_back({theme, shape});
    };
    add(Theme::kChat, chat_shapes());
    add(Theme::kChat, chat_join_shapes());
    add(Theme::kChat, chat_limit_shapes());
    add(Theme::kChat, function_shapes());
    add(Theme::kParts, parts_shapes());
    add(Theme::kSecure, secure_shapes());
    add(Theme::kTypes, types_shapes());
    add(Theme::kTree, tree_shapes());
    add(Theme::kTree, tree_function_shapes());
    add(Theme::kDocs, docs_shapes());
    return all;
  }();
  return kShapes;
}

const std::vector<std::string>& planner_settings() {
  static const std::vector<std::string> kSettings = {
      "",
      "SET LOCAL enable_seqscan = off;",
      "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off;",
      "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexonlyscan = "
      "off;",
      "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_seqscan = "
      "off;",
      "SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexonlyscan = "
      "off;",
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;",
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = off;",
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_nestloop = off; SET LOCAL enable_sort = off; SET "
      "LOCAL enable_seqscan = off;",
      "SET LOCAL enable_nestloop = off; SET LOCAL enable_mergejoin = off;",
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_memoize = off; "
      "SET LOCAL enable_material = off;",
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_indexscan = off; "
      "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexonlyscan = off;",
      "SET LOCAL enable_hashagg = off; SET LOCAL enable_sort = off;",
      "SET LOCAL enable_incremental_sort = off; SET LOCAL enable_partition_pruning = off;",
      "SET LOCAL enable_partitionwise_join = on; SET LOCAL enable_partitionwise_aggregate = on;",
      "SET LOCAL plan_cache_mode = force_generic_plan;",
      "SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; SET LOCAL "
      "enable_bitmapscan = off; "
      "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;",
      "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = off;",
      "SET LOCAL work_mem = '64kB'; SET LOCAL hash_mem_multiplier = 1;",
      "SET LOCAL cursor_tuple_fraction = 1; SET LOCAL enable_gathermerge = off; SET LOCAL geqo_threshold = "
      "2;",
      "SET LOCAL force_parallel_mode = on; SET LOCAL parallel_setup_cost = 0; SET LOCAL parallel_tuple_cost "
      "= 0; "
      "SET LOCAL min_parallel_table_scan_size = 0;",
  };
  return kSettings;
}

}  // namespace freshet::fuzz
