// freshet.expose() and freshet.hide(): what may be called by clients, decided by the function's owner.
#include "errors.h"
#include "registry/describe.h"
#include "registry/exposure_check.h"
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
  kRunAs
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

Datum text_array(const PallocVector<char*>& texts) {
  Datum* values = static_cast<Datum*>(palloc(sizeof(Datum) * Max(texts.size, 1)));
  for (int i = 0; i < texts.size; i++) values[i] = CStringGetTextDatum(texts[i]);
  return PointerGetDatum(construct_array(values, texts.size, TEXTOID, -1, false, TYPALIGN_INT));
}

// The registry belongs to the extension's owner, whoever exposes; only these two statements run as that role.
void execute_as_registry_owner(const char* sql, int count, const Oid* types, Datum* values,
                               const char* nulls) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(registry_relation()));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for the registry");
  Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  Oid user;
  int security_context;
  GetUserIdAndSecContext(&user, &security_context);
  int level = NewGUCNestLevel();
  set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                    0, false);
  SetUserIdAndSecContext(owner, security_context | SECURITY_LOCAL_USERID_CHANGE);
  int status = SPI_execute_with_args(sql, count, const_cast<Oid*>(types), values, nulls, false, 0);
  if (status < 0) elog(ERROR, "cannot write the registry: %s", SPI_result_code_string(status));
  SetUserIdAndSecContext(user, security_context);
  AtEOXact_GUC(false, level);
}

void write_row(const RegistryRow& row) {
  static const char kSql[] =
      "INSERT INTO freshet.exposed AS e (schema_name, function_name, argument_types, kind, guard, public, "
      "max_rows, max_page, lockstep,"
      " deadline_ms, errors, cardinality, superuser, bypasses_row_security, search_path, page_order, "
      "returns, not_null, args, run_as)"
      " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19::jsonb, "
      "$20)"
      " ON CONFLICT (schema_name, function_name) DO UPDATE SET argument_types = $3, kind = $4, guard = $5, "
      "public = $6, max_rows = $7,"
      " max_page = $8, lockstep = $9, deadline_ms = $10, errors = $11, cardinality = $12, superuser = $13,"
      " bypasses_row_security = $14, search_path = $15, page_order = $16, returns = $17, not_null = $18, "
      "args = $19::jsonb, run_as = $20";
  static const Oid kTypes[] = {TEXTOID, TEXTOID, TEXTARRAYOID, TEXTOID,      TEXTOID, BOOLOID, INT4OID,
                               INT4OID, BOOLOID, INT4OID,      TEXTARRAYOID, TEXTOID, BOOLOID, BOOLOID,
                               TEXTOID, TEXTOID, TEXTOID,      TEXTARRAYOID, TEXTOID, TEXTOID};
  Datum values[] = {CStringGetTextDatum(row.schema),
                    CStringGetTextDatum(row.name),
                    text_array(row.argument_types),
                    CStringGetTextDatum(kind_name(row.kind)),
                    row.guard != nullptr ? CStringGetTextDatum(row.guard) : 0,
                    BoolGetDatum(row.is_public),
                    Int32GetDatum(row.max_rows),
                    Int32GetDatum(row.max_page),
                    BoolGetDatum(row.lockstep),
                    Int32GetDatum(row.deadline_ms),
                    text_array(row.errors),
                    CStringGetTextDatum(cardinality_name(row.cardinality)),
                    BoolGetDatum(row.superuser),
                    BoolGetDatum(row.bypasses_row_security),
                    CStringGetTextDatum(row.search_path),
                    row.page_order != nullptr ? CStringGetTextDatum(row.page_order) : 0,
                    row.returns != nullptr ? CStringGetTextDatum(row.returns) : 0,
                    text_array(row.not_null),
                    CStringGetTextDatum(row.arguments),
                    row.run_as != nullptr ? CStringGetTextDatum(row.run_as) : 0};
  char nulls[lengthof(values) + 1] = "                    ";
  if (row.guard == nullptr) nulls[4] = 'n';
  if (row.max_rows == 0) nulls[6] = 'n';
  if (row.max_page == 0) nulls[7] = 'n';
  if (row.deadline_ms == 0) nulls[9] = 'n';
  if (row.page_order == nullptr) nulls[15] = 'n';
  if (row.returns == nullptr) nulls[16] = 'n';
  if (row.run_as == nullptr) nulls[19] = 'n';
  execute_as_registry_owner(kSql, lengthof(values), kTypes, values, nulls);
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
  write_row(row);
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
