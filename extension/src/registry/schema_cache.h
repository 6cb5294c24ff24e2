// The JSON Schemas of results, by path: each costs the analysis of a body, and the catalog is read anew after
// every change of any definition. Remembered per backend until something changes that an analysis looks at.
#pragma once

#include "compat.h"

namespace freshet {

// Moves on with every change of the catalog that this backend has heard of.
uint64 schema_generation();

// nullptr: not known.
const char* remembered_schema(const char* path);

// `generation`: from before the analysis. One that the catalog has overtaken is not remembered.
void remember_schema(const char* path, const char* schema, uint64 generation);

}  // namespace freshet
