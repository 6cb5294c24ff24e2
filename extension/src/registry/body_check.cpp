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
  bool in_plpgsql;   // it was, in what PL/pgSQL was read
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
  // What is made at run time, and other languages.
  if (body.kind != BodyKind::kSql) {
    const char* text = procedure_source(procedure);
    reach->what = text != nullptr ? identity_in_text(text) : nullptr;
    if (reach->what != nullptr) return true;
  }
  reach->depth++;
  const bool found = find_calls(reinterpret_cast<Node*>(queries_of(body)), reach);
  reach->depth--;
  reach->in_plpgsql = reach->in_plpgsql || (found && body.kind == BodyKind::kPlpgsql);
  return found;
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

struct ImmutableSearch {
  const Function* function;
  int depth;
  bool in_plpgsql;  // what is looked at was reached through a PL/pgSQL body
  Findings* findings;
};

// A run that meets a plan in which such a function was computed throws it away and counts what it had read.
// So where only the reading of PL/pgSQL shows it, it is a lint.
void report_immutable(const ImmutableSearch* search, Oid procedure, const Reach& reach) {
  const Function* function = search->function;
  char* name =
      quote_qualified_identifier(get_namespace_name(get_func_namespace(procedure)), get_func_name(procedure));
  const char* remedy = psprintf("ALTER FUNCTION %s STABLE.", name);
  if (procedure != function->oid) remedy = psprintf("%s It is used by %s.", remedy, function->path);
  const char* message = psprintf("%s is IMMUTABLE but reaches %s", name, reach.what);
  for (int i = 0; i < search->findings->size; i++)
    if (strcmp(search->findings->data[i].message, message) == 0) return;
  const bool refused = !search->in_plpgsql && !reach.in_plpgsql;
  search->findings->push({refused ? Severity::kError : Severity::kLint, refused ? "body" : "immutable",
                          message,
                          "The planner computes IMMUTABLE functions once and keeps the answer, so that one "
                          "caller would be given what another saw.",
                          remedy, 0});
}

bool find_mislabelled(Node* node, void* state);

bool check_mislabelled(Oid procedure, void* state) {
  ImmutableSearch* search = static_cast<ImmutableSearch*>(state);
  if (procedure < FirstNormalObjectId || search->depth >= kMaxDepth) return false;
  Reach reach = {};
  if (func_volatile(procedure) == PROVOLATILE_IMMUTABLE && reaches(procedure, &reach)) {
    report_immutable(search, procedure, reach);
    return false;
  }
  const FunctionBody body = read_body(procedure);
  const bool in_plpgsql = search->in_plpgsql;
  search->in_plpgsql = in_plpgsql || body.kind == BodyKind::kPlpgsql;
  search->depth++;
  find_mislabelled(reinterpret_cast<Node*>(queries_of(body)), state);
  search->depth--;
  search->in_plpgsql = in_plpgsql;
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
  ImmutableSearch search = {function, 0, false, findings};
  check_mislabelled(function->oid, &search);
  leave_rights(rights);
}

}  // namespace freshet
