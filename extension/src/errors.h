// SQLSTATE class RF: the errors that the extension itself knows the client's code of. docs/sql-interface.md
// lists them for the gateway.
#pragma once

#include "compat.h"

#define FRESHET_SQLSTATE(c, d, e) MAKE_SQLSTATE('R', 'F', c, d, e)

namespace freshet {

constexpr int kInvalidArguments = FRESHET_SQLSTATE('0', '0', '1');
constexpr int kNotFound = FRESHET_SQLSTATE('0', '0', '2');
constexpr int kUnauthenticated = FRESHET_SQLSTATE('0', '0', '3');
constexpr int kForbidden = FRESHET_SQLSTATE('0', '0', '4');
constexpr int kConflict = FRESHET_SQLSTATE('0', '0', '5');
constexpr int kOutcomeUnknown = FRESHET_SQLSTATE('0', '0', '6');
constexpr int kReadOnly = FRESHET_SQLSTATE('0', '0', '7');
constexpr int kTooLarge = FRESHET_SQLSTATE('0', '0', '8');
constexpr int kOutOfRange = FRESHET_SQLSTATE('0', '0', '9');
constexpr int kApplication = FRESHET_SQLSTATE('0', '1', '0');
constexpr int kSchemaChanged = FRESHET_SQLSTATE('0', '1', '1');
constexpr int kContractMismatch = FRESHET_SQLSTATE('0', '1', '2');
constexpr int kNotExposable = FRESHET_SQLSTATE('0', '1', '3');
constexpr int kInvalidCursor = FRESHET_SQLSTATE('0', '1', '4');
constexpr int kOrderNotUnique = FRESHET_SQLSTATE('0', '1', '5');

// The client's code of an error of class RF, nullptr for every other SQLSTATE.
const char* client_code(int sqlstate);

// Writes an error in the JSON shape of docs/sql-interface.md into the current memory context. `problems` is a
// JSON array or nullptr; `violation` is the object of call/violation.h or nullptr.
char* error_json(const ErrorData* error, const char* problems, const char* violation = nullptr);

}  // namespace freshet
