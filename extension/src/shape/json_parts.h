// Parts of json, and json made of parts. What comes out of json is NULL where there is nothing, and a json
// null where that stands.
#pragma once

#include "shape/shape.h"

namespace freshet {

const Shape* counted_array(const Shape* items, int count);

// value -> 'name'; `name` nullptr: not known.
const Shape* member_of(const Shape* value, const char* name);
// value -> n
const Shape* item_of(const Shape* value);
// Any member.
const Shape* value_of(const Shape* value);

// jsonb || jsonb
const Shape* joined(const Shape* left, const Shape* right);
// jsonb - 'name'; `name` nullptr: not known.
const Shape* without_member(const Shape* value, const char* name);
// jsonb - n, jsonb - names
const Shape* shortened(const Shape* value);
// jsonb_strip_nulls()
const Shape* without_nulls(const Shape* value);

}  // namespace freshet
