#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace freshet::base {

// The closed list of codes that a client can see (docs/protocol.md "Errors").
enum class ErrorCode : std::uint8_t {
  kInvalidArguments,
  kNotFound,
  kUnauthenticated,
  kForbidden,
  kConflict,
  kConstraintViolation,
  kReadOnly,
  kSerializationFailure,
  kDeadlineExceeded,
  kRateLimited,
  kOverloaded,
  kTooLarge,
  kOutOfRange,
  kInvalidCursor,
  kOrderNotUnique,
  kOutcomeUnknown,
  kSchemaChanged,
  kContractMismatch,
  kProtocol,
  kApplication,
  kInternal,
};

inline constexpr std::size_t kErrorCodeCount = static_cast<std::size_t>(ErrorCode::kInternal) + 1;

// `name` is the code's spelling on every surface, `title` the HTTP problem's title.
struct ErrorCodeInfo {
  std::string_view name;
  std::string_view title;
  int http_status;
  bool retryable;
};

const ErrorCodeInfo& info(ErrorCode code);
std::optional<ErrorCode> error_code_named(std::string_view name);

// The one error of the gateway. `details` is raw JSON text, empty when there is none. `id` names the log line
// of an internal error, whose own message never leaves the gateway.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string details;
  bool retryable = false;
  std::string id;

  Error() = default;
  // Retryable as the code's row in the table says.
  Error(ErrorCode code, std::string message, std::string details = {});

  bool operator==(const Error&) const = default;
};

// `{"code","message","details"?,"retryable","id"?}`, the shape of every surface.
std::string to_json(const Error& error);

}  // namespace freshet::base
