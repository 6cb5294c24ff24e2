#include "registry/body_lints.h"

#include "mutant.h"
#include "registry/plpgsql_body.h"
#include "shape/expression.h"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "tcop/utility.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantItself = FRESHET_MUTANT_IS(COLUMN_COMPARED_WITH_ITSELF);

struct Walk {
  const Function* function;
  Findings* findings;
  const BodyPart* part;
  const Query* query;  // the innermost
  bool in_exists;
  bool expires;       // freshet.valid_until() is called
  const char* clock;  // what asks for the time
  int clock_line;     // 0: not known
};

void add_at(Walk* walk, Severity severity, const char* code, int line, const char* message,
            const char* detail, const char* remedy) {
  // A view that is read twice says it twice.
  for (int i = 0; i < walk->findings->size; i++)
    if (walk->findings->data[i].line == line && strcmp(walk->findings->data[i].message, message) == 0) return;
  walk->findings->push({severity, code, message, detail, remedy, line});
}

void add(Walk* walk, Severity severity, const char* code, int location, const char* message,
         const char* detail, const char* remedy) {
  int line = line_of(*walk->part, location);
  // PL/pgSQL knows the line of every statement, where the parser does not know the place in it.
  if (line == 0 && walk->part->statement != nullptr) line = walk->part->line;
  add_at(walk, severity, code, line, message, detail, remedy);
}

void lint(Walk* walk, const char* code, int location, const char* message, const char* remedy) {
  add(walk, Severity::kLint, code, location, message, nullptr, remedy);
}

bool has_argument(const Function* function, const char* name) {
  for (int i = 0; i < function->argument_count; i++)
    if (strcmp(function->arguments[i].sql_name, name) == 0) return true;
  return false;
}

Node* without_labels(Node* node) {
  while (IsA(node, RelabelType)) node = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(node)->arg);
  return node;
}

// WHERE channel_id = channel_id, where an argument of that name was meant on one side.
void look_at_comparison(Walk* walk, const OpExpr* call) {
  if (list_length(call->args) != 2 || walk->query == nullptr || kMutantItself) return;
  Node* left = without_labels(static_cast<Node*>(linitial(call->args)));
  Node* right = without_labels(static_cast<Node*>(lsecond(call->args)));
  if (!IsA(left, Var) || !IsA(right, Var)) return;
  const Var* a = reinterpret_cast<Var*>(left);
  const Var* b = reinterpret_cast<Var*>(right);
  if (a->varno != b->varno || a->varattno != b->varattno || a->varlevelsup != 0 || b->varlevelsup != 0 ||
      a->varattno <= 0 || a->varno < 1)
    return;
  const RangeTblEntry* entry = rt_fetch(a->varno, walk->query->rtable);
  if (a->varattno > list_length(entry->eref->colnames)) return;
  const char* column = strVal(list_nth(entry->eref->colnames, a->varattno - 1));
  if (!has_argument(walk->function, column)) return;
  add(walk, Severity::kError, "compares_itself", call->location,
      psprintf("the body of %s compares column \"%s\" with itself", walk->function->path, column),
      psprintf("The column hides the argument \"%s\", so that every row is taken.", column),
      psprintf("Write %s.%s for the argument, or rename it.", walk->function->row.name, column));
}

void look_at_clock(Walk* walk, const char* what, int location) {
  if (walk->clock != nullptr) return;
  walk->clock = what;
  walk->clock_line = line_of(*walk->part, location);
}

// A code that clients are not told of.
void look_at_code(Walk* walk, const FuncExpr* call, int position, const char* name) {
  if (list_length(call->args) <= position) return;
  char* code = constant_text(static_cast<Node*>(list_nth(call->args, position)));
  if (code == nullptr) return;
  const PallocVector<char*>& declared = walk->function->row.errors;
  for (int i = 0; i < declared.size; i++)
    if (strcmp(declared[i], code) == 0) return;
  lint(walk, "undeclared_error", call->location,
       psprintf("freshet.%s() raises '%s', which is not among the declared errors", name, code),
       psprintf("Add it, so that clients know it: errors => '{%s}'.", code));
}

