#include "shape/number_forms.h"

#include "call/json_type.h"
#include "registry/number_forms.h"

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

// The same shape with each part below it changed by `change`.
template <typename Change>
Shape* with_parts(const Shape* shape, Change change) {
  Shape* result = copy(shape);
  result->members = {};
  for (int i = 0; i < shape->members.size; i++) {
    const ShapeMember& member = shape->members[i];
    result->members.push({member.name, change(member.shape), member.required});
  }
  result->options = {};
  for (int i = 0; i < shape->options.size; i++) result->options.push(change(shape->options[i]));
  if (shape->items != nullptr) result->items = change(shape->items);
  return result;
}

const Shape* decided_leaf(const Shape* shape, const FunctionNumbers& numbers, NumberForm forced,
                          bool* deviates) {
  const JsonType* type = json_type(shape->type);
  if (type == nullptr || (type->base != INT8OID && type->base != NUMERICOID)) return shape;
  const bool is_int8 = type->base == INT8OID;
  const NumberForm own = is_int8 || shape->in_json ? NumberForm::kNumber : NumberForm::kString;
  NumberForm form = forced;
  if (form == NumberForm::kUndeclared) form = shape->form;
  if (form == NumberForm::kUndeclared) form = is_int8 ? numbers.int8 : numbers.numeric;
  if (form == NumberForm::kUndeclared) form = number_form_of_type(type->base);
  // A numeric that nothing was said of goes digit for digit.
  if (form == NumberForm::kUndeclared && !is_int8) return shape;
  if (form == NumberForm::kUndeclared) form = own;
  *deviates = *deviates || form != own;
  Shape* result = copy(shape);
  result->form = form;
  return result;
}

}  // namespace

const Shape* with_number_forms(const Shape* shape, const FunctionNumbers& numbers, NumberForm forced,
                               bool* deviates) {
  check_stack_depth();
  if (shape->kind == ShapeKind::kValue) return decided_leaf(shape, numbers, forced, deviates);
  return with_parts(shape,
                    [&](const Shape* part) { return with_number_forms(part, numbers, forced, deviates); });
}

const Shape* with_forms_of(const Shape* shape, const Shape* decided) {
  check_stack_depth();
  if (shape->kind == ShapeKind::kValue) {
    if (decided->kind != ShapeKind::kValue || decided->form == NumberForm::kUndeclared) return shape;
    Shape* result = copy(shape);
    result->form = decided->form;
    return result;
  }
  if (shape->kind != decided->kind) return shape;
  Shape* result = copy(shape);
  result->members = {};
  for (int i = 0; i < shape->members.size; i++) {
    const ShapeMember& member = shape->members[i];
    const ShapeMember* other = member_named(decided, member.name);
    result->members.push({member.name,
                          other != nullptr ? with_forms_of(member.shape, other->shape) : member.shape,
                          member.required});
  }
  if (shape->items != nullptr && decided->items != nullptr)
    result->items = with_forms_of(shape->items, decided->items);
  return result;
}

}  // namespace freshet
