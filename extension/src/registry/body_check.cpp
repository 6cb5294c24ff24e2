#include "registry/body_check.h"

#include "call/rights.h"
#include "call/row_security.h"
#include "errors.h"
#include "mutant.h"
#include "registry/body_lints.h"
#include "registry/contract_lints.h"
#include "registry/function_shape.h"
#include "registry/helper_check.h"
#include "registry/sql_body.h"

extern "C" {
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "nodes/bitmapset.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantUnusedArgument = FRESHET_MUTANT_IS(UNUSED_ARGUMENT_EXPOSED);

// How many functions deep identity is looked for.
constexpr int kMaxDepth = 8;

// Finds the numbers of the parameters used anywhere below.
bool find_parameters(Node* node, void* state) {
  Bitmapset** used = static_cast<Bitmapset**>(state);
  if (node == nullptr) return false;
  if (IsA(node, Param) && reinterpret_cast<Param*>(node)->paramkind == PARAM_EXTERN)
    *used = bms_add_member(*used, reinterpret_cast<Param*>(node)->paramid);
  if (IsA(node, Query))
    return query_tree_walker(reinterpret_cast<Query*>(node), reinterpret_cast<bool (*)()>(find_parameters),
                             state, 0);
  return expression_tree_walker(node, reinterpret_cast<bool (*)()>(find_parameters), state);
}

void check_parameters(const Function* function, List* queries) {
  Bitmapset* used = nullptr;
  find_parameters(reinterpret_cast<Node*>(queries), &used);
  for (int i = 0; i < function->argument_count; i++) {
    if (kMutantUnusedArgument || bms_is_member(i + 1, used)) continue;
    const char* name = function->arguments[i].sql_name;
    ereport(
        ERROR,
        (errcode(kNotExposable),
         errmsg("the body of %s uses its argument \"%s\" nowhere", function_signature(function), name),
         errdetail(
             "A column of that name hides an argument: \"WHERE %s = %s\" compares the column with itself.",
             name, name),
         errhint("Write %s.%s for the argument, or rename it.", function->row.name, name)));
  }
}

struct Reach {
  int depth;
  const char* what;  // found, described for a message
};

bool find_calls(Node* node, void* state);

bool is_identity_function(Oid procedure) {
  static const char* const kNames[] = {"identity", "user_id", "claim", "claim_json", "require_user", "now"};
  char* schema = get_namespace_name(get_func_namespace(procedure));
  if (schema == nullptr || strcmp(schema, "freshet") != 0) return false;
  char* name = get_func_name(procedure);
  for (const char* candidate : kNames)
    if (name != nullptr && strcmp(name, candidate) == 0) return true;
  return false;
}

// A body that cannot be analysed is searched for the names, as they would be written.
const char* identity_in_text(const char* source) {
  static const char* const kNames[] = {"freshet.identity", "freshet.user_id", "freshet.claim",
                                       "freshet.require_user", "freshet.now"};
  for (const char* name : kNames)
    if (strstr(source, name) != nullptr) return name;
  return nullptr;
}

// True when the function, or what it calls, reads a table or asks for the identity.
bool reaches(Oid procedure, Reach* reach) {
  if (is_identity_function(procedure)) {
    reach->what = psprintf("freshet.%s()", get_func_name(procedure));
    return true;
  }
  if (procedure < FirstNormalObjectId || reach->depth >= kMaxDepth) return false;
  const FunctionBody body = read_body(procedure);
  reach->depth++;
  const bool found = find_calls(reinterpret_cast<Node*>(queries_of(body)), reach);
  reach->depth--;
  if (found || body.kind == BodyKind::kSql) return found;
  // What is made at run time, and other languages.
  const char* text = body.kind == BodyKind::kOpaque ? body.source : procedure_source(procedure);
  reach->what = text != nullptr ? identity_in_text(text) : nullptr;
  return reach->what != nullptr;
}

bool check_call(Oid procedure, void* state) { return reaches(procedure, static_cast<Reach*>(state)); }

bool find_calls(Node* node, void* state) {
  if (node == nullptr) return false;
  if (check_functions_in_node(node, check_call, state)) return true;
  if (IsA(node, Query)) {
    Query* query = reinterpret_cast<Query*>(node);
    ListCell* cell;
    foreach (cell, query->rtable) {
      RangeTblEntry* entry = lfirst_node(RangeTblEntry, cell);
      if (entry->rtekind != RTE_RELATION || entry->relid < FirstNormalObjectId) continue;
      static_cast<Reach*>(state)->what = psprintf("the table %s", get_rel_name(entry->relid));
      return true;
    }
    return query_tree_walker(query, reinterpret_cast<bool (*)()>(find_calls), state, 0);
  }
  return expression_tree_walker(node, reinterpret_cast<bool (*)()>(find_calls), state);
}

void refuse_immutable(const Function* function, Oid procedure, const char* what) {
  char* name =
      quote_qualified_identifier(get_namespace_name(get_func_namespace(procedure)), get_func_name(procedure));
  ereport(ERROR, (errcode(kNotExposable), errmsg("%s is IMMUTABLE but reaches %s", name, what),
                  errdetail("The planner computes IMMUTABLE functions once and keeps the answer, so that one "
                            "caller would be given what another saw."),
                  procedure == function->oid
                      ? errhint("ALTER FUNCTION %s STABLE.", name)
                      : errhint("ALTER FUNCTION %s STABLE. It is used by %s.", name, function->path)));
}

struct ImmutableSearch {
  const Function* function;
  int depth;
};

bool find_mislabelled(Node* node, void* state);

bool check_mislabelled(Oid procedure, void* state) {
  ImmutableSearch* search = static_cast<ImmutableSearch*>(state);
  if (procedure < FirstNormalObjectId || search->depth >= kMaxDepth) return false;
  Reach reach = {};
  if (func_volatile(procedure) == PROVOLATILE_IMMUTABLE && reaches(procedure, &reach))
    refuse_immutable(search->function, procedure, reach.what);
  search->depth++;
  find_mislabelled(reinterpret_cast<Node*>(queries_of(read_body(procedure))), state);
  search->depth--;
  return false;
}

bool find_mislabelled(Node* node, void* state) {
  if (node == nullptr) return false;
  check_functions_in_node(node, check_mislabelled, state);
  if (IsA(node, Query))
    return query_tree_walker(reinterpret_cast<Query*>(node), reinterpret_cast<bool (*)()>(find_mislabelled),
                             state, 0);
  return expression_tree_walker(node, reinterpret_cast<bool (*)()>(find_mislabelled), state);
}

void add_troubles(const Function* function, const FunctionBody& body, Findings* findings) {
  for (int i = 0; i < body.troubles.size; i++) {
    const PlpgsqlTrouble& trouble = body.troubles[i];
    findings->push({trouble.certain ? Severity::kError : Severity::kLint,
                    trouble.certain ? "body" : "unanalysed",
                    psprintf("%s, %s: %s", function->path, trouble.statement, trouble.message),
                    trouble.detail, trouble.hint, trouble.line});
  }
}

}  // namespace

void check_body(Function* function, Findings* findings) {
  SavedRights rights = enter_rights(function);
  const FunctionBody body = read_body(function->oid);
  List* queries = queries_of(body);
  if (body.kind == BodyKind::kSql) {
    check_parameters(function, queries);
    check_row_security(function, queries);
  }
  add_troubles(function, body, findings);
  lint_body(function, body.parts, findings);
  List* sql = body.kind == BodyKind::kSql ? queries : NIL;
  int steps_left = kMaxShapeSteps;
  Parameters parameters = argument_shapes(function, &steps_left);
  lint_contract(function, result_shape(function, parameters, sql), sql, findings);
  check_helpers(function, queries, findings);
  ImmutableSearch search = {function, 0};
  check_mislabelled(function->oid, &search);
  leave_rights(rights);
}

}  // namespace freshet
