// The form of a value on the wire. Shapes are built once, never changed, and live in the memory context that
// was current when they were built.
#pragma once

#include "call/palloc_vector.h"
#include "compat.h"

namespace freshet {

enum class ShapeKind : uint8 {
  kNull,    // nothing but NULL is known to come
  kValue,   // a value of an SQL type that is neither array, composite nor json
  kObject,  // known members
  kMap,     // an object with any names, whose values have the shape `items`
  kArray,   // of `items`
  kAny,     // any JSON value, null included
  kUnion,   // one of `options`
};

// How a bigint or numeric is given.
enum class NumberForm : uint8 {
  kUndeclared,
  kNumber,
  kString,
};

struct Shape;

struct ShapeMember {
  const char* name;
  const Shape* shape;
  bool required;
};

struct Shape {
  ShapeKind kind;
  bool nullable;   // may be SQL NULL; in json: may be null
  bool json_null;  // a json value that may be null without being NULL: COALESCE does not replace it
  bool in_json;    // written by to_json(), which has a form of its own for some types, not by the encoder
  Oid type;        // SQL type; InvalidOid for what only json knows
  const char* id;  // key_id.h; of kValue
  NumberForm
      form;  // kValue of bigint and numeric: of its column; once decided (number_forms.h) the one that counts
  PallocVector<char*> constants;  // kValue: all that it can be, empty: not known
  PallocVector<ShapeMember> members;
  const Shape* items;
  int count;  // kArray: exactly so many items, -1: not known
  PallocVector<const Shape*> options;
};

const Shape* null_shape();
const Shape* any_shape(Oid type, bool nullable);
const Shape* object_shape(const PallocVector<ShapeMember>& members);
const Shape* map_shape(const Shape* values);
// `type` InvalidOid: an array of json.
const Shape* array_shape(Oid type, const Shape* items);

const Shape* with_nullable(const Shape* shape, bool nullable);
const Shape* with_id(const Shape* shape, const char* id);
// Of a value, or of the items of an array.
const Shape* with_form(const Shape* shape, NumberForm form);

bool may_be_null(const Shape* shape);
bool same_shape(const Shape* a, const Shape* b);

// What is one or the other.
const Shape* either_shape(const Shape* a, const Shape* b);

const ShapeMember* member_named(const Shape* shape, const char* name);

}  // namespace freshet
