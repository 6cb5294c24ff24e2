#include "changes.h"

#include <algorithm>

#include "domains.h"

namespace freshet::fuzz {
namespace {

constexpr int kNullPercent = 12;

std::string value(Random& random, const Column& column) {
  const Domain& values = domain(column.domain);
  const std::string chosen = value_of(random, values, column.nullable ? kNullPercent : 0);
  return chosen == "NULL" ? "NULL::" + values.type : chosen;
}

std::string names(const Table& table, std::size_t from, std::size_t to, const std::string& prefix = "") {
  std::string text;
  for (std::size_t i = from; i < to; ++i) text += (i > from ? ", " : "") + prefix + table.columns[i].name;
  return text;
}

std::string row(Random& random, const Table& table) {
  std::string text = "(";
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    text += (i > 0 ? ", " : "") + value(random, table.columns[i]);
  return text + ")";
}

std::string rows(Random& random, const Table& table, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + row(random, table);
  return text;
}

std::string equals(const Column& column, const std::string& wanted) {
  return column.name + (wanted.starts_with("NULL") ? " IS NULL" : " = " + wanted);
}

std::string by_key(Random& random, const Table& table) {
  std::string text = " WHERE ";
  for (std::size_t i = 0; i < table.key; ++i)
    text += (i > 0 ? " AND " : "") + equals(table.columns[i], value(random, table.columns[i]));
  return text;
}

// Some rows of a table: by key, or by a column that has an equality.
std::string some(Random& random, const Table& table) {
  if (chance(random, 75)) return by_key(random, table);
  for (;;) {
    const Column& column = one_of(random, table.columns);
    if (column.domain != "js" && column.domain != "xy")
      return " WHERE " + equals(column, value(random, column));
  }
}

const Column& other_than_key(Random& random, const Table& table) {
  return table.columns[static_cast<std::size_t>(
      pick(random, static_cast<int>(table.key), static_cast<int>(table.columns.size()) - 1))];
}

std::string insert(Random& random, const Table& table, int count) {
  std::string text = "INSERT INTO " + table.name + " (" + names(table, 0, table.columns.size()) +
                     ") VALUES " + rows(random, table, count);
  if (!table.unique) return text;
  if (chance(random, 60)) return text + " ON CONFLICT DO NOTHING";
  const Column& column = other_than_key(random, table);
  return text + " ON CONFLICT (" + names(table, 0, table.key) + ") DO UPDATE SET " + column.name + " = " +
         (chance(random, 50) ? "excluded." + column.name : value(random, column));
}

std::string merge(Random& random, const Table& table) {
  const Column& column = other_than_key(random, table);
  std::string on;
  for (std::size_t i = 0; i < table.key; ++i)
    on += (i > 0 ? " AND " : "") + ("t." + table.columns[i].name) + " = s." + table.columns[i].name;
  return "MERGE INTO " + table.name + " t USING (SELECT * FROM (VALUES " +
         rows(random, table, pick(random, 1, 3)) + ") v(" + names(table, 0, table.columns.size()) +
         ")) s ON " + on +
         (chance(random, 30)
              ? " WHEN MATCHED THEN DELETE"
              : " WHEN MATCHED THEN UPDATE SET " + column.name + " = " + value(random, column)) +
         " WHEN NOT MATCHED THEN INSERT (" + names(table, 0, table.columns.size()) + ") VALUES (" +
         names(table, 0, table.columns.size(), "s.") + ")";
}

// The values as COPY wants them are those that the server computes, written by itself.
std::string copy(Random& random, const Table& table) {
  return "COPY " + table.name + " (" + names(table, 0, table.columns.size()) + ") FROM STDIN\nVALUES " +
         rows(random, table, pick(random, 1, 3));
}

std::string update(Random& random, const Table& table) {
  std::string text = "UPDATE " + table.name + " SET ";
  const int kind = pick(random, 0, 19);
  if (kind == 0) {
    const Column& column = one_of(random, table.columns);
    text += column.name + " = " + column.name;
  } else if (kind <= 2) {
    for (std::size_t i = 0; i < table.key; ++i)
      text += (i > 0 ? ", " : "") + table.columns[i].name + " = " + value(random, table.columns[i]);
  } else {
    const Column& column = other_than_key(random, table);
    text += column.name + " = " + value(random, column);
    if (chance(random, 25)) {
      const Column& second = other_than_key(random, table);
      if (second.name != column.name) text += ", " + second.name + " = " + value(random, second);
    }
  }
  return text + some(random, table);
}

std::string statement(Random& random, const Table& table) {
  const int kind = pick(random, 0, 99);
  if (kind < 22) return insert(random, table, 1);
  if (kind < 28) return insert(random, table, pick(random, 2, 4));
  if (kind < 32) return table.unique ? merge(random, table) : insert(random, table, 2);
  if (kind < 35) return copy(random, table);
  if (kind < 80) return update(random, table);
  return "DELETE FROM " + table.name + some(random, table);
}

const Table& any_table(Random& random, Theme theme) {
  for (;;) {
    const Table& table = one_of(random, tables());
    if (table.theme == theme) return table;
  }
}

// The row goes and comes back otherwise, within one transaction.
void replace_row(Random& random, const Table& table, Change& change) {
  std::string where = " WHERE ";
  std::string values;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string chosen = value(random, table.columns[i]);
    values += (i > 0 ? ", " : "") + chosen;
    if (i < table.key) where += (i > 0 ? " AND " : "") + equals(table.columns[i], chosen);
  }
  change.push_back("DELETE FROM " + table.name + where);
  change.push_back("INSERT INTO " + table.name + " (" + names(table, 0, table.columns.size()) + ") VALUES (" +
                   values + ")");
}

}  // namespace

