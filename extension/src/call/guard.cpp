#include "call/guard.h"

extern "C" {
#include "nodes/makefuncs.h"
#include "nodes/primnodes.h"
#include "parser/parse_node.h"
#include "parser/parser.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

int argument_named(const Function* function, const char* name) {
  for (int i = 0; i < function->argument_count; i++)
    if (strcmp(function->arguments[i].name, name) == 0 || strcmp(function->arguments[i].sql_name, name) == 0)
      return i;
  return -1;
}

// Resolves `argument` and `function.argument` where no column of a sub-query in the guard has that name.
Node* resolve_argument(ParseState* state, ColumnRef* reference, Node* column) {
  if (column != nullptr) return nullptr;
  const Function* function = static_cast<const Function*>(state->p_ref_hook_state);
  int fields = list_length(reference->fields);
  if (fields < 1 || fields > 2 || !IsA(llast(reference->fields), String)) return nullptr;
  if (fields == 2 && (!IsA(linitial(reference->fields), String) ||
                      strcmp(strVal(linitial(reference->fields)), function->row.name) != 0))
    return nullptr;
  int i = argument_named(function, strVal(llast(reference->fields)));
  if (i < 0) return nullptr;
  Param* parameter = makeNode(Param);
  parameter->paramkind = PARAM_EXTERN;
  parameter->paramid = i + 1;
  parameter->paramtype = function->arguments[i].type;
  parameter->paramtypmod = -1;
  parameter->paramcollid = get_typcollation(parameter->paramtype);
  parameter->location = reference->location;
  return reinterpret_cast<Node*>(parameter);
}

void set_up_parser(ParseState* state, void* function) {
  state->p_post_columnref_hook = resolve_argument;
  state->p_ref_hook_state = function;
}

}  // namespace

SPIPlanPtr prepare_guard(const Function* function) {
  SPIPrepareOptions options = {};
  options.parserSetup = set_up_parser;
  options.parserSetupArg = const_cast<Function*>(function);
  options.parseMode = RAW_PARSE_PLPGSQL_EXPR;
  SPIPlanPtr plan = SPI_prepare_extended(function->row.guard, &options);
  if (plan == nullptr)
    elog(ERROR, "cannot prepare the guard of %s: %s", function->path, SPI_result_code_string(SPI_result));
  return plan;
}

}  // namespace freshet
