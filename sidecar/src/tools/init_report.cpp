#include "tools/init_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/raw_json.h"
#include "tools/terminal.h"

namespace freshet::tools {
namespace {

constexpr std::int64_t kSafeInteger = (std::int64_t{1} << 53) - 1;
constexpr std::int64_t kInt4Max = 2'147'483'647;

bool has_identity(const TableFacts& table) {
  if (table.kind == "p") return table.partitions_without_identity == 0;
  if (table.identity == "f") return true;
  if (table.identity == "i") return !table.identity_index.empty();
  return table.identity == "d" && !table.primary_key.empty();
}

std::string_view name_of(Liveness liveness) {
  switch (liveness) {
    case Liveness::kRows:
      return "row by row";
    case Liveness::kInserts:
      return "inserts only";
    case Liveness::kWhole:
      return "as a whole";
    case Liveness::kPolled:
      return "polled";
    case Liveness::kByTables:
      break;
  }
  return "by its tables";
}

std::string kind_name(const TableFacts& table) {
  if (table.kind == "v") return "view";
  if (table.kind == "m") return "materialized view";
  if (table.kind == "f") return "foreign table";
  if (table.kind == "p") return "partitioned table";
  return table.persistence == "u" ? "unlogged table" : "table";
}

std::string identity_name(const TableFacts& table) {
  if (table.kind != "r" && table.kind != "p") return "-";
  if (table.kind == "p" && table.partitions > 0 && table.partitions_without_identity == 0)
    return table.primary_key.empty() ? "of partitions" : "key";
  if (table.identity == "f") return "full";
  if (table.identity == "i") return "index";
  if (table.identity == "n") return "nothing";
  return table.primary_key.empty() ? "none" : "key";
}

std::string yes(const std::string& list) { return list.empty() ? "-" : list; }

void advise_identity(const TableFacts& table, std::vector<Advice>& advice) {
  if (liveness_of(table) != Liveness::kInserts) return;
  if (table.kind == "p") {
    advice.push_back(
        {table.name,
         fmt::format("{} of {} partitions have no replica identity: an UPDATE or DELETE there runs "
                     "every live query of the table again",
                     table.partitions_without_identity, table.partitions),
         fmt::format("ALTER TABLE {} ADD PRIMARY KEY (…);  -- or REPLICA IDENTITY FULL on each partition",
                     table.name)});
    return;
  }
  advice.push_back(
      {table.name, "has no replica identity: an UPDATE or DELETE runs every live query of the table again",
       table.usable_index.empty() || table.identity == "n"
           ? table.primary_key.empty()
                 ? fmt::format("ALTER TABLE {} ADD PRIMARY KEY (…);  -- or REPLICA IDENTITY FULL", table.name)
                 : fmt::format("ALTER TABLE {} REPLICA IDENTITY DEFAULT;", table.name)
           : fmt::format("ALTER TABLE {} REPLICA IDENTITY USING INDEX {};", table.name, table.usable_index)});
}

void advise_kind(const TableFacts& table, std::vector<Advice>& advice) {
  if (table.kind == "f")
    advice.push_back(
        {table.name,
         "is foreign: no change stream reports it, results that read it are asked again every 5 s", ""});
  if (table.kind == "r" && table.persistence == "u")
    advice.push_back(
        {table.name,
         "is unlogged: no change stream reports it, results that read it are asked again every 5 s",
         fmt::format("ALTER TABLE {} SET LOGGED;", table.name)});
  if (table.kind == "m")
    advice.push_back({table.name,
                      "changes with REFRESH MATERIALIZED VIEW only; CONCURRENTLY tells the rows that differ",
                      ""});
  if (table.children > 0)
    advice.push_back(
        {table.name,
         fmt::format("has {} tables that inherit it: queries of it read these, too", table.children), ""});
}

void advise_columns(const TableFacts& table, std::vector<Advice>& advice) {
  if (!table.foreign_types.empty())
    advice.push_back({table.name, "columns whose types have no JSON: " + table.foreign_types,
                      "leave them out of results, or cast them: column::text"});
  if (!table.unindexed_keys.empty())
    advice.push_back({table.name,
                      "foreign keys without an index: " + table.unindexed_keys +
                          "; what follows them reads the whole table, and depends on all of it",
                      ""});
  if (table.row_security)
    advice.push_back(
        {table.name,
         fmt::format("row policies: {}; they bind functions of other owners than {}{}", yes(table.policies),
                     table.owner, table.forced ? " and, being forced, its own" : ""),
         table.forced
             ? ""
             : "let a role that the policies bind own the functions, or say row_security => 'bypass' "
               "in freshet.expose()"});
}

void advise_sequence(const SequenceFacts& sequence, std::vector<Advice>& advice) {
  const std::string& subject = sequence.column.empty() ? sequence.name : sequence.column;
  if (sequence.type == "bigint" && sequence.last > kSafeInteger / 2) {
    advice.push_back(
        {subject,
         fmt::format("its sequence stands at {}, {:.0f} % of 2^53: from there a number is `out_of_range`",
                     sequence.last,
                     100.0 * static_cast<double>(sequence.last) / static_cast<double>(kSafeInteger)),
         "return the column as text: column::text"});
  } else if (sequence.type == "integer" && sequence.last > kInt4Max / 2) {
    advice.push_back(
        {subject,
         fmt::format("its sequence stands at {}, {:.0f} % of what integer can hold", sequence.last,
                     100.0 * static_cast<double>(sequence.last) / static_cast<double>(kInt4Max)),
         "change column and sequence to bigint"});
  }
}

std::string steps(const ServerFacts& server) {
  std::string out;
  int step = 1;
  const auto add = [&](const std::string& text) { out += fmt::format("  {}. {}\n", step++, text); };
  if (server.wal_level != "logical")
    add("ALTER SYSTEM SET wal_level = 'logical';  -- then restart PostgreSQL");
  if (server.extension.empty()) {
    if (!server.available) add("install the extension's files on the server (docs/deployment.md)");
    add("CREATE EXTENSION freshet;");
    add("CREATE ROLE freshet_call LOGIN PASSWORD '…';");
    add("CREATE ROLE freshet_stream LOGIN REPLICATION PASSWORD '…';");
    add("SELECT freshet.grant_gateway('freshet_call', 'freshet_stream');");
  }
  add("write functions in a schema of their own and name them: SELECT freshet.expose('module.function', "
      "guard => '…');");
  add("freshet doctor --database-url … --replication-url …   -- then: freshet serve");
  return out;
}

std::string tables_text(const std::vector<TableFacts>& tables) {
  std::vector<std::vector<std::string>> rows;
  for (const TableFacts& table : tables) {
    const bool stored = table.kind == "r" || table.kind == "p" || table.kind == "m";
    const std::string partitions =
        table.kind == "p" ? fmt::format("{} by {}", table.partitions, table.partitioned_by) : "-";
    rows.push_back(
        {table.name, kind_name(table), stored ? (table.rows < 0 ? "?" : std::to_string(table.rows)) : "-",
         yes(table.primary_key), identity_name(table), stored ? std::to_string(table.indexes) : "-",
         table.row_security ? yes(table.policies) : "-", yes(table.triggers), partitions,
         std::string(name_of(liveness_of(table)))});
  }
  return table({"TABLE", "KIND", "ROWS", "PRIMARY KEY", "IDENTITY", "INDEXES", "POLICIES", "TRIGGERS",
                "PARTITIONS", "LIVE"},
               rows);
}

// One JSON object, members in the order given; empty texts are left out.
class Object {
 public:
  Object& text(std::string_view name, const std::string& value) {
    return value.empty() ? *this : raw(name, base::json_string(value));
  }
  Object& raw(std::string_view name, const std::string& value) {
    if (out_.size() > 1) out_ += ',';
    out_ += base::json_string(name) + ":" + value;
    return *this;
  }
  Object& number(std::string_view name, std::int64_t value) { return raw(name, std::to_string(value)); }
  std::string end() const { return out_ + "}"; }

