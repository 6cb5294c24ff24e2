#include "call/row_security.h"

#include "errors.h"
#include "mutant.h"

extern "C" {
#include "catalog/pg_class.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
}

namespace freshet {
namespace {

constexpr bool kMutantUnwatched = FRESHET_MUTANT_IS(ROW_POLICIES_BYPASSED);

ExecutorCheckPerms_hook_type previous_check;
bool installed;
const Function* watched;  // in a run, and not exposed with row_security => 'bypass'

bool owner_bypasses(const Function* function, Oid relation, Oid checked_as) {
  const Oid role = OidIsValid(checked_as) ? checked_as : GetUserId();
  // Foreign keys are checked with the rights of the table's owner, and past its policies, whoever writes.
  return role == function->role && !InNoForceRLSOperation() &&
         check_enable_rls(relation, role, true) == RLS_NONE_ENV;
}

[[noreturn]] void refuse(const Function* function, Oid relation, int sqlstate) {
  const char* table =
      quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
  const char* role = GetUserNameFromId(function->role, false);
  const bool owns = !has_bypassrls_privilege(function->role);
  ereport(
      ERROR,
      (errcode(sqlstate), errmsg("%s would use table %s past its row policies", function->path, table),
       errdetail("Row security is enabled on it and does not bind \"%s\", %s, who %s.", role,
                 function->role == function->owner ? "the owner of the function" : "the role that it runs as",
                 owns ? "owns the table" : "has BYPASSRLS or is a superuser"),
       owns ? errhint("ALTER TABLE %s FORCE ROW LEVEL SECURITY, or ALTER FUNCTION %s OWNER TO a role that "
                      "the policies bind, or "
                      "expose it with row_security => 'bypass'.",
                      table, function->path)
            : errhint("ALTER FUNCTION %s OWNER TO a role that the policies bind, or expose it with "
                      "row_security => 'bypass'.",
                      function->path)));
  pg_unreachable();
}

bool check_permissions(FRESHET_CHECK_PERMS_ARGS) {
  if (previous_check != nullptr && !previous_check(FRESHET_CHECK_PERMS_PASS)) return false;
  if (watched == nullptr) return true;
  ListCell* cell;
  foreach (cell, FRESHET_CHECK_PERMS_LIST) {
    const NamedRelation named = named_relation(lfirst(cell));
    if (OidIsValid(named.relation) && owner_bypasses(watched, named.relation, named.checked_as))
      refuse(watched, named.relation, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
  }
  return true;
}

bool check_queries(Node* node, void* state) {
  if (node == nullptr) return false;
  if (!IsA(node, Query)) return walk_expression(node, check_queries, state);
  const Function* function = static_cast<const Function*>(state);
  Query* query = reinterpret_cast<Query*>(node);
  ListCell* cell;
  foreach (cell, query->rtable) {
    const RangeTblEntry* entry = lfirst_node(RangeTblEntry, cell);
    if (entry->rtekind == RTE_RELATION &&
        owner_bypasses(function, entry->relid, relation_checked_as(query, entry)))
      refuse(function, entry->relid, kNotExposable);
  }
  return walk_query(query, check_queries, state);
}

}  // namespace

void check_row_security(const Function* function, List* queries) {
  if (!function->row.bypasses_row_security)
    check_queries(reinterpret_cast<Node*>(queries), const_cast<Function*>(function));
}

void row_security_watch(const Function* function) {
  if (!installed) {
    previous_check = ExecutorCheckPerms_hook;
    ExecutorCheckPerms_hook = check_permissions;
    installed = true;
  }
  watched = function->row.bypasses_row_security || kMutantUnwatched ? nullptr : function;
}

void row_security_unwatch() { watched = nullptr; }

}  // namespace freshet
