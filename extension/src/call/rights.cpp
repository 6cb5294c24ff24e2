#include "call/rights.h"

#include "mutant.h"

extern "C" {
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/float.h"
#include "utils/guc.h"
}

namespace freshet {
namespace {

constexpr bool kMutantCallerRights = FRESHET_MUTANT_IS(RIGHTS_OF_THE_DEFINER);
constexpr bool kMutantCallerPath = FRESHET_MUTANT_IS(SEARCH_PATH_OF_THE_CALLER);

struct Pin {
  const char* name;
  const char* value;
};

const Pin kPins[] = {
    {"DateStyle", "ISO, MDY"},
    {"IntervalStyle", "postgres"},
    {"TimeZone", "UTC"},
    {"bytea_output", "hex"},
    {"extra_float_digits", "1"},
    {"lc_monetary", "C"},
    {"lc_numeric", "C"},
    {"lc_time", "C"},
    // A parallel plan hides from the capture which keys its scans were probed with.
    {"max_parallel_workers_per_gather", "0"},
};

void set(const char* name, const char* value) {
  set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

}  // namespace

void pin_settings() {
  for (const Pin& pin : kPins) set(pin.name, pin.value);
}

void pin_output_settings() {
  if (DateStyle != USE_ISO_DATES || DateOrder != DATEORDER_MDY) set("DateStyle", "ISO, MDY");
  if (IntervalStyle != INTSTYLE_POSTGRES) set("IntervalStyle", "postgres");
  if (strcmp(pg_get_timezone_name(session_timezone), "UTC") != 0) set("TimeZone", "UTC");
  if (extra_float_digits != 1) set("extra_float_digits", "1");
}

SavedRights enter_rights(const Function* function) {
  SavedRights saved;
  GetUserIdAndSecContext(&saved.user, &saved.security_context);
  saved.guc_level = NewGUCNestLevel();
  if (!kMutantCallerPath) set("search_path", function->row.search_path);
  if (!kMutantCallerRights)
    SetUserIdAndSecContext(function->role, saved.security_context | SECURITY_LOCAL_USERID_CHANGE);
  return saved;
}

void leave_rights(const SavedRights& saved) {
  AtEOXact_GUC(false, saved.guc_level);
  SetUserIdAndSecContext(saved.user, saved.security_context);
}

}  // namespace freshet