void look_at_own_call(Walk* walk, const FuncExpr* call, const char* name) {
  if (strcmp(name, "valid_until") == 0) walk->expires = true;
  if (strcmp(name, "now") == 0) look_at_clock(walk, "freshet.now()", call->location);
  if (strcmp(name, "fail") == 0) look_at_code(walk, call, 0, name);
  if (strcmp(name, "require") == 0) look_at_code(walk, call, 1, name);
}

void look_at_call(Walk* walk, const FuncExpr* call) {
  static const char* const kClocks[] = {"clock_timestamp",       "now",  "statement_timestamp", "timeofday",
                                        "transaction_timestamp", nullptr};
  static const char* const kSequences[] = {"currval", "lastval", "nextval", "setval", nullptr};
  char* name = get_func_name(call->funcid);
  char* schema = name != nullptr ? get_namespace_name(get_func_namespace(call->funcid)) : nullptr;
  if (schema == nullptr) return;
  if (strcmp(schema, "freshet") == 0) {
    look_at_own_call(walk, call, name);
    return;
  }
  if (walk->function->kind != FunctionKind::kQuery) return;
  if (is_builtin(call->funcid) && is_one_of(name, kClocks)) {
    look_at_clock(walk, psprintf("%s()", name), call->location);
  } else if (is_builtin(call->funcid) && is_one_of(name, kSequences)) {
    lint(walk, "sequence", call->location,
         psprintf("a query asks a sequence by %s(), which no change stream reports", name),
         "Keep what is needed in a table, or make the function VOLATILE: then it is a mutation.");
  } else if (func_volatile(call->funcid) == PROVOLATILE_VOLATILE) {
    lint(
        walk, "volatile_function", call->location,
        psprintf("a query calls %s.%s(), which is VOLATILE: every run may give something else", schema, name),
        "Compute it once in a mutation and store it, or mark that function STABLE if it is.");
  }
}

bool is_clock(const SQLValueFunction* call) {
  switch (call->op) {
    case SVFOP_CURRENT_DATE:
    case SVFOP_CURRENT_TIME:
    case SVFOP_CURRENT_TIME_N:
    case SVFOP_CURRENT_TIMESTAMP:
    case SVFOP_CURRENT_TIMESTAMP_N:
    case SVFOP_LOCALTIME:
    case SVFOP_LOCALTIME_N:
    case SVFOP_LOCALTIMESTAMP:
    case SVFOP_LOCALTIMESTAMP_N:
      return true;
    default:
      return false;
  }
}

void look_at_relation(Walk* walk, const RangeTblEntry* entry) {
  char* name = get_rel_name(entry->relid);
  if (name == nullptr) return;
  if (entry->tablesample != nullptr)
    lint(walk, "tablesample", exprLocation(reinterpret_cast<Node*>(entry->tablesample->args)),
         psprintf("TABLESAMPLE of %s gives other rows on every run", name),
         "Take rows by a condition that says which.");
  char persistence = get_rel_persistence(entry->relid);
  if (persistence == RELPERSISTENCE_TEMP)
    add(walk, Severity::kError, "temporary_table", -1,
        psprintf("the body of %s uses the temporary table %s", walk->function->path, name),
        "Only the session that created it has it.", "Use a permanent table.");
  else if (walk->function->kind == FunctionKind::kQuery &&
           (persistence == RELPERSISTENCE_UNLOGGED || get_rel_relkind(entry->relid) == RELKIND_FOREIGN_TABLE))
    lint(walk, "not_watched", -1,
         psprintf("no change stream reports changes of the %s table %s: live results do not follow them",
                  persistence == RELPERSISTENCE_UNLOGGED ? "unlogged" : "foreign", name),
         persistence == RELPERSISTENCE_UNLOGGED ? psprintf("ALTER TABLE %s SET LOGGED.", name)
                                                : "Say with freshet.valid_until() when the result expires.");
}

