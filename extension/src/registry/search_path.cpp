#include "registry/search_path.h"

#include "errors.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"
}

namespace freshet {
namespace {

// The value of `SET search_path` in the function's definition, nullptr when it has none.
char* own_search_path(Oid procedure) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(procedure));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", procedure);
  bool is_null;
  Datum config = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proconfig, &is_null);
  Datum* settings = nullptr;
  int count = 0;
  if (!is_null)
    deconstruct_array(DatumGetArrayTypePCopy(config), TEXTOID, -1, false, TYPALIGN_INT, &settings, nullptr,
                      &count);
  ReleaseSysCache(tuple);
  static const char kPrefix[] = "search_path=";
  char* value = nullptr;
  for (int i = 0; i < count; i++) {
    char* setting = TextDatumGetCString(settings[i]);
    if (strncmp(setting, kPrefix, strlen(kPrefix)) == 0) value = setting + strlen(kPrefix);
  }
  return value;
}

List* split(const char* path, const char* search_path) {
  List* names;
  if (!SplitIdentifierString(pstrdup(search_path), ',', &names))
    ereport(ERROR, (errcode(kNotExposable),
                    errmsg("the search_path of %s is not a list of schemas: %s", path, search_path),
                    errhint("ALTER FUNCTION %s SET search_path = schema, ...", path)));
  return names;
}

bool mentions(List* names, const char* name) {
  ListCell* cell;
  foreach (cell, names)
    if (strcmp(static_cast<char*>(lfirst(cell)), name) == 0) return true;
  return false;
}

void check_schema(const Function* function, const char* name) {
  Oid schema = get_namespace_oid(name, true);
  if (!OidIsValid(schema)) return;
  HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for schema %u", schema);
  Oid schema_owner = reinterpret_cast<Form_pg_namespace>(GETSTRUCT(tuple))->nspowner;
  bool is_null;
  Datum stored = SysCacheGetAttr(NAMESPACEOID, tuple, Anum_pg_namespace_nspacl, &is_null);
  Acl* acl = is_null ? nullptr : DatumGetAclPCopy(stored);
  ReleaseSysCache(tuple);
  for (int i = 0; acl != nullptr && i < ACL_NUM(acl); i++) {
    const AclItem* item = &ACL_DAT(acl)[i];
    if ((ACLITEM_GET_PRIVS(*item) & ACL_CREATE) == 0) continue;
    if (item->ai_grantee == function->owner || item->ai_grantee == schema_owner) continue;
    if (item->ai_grantee != ACL_ID_PUBLIC && superuser_arg(item->ai_grantee)) continue;
    const char* who =
        item->ai_grantee == ACL_ID_PUBLIC ? "PUBLIC" : GetUserNameFromId(item->ai_grantee, false);
    ereport(
        ERROR,
        (errcode(kNotExposable),
         errmsg("%s would run with schema \"%s\" in its search_path, where %s may create objects",
                function->path, name, who),
         errdetail("Whoever creates a table or function there could have it used with the rights of \"%s\".",
                   GetUserNameFromId(function->owner, false)),
         errhint("REVOKE CREATE ON SCHEMA %s FROM %s, or give the function its own path: ALTER FUNCTION %s "
                 "SET search_path = ...",
                 quote_identifier(name), who, function->path)));
  }
}

}  // namespace

char* recorded_search_path(Oid procedure, const char* path) {
  char* own = own_search_path(procedure);
  StringInfoData out;
  initStringInfo(&out);
  if (own != nullptr) {
    List* names = split(path, own);
    appendStringInfoString(&out, own);
    if (!mentions(names, "pg_temp")) appendStringInfo(&out, "%spg_temp", names != NIL ? ", " : "");
    return out.data;
  }
  ListCell* cell;
  foreach (cell, fetch_search_path(false)) {
    Oid schema = lfirst_oid(cell);
    if (!isAnyTempNamespace(schema))
      appendStringInfo(&out, "%s, ", quote_identifier(get_namespace_name(schema)));
  }
  appendStringInfoString(&out, "pg_temp");
  return out.data;
}

void check_search_path(const Function* function) {
  List* names = split(function->path, function->row.search_path);
  ListCell* cell;
  foreach (cell, names) {
    const char* name = static_cast<const char*>(lfirst(cell));
    if (strcmp(name, "$user") == 0)
      ereport(ERROR,
              (errcode(kNotExposable), errmsg("the search_path of %s contains \"$user\"", function->path),
               errhint("Name the schema.")));
    if (strcmp(name, "pg_temp") != 0) check_schema(function, name);
  }
}

}  // namespace freshet
