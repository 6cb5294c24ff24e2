#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace freshet::base {

// JSON is passed through as text: numbers keep their digits, and what a function wrote is what a client
// reads. These functions look only as deep as the gateway needs to. Views point into the text given.

inline constexpr int kMaxJsonDepth = 64;

struct JsonMember {
  std::string key;  // decoded
  std::string_view value;
};

// Whole text: one value, valid UTF-8, no duplicate key in any object, no lone surrogate, depth at most
// kMaxJsonDepth. The error is `invalid_arguments` and says at which byte.
Result<void> check_json(std::string_view text);

// The members of an object / the elements of an array, after check_json of the whole.
Result<std::vector<JsonMember>> object_members(std::string_view text);
Result<std::vector<std::string_view>> array_elements(std::string_view text);

// As above for text that Postgres wrote: known to be valid, so only strings and brackets are told apart.
// Empty when the value is of another kind.
std::vector<std::string_view> trusted_array_elements(std::string_view text);
std::vector<JsonMember> trusted_object_members(std::string_view text);

// An object's text with the value of its member `name` replaced by {}, for text that was not found valid: to
// see whether that value is all that is wrong. nullopt: no such member is seen. What comes of it has to be
// checked.
std::optional<std::string> with_empty_member(std::string_view text, std::string_view name);

enum class JsonKind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };
// By the first character; `text` holds one valid value.
JsonKind json_kind(std::string_view text);

Result<std::string> parse_json_string(std::string_view text);
// An integer without fraction or exponent, |n| ≤ 2^53−1: what docs/protocol.md allows as an id.
Result<std::int64_t> parse_json_id(std::string_view text);

// Appends `text`, quoted and escaped. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

// Without the white space around it.
std::string_view trim_json(std::string_view text);

}  // namespace freshet::base
