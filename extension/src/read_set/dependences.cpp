#include "read_set/dependences.h"

#include "compat.h"

extern "C" {
#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
}

namespace freshet::read_set {
namespace {

struct NamedDependence {
  const char* name;  // a trailing * matches any rest
  uint32 flags;
};

// STABLE and VOLATILE functions of PostgreSQL whose result is not a function of arguments and rows. A stable
// one that is not here reads only its arguments and locale-like settings, which the caller pins.
constexpr NamedDependence kStable[] = {
    {"now", kCaptureClock},
    {"statement_timestamp", kCaptureClock},
    {"transaction_timestamp", kCaptureClock},
    {"age", kCaptureClock},
    {"current_setting", kCaptureSetting},
    {"current_database", kCaptureSetting},
    {"current_schema*", kCaptureSetting},
    {"current_user", kCaptureSetting},
    {"session_user", kCaptureSetting},
    {"getdatabaseencoding", kCaptureSetting},
    {"inet_client_*", kCaptureSetting},
    {"inet_server_*", kCaptureSetting},
    {"pg_backend_pid", kCaptureSetting},
    {"pg_client_encoding", kCaptureSetting},
    {"pg_current_xact_id*", kCaptureVolatile},
    {"pg_current_snapshot", kCaptureVolatile},
    {"txid_*", kCaptureVolatile},
    {"pg_sequence_last_value", kCaptureVolatile},
    {"pg_visible_in_snapshot", 0},
    {"pg_typeof", 0},
    {"pg_column_*", 0},
    {"pg_size_*", 0},
    {"pg_*", kCaptureCatalog},
    {"has_*", kCaptureCatalog},
    {"to_reg*", kCaptureCatalog},
    {"row_security_active", kCaptureCatalog},
    {"obj_description", kCaptureCatalog},
    {"col_description", kCaptureCatalog},
    {"shobj_description", kCaptureCatalog},
    {"format_type", kCaptureCatalog},
    {"*", 0},
};

constexpr NamedDependence kVolatile[] = {
    {"clock_timestamp", kCaptureClock},
    {"timeofday", kCaptureClock},
    {"set_config", kCaptureSetting},
    {"pg_sleep*", 0},
    {"query_to_xml*", 0},  // their statements go through the executor
    {"cursor_to_xml*", 0},
    {"table_to_xml*", 0},
    {"*", kCaptureVolatile},
};

bool name_fits(const char* name, const char* pattern) {
  const Size length = strlen(pattern);
  if (pattern[length - 1] == '*') return strncmp(name, pattern, length - 1) == 0;
  return strcmp(name, pattern) == 0;
}

template <Size N>
uint32 dependence_of(const char* name, const NamedDependence (&table)[N]) {
  for (const NamedDependence& row : table) {
    if (name_fits(name, row.name)) return row.flags;
  }
  return kCaptureVolatile;
}

bool is_own_schema(Oid schema) { return schema == get_namespace_oid("freshet", true); }

void collect_domain_checks(Oid domain, uint32* flags);

bool collect_value_functions(Node* node, void* context) {
  if (node == nullptr) return false;
  uint32* flags = static_cast<uint32*>(context);
  if (IsA(node, CoerceToDomain))
    collect_domain_checks(reinterpret_cast<CoerceToDomain*>(node)->resulttype, flags);
  if (IsA(node, NextValueExpr)) {
    *flags |= kCaptureVolatile;
    return false;
  }
  if (IsA(node, SQLValueFunction)) {
    switch (reinterpret_cast<SQLValueFunction*>(node)->op) {
      case SVFOP_CURRENT_DATE:
      case SVFOP_CURRENT_TIME:
      case SVFOP_CURRENT_TIME_N:
      case SVFOP_CURRENT_TIMESTAMP:
      case SVFOP_CURRENT_TIMESTAMP_N:
      case SVFOP_LOCALTIME:
      case SVFOP_LOCALTIME_N:
      case SVFOP_LOCALTIMESTAMP:
      case SVFOP_LOCALTIMESTAMP_N:
        *flags |= kCaptureClock;
        break;
      default:
        *flags |= kCaptureSetting;
        break;
    }
    return false;
  }
  return walk_expression(node, collect_value_functions, context);
}

void collect(void* expressions, uint32* flags) {
  collect_value_functions(static_cast<Node*>(expressions), flags);
}

bool collect_raw_value_functions(Node* node, void* context) {
  if (node == nullptr) return false;
  if (IsA(node, SQLValueFunction)) return collect_value_functions(node, context);
  return walk_raw_expression(node, collect_raw_value_functions, context);
}

// Executor start may leave out children of an Append that run-time values exclude, and does so by the same
// conditions that the children check.
void collect_pruned(List* children, uint32* flags) {
  ListCell* cell;
  foreach (cell, children) {
    for (Plan* plan = static_cast<Plan*>(lfirst(cell)); plan != nullptr; plan = outerPlan(plan)) {
      *flags |= value_function_dependences(plan);
    }
  }
}

bool add_function_dependences(Oid function, void* context) {
  *static_cast<uint32*>(context) |= function_dependences(function);
  return false;
}

bool collect_calls(Node* node, void* context);

void collect_domain_checks(Oid domain, uint32* flags) {
  // The reference is let go when its memory is.
  const MemoryContext context =
      AllocSetContextCreate(CurrentMemoryContext, "freshet domain checks", ALLOCSET_SMALL_SIZES);
  DomainConstraintRef* checks =
      static_cast<DomainConstraintRef*>(MemoryContextAlloc(context, sizeof(DomainConstraintRef)));
  InitDomainConstraintRef(domain, checks, context, false);
  ListCell* cell;
  foreach (cell, checks->constraints) {
    const DomainConstraintState* check = static_cast<DomainConstraintState*>(lfirst(cell));
    collect_calls(reinterpret_cast<Node*>(check->check_expr), flags);
  }
  MemoryContextDelete(context);
}

bool collect_calls(Node* node, void* context) {
  if (node == nullptr) return false;
  check_stack_depth();
  uint32* flags = static_cast<uint32*>(context);
  check_functions_in_node(node, add_function_dependences, flags);
  if (IsA(node, CoerceToDomain)) {
    collect_domain_checks(reinterpret_cast<CoerceToDomain*>(node)->resulttype, flags);
  } else if (IsA(node, SQLValueFunction) || IsA(node, NextValueExpr)) {
    return collect_value_functions(node, flags);
  }
  return walk_expression(node, collect_calls, context);
}

uint32 dependences_of(Oid function) {
  const HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return kCaptureVolatile;
  const Form_pg_proc proc = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  uint32 flags = 0;
  if (function < FirstNormalObjectId) {
    if (proc->provolatile == PROVOLATILE_STABLE) {
      flags = dependence_of(NameStr(proc->proname), kStable);
    } else if (proc->provolatile == PROVOLATILE_VOLATILE) {
      flags = dependence_of(NameStr(proc->proname), kVolatile);
    }
  } else if (proc->provolatile == PROVOLATILE_VOLATILE && !is_own_schema(proc->pronamespace)) {
    // Bodies in trusted languages run their statements where they are seen; anything else is opaque.
    const HeapTuple language = SearchSysCache1(LANGOID, ObjectIdGetDatum(proc->prolang));
    const bool seen =
        HeapTupleIsValid(language) &&
        (proc->prolang == SQLlanguageId ||
         strcmp(NameStr(reinterpret_cast<Form_pg_language>(GETSTRUCT(language))->lanname), "plpgsql") == 0);
    if (HeapTupleIsValid(language)) ReleaseSysCache(language);
    if (!seen) flags = kCaptureVolatile;
  }
  ReleaseSysCache(tuple);
  return flags;
}

// What was found of built-in functions, which stay as they are: the function's oid above its flags.
constexpr int kFlagBits = 16;
constexpr uint32 kFlagMask = (1u << kFlagBits) - 1;
constexpr Oid kBuiltIns = 1024;
static_assert(kCaptureVoid < (1u << kFlagBits) && FirstNormalObjectId <= (1u << kFlagBits));
uint32 of_built_in[kBuiltIns];

}  // namespace

uint32 function_dependences(Oid function) {
  if (function >= FirstNormalObjectId) return dependences_of(function);
  uint32* known = &of_built_in[function % kBuiltIns];
  const uint32 tag = function << kFlagBits;
  if ((*known & ~kFlagMask) != tag || function == InvalidOid) *known = tag | dependences_of(function);
  return *known & kFlagMask;
}

bool is_identity_function(Oid function) {
  if (function < FirstNormalObjectId) return false;
  const HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return false;
  const Form_pg_proc proc = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  const char* name = NameStr(proc->proname);
  const bool found = proc->prolang == ClanguageId && proc->provolatile == PROVOLATILE_STABLE &&
                     (strcmp(name, "user_id") == 0 || strcmp(name, "claim") == 0) &&
                     is_own_schema(proc->pronamespace);
  ReleaseSysCache(tuple);
  return found;
}

uint32 value_function_dependences(Plan* plan) {
  uint32 flags = 0;
  collect(plan->targetlist, &flags);
  collect(plan->qual, &flags);
  switch (nodeTag(plan)) {
    case T_Result:
      collect(reinterpret_cast<Result*>(plan)->resconstantqual, &flags);
      break;
    case T_NestLoop:
    case T_MergeJoin:
    case T_HashJoin:
      collect(reinterpret_cast<Join*>(plan)->joinqual, &flags);
      if (IsA(plan, HashJoin)) collect(reinterpret_cast<HashJoin*>(plan)->hashclauses, &flags);
      if (IsA(plan, MergeJoin)) collect(reinterpret_cast<MergeJoin*>(plan)->mergeclauses, &flags);
      break;
    case T_IndexScan:
      collect(reinterpret_cast<IndexScan*>(plan)->indexqual, &flags);
      collect(reinterpret_cast<IndexScan*>(plan)->indexorderby, &flags);
      break;
    case T_IndexOnlyScan:
      collect(reinterpret_cast<IndexOnlyScan*>(plan)->indexqual, &flags);
      collect(reinterpret_cast<IndexOnlyScan*>(plan)->indexorderby, &flags);
      break;
    case T_BitmapIndexScan:
      collect(reinterpret_cast<BitmapIndexScan*>(plan)->indexqual, &flags);
      break;
    case T_TidScan:
      collect(reinterpret_cast<TidScan*>(plan)->tidquals, &flags);
      break;
    case T_TidRangeScan:
      collect(reinterpret_cast<TidRangeScan*>(plan)->tidrangequals, &flags);
      break;
    case T_FunctionScan:
      collect(reinterpret_cast<FunctionScan*>(plan)->functions, &flags);
      break;
    case T_ValuesScan:
      collect(reinterpret_cast<ValuesScan*>(plan)->values_lists, &flags);
      break;
    case T_TableFuncScan:
      collect(reinterpret_cast<TableFuncScan*>(plan)->tablefunc, &flags);
      break;
    case T_Memoize:
      collect(reinterpret_cast<Memoize*>(plan)->param_exprs, &flags);
      break;
    case T_WindowAgg:
      collect(reinterpret_cast<WindowAgg*>(plan)->startOffset, &flags);
      collect(reinterpret_cast<WindowAgg*>(plan)->endOffset, &flags);
      collect(reinterpret_cast<WindowAgg*>(plan)->runCondition, &flags);
      break;
    case T_Limit:
      collect(reinterpret_cast<Limit*>(plan)->limitOffset, &flags);
      collect(reinterpret_cast<Limit*>(plan)->limitCount, &flags);
      break;
    case T_Append:
      collect_pruned(reinterpret_cast<Append*>(plan)->appendplans, &flags);
      break;
    case T_MergeAppend:
      collect_pruned(reinterpret_cast<MergeAppend*>(plan)->mergeplans, &flags);
      break;
    default:
      break;
  }
  return flags;
}

uint32 value_function_dependences_of_utility(const Node* statement) {
  uint32 flags = 0;
  if (IsA(statement, CallStmt)) {
    collect(reinterpret_cast<const CallStmt*>(statement)->funcexpr, &flags);
  } else if (IsA(statement, ExecuteStmt)) {
    collect_raw_value_functions(
        reinterpret_cast<Node*>(reinterpret_cast<const ExecuteStmt*>(statement)->params), &flags);
  }
  return flags;
}

uint32 expression_dependences(Node* expression) {
  uint32 flags = 0;
  collect_calls(expression, &flags);
  return flags;
}

}  // namespace freshet::read_set
