#include "shape/json_parts.h"

extern "C" {
#include "catalog/pg_type.h"
}

namespace freshet {
namespace {

Shape* copy(const Shape* shape) {
  Shape* result = static_cast<Shape*>(palloc(sizeof(Shape)));
  memcpy(static_cast<void*>(result), shape, sizeof(Shape));
  return result;
}

// What stood inside of json: its null is a json null.
const Shape* taken_out(const Shape* inside, bool may_be_missing) {
  if (inside->kind == ShapeKind::kNull) return any_shape(JSONBOID, may_be_missing);
  Shape* result = copy(inside);
  result->json_null = may_be_null(inside);
  result->nullable = may_be_missing;
  return result;
}

// The same of every option of a union.
template <typename Take>
const Shape* of_each_option(const Shape* value, Take take) {
  const Shape* result = nullptr;
  for (int i = 0; i < value->options.size; i++) {
    const Shape* part = take(value->options[i]);
    result = result == nullptr ? part : either_shape(result, part);
  }
  return with_nullable(result, result->nullable || may_be_null(value));
}

}  // namespace

const Shape* counted_array(const Shape* items, int count) {
  Shape* array = copy(array_shape(InvalidOid, items));
  array->count = count;
  return array;
}

const Shape* member_of(const Shape* value, const char* name) {
  if (name == nullptr) return with_nullable(value_of(value), true);
  switch (value->kind) {
    case ShapeKind::kObject: {
      const ShapeMember* member = member_named(value, name);
      if (member == nullptr) return any_shape(JSONBOID, true);
      return taken_out(member->shape, !member->required || may_be_null(value));
    }
    case ShapeKind::kMap:
      return taken_out(value->items, true);
    case ShapeKind::kUnion:
      return of_each_option(value, [&](const Shape* option) { return member_of(option, name); });
    default:
      return any_shape(JSONBOID, true);
  }
}

const Shape* item_of(const Shape* value) {
  switch (value->kind) {
    case ShapeKind::kArray:
      return taken_out(value->items, true);
    case ShapeKind::kUnion:
      return of_each_option(value, item_of);
    default:
      return any_shape(JSONBOID, true);
  }
}

const Shape* value_of(const Shape* value) {
  switch (value->kind) {
    case ShapeKind::kObject: {
      const Shape* result = nullptr;
      for (int i = 0; i < value->members.size; i++) {
        const Shape* part = taken_out(value->members[i].shape, true);
        result = result == nullptr ? part : either_shape(result, part);
      }
      return result == nullptr ? any_shape(JSONBOID, true) : result;
    }
    case ShapeKind::kMap:
      return taken_out(value->items, true);
    case ShapeKind::kUnion:
      return of_each_option(value, value_of);
    default:
      return any_shape(JSONBOID, true);
  }
}

const Shape* joined(const Shape* left, const Shape* right) {
  bool nullable = left->nullable || right->nullable;
  if (left->json_null || right->json_null) return any_shape(JSONBOID, nullable);
  if (left->kind == ShapeKind::kArray && right->kind == ShapeKind::kArray) {
    if (left->count == 0) return with_nullable(right, nullable);
    if (right->count == 0) return with_nullable(left, nullable);
    return with_nullable(array_shape(InvalidOid, either_shape(left->items, right->items)), nullable);
  }
  if (left->kind != ShapeKind::kObject || right->kind != ShapeKind::kObject)
    return any_shape(JSONBOID, nullable);
  PallocVector<ShapeMember> members;
  for (int i = 0; i < left->members.size; i++) {
    const ShapeMember& mine = left->members[i];
    const ShapeMember* other = member_named(right, mine.name);
    if (other == nullptr)
      members.push(mine);
    else
      members.push({mine.name, other->required ? other->shape : either_shape(mine.shape, other->shape),
                    mine.required || other->required});
  }
  for (int i = 0; i < right->members.size; i++)
    if (member_named(left, right->members[i].name) == nullptr) members.push(right->members[i]);
  return with_nullable(object_shape(members), nullable);
}

const Shape* without_member(const Shape* value, const char* name) {
  if (value->kind != ShapeKind::kObject) return shortened(value);
  Shape* result = copy(value);
  result->members = {};
  for (int i = 0; i < value->members.size; i++) {
    const ShapeMember& member = value->members[i];
    if (name == nullptr)
      result->members.push({member.name, member.shape, false});
    else if (strcmp(member.name, name) != 0)
      result->members.push(member);
  }
  return result;
}

const Shape* shortened(const Shape* value) {
  if (value->kind == ShapeKind::kArray) {
    Shape* result = copy(value);
    if (result->count > 0) result->count = -1;
    return result;
  }
  if (value->kind == ShapeKind::kObject) return without_member(value, nullptr);
  return value->kind == ShapeKind::kMap ? value : any_shape(JSONBOID, value->nullable);
}

const Shape* without_nulls(const Shape* value) {
  check_stack_depth();
  switch (value->kind) {
    case ShapeKind::kObject: {
      Shape* result = copy(value);
      result->members = {};
      for (int i = 0; i < value->members.size; i++) {
        const ShapeMember& member = value->members[i];
        if (member.shape->kind == ShapeKind::kNull) continue;
        Shape* inside = copy(without_nulls(member.shape));
        inside->nullable = false;
        inside->json_null = inside->kind == ShapeKind::kAny;
        result->members.push({member.name, inside, member.required && !may_be_null(member.shape)});
      }
      return result;
    }
    case ShapeKind::kArray:
    case ShapeKind::kMap: {
      if (value->count == 0) return value;
      Shape* result = copy(value);
      result->items = without_nulls(value->items);
      if (value->kind == ShapeKind::kMap) result->items = with_nullable(result->items, false);
      return result;
    }
    case ShapeKind::kUnion: {
      Shape* result = copy(value);
      result->options = {};
      for (int i = 0; i < value->options.size; i++) result->options.push(without_nulls(value->options[i]));
      return result;
    }
    default:
      return value;
  }
}

}  // namespace freshet
