#include "registry/exposure_check.h"

#include "call/guard.h"
#include "call/rights.h"
#include "call/stateful_language.h"
#include "errors.h"
#include "page/order.h"
#include "registry/body_check.h"
#include "registry/function_shape.h"
#include "registry/helper_check.h"
#include "registry/search_path.h"

extern "C" {
#include "utils/plancache.h"
}

namespace freshet {
namespace {

void check_access(Function* function, Findings*) {
  const RegistryRow& row = function->row;
  if (row.internal && (row.guard != nullptr || row.is_public))
    ereport(ERROR, (errcode(kNotExposable),
                    errmsg("%s is internal and has %s", function->path,
                           row.is_public ? "public => true" : "a guard"),
                    errhint("No client can call what is internal: leave one of them out.")));
  if (row.internal && row.kind != FunctionKind::kMutation)
    ereport(
        ERROR,
        (errcode(kNotExposable), errmsg("%s is internal and a query", function->path),
         errdetail("Internal functions are run as jobs, and jobs are mutations."),
         errhint("Call it from other functions, for which it need not be exposed, or mark it VOLATILE.")));
  if (row.guard == nullptr && !row.is_public && !row.internal)
    ereport(ERROR,
            (errcode(kNotExposable), errmsg("%s has neither a guard nor public => true", function->path),
             errdetail("Every client could call it."),
             errhint("Say who may call it: guard => 'app.require_member(channel)', or public => true for "
                     "everybody.")));
  if (row.guard != nullptr && row.is_public)
    ereport(ERROR, (errcode(kNotExposable), errmsg("%s has a guard and public => true", function->path),
                    errhint("Leave one of them out.")));
}

void check_owner(Function* function, Findings*) {
  if (!function->row.superuser && superuser_arg(function->owner))
    ereport(ERROR, (errcode(kNotExposable),
                    errmsg("the owner of %s, \"%s\", is a superuser", function->path,
                           GetUserNameFromId(function->owner, false)),
                    errdetail("Clients would run it with all rights there are."),
                    errhint("ALTER FUNCTION %s OWNER TO an ordinary role, or say superuser => 'allow'.",
                            function->path)));
}

void check_declared(Function* function, Findings*) {
  SavedRights rights = enter_rights(function);
  check_declarations(function);
  leave_rights(rights);
}

void check_path(Function* function, Findings*) { check_search_path(function); }

// As the call will do it: with the owner's rights under the recorded search_path.
void check_guard(Function* function, Findings* findings) {
  if (function->row.guard == nullptr) return;
  SavedRights rights = enter_rights(function);
  SPIPlanPtr plan = prepare_guard(function);
  ListCell* cell;
  foreach (cell, SPI_plan_get_plan_sources(plan))
    check_helpers(function, static_cast<CachedPlanSource*>(lfirst(cell))->query_list, findings);
  SPI_freeplan(plan);
  leave_rights(rights);
}

}  // namespace

const ExposureCheck kExposureChecks[] = {
    {"access", check_access}, {"superuser_owner", check_owner}, {"search_path", check_path},
    {"body", check_body},     {"language", check_languages},    {"declaration", check_declared},
    {"guard", check_guard},   {"paging", check_paging},
};
const int kExposureCheckCount = lengthof(kExposureChecks);

}  // namespace freshet