// What only a mutation may do, and what no call should do.
void look_at_command(Walk* walk, const Query* query) {
  const bool writes = query->commandType == CMD_INSERT || query->commandType == CMD_UPDATE ||
                      query->commandType == CMD_DELETE || query->commandType == CMD_MERGE;
  if (writes && walk->function->kind == FunctionKind::kQuery)
    lint(walk, "writes", -1, "a query cannot write: a call that comes here is the error read_only",
         "Make the function VOLATILE: then it is a mutation.");
  if (query->commandType != CMD_UTILITY || !is_definition(query->utilityStmt)) return;
  lint(walk, "definition", -1,
       psprintf("each call runs %s: it changes the catalog, which every session looks at again",
                CreateCommandName(query->utilityStmt)),
       "Do it in a migration; in place of a temporary table WITH or an array will do.");
}

void look_at_query(Walk* walk, const Query* query, bool in_exists) {
  look_at_command(walk, query);
  ListCell* cell;
  foreach (cell, query->rtable) {
    const RangeTblEntry* entry = lfirst_node(RangeTblEntry, cell);
    if (entry->rtekind == RTE_RELATION) look_at_relation(walk, entry);
  }
  if (query->limitCount != nullptr && query->sortClause == NIL && !in_exists)
    lint(walk, "limit_without_order", exprLocation(query->limitCount),
         "LIMIT without ORDER BY: which rows it keeps is up to the plan",
         "Add an ORDER BY that ends in a unique key.");
  if (query->hasTargetSRFs && list_length(returned_targets(query)) > 1)
    lint(walk, "set_in_select_list", -1,
         "a function that gives a set stands in the SELECT list, where it multiplies the rows",
         "Call it in FROM, with LATERAL where it needs the row.");
}

bool visit(Node* node, void* state) {
  if (node == nullptr) return false;
  Walk* walk = static_cast<Walk*>(state);
  if (IsA(node, Query)) {
    const Query* outer = walk->query;
    bool in_exists = walk->in_exists;
    walk->in_exists = false;
    walk->query = reinterpret_cast<Query*>(node);
    look_at_query(walk, walk->query, in_exists);
    walk_query(reinterpret_cast<Query*>(node), visit, state);
    walk->query = outer;
    return false;
  }
  if (IsA(node, OpExpr)) look_at_comparison(walk, reinterpret_cast<OpExpr*>(node));
  if (IsA(node, FuncExpr)) look_at_call(walk, reinterpret_cast<FuncExpr*>(node));
  if (IsA(node, SQLValueFunction) && is_clock(reinterpret_cast<SQLValueFunction*>(node)))
    look_at_clock(walk, "the current time or date", reinterpret_cast<SQLValueFunction*>(node)->location);
  if (IsA(node, SubLink)) walk->in_exists = reinterpret_cast<SubLink*>(node)->subLinkType == EXISTS_SUBLINK;
  return walk_expression(node, visit, state);
}

}  // namespace

void lint_body(const Function* function, const BodyParts& parts, Findings* findings) {
  Walk walk = {function, findings, nullptr, nullptr, false, false, nullptr, 0};
  for (int i = 0; i < parts.size; i++) {
    walk.part = &parts[i];
    ListCell* cell;
    foreach (cell, parts[i].queries) {
      // PERFORM asks for no row in particular: it throws them away.
      walk.in_exists = parts[i].statement != nullptr && strcmp(parts[i].statement, "PERFORM") == 0;
      visit(static_cast<Node*>(lfirst(cell)), &walk);
    }
  }
  if (walk.clock != nullptr && !walk.expires && function->kind == FunctionKind::kQuery)
    add_at(&walk, Severity::kLint, "clock", walk.clock_line,
           psprintf("a query asks for %s and does not say when its result expires", walk.clock), nullptr,
           "Call freshet.valid_until(instant) with the time at which the result changes by itself.");
}

}  // namespace freshet
