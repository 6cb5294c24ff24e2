#include "shape/type_shape.h"

#include "call/json_type.h"
#include "registry/number_forms.h"

extern "C" {
#include "catalog/pg_cast.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

Shape* make(ShapeKind kind, Oid type, bool nullable) {
  Shape* shape = static_cast<Shape*>(palloc0(sizeof(Shape)));
  shape->kind = kind;
  shape->type = type;
  shape->nullable = nullable;
  shape->count = -1;
  return shape;
}

bool may_be_null_inside(Oid type) {
  const JsonType* known = json_type(type);
  return known == nullptr || !known->domain_not_null;
}

const Shape* composite_shape(const JsonType* type, bool nullable) {
  Shape* shape = make(ShapeKind::kObject, type->oid, nullable);
  TupleDesc row = composite_descriptor(type, -1);
  for (int i = 0; i < row->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(row, i);
    if (column->attisdropped) continue;
    shape->members.push({pstrdup(NameStr(column->attname)),
                         with_form(type_shape(column->atttypid, may_be_null_inside(column->atttypid)),
                                   number_form_of_column(type->relation, column->attnum)),
                         true});
  }
  ReleaseTupleDesc(row);
  return shape;
}

// to_json() asks for a cast to json of types that are not built in.
bool has_cast_to_json(Oid type) {
  if (type < FirstNormalObjectId) return false;
  Oid function;
  return find_coercion_pathway(JSONOID, type, COERCION_EXPLICIT, &function) == COERCION_PATH_FUNC ||
         find_coercion_pathway(JSONBOID, type, COERCION_EXPLICIT, &function) == COERCION_PATH_FUNC;
}

const Shape* embedded_members(const Shape* shape) {
  Shape* result = make(ShapeKind::kObject, shape->type, shape->nullable);
  result->in_json = true;
  for (int i = 0; i < shape->members.size; i++) {
    const ShapeMember& member = shape->members[i];
    result->members.push({member.name, embedded_shape(member.shape), member.required});
  }
  return result;
}

}  // namespace

const Shape* type_shape(Oid oid, bool nullable) {
  const JsonType* type = json_type(oid);
  if (type == nullptr) {
    Shape* unknown = make(ShapeKind::kValue, oid, nullable);
    return unknown;
  }
  switch (type->shape) {
    case JsonShape::kVoid: {
      Shape* shape = make(ShapeKind::kNull, oid, true);
      return shape;
    }
    case JsonShape::kJson:
    case JsonShape::kJsonb:
    case JsonShape::kRecord:
      return any_shape(oid, nullable);
    case JsonShape::kArray: {
      Shape* shape = make(ShapeKind::kArray, oid, nullable);
      shape->items = type_shape(type->element, may_be_null_inside(type->element));
      return shape;
    }
    case JsonShape::kComposite:
      return composite_shape(type, nullable);
    default:
      return make(ShapeKind::kValue, oid, nullable);
  }
}

const Shape* embedded_shape(const Shape* shape) {
  check_stack_depth();
  if (shape->in_json || shape->kind == ShapeKind::kNull || shape->kind == ShapeKind::kAny) return shape;
  Shape* result;
  switch (shape->kind) {
    case ShapeKind::kArray:
      result = make(ShapeKind::kArray, shape->type, shape->nullable);
      result->items = embedded_shape(shape->items);
      result->count = shape->count;
      break;
    case ShapeKind::kObject:
      return embedded_members(shape);
    case ShapeKind::kValue:
      if (has_cast_to_json(getBaseType(shape->type))) {
        const JsonType* known = json_type(shape->type);
        if (known == nullptr || known->shape != JsonShape::kHstore)
          return any_shape(shape->type, shape->nullable);
      }
      result = make(ShapeKind::kValue, shape->type, shape->nullable);
      result->id = shape->id;
      result->form = shape->form;
      result->constants = shape->constants;
      break;
    case ShapeKind::kUnion:
      result = make(ShapeKind::kUnion, shape->type, shape->nullable);
      for (int i = 0; i < shape->options.size; i++) result->options.push(embedded_shape(shape->options[i]));
      break;
    default:
      return shape;
  }
  result->in_json = true;
  result->json_null = shape->json_null;
  return result;
}

}  // namespace freshet
