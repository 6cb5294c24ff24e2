// freshet.exposed_functions(): what is exposed, and what keeps it from being called.
#include "call/function.h"

extern "C" {
#include "miscadmin.h"
#include "utils/tuplestore.h"
}

using namespace freshet;

FRESHET_FUNCTION(freshet_exposed_functions) {
  InitMaterializedSRF(fcinfo, 0);
  ReturnSetInfo* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  PallocVector<RegistryRow> rows = registry_all();
  for (int i = 0; i < rows.size; i++) {
    Function* function = load_function(rows[i]);
    Datum values[6] = {};
    bool nulls[6] = {};
    values[0] = CStringGetTextDatum(function->path);
    values[1] = CStringGetTextDatum(kind_name(rows[i].kind));
    nulls[2] = rows[i].guard == nullptr;
    if (!nulls[2]) values[2] = CStringGetTextDatum(rows[i].guard);
    values[3] = BoolGetDatum(rows[i].is_public);
    NameData owner = {};
    nulls[4] = !OidIsValid(function->owner);
    if (!nulls[4]) namestrcpy(&owner, GetUserNameFromId(function->owner, false));
    values[4] = NameGetDatum(&owner);
    nulls[5] = function->problem == nullptr;
    if (!nulls[5]) values[5] = CStringGetTextDatum(function->problem);
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }
  return static_cast<Datum>(0);
}
