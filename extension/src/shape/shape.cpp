#include "shape/shape.h"

namespace freshet {
namespace {

// A CASE of more texts than this is just a text.
constexpr int kMaxConstants = 32;
constexpr int kMaxOptions = 16;

Shape* make(ShapeKind kind, Oid type) {
  Shape* shape = static_cast<Shape*>(palloc0(sizeof(Shape)));
  shape->kind = kind;
  shape->type = type;
  shape->count = -1;
  return shape;
}

Shape* copy(const Shape* shape) {
  Shape* result = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(result), shape, sizeof(Shape));
  return result;
}

bool same_text(const char* a, const char* b) {
  return a == b || (a != nullptr && b != nullptr && strcmp(a, b) == 0);
}

bool holds(const PallocVector<char*>& texts, const char* text) {
  for (int i = 0; i < texts.size; i++)
    if (strcmp(texts[i], text) == 0) return true;
  return false;
}

bool same_constants(const Shape* a, const Shape* b) {
  if (a->constants.size != b->constants.size) return false;
  for (int i = 0; i < a->constants.size; i++)
    if (!holds(b->constants, a->constants[i])) return false;
  return true;
}

bool same_names(const Shape* a, const Shape* b) {
  if (a->members.size != b->members.size) return false;
  for (int i = 0; i < a->members.size; i++)
    if (member_named(b, a->members[i].name) == nullptr) return false;
  return true;
}

// {kind: 'a', …} and {kind: 'b', …} stay apart: clients tell them by `kind`.
bool tell_themselves_apart(const Shape* a, const Shape* b) {
  for (int i = 0; i < a->members.size; i++) {
    const Shape* mine = a->members[i].shape;
    const ShapeMember* other = member_named(b, a->members[i].name);
    if (other != nullptr && mine->constants.size == 1 && other->shape->constants.size == 1 &&
        strcmp(mine->constants[0], other->shape->constants[0]) != 0)
      return true;
  }
  return false;
}

PallocVector<char*> either_constant(const Shape* a, const Shape* b) {
  PallocVector<char*> all;
  if (a->constants.size == 0 || b->constants.size == 0) return all;
  for (int i = 0; i < a->constants.size; i++) all.push(a->constants[i]);
  for (int i = 0; i < b->constants.size; i++)
    if (!holds(all, b->constants[i])) all.push(b->constants[i]);
  if (all.size > kMaxConstants) all.size = 0;
  return all;
}

bool is_empty(const Shape* shape) {
  return (shape->kind == ShapeKind::kArray && shape->count == 0) ||
         (shape->kind == ShapeKind::kObject && shape->members.size == 0);
}

// An empty array fits every array, an empty object every map: COALESCE(jsonb_agg(…), '[]').
Shape* blend_with_empty(const Shape* empty, const Shape* other) {
  bool fits =
      empty->kind == ShapeKind::kArray ? other->kind == ShapeKind::kArray : other->kind == ShapeKind::kMap;
  if (!fits || empty->in_json != other->in_json) return nullptr;
  Shape* result = copy(other);
  if (!is_empty(other)) result->count = -1;
  return result;
}

// One shape for both, nullptr when they are better kept apart. NULL is seen to by the caller.
Shape* blend(const Shape* a, const Shape* b) {
  if (is_empty(a))
    if (Shape* result = blend_with_empty(a, b)) return result;
  if (is_empty(b))
    if (Shape* result = blend_with_empty(b, a)) return result;
  if (a->kind != b->kind || a->in_json != b->in_json) return nullptr;
  Shape* result = copy(a);
  if (a->type != b->type) result->type = InvalidOid;
  switch (a->kind) {
    case ShapeKind::kValue:
      if (a->type != b->type) return nullptr;
      result->id = same_text(a->id, b->id) ? a->id : nullptr;
      result->constants = either_constant(a, b);
      // One value has one form: the one in which nothing is lost.
      if (a->form != b->form)
        result->form = a->form == NumberForm::kString || b->form == NumberForm::kString ? NumberForm::kString
                                                                                        : NumberForm::kNumber;
      return result;
    case ShapeKind::kArray:
      result->items = either_shape(a->items, b->items);
      result->count = a->count == b->count ? a->count : -1;
      return result;
    case ShapeKind::kMap:
      result->items = either_shape(a->items, b->items);
      return result;
    case ShapeKind::kObject:
      if (!same_names(a, b) || tell_themselves_apart(a, b)) return nullptr;
      result->members = {};
      for (int i = 0; i < a->members.size; i++) {
        const ShapeMember* other = member_named(b, a->members[i].name);
        result->members.push({a->members[i].name, either_shape(a->members[i].shape, other->shape),
                              a->members[i].required && other->required});
      }
      return result;
    default:
      return nullptr;
  }
}

void add_option(Shape* whole, const Shape* option) {
  if (option->kind == ShapeKind::kUnion) {
    for (int i = 0; i < option->options.size; i++) add_option(whole, option->options[i]);
    return;
  }
  for (int i = 0; i < whole->options.size; i++) {
    Shape* both = blend(whole->options[i], option);
    if (both == nullptr) continue;
    both->nullable = both->json_null = false;
    whole->options[i] = both;
    return;
  }
  Shape* bare = copy(option);
  bare->nullable = bare->json_null = false;
  whole->options.push(bare);
}

}  // namespace

