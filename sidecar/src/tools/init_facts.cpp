#include "tools/init_facts.h"

#include <cstdlib>

namespace freshet::tools {
namespace {

using postgres::Failure;
using postgres::Rows;

constexpr const char* kServer = R"(
SELECT current_setting('server_version'), current_database(), current_user, current_setting('wal_level'),
       coalesce((SELECT extversion FROM pg_extension WHERE extname = 'freshet'), ''),
       EXISTS (SELECT FROM pg_available_extensions WHERE name = 'freshet'),
       (SELECT format('%s enums, %s domains, %s composite types',
                      count(*) FILTER (WHERE t.typtype = 'e'), count(*) FILTER (WHERE t.typtype = 'd'),
                      count(*) FILTER (WHERE t.typtype = 'c' AND r.relkind = 'c'))
          FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class r ON r.oid = t.typrelid
         WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'freshet')))";

// The types of the JSON table (docs/sql-interface.md); ranges, enums, composite types, and arrays and domains
// of them count by their kind.
constexpr const char* kTables = R"(
WITH mine AS (
  SELECT c.*, n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_'
     AND n.nspname NOT IN ('information_schema', 'freshet') AND ($1 = '' OR n.nspname = $1)
     AND NOT c.relispartition
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
)
SELECT format('%I.%I', c.nspname, c.relname), c.relkind, c.relpersistence, pg_get_userbyid(c.relowner),
       CASE WHEN c.relkind = 'p' THEN (SELECT CASE WHEN min(p.reltuples) < 0 THEN -1 ELSE sum(p.reltuples)::bigint END FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid WHERE t.isleaf)
            ELSE c.reltuples::bigint END,
       CASE WHEN c.relkind = 'p' THEN (SELECT sum(pg_total_relation_size(t.relid))::bigint FROM pg_partition_tree(c.oid) t)
            WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) ELSE 0 END,
       c.relreplident,
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place)
          FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k (attnum, place), pg_attribute a
         WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum),
       (SELECT format_type(a.atttypid, a.atttypmod) FROM pg_index i, pg_attribute a
         WHERE i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1 AND a.attrelid = c.oid AND a.attnum = i.indkey[0]),
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY k.place)
          FROM pg_index i, unnest(i.indkey) WITH ORDINALITY k (attnum, place), pg_attribute a
         WHERE i.indrelid = c.oid AND i.indisreplident AND a.attrelid = c.oid AND a.attnum = k.attnum),
       (SELECT min(quote_ident(x.relname)) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
         WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
           AND NOT EXISTS (SELECT FROM unnest(i.indkey) k (attnum) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE NOT a.attnotnull)),
       (SELECT count(*) FROM pg_index i WHERE i.indrelid = c.oid),
       c.relrowsecurity, c.relforcerowsecurity,
       (SELECT string_agg(format('%s (%s)', p.polname, CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END), ', ' ORDER BY p.polname)
          FROM pg_policy p WHERE p.polrelid = c.oid),
       (SELECT string_agg(t.tgname, ', ' ORDER BY t.tgname) FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
       (SELECT count(*) FROM pg_partition_tree(c.oid) t WHERE t.isleaf AND t.relid <> c.oid),
       (SELECT count(*) FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid
         WHERE t.isleaf AND t.relid <> c.oid AND (p.relreplident = 'n' OR (p.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = p.oid AND i.indisprimary)))),
       (SELECT count(*) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhrelid WHERE h.inhparent = c.oid AND NOT p.relispartition),
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped),
       (WITH RECURSIVE inner_type AS (
          SELECT a.attnum, a.attname, a.atttypid AS shown, a.atttypid AS type FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          UNION ALL
          SELECT i.attnum, i.attname, i.shown, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END
            FROM inner_type i JOIN pg_type t ON t.oid = i.type
           WHERE t.typtype = 'd' OR (t.typsubscript = 'array_subscript_handler'::regproc AND t.typelem <> 0))
        SELECT string_agg(format('%I (%s)', i.attname, i.shown::regtype), ', ' ORDER BY i.attnum)
          FROM inner_type i JOIN pg_type t ON t.oid = i.type
         WHERE t.typtype = 'b' AND NOT (t.typsubscript = 'array_subscript_handler'::regproc AND t.typelem <> 0)
           AND t.typname NOT IN ('citext', 'hstore')
           AND NOT (t.typnamespace = 'pg_catalog'::regnamespace AND t.typname IN (
             'bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'text', 'varchar', 'bpchar', 'numeric', 'money', 'uuid', 'name', 'char', 'inet', 'cidr',
             'macaddr', 'macaddr8', 'interval', 'bit', 'varbit', 'oid', 'regclass', 'regtype', 'regproc', 'regprocedure', 'regrole', 'regnamespace', 'date',
             'time', 'timestamp', 'timestamptz', 'bytea', 'json', 'jsonb'))),
       (SELECT string_agg(format('%s (%s)', k.conname, (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY x.place)
                 FROM unnest(k.conkey) WITH ORDINALITY x (attnum, place) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.attnum)), ', ' ORDER BY k.conname)
          FROM pg_constraint k
         WHERE k.conrelid = c.oid AND k.contype = 'f'
           AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indpred IS NULL
                             AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey AND k.conkey @> (i.indkey::int2[])[0:cardinality(k.conkey) - 1]))
  FROM mine c ORDER BY c.nspname, c.relname)";

