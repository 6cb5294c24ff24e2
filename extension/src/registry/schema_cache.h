// The JSON Schemas of functions, by path: each costs the analysis of a body, and the catalog is read anew
// after every change of any definition. Remembered per backend until something changes that an analysis looks
// at.
#pragma once

#include "compat.h"

namespace freshet {

// JSON texts.
struct FunctionSchemas {
  const char* arguments;         // array, one member for each argument: the `args` of the catalog
  const char* arguments_object;  // the schema of the object that clients send
  const char* result;
  const char* page_order;  // array, or `null`: the `page.order` of the catalog
};

// Moves on with every change of the catalog that this backend has heard of.
uint64 schema_generation();

// nullptr: not known.
const FunctionSchemas* remembered_schemas(const char* path);

// `generation`: from before the analysis. One that the catalog has overtaken is not remembered.
void remember_schemas(const char* path, const FunctionSchemas& schemas, uint64 generation);

}  // namespace freshet
