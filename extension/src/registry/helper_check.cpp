#include "registry/helper_check.h"

#include "call/isolated.h"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

// How many functions deep callers are followed.
constexpr int kMaxDepth = 8;

struct Walk {
  const Function* function;
  Findings* findings;
  List* seen;
  int depth;
};

bool find_calls(Node* node, void* state);

void add(Walk* walk, Severity severity, const char* code, Oid helper, int line, const char* statement,
         const char* message, const char* remedy) {
  char* name =
      quote_qualified_identifier(get_namespace_name(get_func_namespace(helper)), get_func_name(helper));
  StringInfoData place;
  initStringInfo(&place);
  appendStringInfo(&place, "%s, which %s calls", name, walk->function->path);
  if (line > 0) appendStringInfo(&place, ", line %d", line);
  if (statement != nullptr) appendStringInfo(&place, ", %s", statement);
  const char* told = psprintf("%s: %s", place.data, message);
  // The guard and the body may call the same.
  for (int i = 0; i < walk->findings->size; i++)
    if (strcmp(walk->findings->data[i].message, told) == 0) return;
  walk->findings->push({severity, code, told, nullptr, remedy, 0});
}

// One whose argument types are known only by the call is read by nobody but its caller.
bool is_readable(Oid helper) {
  if (helper < FirstNormalObjectId || OidIsValid(getExtensionOfObject(ProcedureRelationId, helper)))
    return false;
  if (get_func_rettype(helper) == TRIGGEROID || IsPolymorphicType(get_func_rettype(helper))) return false;
  Oid* types;
  int count;
  get_func_signature(helper, &types, &count);
  for (int i = 0; i < count; i++)
    if (IsPolymorphicType(types[i])) return false;
  return true;
}

bool look_at(Oid helper, void* state) {
  Walk* walk = static_cast<Walk*>(state);
  if (helper == walk->function->oid || walk->depth >= kMaxDepth || list_member_oid(walk->seen, helper) ||
      !is_readable(helper))
    return false;
  walk->seen = lappend_oid(walk->seen, helper);
  FunctionBody body = {};
  if (ErrorData* error = raised_by([&] { body = read_body(helper); })) {
    add(walk, Severity::kError, "body", helper, 0, nullptr, error->message, error->hint);
    return false;
  }
  for (int i = 0; i < body.troubles.size; i++) {
    const PlpgsqlTrouble& trouble = body.troubles[i];
    add(walk, trouble.certain ? Severity::kError : Severity::kLint, trouble.certain ? "body" : "unanalysed",
        helper, trouble.line, trouble.statement, trouble.message, trouble.hint);
  }
  walk->depth++;
  find_calls(reinterpret_cast<Node*>(queries_of(body)), walk);
  walk->depth--;
  return false;
}

bool find_calls(Node* node, void* state) {
  if (node == nullptr) return false;
  check_functions_in_node(node, look_at, state);
  if (IsA(node, Query)) return walk_query(reinterpret_cast<Query*>(node), find_calls, state);
  return walk_expression(node, find_calls, state);
}

}  // namespace

void check_helpers(const Function* function, List* queries, Findings* findings) {
  Walk walk = {function, findings, NIL, 0};
  find_calls(reinterpret_cast<Node*>(queries), &walk);
}

}  // namespace freshet
