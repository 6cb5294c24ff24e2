#include "identity.h"

namespace freshet::fuzz {

const std::vector<std::string>& identities() {
  static const std::vector<std::string> kIdentities = {"default", "full", "mixed", "index", "nothing"};
  return kIdentities;
}

std::vector<std::string> identity_statements(Database& database, Random& random,
                                             const std::string& identity) {
  // With each table the unique index over columns that are not null, beside its key, if it has one.
  const Database::Rows tables = database.query(
      "SELECT c.oid::regclass::text, (SELECT min(quote_ident(i.relname)) FROM pg_index x JOIN pg_class i ON "
      "i.oid = x.indexrelid WHERE x.indrelid = c.oid "
      "AND x.indisunique AND x.indimmediate AND NOT x.indisprimary AND x.indpred IS NULL AND NOT EXISTS "
      "(SELECT FROM "
      "unnest(x.indkey::int2[]) k LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k AND "
      "a.attnotnull "
      "WHERE a.attnum IS NULL)) FROM pg_class c WHERE relnamespace = 'fuzz'::regnamespace AND relkind IN "
      "('r', 'p') "
      "ORDER BY relname");
  std::vector<std::string> statements;
  for (const auto& table : tables) {
    const std::string chosen =
        identity == "mixed"
            ? identities()[static_cast<std::size_t>(pick(random, 0, 1)) + (chance(random, 30) ? 3 : 0)]
            : identity;
    std::string words = "DEFAULT";
    if (chosen == "full") words = "FULL";
    if (chosen == "nothing") words = "NOTHING";
    if (chosen == "index" && table[1] != "<null>") words = "USING INDEX " + table[1];
    statements.push_back("ALTER TABLE " + table[0] + " REPLICA IDENTITY " + words);
  }
  return statements;
}

}  // namespace freshet::fuzz
