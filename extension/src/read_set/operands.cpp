#include "read_set/operands.h"

#include "compat.h"
#include "read_set/dependences.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace freshet::read_set {
namespace {

bool resolve_parameter(PlanState* node, const Param* parameter, Operand* operand) {
  EState* estate = node->state;
  if (parameter->paramkind == PARAM_EXTERN) {
    ParamListInfo list = estate->es_param_list_info;
    if (list == nullptr || parameter->paramid < 1 || parameter->paramid > list->numParams) return false;
    ParamExternData buffer;
    // Speculative: a PL/pgSQL variable that would raise an error is simply not there.
    const ParamExternData* value = list->paramFetch != nullptr
                                       ? list->paramFetch(list, parameter->paramid, true, &buffer)
                                       : &list->params[parameter->paramid - 1];
    if (!OidIsValid(value->ptype) || value->ptype != parameter->paramtype) return false;
    *operand = {value->isnull, value->value, parameter->paramtype};
    return true;
  }
  if (parameter->paramkind == PARAM_EXEC) {
    const ParamExecData& value = estate->es_param_exec_vals[parameter->paramid];
    if (value.execPlan != nullptr) return false;
    *operand = {value.isnull, value.value, parameter->paramtype};
    return true;
  }
  return false;
}

bool is_harmless_function(Oid function) {
  const HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return false;
  const Form_pg_proc proc = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  const bool harmless = function < FirstNormalObjectId && proc->prolang == INTERNALlanguageId &&
                        proc->provolatile != PROVOLATILE_VOLATILE && proc->prokind == PROKIND_FUNCTION &&
                        !proc->proretset && proc->prorettype != XMLOID &&
                        (function_dependences(function) & ~(kCaptureClock | kCaptureSetting)) == 0;
  ReleaseSysCache(tuple);
  return harmless || is_identity_function(function);
}

bool calls_harmful_function(Oid function, void*) { return !is_harmless_function(function); }

// Only nodes that are known to do nothing but compute.
bool is_not_evaluable(Node* node, void* context) {
  if (node == nullptr) return false;
  switch (nodeTag(node)) {
    case T_Const:
    case T_Param:
    case T_RelabelType:
    case T_ArrayExpr:
    case T_CaseExpr:
    case T_CaseWhen:
    case T_CaseTestExpr:
    case T_CoalesceExpr:
    case T_BoolExpr:
    case T_NullTest:
    case T_BooleanTest:
    case T_SQLValueFunction:
    case T_List:
      break;
    case T_FuncExpr:
    case T_OpExpr:
    case T_DistinctExpr:
    case T_NullIfExpr:
    case T_ScalarArrayOpExpr:
    case T_CoerceViaIO:
    case T_MinMaxExpr:
      if (check_functions_in_node(node, calls_harmful_function, nullptr)) return true;
      break;
    default:
      return true;
  }
  return walk_expression(node, is_not_evaluable, context);
}

// A parameter whose sub-query did not run yet: evaluating would run it.
bool has_unready_parameter(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, Param)) {
    Operand operand;
    return !resolve_parameter(static_cast<PlanState*>(context), reinterpret_cast<Param*>(node), &operand);
  }
  return walk_expression(node, has_unready_parameter, context);
}

bool has_run_parameter(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, Param)) return reinterpret_cast<Param*>(node)->paramkind == PARAM_EXEC;
  if (IsA(node, SubPlan) || IsA(node, AlternativeSubPlan)) return true;
  return walk_expression(node, has_run_parameter, context);
}

ExprState* state_of(OperandStates* states, Node* expression) {
  ListCell* known;
  ListCell* state;
  forboth(known, states->expressions, state, states->states) {
    if (lfirst(known) == expression) return static_cast<ExprState*>(lfirst(state));
  }
  const MemoryContext before = MemoryContextSwitchTo(states->node->state->es_query_cxt);
  ExprState* compiled = nullptr;
  if (!is_not_evaluable(expression, nullptr)) {
    compiled = ExecInitExpr(reinterpret_cast<Expr*>(expression), states->node);
  }
  states->expressions = lappend(states->expressions, expression);
  states->states = lappend(states->states, compiled);
  MemoryContextSwitchTo(before);
  return compiled;
}

// An error in the data of an operand (overflow, division by zero, a malformed text) leaves it unknown:
// perhaps no row makes the query evaluate it. Every other error is the backend's own and goes on.
bool evaluate(ExprState* state, ExprContext* econtext, Operand* operand) {
  const MemoryContext before = CurrentMemoryContext;
  volatile bool known = true;
  PG_TRY();
  { operand->value = ExecEvalExpr(state, econtext, &operand->null); }
  PG_CATCH();
  {
    const int category = ERRCODE_TO_CATEGORY(geterrcode());
    if (category != ERRCODE_DATA_EXCEPTION) PG_RE_THROW();
    MemoryContextSwitchTo(before);
    FlushErrorState();
    known = false;
  }
  PG_END_TRY();
  return known;
}

}  // namespace

bool resolve_operand(OperandStates* states, Node* expression, Operand* operand) {
  while (IsA(expression, RelabelType)) {
    expression = reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(expression)->arg);
  }
  if (IsA(expression, Const)) {
    const Const* constant = reinterpret_cast<Const*>(expression);
    *operand = {constant->constisnull, constant->constvalue, constant->consttype};
    return true;
  }
  if (IsA(expression, Param)) {
    return resolve_parameter(states->node, reinterpret_cast<Param*>(expression), operand);
  }
  ExprState* state = state_of(states, expression);
  if (state == nullptr || states->node->ps_ExprContext == nullptr) return false;
  if (has_unready_parameter(expression, states->node)) return false;
  operand->type = exprType(expression);
  return evaluate(state, states->node->ps_ExprContext, operand);
}

bool depends_on_run(Node* expression) { return has_run_parameter(expression, nullptr); }

}  // namespace freshet::read_set
