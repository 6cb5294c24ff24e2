#include "call/declared_argument.h"

#include "registry/key_id.h"
#include "registry/number_forms.h"

extern "C" {
#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/varlena.h"
}

namespace freshet {
namespace {

constexpr char kPartial[] = "partial ";

bool is_writable(Form_pg_attribute column) {
  return !column->attisdropped && column->attgenerated == '\0' &&
         column->attidentity != ATTRIBUTE_IDENTITY_ALWAYS;
}

// The table's columns of these names, or all that can be written when `names` is NIL.
char* read_columns(Patch* patch, Relation table, List* names) {
  const char* table_name = RelationGetRelationName(table);
  TupleDesc row = RelationGetDescr(table);
  for (int i = 0; i < row->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(row, i);
    bool named = false;
    ListCell* cell;
    foreach (cell, names)
      named = named || strcmp(static_cast<char*>(lfirst(cell)), NameStr(column->attname)) == 0;
    if (column->attisdropped || (names == NIL && !is_writable(column)) || (names != NIL && !named)) continue;
    if (!is_writable(column))
      return psprintf("column \"%s\" of %s is generated", NameStr(column->attname), table_name);
    if (OidIsValid(first_unsupported_type(column->atttypid)))
      return psprintf("column \"%s\" of %s has type %s, which has no JSON form", NameStr(column->attname),
                      table_name, format_type_be(column->atttypid));
    const JsonType* type = json_type(column->atttypid);
    patch->columns.push({pstrdup(NameStr(column->attname)), column->atttypid, column->atttypmod,
                         !column->attnotnull && !type->domain_not_null,
                         key_id(RelationGetRelid(table), column->attnum),
                         number_form_of_column(RelationGetRelid(table), column->attnum)});
  }
  ListCell* cell;
  foreach (cell, names)
    if (get_attnum(RelationGetRelid(table), static_cast<char*>(lfirst(cell))) <= 0)
      return psprintf("%s has no column \"%s\"", table_name, static_cast<char*>(lfirst(cell)));
  return nullptr;
}

char* declare_patch(Argument* argument, const char* text) {
  char* table_text = pstrdup(text);
  char* open = strchr(table_text, '(');
  List* columns = NIL;
  if (open != nullptr) {
    char* close = strrchr(open, ')');
    if (close == nullptr || close[1] != '\0') return psprintf("\"%s\" has no end", text);
    *open = *close = '\0';
    if (!SplitIdentifierString(open + 1, ',', &columns) || columns == NIL)
      return psprintf("\"%s\" is no list of columns", open + 1);
  }
  int length = strlen(table_text);
  while (length > 0 && table_text[length - 1] == ' ') table_text[--length] = '\0';
  List* names;
  if (!SplitIdentifierString(table_text, '.', &names) || list_length(names) != 2)
    return psprintf("\"%s\" is not schema.table", table_text);
  Oid schema = get_namespace_oid(static_cast<char*>(linitial(names)), true);
  Oid table = OidIsValid(schema) ? get_relname_relid(static_cast<char*>(lsecond(names)), schema) : InvalidOid;
  Relation relation = OidIsValid(table) ? RelationIdGetRelation(table) : nullptr;
  if (relation == nullptr) return psprintf("there is no table %s", text);
  Patch* patch = static_cast<Patch*>(palloc0(sizeof(Patch)));
  char* wrong = read_columns(patch, relation, columns);
  RelationClose(relation);
  argument->patch = patch;
  return wrong;
}

const PatchColumn* column_named(const Patch* patch, const char* name) {
  for (int i = 0; i < patch->columns.size; i++)
    if (strcmp(patch->columns[i].name, name) == 0) return &patch->columns[i];
  return nullptr;
}

void check_members(const Patch* patch, const JsonValue* json, bool isolated, Problems* problems,
                   const char* path) {
  if (json->kind != JsonKind::kObject) {
    problems_add(problems, path, "object", json_kind_name(json->kind));
    return;
  }
  for (int i = 0; i < json->count; i++) {
    const JsonMember* member = &json->members[i];
    const char* member_path = psprintf("%s.%s", path, member->name);
    const PatchColumn* column = column_named(patch, member->name);
    bool is_null;
    if (column == nullptr)
      problems_add(problems, member_path, "no such member", json_kind_name(member->value.kind));
    else if (member->value.kind == JsonKind::kNull && !column->nullable)
      problems_add(problems, member_path, format_type_be(column->type), "null");
    else if (member->value.kind == JsonKind::kNull)
      continue;
    else if (isolated)
      check_json_value_isolated(column->type, column->typmod, &member->value, problems, member_path);
    else
      read_json_value(column->type, column->typmod, &member->value, &is_null, problems, member_path);
  }
}

}  // namespace

char* declare_argument(Argument* argument, const char* declaration) {
  if (pg_strncasecmp(declaration, kPartial, strlen(kPartial)) == 0) {
    if (getBaseType(argument->type) != JSONBOID)
      return psprintf("a partial object is given to the function as jsonb, and it has type %s",
                      format_type_be(argument->type));
    return declare_patch(argument, declaration + strlen(kPartial));
  }
  argument->id = key_id_by_name(declaration);
  return argument->id != nullptr
             ? nullptr
             : psprintf(
                   "\"%s\" is neither \"partial schema.table(columns)\" nor the column of "
                   "a key, schema.table.column",
                   declaration);
}

void check_patch(const Patch* patch, const JsonValue* json, Problems* problems, const char* path) {
  check_members(patch, json, false, problems, path);
}

void check_patch_isolated(const Patch* patch, const JsonValue* json, Problems* problems, const char* path) {
  check_members(patch, json, true, problems, path);
}

}  // namespace freshet
