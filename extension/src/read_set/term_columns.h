// What expressions of a scan name as columns: attributes, and what indexes of the table compute.
#pragma once

#include "row_key/row_key.h"

#include "read_set/atoms.h"

namespace freshet::read_set {

// Without casts that change nothing.
Node* stripped(Node* node);

// The table column that `node` is, or the expression of an index, or 0.
ColumnId column_of(const Terms& terms, Node* node);

RowKeyCodec* codec_of(const Terms& terms, ColumnId column);

// Whether the expression names a column of the scan at all.
bool has_columns(Node* node, void* unused);

bool is_boolean_column(const Terms& terms, ColumnId column);

}  // namespace freshet::read_set
