#include "base/sqlstate.h"

#include <algorithm>
#include <array>

namespace freshet::base {
namespace {

struct Row {
  std::string_view sqlstate;  // five characters, or the two of a class
  ErrorCode code;
  AfterFailure after;
};

using Code = ErrorCode;
using After = AfterFailure;

constexpr auto kTable = std::to_array<Row>({
    {"08", Code::kOverloaded, After::kOutcomeUnknown},   // connection exceptions
    {"0A000", Code::kInternal, After::kAnswer},          // feature not supported
    {"21000", Code::kInternal, After::kAnswer},          // more than one row from a sub-query
    {"22003", Code::kOutOfRange, After::kAnswer},        // numeric value out of range
    {"22008", Code::kOutOfRange, After::kAnswer},        // datetime field overflow
    {"22021", Code::kInvalidArguments, After::kAnswer},  // text that is not valid in the database's encoding
    {"22P05", Code::kInvalidArguments, After::kAnswer},  // NUL in text
    {"23", Code::kConstraintViolation, After::kAnswer},  // not null, foreign key, check
    {"23505", Code::kConflict, After::kRetryOnce},       // unique: two blind inserts race under SERIALIZABLE
    {"23P01", Code::kConflict, After::kRetryOnce},       // exclusion
    {"25001", Code::kInternal, After::kAnswer},          // active transaction: left over by a function
    {"25006", Code::kReadOnly, After::kAnswer},          // write in a READ ONLY transaction
    {"25P02", Code::kInternal, After::kAnswer},  // in failed transaction: the first error was the cause
    {"25P03", Code::kDeadlineExceeded,
     After::kOutcomeUnknown},  // idle in transaction: the server ended the connection
    {"40001", Code::kSerializationFailure, After::kRetry},     // serialization failure
    {"40003", Code::kOutcomeUnknown, After::kOutcomeUnknown},  // statement completion unknown
    {"40P01", Code::kSerializationFailure, After::kRetry},     // deadlock
    {"42501", Code::kInternal, After::kAnswer},                // privilege: the owner's rights lack something
    {"42703", Code::kSchemaChanged,
     After::kAnswer},  // undefined column in a body written against the old table
    {"42804", Code::kSchemaChanged, After::kAnswer},  // a body gives or writes another type than is declared
    {"42883", Code::kSchemaChanged, After::kAnswer},  // undefined function
    {"42P01", Code::kSchemaChanged, After::kAnswer},  // undefined table
    {"42P13", Code::kSchemaChanged, After::kAnswer},  // a SQL body gives other columns than are declared
    {"44000", Code::kConstraintViolation, After::kAnswer},  // WITH CHECK OPTION of a view
    {"53200", Code::kSerializationFailure, After::kRetry},  // out of (predicate lock) memory under load
    {"53300", Code::kOverloaded, After::kAnswer},           // too many connections
    {"53400", Code::kOverloaded, After::kAnswer},           // configuration limit
    {"53100", Code::kOverloaded, After::kAnswer},           // disk full
    {"54000", Code::kTooLarge, After::kAnswer},             // program limit
    {"54001", Code::kTooLarge, After::kAnswer},             // statement too complex
    {"55P03", Code::kSerializationFailure, After::kRetry},  // lock not available (lock_timeout)
    {"57014", Code::kDeadlineExceeded, After::kAnswer},     // cancelled: by our deadline
    {"57P01", Code::kOverloaded, After::kOutcomeUnknown},   // terminated by an administrator
    {"57P02", Code::kOverloaded, After::kOutcomeUnknown},   // crash of another backend
    {"57P03", Code::kOverloaded, After::kOutcomeUnknown},   // cannot connect now
    {"57P05", Code::kOverloaded, After::kOutcomeUnknown},   // idle session time-out
    {"RF001", Code::kInvalidArguments, After::kAnswer},
    {"RF002", Code::kNotFound, After::kAnswer},
    {"RF003", Code::kUnauthenticated, After::kAnswer},
    {"RF004", Code::kForbidden, After::kAnswer},
    {"RF005", Code::kConflict, After::kAnswer},
    {"RF006", Code::kOutcomeUnknown, After::kAnswer},
    {"RF007", Code::kReadOnly, After::kAnswer},
    {"RF008", Code::kTooLarge, After::kAnswer},
    {"RF009", Code::kOutOfRange, After::kAnswer},
    {"RF010", Code::kApplication, After::kAnswer},
    {"RF011", Code::kSchemaChanged, After::kAnswer},
    {"RF012", Code::kContractMismatch, After::kAnswer},
    {"RF014", Code::kInvalidCursor, After::kAnswer},
    {"RF015", Code::kOrderNotUnique, After::kAnswer},
});

const Row* find(std::string_view key) {
  const auto at =
      std::find_if(kTable.begin(), kTable.end(), [&](const Row& row) { return row.sqlstate == key; });
  return at == kTable.end() ? nullptr : &*at;
}

}  // namespace

SqlStateInfo sqlstate_info(std::string_view sqlstate) {
  if (sqlstate.empty()) return {Code::kOverloaded, After::kOutcomeUnknown};
  const Row* row = find(sqlstate);
  if (row == nullptr) row = find(sqlstate.substr(0, 2));
  if (row == nullptr) return {Code::kInternal, After::kAnswer};
  return {row->code, row->after};
}

}  // namespace freshet::base
