// The columns that a violated constraint is about.
#pragma once

#include "compat.h"

extern "C" {
#include "nodes/pg_list.h"
#include "utils/elog.h"
}

namespace freshet {

enum class ViolationKind : uint8 { kUnique, kExclusion, kForeignKey, kStillReferenced, kCheck, kNotNull };

struct Violation {
  ViolationKind kind;
  const char* constraint;  // or nullptr: NOT NULL of a column has no name before PostgreSQL 18
  const char* schema;      // or nullptr: of no table
  const char* table;
  const char* type;  // the domain, where its own constraint is violated
  Oid type_oid;
  Oid relation;   // the table, InvalidOid when it is not there any more
  List* columns;  // names
  Oid written;    // what was written to: the referenced table of kStillReferenced, else `relation`
  List* fields;   // of `written`: the columns whose values are at fault
};

const char* violation_kind_name(ViolationKind kind);

// By the fields of the error and the catalog. May raise.
Violation find_violation(const ErrorData* error);

}  // namespace freshet