const Shape* null_shape() {
  Shape* shape = make(ShapeKind::kNull, InvalidOid);
  shape->nullable = true;
  return shape;
}

const Shape* any_shape(Oid type, bool nullable) {
  Shape* shape = make(ShapeKind::kAny, type);
  shape->nullable = nullable;
  shape->json_null = true;
  return shape;
}

const Shape* object_shape(const PallocVector<ShapeMember>& members) {
  Shape* shape = make(ShapeKind::kObject, InvalidOid);
  shape->in_json = true;
  shape->members = members;
  return shape;
}

const Shape* map_shape(const Shape* values) {
  Shape* shape = make(ShapeKind::kMap, InvalidOid);
  shape->in_json = true;
  shape->items = values;
  return shape;
}

const Shape* array_shape(Oid type, const Shape* items) {
  Shape* shape = make(ShapeKind::kArray, type);
  shape->in_json = !OidIsValid(type);
  shape->items = items;
  return shape;
}

const Shape* with_nullable(const Shape* shape, bool nullable) {
  if (shape->nullable == nullable || shape->kind == ShapeKind::kNull) return shape;
  Shape* result = copy(shape);
  result->nullable = nullable;
  return result;
}

const Shape* with_id(const Shape* shape, const char* id) {
  if (id == nullptr) return shape;
  Shape* result = copy(shape);
  if (shape->kind == ShapeKind::kArray)
    result->items = with_id(shape->items, id);
  else if (shape->kind == ShapeKind::kValue)
    result->id = id;
  return result;
}

const Shape* with_form(const Shape* shape, NumberForm form) {
  if (form == NumberForm::kUndeclared) return shape;
  if (shape->kind != ShapeKind::kArray && shape->kind != ShapeKind::kValue) return shape;
  Shape* result = copy(shape);
  if (shape->kind == ShapeKind::kArray)
    result->items = with_form(shape->items, form);
  else
    result->form = form;
  return result;
}

bool may_be_null(const Shape* shape) { return shape->nullable || shape->json_null; }

const ShapeMember* member_named(const Shape* shape, const char* name) {
  for (int i = 0; i < shape->members.size; i++)
    if (strcmp(shape->members[i].name, name) == 0) return &shape->members[i];
  return nullptr;
}

bool same_shape(const Shape* a, const Shape* b) {
  if (a == b) return true;
  if (a == nullptr || b == nullptr) return false;
  if (a->kind != b->kind || a->nullable != b->nullable || a->json_null != b->json_null ||
      a->in_json != b->in_json || a->type != b->type || a->form != b->form || a->count != b->count ||
      !same_text(a->id, b->id) || !same_constants(a, b) || a->members.size != b->members.size ||
      a->options.size != b->options.size || !same_shape(a->items, b->items))
    return false;
  for (int i = 0; i < a->members.size; i++)
    if (strcmp(a->members[i].name, b->members[i].name) != 0 ||
        a->members[i].required != b->members[i].required ||
        !same_shape(a->members[i].shape, b->members[i].shape))
      return false;
  for (int i = 0; i < a->options.size; i++)
    if (!same_shape(a->options[i], b->options[i])) return false;
  return true;
}

const Shape* either_shape(const Shape* a, const Shape* b) {
  check_stack_depth();
  bool nullable = a->nullable || b->nullable;
  bool json_null = a->json_null || b->json_null;
  Shape* result;
  if (a->kind == ShapeKind::kNull || b->kind == ShapeKind::kNull) {
    result = copy(a->kind == ShapeKind::kNull ? b : a);
  } else if (a->kind == ShapeKind::kAny || b->kind == ShapeKind::kAny) {
    result = copy(a->kind == ShapeKind::kAny ? a : b);
  } else {
    result = blend(a, b);
    if (result == nullptr) {
      result = make(ShapeKind::kUnion, InvalidOid);
      add_option(result, a);
      add_option(result, b);
      if (result->options.size == 1) result = copy(result->options[0]);
      if (result->options.size > kMaxOptions) result = copy(any_shape(InvalidOid, nullable));
    }
  }
  result->nullable = nullable;
  result->json_null = json_null || result->kind == ShapeKind::kAny;
  return result;
}

}  // namespace freshet
