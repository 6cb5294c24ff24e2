// freshet.expose() and freshet.hide(): what may be called by clients, decided by the function's owner.
#include "errors.h"
#include "registry/describe.h"
#include "registry/exposure_check.h"
#include "registry/registry_write.h"
#include "registry/search_path.h"

extern "C" {
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

using namespace freshet;

namespace {

// Arguments of freshet.expose(), in order.
enum Option {
  kPath,
  kGuard,
  kPublic,
  kMaxRows,
  kMaxPage,
  kLockstep,
  kDeadlineMs,
  kErrors,
  kCardinality,
  kSuperuser,
  kRowSecurity,
  kOrderBy,
  kReturns,
  kNotNull,
  kArguments,
  kRunAs,
  kNumbers,
  kInternal
};

void split_path(const char* path, char** schema, char** name) {
  const char* dot = strchr(path, '.');
  if (dot == nullptr || dot == path || dot[1] == '\0' || strchr(dot + 1, '.') != nullptr)
    ereport(ERROR, (errcode(kNotExposable), errmsg("\"%s\" is not a path", path),
                    errhint("A path is module.function: the schema and the name of the function, as they are "
                            "stored, without quotes.")));
  *schema = pnstrdup(path, dot - path);
  *name = pstrdup(dot + 1);
}

Oid find_exposable(const char* path, const char* schema, const char* name) {
  bool overloaded;
  Oid procedure = find_procedure(schema, name, &overloaded);
  if (!OidIsValid(procedure))
    ereport(
        ERROR,
        (errcode(kNotExposable), errmsg("there is no function %s", path),
         errhint("Create it first; names are taken as they are stored, so unquoted ones are lower case.")));
  if (overloaded)
    ereport(ERROR, (errcode(kNotExposable), errmsg("there are several functions %s", path),
                    errdetail("A path names one function, so overloads cannot be told apart by clients."),
                    errhint("Rename all but one of them.")));
  if (get_func_prokind(procedure) != PROKIND_FUNCTION)
    ereport(ERROR, (errcode(kNotExposable), errmsg("%s is not a plain function", path)));
  if (!pg_proc_ownercheck(procedure, GetUserId())) aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FUNCTION, path);
  return procedure;
}

int positive(FunctionCallInfo fcinfo, Option option, const char* name) {
  if (PG_ARGISNULL(option)) return 0;
  int value = PG_GETARG_INT32(option);
  if (value <= 0)
    ereport(ERROR, (errcode(kNotExposable), errmsg("%s must be positive, not %d", name, value)));
  return value;
}

PallocVector<char*> read_texts(FunctionCallInfo fcinfo, Option option) {
  PallocVector<char*> texts;
  if (PG_ARGISNULL(option)) return texts;
  Datum* values;
  bool* nulls;
  int count;
  deconstruct_array(PG_GETARG_ARRAYTYPE_P(option), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
  for (int i = 0; i < count; i++)
    if (!nulls[i]) texts.push(TextDatumGetCString(values[i]));
  return texts;
}

char* read_numbers(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(kNumbers)) return pstrdup("{}");
  Jsonb* declared = PG_GETARG_JSONB_P(kNumbers);
  if (!JB_ROOT_IS_OBJECT(declared))
    ereport(ERROR, (errcode(kNotExposable), errmsg("numbers must be an object of forms by type or column"),
                    errhint("For example '{\"bigint\": \"string\", \"total\": \"number\"}'.")));
  return JsonbToCString(nullptr, &declared->root, VARSIZE(declared));
}

char* read_declared_arguments(FunctionCallInfo fcinfo) {
  if (PG_ARGISNULL(kArguments)) return pstrdup("{}");
  Jsonb* declared = PG_GETARG_JSONB_P(kArguments);
  if (!JB_ROOT_IS_OBJECT(declared))
    ereport(ERROR, (errcode(kNotExposable), errmsg("args must be an object of declarations by argument"),
                    errhint("For example '{\"patch\": \"partial app.issue(title, state)\"}'.")));
  return JsonbToCString(nullptr, &declared->root, VARSIZE(declared));
}

PallocVector<char*> read_errors(FunctionCallInfo fcinfo) {
  PallocVector<char*> codes;
  if (PG_ARGISNULL(kErrors)) return codes;
  Datum* values;
  bool* nulls;
  int count;
  deconstruct_array(PG_GETARG_ARRAYTYPE_P(kErrors), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls,
                    &count);
  for (int i = 0; i < count; i++) {
    char* code = nulls[i] ? nullptr : TextDatumGetCString(values[i]);
    if (code == nullptr || code[0] == '\0' ||
        strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(code))
      ereport(ERROR,
              (errcode(kNotExposable), errmsg("\"%s\" is not an error code", code != nullptr ? code : "NULL"),
               errhint("Codes are lower-case words joined by underscores, such as issue_archived.")));
    codes.push(code);
  }
  return codes;
}

RowPromise read_cardinality(FunctionCallInfo fcinfo, bool is_set) {
  if (PG_ARGISNULL(kCardinality)) return is_set ? RowPromise::kMany : RowPromise::kMaybe;
  char* value = text_to_cstring(PG_GETARG_TEXT_PP(kCardinality));
  if (strcmp(value, "one") == 0) return RowPromise::kOne;
  if (strcmp(value, "maybe") == 0) return RowPromise::kMaybe;
  if (strcmp(value, "many") != 0)
    ereport(ERROR, (errcode(kNotExposable),
                    errmsg("cardinality must be 'one', 'maybe' or 'many', not '%s'", value)));
  if (!is_set)
    ereport(ERROR, (errcode(kNotExposable),
                    errmsg("cardinality 'many' needs a function that returns a set or a table")));
  return RowPromise::kMany;
}

bool read_superuser(FunctionCallInfo fcinfo) {
  char* value = PG_ARGISNULL(kSuperuser) ? pstrdup("refuse") : text_to_cstring(PG_GETARG_TEXT_PP(kSuperuser));
  if (strcmp(value, "allow") == 0) return true;
  if (strcmp(value, "refuse") != 0)
    ereport(ERROR,
            (errcode(kNotExposable), errmsg("superuser must be 'allow' or 'refuse', not '%s'", value)));
  return false;
}

bool read_row_security(FunctionCallInfo fcinfo) {
  char* value =
      PG_ARGISNULL(kRowSecurity) ? pstrdup("refuse") : text_to_cstring(PG_GETARG_TEXT_PP(kRowSecurity));
  if (strcmp(value, "bypass") == 0) return true;
  if (strcmp(value, "refuse") != 0)
    ereport(ERROR,
            (errcode(kNotExposable), errmsg("row_security must be 'bypass' or 'refuse', not '%s'", value)));
  return false;
}

RegistryRow read_row(FunctionCallInfo fcinfo, Oid procedure, char* schema, char* name) {
  RegistryRow row = {};
  row.schema = schema;
  row.name = name;
  row.argument_types = procedure_argument_types(procedure);
  row.kind = procedure_kind(procedure);
  row.guard = PG_ARGISNULL(kGuard) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(kGuard));
  row.is_public = !PG_ARGISNULL(kPublic) && PG_GETARG_BOOL(kPublic);
  row.max_rows = positive(fcinfo, kMaxRows, "max_rows");
  row.max_page = positive(fcinfo, kMaxPage, "max_page");
  row.lockstep = PG_ARGISNULL(kLockstep) || PG_GETARG_BOOL(kLockstep);
  row.deadline_ms = positive(fcinfo, kDeadlineMs, "deadline_ms");
  row.errors = read_errors(fcinfo);
  row.cardinality = read_cardinality(fcinfo, get_func_retset(procedure));
  row.superuser = read_superuser(fcinfo);
  row.bypasses_row_security = read_row_security(fcinfo);
  row.returns = PG_ARGISNULL(kReturns) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(kReturns));
  row.not_null = read_texts(fcinfo, kNotNull);
  row.arguments = read_declared_arguments(fcinfo);
  row.numbers = read_numbers(fcinfo);
  row.internal = !PG_ARGISNULL(kInternal) && PG_GETARG_BOOL(kInternal);
  row.run_as = PG_ARGISNULL(kRunAs) ? nullptr : pstrdup(NameStr(*PG_GETARG_NAME(kRunAs)));
  row.search_path = recorded_search_path(procedure, psprintf("%s.%s", schema, name));
  row.page_order = PG_ARGISNULL(kOrderBy) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(kOrderBy));
  return row;
}

