#include "registry/describe.h"

#include "call/declared_argument.h"
#include "call/json_read.h"
#include "call/json_type.h"
#include "errors.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace freshet {
namespace {

void set_problem(Function* function, int state, char* text) {
  if (function->problem != nullptr) return;
  function->problem = text;
  function->problem_state = state;
}

char* outer_name(const char* sql_name) {
  if (sql_name[0] == '_' && sql_name[1] != '\0') return pstrdup(sql_name + 1);
  if (sql_name[0] == 'p' && sql_name[1] == '_' && sql_name[2] != '\0') return pstrdup(sql_name + 2);
  return pstrdup(sql_name);
}

// Seen in the expression itself. It must not be evaluated to find out: this runs with the rights of whoever
// asks, and the expression may call functions of the application.
bool is_null_constant(Node* expression) {
  switch (nodeTag(expression)) {
    case T_Const:
      return reinterpret_cast<Const*>(expression)->constisnull;
    case T_RelabelType:
      return is_null_constant(reinterpret_cast<Node*>(reinterpret_cast<RelabelType*>(expression)->arg));
    case T_CollateExpr:
      return is_null_constant(reinterpret_cast<Node*>(reinterpret_cast<CollateExpr*>(expression)->arg));
    case T_CoerceViaIO:
      return is_null_constant(reinterpret_cast<Node*>(reinterpret_cast<CoerceViaIO*>(expression)->arg));
    case T_ArrayCoerceExpr:
      return is_null_constant(reinterpret_cast<Node*>(reinterpret_cast<ArrayCoerceExpr*>(expression)->arg));
    case T_CoerceToDomain:
      return is_null_constant(reinterpret_cast<Node*>(reinterpret_cast<CoerceToDomain*>(expression)->arg));
    case T_FuncExpr: {
      // A cast to a length, such as NULL::varchar(3).
      FuncExpr* call = reinterpret_cast<FuncExpr*>(expression);
      return call->funcformat != COERCE_EXPLICIT_CALL && call->funcid < FirstNormalObjectId &&
             func_strict(call->funcid) && is_null_constant(static_cast<Node*>(linitial(call->args)));
    }
    default:
      return false;
  }
}

List* read_defaults(HeapTuple tuple) {
  bool is_null;
  Datum stored = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargdefaults, &is_null);
  return is_null ? NIL : static_cast<List*>(stringToNode(TextDatumGetCString(stored)));
}

void describe_arguments(Function* function, HeapTuple tuple) {
  Oid* types;
  char** names;
  char* modes;
  int total = get_func_arg_info(tuple, &types, &names, &modes);
  int inputs = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->pronargs;
  List* defaults = read_defaults(tuple);
  int first_default = inputs - list_length(defaults);
  function->arguments = static_cast<Argument*>(palloc0(sizeof(Argument) * Max(inputs, 1)));
  for (int i = 0; i < total; i++) {
    char mode = modes != nullptr ? modes[i] : static_cast<char>(PROARGMODE_IN);
    if (mode == PROARGMODE_OUT || mode == PROARGMODE_TABLE) continue;
    Argument* argument = &function->arguments[function->argument_count];
    int position = function->argument_count++;
    if (names == nullptr || names[i] == nullptr || names[i][0] == '\0') {
      set_problem(function, kSchemaChanged, psprintf("argument %d has no name", position + 1));
      continue;
    }
    argument->sql_name = pstrdup(names[i]);
    argument->name = outer_name(names[i]);
    argument->type = types[i];
    argument->variadic = mode == PROARGMODE_VARIADIC;
    argument->required = position < first_default;
    if (!argument->required) {
      argument->default_expression =
          static_cast<Node*>(copyObjectImpl(list_nth(defaults, position - first_default)));
      argument->nullable = is_null_constant(argument->default_expression);
    }
    Oid unsupported = first_unsupported_type(types[i]);
    if (OidIsValid(unsupported) || get_typtype(types[i]) == TYPTYPE_PSEUDO)
      set_problem(function, kSchemaChanged,
                  psprintf("argument \"%s\" has type %s, which has no JSON form", names[i],
                           format_type_be(OidIsValid(unsupported) ? unsupported : types[i])));
    for (int before = 0; before < position; before++)
      if (function->arguments[before].name != nullptr &&
          strcmp(function->arguments[before].name, argument->name) == 0)
        set_problem(function, kSchemaChanged,
                    psprintf("arguments \"%s\" and \"%s\" are both \"%s\" to clients",
                             function->arguments[before].sql_name, argument->sql_name, argument->name));
  }
}

