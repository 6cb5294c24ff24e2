// freshet.check(): what expose() would say of everything that is exposed, as things are now.
#include "call/isolated.h"
#include "call/json_type.h"
#include "call/rights.h"
#include "errors.h"
#include "identity/identity.h"
#include "registry/body_part.h"
#include "registry/exposure_check.h"
#include "registry/sql_body.h"
#include "registry/tenant_check.h"

extern "C" {
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/tuplestore.h"
}

using namespace freshet;

namespace {

// A body that cannot be read fails every check that reads it: once is enough.
void add_raised(const Function* function, const ExposureCheck& check, const ErrorData* error,
                Findings* findings) {
  for (int i = 0; i < findings->size; i++)
    if (strcmp(findings->data[i].message, error->message) == 0) return;
  findings->push({Severity::kError, check.code, error->message, error->detail, error->hint,
                  line_of_cursor(sql_source(function->oid), 1, error->cursorpos)});
}

// Runs one check in a subtransaction; what it raises becomes a finding.
void run_isolated(const ExposureCheck& check, Function* function, Findings* findings) {
  MemoryContext outer = CurrentMemoryContext;
  ErrorData* error = raised_by([&] {
    SPI_connect();
    MemoryContextSwitchTo(outer);
    check.run(function, findings);
    SPI_finish();
  });
  if (error != nullptr) add_raised(function, check, error, findings);
}

Findings findings_of(Function* function) {
  Findings findings;
  if (function->problem != nullptr)
    findings.push({Severity::kError, "problem", function->problem, nullptr,
                   psprintf("Put it right, or SELECT freshet.hide('%s').", function->path), 0});
  for (int check = 0; function->problem == nullptr && check < kExposureCheckCount; check++)
    run_isolated(kExposureChecks[check], function, &findings);
  return findings;
}

// `tenant` is what the check below is told.
const char* checked_tenant;

void check_tenant_with_rights(Function* function, Findings* findings) {
  SavedRights rights = enter_rights(function);
  check_tenant(function, checked_tenant, findings);
  leave_rights(rights);
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
  checked_tenant = PG_ARGISNULL(0) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(0));
  PallocVector<RegistryRow> rows = registry_all();
  for (int i = 0; i < rows.size; i++) {
    Function* function = load_function(rows[i]);
    Findings findings = findings_of(function);
    if (checked_tenant != nullptr && function->problem == nullptr)
      run_isolated({"tenant", check_tenant_with_rights}, function, &findings);
    for (int f = 0; f < findings.size; f++) put(result, function, findings[f]);
  }
  return static_cast<Datum>(0);
}

// What expose() warns of, of one function: `code: message (line n)`.
FRESHET_FUNCTION(freshet_lints_of) {
  char* path = text_to_cstring(PG_GETARG_TEXT_PP(0));
  const char* dot = strchr(path, '.');
  RegistryRow row;
  if (!identity_is_open()) purge_json_types();
  PallocVector<Datum> lints;
  if (dot != nullptr && registry_find(pnstrdup(path, dot - path), dot + 1, &row)) {
    Findings findings = findings_of(load_function(row));
    for (int i = 0; i < findings.size; i++) {
      const Finding& finding = findings[i];
      if (finding.severity != Severity::kLint) continue;
      char* line = finding.line > 0 ? psprintf(" (line %d)", finding.line) : pstrdup("");
      lints.push(CStringGetTextDatum(psprintf("%s: %s%s", finding.code, finding.message, line)));
    }
  }
  PG_RETURN_ARRAYTYPE_P(construct_array(lints.data, lints.size, TEXTOID, -1, false, TYPALIGN_INT));
}