constexpr const char* kSequences = R"(
SELECT format('%I.%I', s.schemaname, s.sequencename), coalesce(format('%s.%I', d.refobjid::regclass, a.attname), ''),
       s.data_type::text, coalesce(s.last_value, 0)
  FROM pg_sequences s
  JOIN pg_class c ON c.oid = format('%I.%I', s.schemaname, s.sequencename)::regclass
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
        AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE s.schemaname !~ '^pg_' AND s.schemaname <> 'freshet' AND ($1 = '' OR s.schemaname = $1)
 ORDER BY 1)";

// The columns of one row, one after the other.
class Fields {
 public:
  Fields(const Rows& rows, int row) : rows_(rows), row_(row) {}
  std::string text() {
    const int column = column_++;
    return rows_.is_null(row_, column) ? std::string() : rows_.text(row_, column);
  }
  std::int64_t number() { return std::atoll(text().c_str()); }
  bool yes() { return text() == "t"; }

 private:
  const Rows& rows_;
  int row_;
  int column_ = 0;
};

ServerFacts server_of(Fields fields) {
  ServerFacts facts;
  facts.version = fields.text();
  facts.database = fields.text();
  facts.role = fields.text();
  facts.wal_level = fields.text();
  facts.extension = fields.text();
  facts.available = fields.yes();
  facts.types = fields.text();
  return facts;
}

TableFacts table_of(Fields fields) {
  TableFacts facts;
  facts.name = fields.text();
  facts.kind = fields.text();
  facts.persistence = fields.text();
  facts.owner = fields.text();
  facts.rows = fields.number();
  facts.bytes = fields.number();
  facts.identity = fields.text();
  facts.primary_key = fields.text();
  facts.primary_key_type = fields.text();
  facts.identity_index = fields.text();
  facts.usable_index = fields.text();
  facts.indexes = static_cast<int>(fields.number());
  facts.row_security = fields.yes();
  facts.forced = fields.yes();
  facts.policies = fields.text();
  facts.triggers = fields.text();
  facts.partitioned_by = fields.text();
  facts.partitions = static_cast<int>(fields.number());
  facts.partitions_without_identity = static_cast<int>(fields.number());
  facts.children = static_cast<int>(fields.number());
  facts.generated = fields.text();
  facts.foreign_types = fields.text();
  facts.unindexed_keys = fields.text();
  return facts;
}

SequenceFacts sequence_of(Fields fields) {
  SequenceFacts facts;
  facts.name = fields.text();
  facts.column = fields.text();
  facts.type = fields.text();
  facts.last = fields.number();
  return facts;
}

}  // namespace

std::variant<DatabaseFacts, Failure> read_facts(Database& database, const std::string& schema) {
  for (const char* command :
       {"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET LOCAL search_path = pg_catalog"}) {
    if (auto failure = database.command(command)) return *std::move(failure);
  }
  DatabaseFacts facts;
  auto server = database.ask(kServer);
  if (auto* failure = std::get_if<Failure>(&server)) return std::move(*failure);
  facts.server = server_of({std::get<Rows>(server), 0});
  auto tables = database.ask(kTables, {schema});
  if (auto* failure = std::get_if<Failure>(&tables)) return std::move(*failure);
  for (int row = 0; row < std::get<Rows>(tables).size(); ++row)
    facts.tables.push_back(table_of({std::get<Rows>(tables), row}));
  auto sequences = database.ask(kSequences, {schema});
  if (auto* failure = std::get_if<Failure>(&sequences)) return std::move(*failure);
  for (int row = 0; row < std::get<Rows>(sequences).size(); ++row)
    facts.sequences.push_back(sequence_of({std::get<Rows>(sequences), row}));
  if (auto failure = database.command("COMMIT")) return *std::move(failure);
  return facts;
}

}  // namespace freshet::tools