// run_as: the owner must be able to act as that role, so that exposing gives nobody more than he has.
void describe_role(Function* function) {
  const char* name = function->row.run_as;
  function->role = name == nullptr ? function->owner : get_role_oid(name, true);
  if (!OidIsValid(function->role)) {
    set_problem(function, kSchemaChanged, psprintf("it runs as \"%s\", a role that does not exist", name));
    function->role = function->owner;
  } else if (name != nullptr && !is_member_of_role(function->owner, function->role)) {
    set_problem(function, kSchemaChanged,
                psprintf("it runs as \"%s\", which its owner \"%s\" is no member of", name,
                         GetUserNameFromId(function->owner, false)));
  } else if (!function->row.superuser && superuser_arg(function->role) && name != nullptr) {
    set_problem(function, kSchemaChanged, psprintf("it runs as \"%s\", a superuser", name));
  }
}

void describe_declared_arguments(Function* function) {
  JsonValue declared;
  JsonSyntaxError error;
  if (!json_parse(function->row.arguments, strlen(function->row.arguments), &declared, &error)) return;
  for (int d = 0; d < declared.count; d++) {
    const JsonMember& member = declared.members[d];
    Argument* argument = nullptr;
    for (int i = 0; i < function->argument_count; i++)
      if (function->arguments[i].name != nullptr && strcmp(function->arguments[i].name, member.name) == 0)
        argument = &function->arguments[i];
    if (argument == nullptr || !OidIsValid(argument->type)) {
      set_problem(function, kSchemaChanged,
                  psprintf("args declares \"%s\", which is no argument of it", member.name));
      continue;
    }
    if (member.value.kind != JsonKind::kString) {
      set_problem(function, kSchemaChanged,
                  psprintf("args declares \"%s\" by something that is no string", member.name));
      continue;
    }
    if (char* wrong = declare_argument(argument, member.value.text))
      set_problem(function, kSchemaChanged, psprintf("args declares \"%s\": %s", member.name, wrong));
  }
}

bool returns_table(HeapTuple tuple) {
  Oid* types;
  char** names;
  char* modes;
  int total = get_func_arg_info(tuple, &types, &names, &modes);
  for (int i = 0; i < total; i++)
    if (modes != nullptr && modes[i] == PROARGMODE_TABLE) return true;
  return false;
}

bool takes_polymorphic(Form_pg_proc row) {
  for (int i = 0; i < row->pronargs; i++)
    if (IsPolymorphicType(row->proargtypes.values[i])) return true;
  return false;
}

void describe_result(Function* function, HeapTuple tuple) {
  ResultShape* result = &function->result;
  Form_pg_proc row = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  result->is_set = row->proretset;
  result->type = row->prorettype;
  // What is said of the argument is enough: the result may have a type only by it.
  if (takes_polymorphic(row)) return;
  Oid type;
  TupleDesc columns = nullptr;
  TypeFuncClass form = get_func_result_type(function->oid, &type, &columns);
  if (row->prorettype == VOIDOID) {
    result->form = ResultForm::kVoid;
    return;
  }
  if (form == TYPEFUNC_RECORD) {
    set_problem(function, kSchemaChanged, pstrdup("it returns record without naming the columns"));
    return;
  }
  if (form == TYPEFUNC_SCALAR && returns_table(tuple)) {
    // RETURNS TABLE with one column: rows are objects as with two.
    Oid* types;
    char** names;
    char* modes;
    int total = get_func_arg_info(tuple, &types, &names, &modes);
    columns = CreateTemplateTupleDesc(1);
    TupleDescInitEntry(columns, 1, names[total - 1], type, -1, 0);
  }
  result->form = columns != nullptr ? ResultForm::kObject : ResultForm::kValue;
  // Columns of a named type are looked up when needed: they change without the function changing.
  if (columns != nullptr && get_typtype(row->prorettype) != TYPTYPE_COMPOSITE)
    result->columns = CreateTupleDescCopy(columns);
  Oid unsupported = InvalidOid;
  for (int i = 0; columns != nullptr && i < columns->natts && !OidIsValid(unsupported); i++)
    if (!TupleDescAttr(columns, i)->attisdropped)
      unsupported = first_unsupported_type(TupleDescAttr(columns, i)->atttypid);
  if (columns == nullptr) unsupported = first_unsupported_type(row->prorettype);
  if (OidIsValid(unsupported))
    set_problem(function, kSchemaChanged,
                psprintf("its result contains type %s, which has no JSON form", format_type_be(unsupported)));
}

