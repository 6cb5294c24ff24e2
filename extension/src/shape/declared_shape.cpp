#include "shape/declared_shape.h"

#include "call/json_read.h"
#include "call/json_type.h"
#include "call/json_write.h"
#include "errors.h"
#include "shape/json_parts.h"
#include "shape/type_shape.h"

extern "C" {
#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
}

namespace freshet {
namespace {

[[noreturn]] void refuse(const char* path, const char* declaration, const char* why) {
  ereport(ERROR,
          (errcode(kNotExposable), errmsg("returns of %s cannot be read: %s", path, why),
           errdetail("It says: %s", declaration),
           errhint("Write a row, '(id bigint not null, title text)', a type, 'app.issue', or what the json "
                   "looks like, '{\"id\": \"bigint\", \"tags\": [\"text\"], \"note\": \"text?\"}'.")));
  pg_unreachable();
}

struct Reader {
  const char* path;
  const char* declaration;
};

// Columns as CREATE TABLE would read them. Nothing is executed.
List* parse_columns(const Reader& reader, const char* columns) {
  List* statements = raw_parser(psprintf("CREATE TABLE declared %s", columns), RAW_PARSE_DEFAULT);
  Node* statement = list_length(statements) == 1 ? linitial_node(RawStmt, statements)->stmt : nullptr;
  if (statement == nullptr || !IsA(statement, CreateStmt))
    refuse(reader.path, reader.declaration, "it is more than a list of columns");
  CreateStmt* create = reinterpret_cast<CreateStmt*>(statement);
  if (create->inhRelations != NIL || create->options != NIL || create->partspec != nullptr ||
      create->tableElts == NIL)
    refuse(reader.path, reader.declaration, "it is more than a list of columns");
  return create->tableElts;
}

const Shape* column_type_shape(const Reader& reader, const ColumnDef* column) {
  bool not_null = column->is_not_null;
  ListCell* cell;
  foreach (cell, column->constraints) {
    const Constraint* constraint = lfirst_node(Constraint, cell);
    if (constraint->contype != CONSTR_NOTNULL && constraint->contype != CONSTR_NULL)
      refuse(reader.path, reader.declaration, "a column may be NOT NULL and nothing else");
    not_null = not_null || constraint->contype == CONSTR_NOTNULL;
  }
  Oid type = typenameTypeId(nullptr, column->typeName);
  Oid unsupported = first_unsupported_type(type);
  if (OidIsValid(unsupported))
    refuse(reader.path, reader.declaration,
           psprintf("type %s has no JSON form", format_type_be(unsupported)));
  return type_shape(type, !not_null);
}

const Shape* row_of(const Reader& reader, const char* columns) {
  PallocVector<ShapeMember> members;
  ListCell* cell;
  foreach (cell, parse_columns(reader, columns)) {
    Node* element = static_cast<Node*>(lfirst(cell));
    if (!IsA(element, ColumnDef)) refuse(reader.path, reader.declaration, "it has more than columns");
    const ColumnDef* column = reinterpret_cast<ColumnDef*>(element);
    members.push({column->colname, column_type_shape(reader, column), true});
  }
  Shape* row = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(row), object_shape(members), sizeof(Shape));
  row->in_json = false;
  return row;
}

const Shape* type_named(const Reader& reader, const char* name) {
  List* columns = parse_columns(reader, psprintf("(declared %s)", name));
  if (list_length(columns) != 1 || !IsA(linitial(columns), ColumnDef))
    refuse(reader.path, reader.declaration, psprintf("\"%s\" is no type", name));
  return column_type_shape(reader, linitial_node(ColumnDef, columns));
}

char* trimmed(const char* text) {
  while (isspace(static_cast<unsigned char>(*text))) text++;
  char* result = pstrdup(text);
  int length = strlen(result);
  while (length > 0 && isspace(static_cast<unsigned char>(result[length - 1]))) result[--length] = '\0';
  return result;
}

// Takes one `?` off the end.
bool take_question_mark(char* text) {
  int length = strlen(text);
  if (length == 0 || text[length - 1] != '?') return false;
  text[length - 1] = '\0';
  return true;
}

// 'a' | 'b'
const Shape* one_of_texts(const Reader& reader, const char* text) {
  Shape* shape = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(shape), embedded_shape(type_shape(TEXTOID, false)), sizeof(Shape));
  for (;;) {
    while (isspace(static_cast<unsigned char>(*text))) text++;
    const char* end = *text == '\'' ? strchr(text + 1, '\'') : nullptr;
    if (end == nullptr) refuse(reader.path, reader.declaration, "texts to choose from are written 'a' | 'b'");
    StringInfoData constant;
    initStringInfo(&constant);
    append_json_string(&constant, text + 1, end - text - 1);
    shape->constants.push(constant.data);
    text = end + 1;
    while (isspace(static_cast<unsigned char>(*text))) text++;
    if (*text == '\0') return shape;
    if (*text++ != '|') refuse(reader.path, reader.declaration, "texts to choose from are written 'a' | 'b'");
  }
}

const Shape* template_shape(const Reader& reader, const JsonValue* value);

const Shape* template_leaf(const Reader& reader, const char* text) {
  char* name = trimmed(text);
  bool nullable = take_question_mark(name);
  const Shape* shape = *name == '\'' ? one_of_texts(reader, name) : type_named(reader, name);
  return with_nullable(embedded_shape(shape), nullable);
}

const Shape* template_object(const Reader& reader, const JsonValue* value) {
  PallocVector<ShapeMember> members;
  for (int i = 0; i < value->count; i++) {
    char* name = pstrdup(value->members[i].name);
    bool optional = take_question_mark(name);
    members.push({name, template_shape(reader, &value->members[i].value), !optional});
  }
  return object_shape(members);
}

const Shape* template_shape(const Reader& reader, const JsonValue* value) {
  check_stack_depth();
  switch (value->kind) {
    case JsonKind::kString:
      return template_leaf(reader, value->text);
    case JsonKind::kObject:
      return template_object(reader, value);
    case JsonKind::kArray:
      if (value->count == 1) return array_shape(InvalidOid, template_shape(reader, &value->items[0]));
      refuse(reader.path, reader.declaration, "an array has one element, which says what each is");
    default:
      refuse(reader.path, reader.declaration, "types are written as strings");
  }
}

}  // namespace

const Shape* declared_shape(const char* declaration, const char* path) {
  Reader reader = {path, declaration};
  char* text = trimmed(declaration);
  if (*text == '\0') refuse(path, declaration, "it is empty");
  if (*text == '(') return row_of(reader, text);
  if (*text != '{' && *text != '[' && *text != '"') return type_named(reader, text);
  JsonValue value;
  JsonSyntaxError error;
  if (!json_parse(text, strlen(text), &value, &error))
    refuse(path, declaration, psprintf("%s at offset %d", error.message, error.offset));
  return template_shape(reader, &value);
}

}  // namespace freshet
