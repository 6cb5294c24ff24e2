#include "registry/plpgsql_body.h"

#include "call/isolated.h"
#include "mutant.h"
#include "registry/plpgsql_variables.h"
#include "shape/expression.h"

extern "C" {
#include "access/htup_details.h"
#include "access/tupconvert.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/proclang.h"
#include "nodes/nodeFuncs.h"
#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
}

namespace freshet {
namespace {

// Functions of PL/pgSQL's own library, which other checkers of it use, too.
struct Library {
  PLpgSQL_function* (*compile)(FunctionCallInfo, bool);
  ParserSetupHook parser_setup;
  const char* (*statement_name)(PLpgSQL_stmt*);
};

const Library& library() {
  static Library loaded;
  if (loaded.statement_name != nullptr) return loaded;
  const auto find = [](const char* name) {
    return load_external_function("$libdir/plpgsql", name, true, nullptr);
  };
  loaded.compile = reinterpret_cast<decltype(Library::compile)>(find("plpgsql_compile"));
  loaded.parser_setup = reinterpret_cast<ParserSetupHook>(find("plpgsql_parser_setup"));
  loaded.statement_name = reinterpret_cast<decltype(Library::statement_name)>(find("plpgsql_stmt_typename"));
  return loaded;
}

struct Reader {
  PlpgsqlBody* body;
  PlpgsqlVariables variables;
  const char* source;
  TupleDesc row;      // of what the function returns, nullptr: no rows
  bool defines;       // statements before this may have made tables that are not there now
  const char* where;  // the statement that is read
  int line;
};

void trouble(Reader* reader, bool certain, int line, const char* message, const char* detail,
             const char* hint) {
  reader->body->troubles.push({certain, message, detail, hint, reader->where, line});
}

void unknown(Reader* reader, const char* message, const char* hint) {
  trouble(reader, false, reader->line, message, nullptr, hint);
}

// The line on which the text of an expression begins: a statement may begin some lines before.
int first_line(const Reader* reader, const char* text) {
  const char* from = reader->source;
  for (int line = 1; line < reader->line && from != nullptr; line++) {
    from = strchr(from, '\n');
    if (from != nullptr) from++;
  }
  const char* found = from != nullptr ? strstr(from, text) : nullptr;
  if (found == nullptr) return reader->line;
  int line = reader->line;
  for (const char* at = from; at < found; at++) line += *at == '\n';
  return line;
}

// A name that is not there now may be there when the call comes so far, and a record may have other columns.
bool may_pass_at_run_time(const Reader* reader, int sqlstate, const Bitmapset* used) {
  switch (sqlstate) {
    case ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE:  // a record without columns as yet
      return true;
    case ERRCODE_UNDEFINED_TABLE:
    case ERRCODE_UNDEFINED_COLUMN:
    case ERRCODE_UNDEFINED_FUNCTION:
    case ERRCODE_UNDEFINED_OBJECT:
    case ERRCODE_INVALID_SCHEMA_NAME:
      if (reader->defines) return true;
      break;
    default:
      break;
  }
  return uses_doubtful(&reader->variables, used);
}

// `used`: the variables that the text names.
void tell(Reader* reader, const ErrorData* error, const char* text, int line, const Bitmapset* used) {
  int at = line_of_cursor(text, line, error->cursorpos);
  if (at == 0) at = line;
  if (may_pass_at_run_time(reader, error->sqlerrcode, used))
    trouble(reader, false, at, psprintf("only a run can tell whether this works: %s", error->message),
            error->detail, nullptr);
  else
    trouble(reader, true, at, error->message, error->detail, error->hint);
}

// The query of an expression that is given to the caller; nullptr when it could not be analysed.
Query* read(Reader* reader, const PLpgSQL_expr* expression) {
  if (expression == nullptr) return nullptr;
  const int line = first_line(reader, expression->query);
  PLpgSQL_expr copy;
  memcpy(&copy, expression, sizeof copy);
  copy.func = &reader->variables.function;
  copy.paramnos = nullptr;
  List* queries = NIL;
  ErrorData* error = raised_by([&] {
    ListCell* cell;
    foreach (cell, raw_parser(copy.query, copy.parseMode))
      queries = list_concat(queries, pg_analyze_and_rewrite_withcb(lfirst_node(RawStmt, cell), copy.query,
                                                                   library().parser_setup, &copy, nullptr));
  });
  if (error != nullptr) {
    tell(reader, error, copy.query, line, copy.paramnos);
    return nullptr;
  }
  reader->body->parts.push({queries, pstrdup(copy.query), line, reader->where});
  Query* given = nullptr;
  ListCell* cell;
  foreach (cell, queries) {
    Query* query = lfirst_node(Query, cell);
    if (query->canSetTag) given = query;
    reader->defines =
        reader->defines || (query->commandType == CMD_UTILITY && is_definition(query->utilityStmt));
  }
  return given;
}

void read_all(Reader* reader, List* expressions) {
  ListCell* cell;
  foreach (cell, expressions) read(reader, static_cast<PLpgSQL_expr*>(lfirst(cell)));
}

// EXECUTE 'CREATE TEMP TABLE …': what follows may rely on it.
bool names_definition(const char* text) {
  static const char* const kWords[] = {"create", "alter", "drop"};
  for (const char* word : kWords)
    for (const char* at = text; *at != '\0'; at++)
      if (pg_strncasecmp(at, word, strlen(word)) == 0) return true;
  return false;
}

void read_text_to_execute(Reader* reader, const PLpgSQL_expr* text, List* parameters) {
  read(reader, text);
  read_all(reader, parameters);
  unknown(reader, "text that is made and executed at run time cannot be checked",
          "Write it as a statement where its tables and columns are known.");
  reader->defines = reader->defines || names_definition(text->query);
}

TupleDesc columns_given(const Query* query) {
  if (query == nullptr || query->commandType == CMD_UTILITY) return nullptr;
  return ExecCleanTypeFromTL(returned_targets(query));
}

// `record := expression`.
TupleDesc columns_of_value(Reader* reader, const Query* query) {
  List* targets = query != nullptr ? returned_targets(query) : NIL;
  if (list_length(targets) != 1) return nullptr;
  Node* value = reinterpret_cast<Node*>(linitial_node(TargetEntry, targets)->expr);
  if (IsA(value, Param) && exprType(value) == RECORDOID)
    return columns_of(&reader->variables, reinterpret_cast<Param*>(value)->paramid - 1);
  Oid type = exprType(value);
  Oid result;
  TupleDesc columns = nullptr;
  if (get_expr_result_type(value, &result, &columns) == TYPEFUNC_COMPOSITE) return columns;
  return nullptr;
}

void read_assignment(Reader* reader, const PLpgSQL_stmt_assign* statement) {
  Query* query = read(reader, statement->expr);
  const PLpgSQL_datum* target = reader->variables.state.datums[statement->varno];
  if (target->dtype == PLPGSQL_DTYPE_REC)
    assign_columns(&reader->variables, reinterpret_cast<const PLpgSQL_variable*>(target),
                   columns_of_value(reader, query));
}

// Rows that RETURN QUERY gives must have the columns that were declared, type for type.
void compare_with_result(Reader* reader, const PLpgSQL_expr* expression, const Query* query) {
  TupleDesc given = columns_given(query);
  if (given == nullptr || reader->row == nullptr) return;
  ErrorData* error = raised_by([&] {
    convert_tuples_by_position(given, reader->row, "structure of query does not match function result type");
  });
  if (error == nullptr) return;
  error->message = psprintf("%s: %s", error->message, error->detail);
  error->detail = nullptr;
  tell(reader, error, nullptr, first_line(reader, expression->query), nullptr);
}

void read_statements(Reader* reader, List* statements);

void read_declarations(Reader* reader, const PLpgSQL_stmt_block* block) {
  for (int i = 0; i < block->n_initvars; i++) {
    const PLpgSQL_datum* datum = reader->variables.state.datums[block->initvarnos[i]];
    if (datum->dtype != PLPGSQL_DTYPE_VAR && datum->dtype != PLPGSQL_DTYPE_REC) continue;
    const PLpgSQL_variable* variable = reinterpret_cast<const PLpgSQL_variable*>(datum);
    reader->where = "DECLARE";
    reader->line = Max(variable->lineno, 1);
    Query* query = read(reader, variable->default_val);
    if (datum->dtype == PLPGSQL_DTYPE_REC) {
      if (variable->default_val != nullptr)
        assign_columns(&reader->variables, variable, columns_of_value(reader, query));
      continue;
    }
    read(reader, reinterpret_cast<const PLpgSQL_var*>(datum)->cursor_explicit_expr);
  }
}

void read_block(Reader* reader, const PLpgSQL_stmt_block* block) {
  read_declarations(reader, block);
  read_statements(reader, block->body);
  if (block->exceptions == nullptr) return;
  ListCell* cell;
  foreach (cell, block->exceptions->exc_list)
    read_statements(reader, static_cast<PLpgSQL_exception*>(lfirst(cell))->action);
}

void read_if(Reader* reader, const PLpgSQL_stmt_if* statement) {
  read(reader, statement->cond);
  read_statements(reader, statement->then_body);
  ListCell* cell;
  foreach (cell, statement->elsif_list) {
    const PLpgSQL_if_elsif* branch = static_cast<PLpgSQL_if_elsif*>(lfirst(cell));
    reader->where = "ELSIF";
    reader->line = branch->lineno;
    read(reader, branch->cond);
    read_statements(reader, branch->stmts);
  }
  read_statements(reader, statement->else_body);
}

void read_case(Reader* reader, const PLpgSQL_stmt_case* statement) {
  Query* query = read(reader, statement->t_expr);
  List* targets = query != nullptr ? returned_targets(query) : NIL;
  if (list_length(targets) == 1) {
    Node* value = reinterpret_cast<Node*>(linitial_node(TargetEntry, targets)->expr);
    assign_type(&reader->variables, statement->t_varno, exprType(value), exprTypmod(value),
                exprCollation(value));
  }
  ListCell* cell;
  foreach (cell, statement->case_when_list) {
    const PLpgSQL_case_when* branch = static_cast<PLpgSQL_case_when*>(lfirst(cell));
    reader->where = "CASE";
    reader->line = branch->lineno;
    if (statement->t_expr == nullptr || query != nullptr) read(reader, branch->expr);
    read_statements(reader, branch->stmts);
  }
  read_statements(reader, statement->else_stmts);
}

TupleDesc columns_of_cursor(Reader* reader, int cursor) {
  const PLpgSQL_var* variable = reinterpret_cast<const PLpgSQL_var*>(reader->variables.state.datums[cursor]);
  if (variable->dtype != PLPGSQL_DTYPE_VAR || variable->cursor_explicit_expr == nullptr) return nullptr;
  // What it says was told where the cursor is declared.
  PlpgsqlBody* body = reader->body;
  PlpgsqlBody again = {};
  reader->body = &again;
  TupleDesc columns = columns_given(read(reader, variable->cursor_explicit_expr));
  reader->body = body;
  return columns;
}

void read_cursor_loop(Reader* reader, const PLpgSQL_stmt_forc* statement) {
  read(reader, statement->argquery);
  assign_columns(&reader->variables, statement->var, columns_of_cursor(reader, statement->curvar));
  read_statements(reader, statement->body);
}

void read_raise(Reader* reader, const PLpgSQL_stmt_raise* statement) {
  read_all(reader, statement->params);
  ListCell* cell;
  foreach (cell, statement->options) read(reader, static_cast<PLpgSQL_raise_option*>(lfirst(cell))->expr);
}

void read_sql(Reader* reader, const PLpgSQL_stmt_execsql* statement) {
  Query* query = read(reader, statement->sqlstmt);
  if (statement->into) assign_columns(&reader->variables, statement->target, columns_given(query));
}

void read_execute(Reader* reader, const PLpgSQL_stmt_dynexecute* statement) {
  read_text_to_execute(reader, statement->query, statement->params);
  if (statement->into) assign_columns(&reader->variables, statement->target, nullptr);
}

void read_return_query(Reader* reader, const PLpgSQL_stmt_return_query* statement) {
  if (statement->query == nullptr) {
    read_text_to_execute(reader, statement->dynquery, statement->params);
    return;
  }
  Query* query = read(reader, statement->query);
  if (query != nullptr) compare_with_result(reader, statement->query, query);
}

void read_open(Reader* reader, const PLpgSQL_stmt_open* statement) {
  read(reader, statement->argquery);
  read(reader, statement->query);
  if (statement->dynquery != nullptr) read_text_to_execute(reader, statement->dynquery, statement->params);
}

template <class Statement>
const Statement* as(const PLpgSQL_stmt* statement) {
  return reinterpret_cast<const Statement*>(statement);
}

void read_loop(Reader* reader, const PLpgSQL_stmt* statement) {
  switch (statement->cmd_type) {
    case PLPGSQL_STMT_LOOP:
      break;
    case PLPGSQL_STMT_WHILE:
      read(reader, as<PLpgSQL_stmt_while>(statement)->cond);
      read_statements(reader, as<PLpgSQL_stmt_while>(statement)->body);
      return;
    case PLPGSQL_STMT_FORI:
      read(reader, as<PLpgSQL_stmt_fori>(statement)->lower);
      read(reader, as<PLpgSQL_stmt_fori>(statement)->upper);
      read(reader, as<PLpgSQL_stmt_fori>(statement)->step);
      read_statements(reader, as<PLpgSQL_stmt_fori>(statement)->body);
      return;
    case PLPGSQL_STMT_FORS: {
      const PLpgSQL_stmt_fors* loop = as<PLpgSQL_stmt_fors>(statement);
      assign_columns(&reader->variables, loop->var, columns_given(read(reader, loop->query)));
      read_statements(reader, loop->body);
      return;
    }
    case PLPGSQL_STMT_DYNFORS: {
      const PLpgSQL_stmt_dynfors* loop = as<PLpgSQL_stmt_dynfors>(statement);
      read_text_to_execute(reader, loop->query, loop->params);
      assign_columns(&reader->variables, loop->var, nullptr);
      read_statements(reader, loop->body);
      return;
    }
    default: {
      const PLpgSQL_stmt_foreach_a* loop = as<PLpgSQL_stmt_foreach_a>(statement);
      read(reader, loop->expr);
      read_statements(reader, loop->body);
      return;
    }
  }
  read_statements(reader, as<PLpgSQL_stmt_loop>(statement)->body);
}

void read_statement(Reader* reader, const PLpgSQL_stmt* statement) {
  check_stack_depth();
  reader->where = library().statement_name(const_cast<PLpgSQL_stmt*>(statement));
  reader->line = statement->lineno;
  switch (statement->cmd_type) {
    case PLPGSQL_STMT_BLOCK:
      read_block(reader, as<PLpgSQL_stmt_block>(statement));
      return;
    case PLPGSQL_STMT_ASSIGN:
      read_assignment(reader, as<PLpgSQL_stmt_assign>(statement));
      return;
    case PLPGSQL_STMT_IF:
      read_if(reader, as<PLpgSQL_stmt_if>(statement));
      return;
    case PLPGSQL_STMT_CASE:
      read_case(reader, as<PLpgSQL_stmt_case>(statement));
      return;
    case PLPGSQL_STMT_LOOP:
    case PLPGSQL_STMT_WHILE:
    case PLPGSQL_STMT_FORI:
    case PLPGSQL_STMT_FORS:
    case PLPGSQL_STMT_DYNFORS:
    case PLPGSQL_STMT_FOREACH_A:
      read_loop(reader, statement);
      return;
    case PLPGSQL_STMT_FORC:
      read_cursor_loop(reader, as<PLpgSQL_stmt_forc>(statement));
      return;
    case PLPGSQL_STMT_EXIT:
      read(reader, as<PLpgSQL_stmt_exit>(statement)->cond);
      return;
    case PLPGSQL_STMT_RETURN:
      read(reader, as<PLpgSQL_stmt_return>(statement)->expr);
      return;
    case PLPGSQL_STMT_RETURN_NEXT:
      read(reader, as<PLpgSQL_stmt_return_next>(statement)->expr);
      return;
    case PLPGSQL_STMT_RETURN_QUERY:
      read_return_query(reader, as<PLpgSQL_stmt_return_query>(statement));
      return;
    case PLPGSQL_STMT_RAISE:
      read_raise(reader, as<PLpgSQL_stmt_raise>(statement));
      return;
    case PLPGSQL_STMT_ASSERT:
      read(reader, as<PLpgSQL_stmt_assert>(statement)->cond);
      read(reader, as<PLpgSQL_stmt_assert>(statement)->message);
      return;
    case PLPGSQL_STMT_EXECSQL:
      read_sql(reader, as<PLpgSQL_stmt_execsql>(statement));
      return;
    case PLPGSQL_STMT_DYNEXECUTE:
      read_execute(reader, as<PLpgSQL_stmt_dynexecute>(statement));
      return;
    case PLPGSQL_STMT_OPEN:
      read_open(reader, as<PLpgSQL_stmt_open>(statement));
      return;
    case PLPGSQL_STMT_FETCH: {
      const PLpgSQL_stmt_fetch* fetch = as<PLpgSQL_stmt_fetch>(statement);
      read(reader, fetch->expr);
      if (!fetch->is_move)
        assign_columns(&reader->variables, fetch->target, columns_of_cursor(reader, fetch->curvar));
      return;
    }
    case PLPGSQL_STMT_PERFORM:
      read(reader, as<PLpgSQL_stmt_perform>(statement)->expr);
      return;
    case PLPGSQL_STMT_CALL:
      read(reader, as<PLpgSQL_stmt_call>(statement)->expr);
      return;
    case PLPGSQL_STMT_COMMIT:
    case PLPGSQL_STMT_ROLLBACK:
      trouble(reader, true, reader->line, "a function cannot end the transaction that it is called in",
              nullptr, "Leave it out: a mutation that succeeds commits, and one that fails changes nothing.");
      return;
    case PLPGSQL_STMT_GETDIAG:
    case PLPGSQL_STMT_CLOSE:
      return;
  }
}

void read_statements(Reader* reader, List* statements) {
  ListCell* cell;
  foreach (cell, statements) read_statement(reader, static_cast<PLpgSQL_stmt*>(lfirst(cell)));
}

TupleDesc row_of_result(Oid procedure) {
  Oid type;
  TupleDesc columns = nullptr;
  const TypeFuncClass form = get_func_result_type(procedure, &type, &columns);
  if (!get_func_retset(procedure) || form == TYPEFUNC_RECORD || form == TYPEFUNC_OTHER) return nullptr;
  if (columns != nullptr) return columns;
  columns = CreateTemplateTupleDesc(1);
  TupleDescInitEntry(columns, 1, "value", type, -1, 0);
  return columns;
}

// Where a syntax error is found the position is one of the whole body.
void tell_uncompiled(Reader* reader, const ErrorData* error) {
  reader->where = "the body";
  int line = error->internalquery != nullptr && strcmp(error->internalquery, reader->source) == 0
                 ? line_of_cursor(reader->source, 1, error->internalpos)
                 : 0;
  trouble(reader, true, line, error->message, error->detail, error->hint);
}

void read_compiled(Reader* reader, Oid procedure) {
  LOCAL_FCINFO(call, 0);
  FmgrInfo info;
  memset(&info, 0, sizeof info);
  memset(call, 0, SizeForFunctionCallInfo(0));
  call->flinfo = &info;
  info.fn_oid = procedure;
  info.fn_mcxt = CurrentMemoryContext;
  PLpgSQL_function* compiled = nullptr;
  if (ErrorData* error = raised_by([&] { compiled = library().compile(call, true); })) {
    tell_uncompiled(reader, error);
    return;
  }
  open_variables(&reader->variables, compiled);
  // Nobody may throw it away while it is looked at.
  compiled->use_count++;
  PG_TRY();
  {
    reader->row = row_of_result(procedure);
    read_statement(reader, reinterpret_cast<PLpgSQL_stmt*>(compiled->action));
  }
  PG_FINALLY();
  { compiled->use_count--; }
  PG_END_TRY();
}

}  // namespace

bool is_definition(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_CallStmt:
    case T_ConstraintsSetStmt:
    case T_DoStmt:
    case T_ExplainStmt:
    case T_ListenStmt:
    case T_LockStmt:
    case T_NotifyStmt:
    case T_UnlistenStmt:
    case T_VariableSetStmt:
    case T_VariableShowStmt:
      return false;
    default:
      return true;
  }
}

bool read_plpgsql_body(Oid procedure, PlpgsqlBody* body) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(procedure));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", procedure);
  const Oid language = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prolang;
  const bool is_plpgsql = !FRESHET_MUTANT_IS(PLPGSQL_UNREAD) && language >= FirstGenbkiObjectId &&
                          language == get_language_oid("plpgsql", true);
  Reader reader = {};
  reader.body = body;
  int level = NewGUCNestLevel();
  if (is_plpgsql) {
    bool is_null;
    reader.source = TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &is_null));
    Datum settings = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proconfig, &is_null);
    if (!is_null)
      ProcessGUCArray(DatumGetArrayTypeP(settings), superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION,
                      GUC_ACTION_SAVE);
  }
  ReleaseSysCache(tuple);
  if (is_plpgsql) read_compiled(&reader, procedure);
  AtEOXact_GUC(false, level);
  return is_plpgsql;
}

}  // namespace freshet
