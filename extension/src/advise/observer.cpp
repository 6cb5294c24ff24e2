#include "advise/observer.h"

#include "advise/plan_notes.h"

extern "C" {
#include "executor/executor.h"
#include "executor/instrument.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
}

namespace freshet::advise {
namespace {

// All executions of one statement.
struct StatementNotes {
  char* text;
  int64 executions;
  uint64 rows;
  PlanNotes plans;
};

ExecutorStart_hook_type previous_start;
ExecutorEnd_hook_type previous_end;
bool installed;

MemoryContext memory;  // not nullptr while observing
List* statements;      // StatementNotes*

constexpr int kMaxStatements = 200;
constexpr int kMaxText = 2000;

char* statement_text(const QueryDesc* query) {
  const char* source = query->sourceText != nullptr ? query->sourceText : "";
  const int length = static_cast<int>(strlen(source));
  int begin = query->plannedstmt->stmt_location;
  int size = query->plannedstmt->stmt_len;
  if (begin < 0 || begin > length) begin = 0;
  if (size <= 0 || begin + size > length) size = length - begin;
  while (size > 0 && isspace(static_cast<unsigned char>(source[begin]))) begin++, size--;
  return pnstrdup(source + begin, pg_mbcliplen(source + begin, size, kMaxText));
}

StatementNotes* notes_of(const QueryDesc* query) {
  char* text = statement_text(query);
  ListCell* cell;
  foreach (cell, statements) {
    StatementNotes* each = static_cast<StatementNotes*>(lfirst(cell));
    if (strcmp(each->text, text) == 0) return each;
  }
  if (list_length(statements) == kMaxStatements) return nullptr;
  StatementNotes* notes = static_cast<StatementNotes*>(palloc0(sizeof(StatementNotes)));
  notes->text = text;
  statements = lappend(statements, notes);
  return notes;
}

void merge_scan(StatementNotes* notes, ScanNote* scan) {
  ListCell* cell;
  foreach (cell, notes->plans.scans) {
    ScanNote* each = static_cast<ScanNote*>(lfirst(cell));
    if (each->table != scan->table || strcmp(each->columns, scan->columns) != 0) continue;
    each->read += scan->read;
    each->kept += scan->kept;
    return;
  }
  notes->plans.scans = lappend(notes->plans.scans, scan);
}

void note(QueryDesc* query) {
  if (query->planstate == nullptr || query->operation != CMD_SELECT) return;
  const MemoryContext before = MemoryContextSwitchTo(memory);
  StatementNotes* notes = notes_of(query);
  if (notes != nullptr) {
    PlanNotes plan = plan_notes(query);
    notes->executions++;
    notes->rows += query->estate->es_processed;
    notes->plans.limited = notes->plans.limited || plan.limited;
    notes->plans.unordered_limit = notes->plans.unordered_limit || plan.unordered_limit;
    notes->plans.offset = Max(notes->plans.offset, plan.offset);
    ListCell* cell;
    foreach (cell, plan.scans) merge_scan(notes, static_cast<ScanNote*>(lfirst(cell)));
  }
  MemoryContextSwitchTo(before);
}

void executor_start(QueryDesc* query, int eflags) {
  if (memory != nullptr && (eflags & EXEC_FLAG_EXPLAIN_ONLY) == 0)
    query->instrument_options |= INSTRUMENT_ROWS;
  previous_start != nullptr ? previous_start(query, eflags) : standard_ExecutorStart(query, eflags);
}

void executor_end(QueryDesc* query) {
  if (memory != nullptr) note(query);
  previous_end != nullptr ? previous_end(query) : standard_ExecutorEnd(query);
}

void put_name(StringInfo out, Oid table) {
  const char* name = get_rel_name(table);
  escape_json(out, name == nullptr
                       ? psprintf("%u", table)
                       : quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), name));
}

void put_scan(StringInfo out, const ScanNote* scan) {
  appendStringInfoString(out, "{\"table\": ");
  put_name(out, scan->table);
  appendStringInfoString(out, ", \"columns\": ");
  escape_json(out, scan->columns);
  appendStringInfo(out, ", \"read\": %.0f, \"kept\": %.0f}", scan->read, scan->kept);
}

void put_statement(StringInfo out, const StatementNotes* notes) {
  appendStringInfoString(out, "{\"query\": ");
  escape_json(out, notes->text);
  appendStringInfo(out, ", \"executions\": " INT64_FORMAT ", \"rows\": " UINT64_FORMAT "", notes->executions,
                   notes->rows);
  if (notes->plans.limited) appendStringInfoString(out, ", \"limited\": true");
  if (notes->plans.unordered_limit) appendStringInfoString(out, ", \"unordered_limit\": true");
  if (notes->plans.offset > 0) appendStringInfo(out, ", \"offset\": " INT64_FORMAT, notes->plans.offset);
  appendStringInfoString(out, ", \"scans\": [");
  ListCell* cell;
  foreach (cell, notes->plans.scans) {
    if (cell != list_head(notes->plans.scans)) appendStringInfoString(out, ", ");
    put_scan(out, static_cast<ScanNote*>(lfirst(cell)));
  }
  appendStringInfoString(out, "]}");
}

}  // namespace

void observer_start() {
  if (!installed) {
    previous_start = ExecutorStart_hook;
    ExecutorStart_hook = executor_start;
    previous_end = ExecutorEnd_hook;
    ExecutorEnd_hook = executor_end;
    installed = true;
  }
  statements = NIL;
  memory = CurrentMemoryContext;
}

void observer_stop() { memory = nullptr; }

void put_observations(StringInfo out) {
  appendStringInfoChar(out, '[');
  ListCell* cell;
  foreach (cell, statements) {
    if (cell != list_head(statements)) appendStringInfoString(out, ", ");
    put_statement(out, static_cast<StatementNotes*>(lfirst(cell)));
  }
  appendStringInfoChar(out, ']');
  statements = NIL;
}

}  // namespace freshet::advise
