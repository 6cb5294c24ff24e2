#include "app/relation_names.h"

#include <cstdlib>
#include <memory>

namespace freshet::app {
namespace {

constexpr std::chrono::seconds kPatience{5};

constexpr const char* kNames =
    "SELECT c.oid::pg_catalog.text, pg_catalog.quote_ident(n.nspname) || '.' || "
    "pg_catalog.quote_ident(c.relname),"
    " a.attnum::pg_catalog.text, pg_catalog.quote_ident(a.attname)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " WHERE c.oid = ANY ($1::pg_catalog.oid[])";

}  // namespace

std::string RelationNames::table(wire::TableId table) const {
  const auto at = tables_.find(table);
  return at == tables_.end() ? std::to_string(table) : at->second.name;
}

std::string RelationNames::column(wire::TableId table, wire::Attnum attnum) const {
  const auto at = tables_.find(table);
  if (at == tables_.end()) return std::to_string(attnum);
  const auto column = at->second.columns.find(attnum);
  return column == at->second.columns.end() ? std::to_string(attnum) : column->second;
}

void RelationNames::look_up(postgres::WorkerPool& pool, std::set<wire::TableId> tables,
                            std::function<void(RelationNames)> done) {
  if (tables.empty()) return done({});
  std::string list = "{";
  for (const wire::TableId table : tables) list += (list.size() > 1 ? "," : "") + std::to_string(table);
  list += "}";
  auto shared = std::make_shared<std::function<void(RelationNames)>>(std::move(done));
  postgres::Job job;
  job.expires = pool.clock().now() + kPatience;
  job.run = [list = std::move(list), shared](postgres::Worker& worker) {
    const postgres::Answered answered = worker.service().ask(kNames, {list});
    RelationNames names;
    for (const postgres::TextRow& row : answered.rows) {
      Table& table = names.tables_[std::strtoull(row.at(0)->c_str(), nullptr, 10)];
      table.name = row.at(1).value_or("");
      if (row.at(2)) table.columns[std::strtoull(row.at(2)->c_str(), nullptr, 10)] = row.at(3).value_or("");
    }
    (*shared)(std::move(names));
  };
  job.fail = [shared](const base::Error&) { (*shared)({}); };
  pool.submit(postgres::Lane::kService, std::move(job));
}

}  // namespace freshet::app