 private:
  std::string out_ = "{";
};

template <class Items, class Each>
std::string array(const Items& items, Each each) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? ",\n" : "") + each(item);
  return out + "]";
}

std::string table_json(const TableFacts& table) {
  Object out;
  out.text("name", table.name)
      .text("kind", kind_name(table))
      .text("live", std::string(name_of(liveness_of(table))));
  out.text("owner", table.owner)
      .raw("rows", table.rows < 0 ? "null" : std::to_string(table.rows))
      .number("bytes", table.bytes);
  out.text("primary_key", table.primary_key)
      .text("identity", identity_name(table))
      .number("indexes", table.indexes);
  out.raw("row_security", table.row_security ? "true" : "false").text("policies", table.policies);
  out.text("triggers", table.triggers).text("partitioned_by", table.partitioned_by);
  if (table.kind == "p") out.number("partitions", table.partitions);
  out.text("generated_columns", table.generated).text("columns_without_json", table.foreign_types);
  return out.text("foreign_keys_without_index", table.unindexed_keys).end();
}

}  // namespace

Liveness liveness_of(const TableFacts& table) {
  if (table.kind == "v") return Liveness::kByTables;
  if (table.kind == "m") return Liveness::kWhole;
  if (table.kind == "f" || table.persistence != "p") return Liveness::kPolled;
  return has_identity(table) ? Liveness::kRows : Liveness::kInserts;
}

