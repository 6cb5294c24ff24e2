// freshet.check(): what expose() would say of everything that is exposed, as things are now.
#include "call/json_type.h"
#include "errors.h"
#include "identity/identity.h"
#include "registry/exposure_check.h"

extern "C" {
#include "access/xact.h"
#include "executor/spi.h"
#include "utils/resowner.h"
#include "utils/tuplestore.h"
}

using namespace freshet;

namespace {

// Runs one check in a subtransaction; what it raises becomes a finding.
void run_isolated(const ExposureCheck& check, Function* function, Findings* findings) {
  MemoryContext outer = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(outer);
  PG_TRY();
  {
    SPI_connect();
    MemoryContextSwitchTo(outer);
    check.run(function, findings);
    SPI_finish();
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(outer);
    ErrorData* error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outer);
    CurrentResourceOwner = owner;
    if (error->sqlerrcode == ERRCODE_QUERY_CANCELED) ReThrowError(error);
    findings->push({Severity::kError, check.code, error->message, error->detail, error->hint, 0});
  }
  PG_END_TRY();
}

void put(ReturnSetInfo* result, const Function* function, const Finding& finding) {
  Datum values[6] = {CStringGetTextDatum(function->path),
                     CStringGetTextDatum(finding.severity == Severity::kError ? "error" : "lint"),
                     CStringGetTextDatum(finding.code),
                     CStringGetTextDatum(finding.message),
                     Int32GetDatum(finding.line),
                     0};
  bool nulls[6] = {};
  nulls[4] = finding.line == 0;
  nulls[5] = finding.remedy == nullptr;
  if (!nulls[5]) values[5] = CStringGetTextDatum(finding.remedy);
  tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

}  // namespace

FRESHET_FUNCTION(freshet_check) {
  InitMaterializedSRF(fcinfo, 0);
  ReturnSetInfo* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (!identity_is_open()) purge_json_types();
  PallocVector<RegistryRow> rows = registry_all();
  for (int i = 0; i < rows.size; i++) {
    Function* function = load_function(rows[i]);
    Findings findings;
    if (function->problem != nullptr)
      findings.push({Severity::kError, "problem", function->problem, nullptr,
                     psprintf("Put it right, or SELECT freshet.hide('%s').", function->path), 0});
    else
      for (int check = 0; check < kExposureCheckCount; check++)
        run_isolated(kExposureChecks[check], function, &findings);
    for (int f = 0; f < findings.size; f++) put(result, function, findings[f]);
  }
  return static_cast<Datum>(0);
}
