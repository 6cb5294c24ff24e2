#include "freshet_wire/bytes.hpp"

#include "read_set/plpgsql_expressions.h"

#include "compat.h"
#include "mutant.h"
#include "read_set/capture_state.h"
#include "read_set/dependences.h"

extern "C" {
#include "plpgsql.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
}

namespace freshet::read_set {
namespace {

PLpgSQL_plugin* previous;
struct Seen {
  const PLpgSQL_stmt* statement;  // key
  uint64 capture;                 // in which it was told last
};

// Statements that are gone stay in it, and do no harm: the one that takes the place of such a one has nothing
// prepared yet.
constexpr long kMaxSeen = 10000;
HTAB* seen;  // in TopMemoryContext
uint64 current_capture;
bool calling_previous;

// The tree of a simple expression lives as long as the plan that the plan source holds. One that is not
// there, or is about to be replaced, passes planner and object access when it is made anew.
void flag_expression(const PLpgSQL_expr* expr) {
  if (expr == nullptr || expr->plan == nullptr || expr->expr_simple_expr == nullptr) return;
  if (expr->expr_simple_plan == nullptr || expr->expr_simple_plansource == nullptr) return;
  if (expr->expr_simple_plansource->gplan != expr->expr_simple_plan) return;
  capture_flag(expression_dependences(reinterpret_cast<Node*>(expr->expr_simple_expr)));
}

void flag_expressions(List* expressions) {
  ListCell* cell;
  foreach (cell, expressions) flag_expression(static_cast<PLpgSQL_expr*>(lfirst(cell)));
}

void flag_initial_values(const PLpgSQL_execstate* state, const PLpgSQL_stmt_block* block) {
  for (int i = 0; i < block->n_initvars; i++) {
    const PLpgSQL_datum* datum = state->datums[block->initvarnos[i]];
    if (datum->dtype == PLPGSQL_DTYPE_VAR || datum->dtype == PLPGSQL_DTYPE_REC) {
      flag_expression(reinterpret_cast<const PLpgSQL_variable*>(datum)->default_val);
    }
  }
}

void flag_case(const PLpgSQL_stmt_case* statement) {
  flag_expression(statement->t_expr);
  ListCell* cell;
  foreach (cell, statement->case_when_list) {
    flag_expression(static_cast<PLpgSQL_case_when*>(lfirst(cell))->expr);
  }
}

void flag_if(const PLpgSQL_stmt_if* statement) {
  flag_expression(statement->cond);
  ListCell* cell;
  foreach (cell, statement->elsif_list) flag_expression(static_cast<PLpgSQL_if_elsif*>(lfirst(cell))->cond);
}

void flag_raise(const PLpgSQL_stmt_raise* statement) {
  flag_expressions(statement->params);
  ListCell* cell;
  foreach (cell, statement->options) flag_expression(static_cast<PLpgSQL_raise_option*>(lfirst(cell))->expr);
}

template <class Statement>
const Statement* as(const PLpgSQL_stmt* statement) {
  return reinterpret_cast<const Statement*>(statement);
}

// What the statement itself evaluates; the statements inside it come by themselves. Queries go through the
// executor.
void flag_statement(const PLpgSQL_execstate* state, const PLpgSQL_stmt* statement) {
  switch (statement->cmd_type) {
    case PLPGSQL_STMT_BLOCK:
      flag_initial_values(state, as<PLpgSQL_stmt_block>(statement));
      break;
    case PLPGSQL_STMT_ASSIGN:
      flag_expression(as<PLpgSQL_stmt_assign>(statement)->expr);
      break;
    case PLPGSQL_STMT_IF:
      flag_if(as<PLpgSQL_stmt_if>(statement));
      break;
    case PLPGSQL_STMT_CASE:
      flag_case(as<PLpgSQL_stmt_case>(statement));
      break;
    case PLPGSQL_STMT_WHILE:
      flag_expression(as<PLpgSQL_stmt_while>(statement)->cond);
      break;
    case PLPGSQL_STMT_FORI:
      flag_expression(as<PLpgSQL_stmt_fori>(statement)->lower);
      flag_expression(as<PLpgSQL_stmt_fori>(statement)->upper);
      flag_expression(as<PLpgSQL_stmt_fori>(statement)->step);
      break;
    case PLPGSQL_STMT_FOREACH_A:
      flag_expression(as<PLpgSQL_stmt_foreach_a>(statement)->expr);
      break;
    case PLPGSQL_STMT_EXIT:
      flag_expression(as<PLpgSQL_stmt_exit>(statement)->cond);
      break;
    case PLPGSQL_STMT_RETURN:
      flag_expression(as<PLpgSQL_stmt_return>(statement)->expr);
      break;
    case PLPGSQL_STMT_RETURN_NEXT:
      flag_expression(as<PLpgSQL_stmt_return_next>(statement)->expr);
      break;
    case PLPGSQL_STMT_RETURN_QUERY:
      flag_expression(as<PLpgSQL_stmt_return_query>(statement)->dynquery);
      flag_expressions(as<PLpgSQL_stmt_return_query>(statement)->params);
      break;
    case PLPGSQL_STMT_RAISE:
      flag_raise(as<PLpgSQL_stmt_raise>(statement));
      break;
    case PLPGSQL_STMT_ASSERT:
      flag_expression(as<PLpgSQL_stmt_assert>(statement)->cond);
      flag_expression(as<PLpgSQL_stmt_assert>(statement)->message);
      break;
    case PLPGSQL_STMT_DYNEXECUTE:
      flag_expression(as<PLpgSQL_stmt_dynexecute>(statement)->query);
      flag_expressions(as<PLpgSQL_stmt_dynexecute>(statement)->params);
      break;
    case PLPGSQL_STMT_DYNFORS:
      flag_expression(as<PLpgSQL_stmt_dynfors>(statement)->query);
      flag_expressions(as<PLpgSQL_stmt_dynfors>(statement)->params);
      break;
    case PLPGSQL_STMT_OPEN:
      flag_expression(as<PLpgSQL_stmt_open>(statement)->dynquery);
      flag_expressions(as<PLpgSQL_stmt_open>(statement)->params);
      break;
    case PLPGSQL_STMT_FETCH:
      flag_expression(as<PLpgSQL_stmt_fetch>(statement)->expr);
      break;
    case PLPGSQL_STMT_LOOP:
    case PLPGSQL_STMT_FORS:
    case PLPGSQL_STMT_FORC:
    case PLPGSQL_STMT_EXECSQL:
    case PLPGSQL_STMT_GETDIAG:
    case PLPGSQL_STMT_CLOSE:
    case PLPGSQL_STMT_PERFORM:
    case PLPGSQL_STMT_CALL:
    case PLPGSQL_STMT_COMMIT:
    case PLPGSQL_STMT_ROLLBACK:
      break;
  }
}

void make_table() {
  if (seen != nullptr) hash_destroy(seen);
  HASHCTL control{};
  control.keysize = sizeof(PLpgSQL_stmt*);
  control.entrysize = sizeof(Seen);
  control.hcxt = TopMemoryContext;
  seen = hash_create("freshet PL/pgSQL statements", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

// A statement is looked at once in a capture: whatever is prepared anew later in it passes the other hooks.
void note_statement(const PLpgSQL_execstate* state, const PLpgSQL_stmt* statement) {
  if (open_capture() == nullptr || FRESHET_MUTANT_IS(PREPARED_EXPRESSIONS_FORGOTTEN)) return;
  if (seen == nullptr || hash_get_num_entries(seen) >= kMaxSeen) make_table();
  bool found;
  Seen* entry = static_cast<Seen*>(hash_search(seen, &statement, HASH_ENTER, &found));
  if (found && entry->capture == current_capture) return;
  entry->capture = current_capture;
  flag_statement(state, statement);
}

// Calls the plugin that was there before. One that calls us in turn ends here.
template <class Subject>
void call_previous(void (*PLpgSQL_plugin::*method)(PLpgSQL_execstate*, Subject*), PLpgSQL_execstate* state,
                   Subject* subject) {
  if (previous == nullptr || previous->*method == nullptr || calling_previous) return;
  calling_previous = true;
  PG_TRY();
  { (previous->*method)(state, subject); }
  PG_FINALLY();
  { calling_previous = false; }
  PG_END_TRY();
}

void func_setup(PLpgSQL_execstate* state, PLpgSQL_function* function);

void func_begin(PLpgSQL_execstate* state, PLpgSQL_function* function) {
  call_previous(&PLpgSQL_plugin::func_beg, state, function);
}

void func_end(PLpgSQL_execstate* state, PLpgSQL_function* function) {
  call_previous(&PLpgSQL_plugin::func_end, state, function);
}

void statement_begin(PLpgSQL_execstate* state, PLpgSQL_stmt* statement) {
  note_statement(state, statement);
  call_previous(&PLpgSQL_plugin::stmt_beg, state, statement);
}

void statement_end(PLpgSQL_execstate* state, PLpgSQL_stmt* statement) {
  call_previous(&PLpgSQL_plugin::stmt_end, state, statement);
}

PLpgSQL_plugin plugin{func_setup, func_begin, func_end, statement_begin, statement_end,
                      nullptr,    nullptr,    nullptr,  nullptr,         nullptr};

// PL/pgSQL has just told us its own functions; the plugin behind us relies on them, too.
void func_setup(PLpgSQL_execstate* state, PLpgSQL_function* function) {
  if (previous != nullptr) {
    previous->error_callback = plugin.error_callback;
    previous->assign_expr = plugin.assign_expr;
    previous->assign_value = plugin.assign_value;
    previous->eval_datum = plugin.eval_datum;
    previous->cast_value = plugin.cast_value;
  }
  call_previous(&PLpgSQL_plugin::func_setup, state, function);
}

}  // namespace

void watch_plpgsql() {
  current_capture++;
  PLpgSQL_plugin** slot = reinterpret_cast<PLpgSQL_plugin**>(find_rendezvous_variable("PLpgSQL_plugin"));
  if (*slot == &plugin) return;
  previous = *slot;
  *slot = &plugin;
}

}  // namespace freshet::read_set