bool same_types(const PallocVector<char*>& a, const PallocVector<char*>& b) {
  if (a.size != b.size) return false;
  for (int i = 0; i < a.size; i++)
    if (strcmp(a[i], b[i]) != 0) return false;
  return true;
}

}  // namespace

Oid find_procedure(const char* schema, const char* name, bool* overloaded) {
  *overloaded = false;
  Oid schema_oid = get_namespace_oid(schema, true);
  if (!OidIsValid(schema_oid)) return InvalidOid;
  CatCList* list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
  Oid found = InvalidOid;
  for (int i = 0; i < list->n_members; i++) {
    Form_pg_proc row = reinterpret_cast<Form_pg_proc>(GETSTRUCT(&list->members[i]->tuple));
    if (row->pronamespace != schema_oid) continue;
    if (OidIsValid(found)) *overloaded = true;
    found = row->oid;
  }
  ReleaseSysCacheList(list);
  return found;
}

PallocVector<char*> procedure_argument_types(Oid procedure) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(procedure));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", procedure);
  Form_pg_proc row = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  PallocVector<char*> types;
  for (int i = 0; i < row->pronargs; i++)
    types.push(format_type_extended(row->proargtypes.values[i], -1, FORMAT_TYPE_FORCE_QUALIFY));
  ReleaseSysCache(tuple);
  return types;
}

FunctionKind procedure_kind(Oid procedure) {
  return func_volatile(procedure) == PROVOLATILE_VOLATILE ? FunctionKind::kMutation : FunctionKind::kQuery;
}

void describe_function(Function* function) {
  const RegistryRow& row = function->row;
  bool overloaded;
  function->kind = row.kind;
  function->oid = find_procedure(row.schema, row.name, &overloaded);
  if (!OidIsValid(function->oid)) {
    set_problem(function, kNotFound, pstrdup("the function does not exist any more"));
    return;
  }
  if (overloaded) {
    set_problem(function, kSchemaChanged, pstrdup("several functions have this name"));
    return;
  }
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function->oid));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "cache lookup failed for function %u", function->oid);
  Form_pg_proc procedure = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  function->owner = procedure->proowner;
  describe_role(function);
  function->kind = procedure_kind(function->oid);
  function->domains_enforced = procedure->prolang != SQLlanguageId;
  if (procedure->prokind != PROKIND_FUNCTION)
    set_problem(function, kSchemaChanged, pstrdup("it is not a plain function"));
  if (!same_types(row.argument_types, procedure_argument_types(function->oid)))
    set_problem(function, kSchemaChanged, pstrdup("its argument types are not those it was exposed with"));
  if (function->kind != row.kind)
    set_problem(function, kSchemaChanged,
                psprintf("it was exposed as a %s and is a %s by its volatility now", kind_name(row.kind),
                         kind_name(function->kind)));
  if (!row.superuser && superuser_arg(function->owner))
    set_problem(function, kSchemaChanged, pstrdup("its owner is a superuser"));
  describe_arguments(function, tuple);
  describe_declared_arguments(function);
  if (function->problem == nullptr || function->argument_count > 0 || procedure->pronargs == 0)
    describe_result(function, tuple);
  ReleaseSysCache(tuple);
}

}  // namespace freshet