std::vector<Advice> advice_for(const DatabaseFacts& facts) {
  std::vector<Advice> advice;
  for (const TableFacts& table : facts.tables) {
    advise_identity(table, advice);
    advise_kind(table, advice);
    advise_columns(table, advice);
  }
  for (const SequenceFacts& sequence : facts.sequences) advise_sequence(sequence, advice);
  return advice;
}

std::string report_text(const DatabaseFacts& facts) {
  const ServerFacts& server = facts.server;
  std::map<std::string_view, int> counts;
  for (const TableFacts& table : facts.tables) ++counts[name_of(liveness_of(table))];
  std::string summary;
  for (const auto& [name, count] : counts)
    summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", count, name);
  std::string out = fmt::format("database {}, PostgreSQL {}, read as role {}; nothing was changed\n",
                                server.database, server.version, server.role);
  out += fmt::format("{} tables and views: {}; {}\n\n", facts.tables.size(),
                     summary.empty() ? "none" : summary, server.types);
  if (!facts.tables.empty()) out += tables_text(facts.tables) + "\n";
  out +=
      "LIVE  row by row: a change runs those queries again that read this row\n"
      "      inserts only: so do inserts; an UPDATE or DELETE runs all queries of the table again\n"
      "      as a whole: any change does · polled: asked again every 5 s · by its tables: a view\n";
  if (const auto advice = advice_for(facts); !advice.empty()) {
    out += "\nTo know:\n";
    for (const Advice& each : advice) {
      out += fmt::format("  {}: {}\n", each.subject, each.message);
      if (!each.remedy.empty()) out += fmt::format("      -> {}\n", each.remedy);
    }
  }
  return out + "\nTo type:\n" + steps(server);
}

std::string report_json(const DatabaseFacts& facts) {
  const ServerFacts& server = facts.server;
  Object out;
  out.text("database", server.database).text("version", server.version).text("wal_level", server.wal_level);
  out.text("extension", server.extension);
  out.raw("tables", array(facts.tables, table_json));
  out.raw("sequences", array(facts.sequences, [](const SequenceFacts& sequence) {
            return Object()
                .text("name", sequence.name)
                .text("column", sequence.column)
                .text("type", sequence.type)
                .number("last", sequence.last)
                .end();
          }));
  out.raw("advice", array(advice_for(facts), [](const Advice& advice) {
            return Object()
                .text("subject", advice.subject)
                .text("message", advice.message)
                .text("remedy", advice.remedy)
                .end();
          }));
  return out.end() + "\n";
}

}  // namespace freshet::tools