Change random_change(Random& random, Theme theme) {
  Change change;
  const Table& first =
      any_table(random, chance(random, 90) ? theme : static_cast<Theme>(pick(random, 0, kThemes - 1)));
  const int kind = pick(random, 0, 249);
  if (kind == 0) return {"TRUNCATE " + first.name + " CASCADE"};
  if (kind == 1) return {"DELETE FROM " + first.name};
  if (kind < 8) {
    replace_row(random, first, change);
    return change;
  }
  change.push_back(statement(random, first));
  while (change.size() < 6 && chance(random, 22))
    change.push_back(statement(random, any_table(random, theme)));
  if (chance(random, 6)) {
    change.insert(change.begin(), {"SAVEPOINT undone", statement(random, first), "ROLLBACK TO undone"});
  } else if (chance(random, 4)) {
    change.insert(change.begin(), "SAVEPOINT kept");
    change.push_back("RELEASE kept");
  }
  return change;
}

std::vector<std::string> initial_rows(Random& random) {
  std::vector<std::string> statements;
  std::string all;
  for (const Table& table : tables()) all += (all.empty() ? "" : ", ") + table.name;
  statements.push_back("TRUNCATE " + all);
  for (const Table& table : tables()) {
    // A row of its own each, so that one that is in the way of a constraint is left out alone.
    for (std::size_t i = 0; i < table.rows; ++i) {
      statements.push_back("INSERT INTO " + table.name + " (" + names(table, 0, table.columns.size()) +
                           ") SELECT " + "* FROM (VALUES " + row(random, table) + ") v(" +
                           names(table, 0, table.columns.size()) + ")" +
                           (table.name == "task" ? " WHERE project IN (SELECT id FROM project)" : "") +
                           (table.name == "label" ? " WHERE task IN (SELECT id FROM task)" : "") +
                           (table.unique ? " ON CONFLICT DO NOTHING" : ""));
    }
  }
  return statements;
}

std::string text_of(const Change& change) {
  std::string text;
  for (const std::string& statement : change) text += (text.empty() ? "" : "; ") + statement;
  return text;
}

}  // namespace freshet::fuzz