// The line goes where people look for it.
const char* with_line(const Finding& finding) {
  return finding.line > 0 ? psprintf("%s (line %d of the body)", finding.message, finding.line)
                          : finding.message;
}

void check_exposure(Function* function) {
  Findings findings;
  for (int i = 0; i < kExposureCheckCount; i++) kExposureChecks[i].run(function, &findings);
  for (int i = 0; i < findings.size; i++) {
    const Finding& finding = findings[i];
    ereport(
        finding.severity == Severity::kError ? ERROR : NOTICE,
        (errcode(finding.severity == Severity::kError ? kNotExposable : ERRCODE_WARNING),
         errmsg("%s", with_line(finding)), finding.detail != nullptr ? errdetail("%s", finding.detail) : 0,
         finding.remedy != nullptr ? errhint("%s", finding.remedy) : 0));
  }
}

}  // namespace

FRESHET_FUNCTION(freshet_expose) {
  if (PG_ARGISNULL(kPath))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("path must not be null")));
  char* path = text_to_cstring(PG_GETARG_TEXT_PP(kPath));
  char *schema, *name;
  split_path(path, &schema, &name);
  Oid procedure = find_exposable(path, schema, name);
  RegistryRow row = read_row(fcinfo, procedure, schema, name);
  SPI_connect();
  RegistryRow lenient = row;
  lenient.superuser = true;  // that refusal has a message of its own, in check_access
  Function* function = load_function(lenient);
  function->row.superuser = row.superuser;
  if (function->problem != nullptr)
    ereport(ERROR, (errcode(kNotExposable), errmsg("%s cannot be exposed: %s", path, function->problem)));
  check_exposure(function);
  write_registry_row(row);
  SPI_finish();
  PG_RETURN_VOID();
}

