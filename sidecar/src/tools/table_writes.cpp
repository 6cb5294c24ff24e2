#include "tools/table_writes.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/raw_json.h"

namespace freshet::tools {

std::variant<Writes, postgres::Failure> count_writes(Database& database) {
  auto answer = database.ask(
      "SELECT pg_catalog.format('%I.%I', schemaname, relname), n_tup_ins, n_tup_upd, n_tup_del"
      " FROM pg_catalog.pg_stat_xact_all_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
      " AND schemaname <> 'pg_catalog' AND schemaname <> 'freshet' AND schemaname NOT LIKE 'pg\\_toast%'");
  if (auto* failure = std::get_if<postgres::Failure>(&answer)) return std::move(*failure);
  const auto& rows = std::get<postgres::Rows>(answer);
  const auto number = [&](int row, int column) {
    return std::strtoll(rows.text(row, column).c_str(), nullptr, 10);
  };
  Writes writes;
  for (int row = 0; row < rows.size(); ++row)
    writes[rows.text(row, 0)] = {number(row, 1), number(row, 2), number(row, 3)};
  return writes;
}

Writes writes_since(const Writes& before, const Writes& after) {
  Writes since;
  for (const auto& [table, now] : after) {
    const auto was = before.find(table);
    const TableWrites then = was == before.end() ? TableWrites() : was->second;
    const TableWrites came{now.inserted - then.inserted, now.updated - then.updated,
                           now.deleted - then.deleted};
    if (came.inserted != 0 || came.updated != 0 || came.deleted != 0) since[table] = came;
  }
  return since;
}

std::vector<std::string> writes_lines(const Writes& writes) {
  std::vector<std::string> lines;
  for (const auto& [table, rows] : writes) {
    std::string counts;
    for (const auto& [count, what] :
         {std::pair(rows.inserted, "inserted"), {rows.updated, "updated"}, {rows.deleted, "deleted"}}) {
      if (count != 0) counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, what);
    }
    lines.push_back(table + ": " + counts);
  }
  return lines;
}

std::string writes_json(const Writes& writes) {
  std::string out = "[";
  for (const auto& [table, rows] : writes) {
    out +=
        fmt::format(R"({}{{"table":{},"inserted":{},"updated":{},"deleted":{}}})", out.size() > 1 ? "," : "",
                    base::json_string(table), rows.inserted, rows.updated, rows.deleted);
  }
  return out + "]";
}

}  // namespace freshet::tools