FRESHET_FUNCTION(freshet_hide) {
  char* path = text_to_cstring(PG_GETARG_TEXT_PP(0));
  char *schema, *name;
  split_path(path, &schema, &name);
  RegistryRow row;
  if (!registry_find(schema, name, &row)) PG_RETURN_BOOL(false);
  // What names no function any more may go by the hand of whoever may create functions there.
  bool overloaded;
  Oid procedure = find_procedure(schema, name, &overloaded);
  if (OidIsValid(procedure) && !overloaded) {
    if (!pg_proc_ownercheck(procedure, GetUserId()))
      aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FUNCTION, path);
  } else {
    Oid schema_oid = get_namespace_oid(schema, true);
    if (OidIsValid(schema_oid) ? !pg_namespace_ownercheck(schema_oid, GetUserId()) : !superuser())
      aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_SCHEMA, schema);
  }
  static const Oid kTypes[] = {TEXTOID, TEXTOID};
  Datum values[] = {CStringGetTextDatum(schema), CStringGetTextDatum(name)};
  SPI_connect();
  execute_as_registry_owner(
      "DELETE FROM freshet.exposed WHERE schema_name = $1::name AND function_name = $2::name", 2, kTypes,
      values, nullptr);
  SPI_finish();
  PG_RETURN_BOOL(true);
}
