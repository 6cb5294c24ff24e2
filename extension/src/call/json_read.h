// JSON text -> tree of slices. Numbers keep their digits as written, which jsonb or a double would not
// promise for every caller; duplicate names, nesting deeper than kJsonMaxDepth and \u0000 are refused.
#pragma once

#include "compat.h"

namespace freshet {

constexpr int kJsonMaxDepth = 64;

enum class JsonKind : uint8 { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct JsonMember;

struct JsonValue {
  JsonKind kind;
  const char* raw;  // the value's own text, a slice of the input
  int raw_length;
  char* text;  // kString: decoded, NUL-terminated
  int text_length;
  int count;            // kArray, kObject
  JsonValue* items;     // kArray
  JsonMember* members;  // kObject, in the order of the text
};

struct JsonMember {
  char* name;  // decoded, NUL-terminated
  int name_length;
  JsonValue value;
};

struct JsonSyntaxError {
  int offset;
  const char* message;
  // Of the value at fault, `a.b[2]`, when the text is JSON and only that value can't be stored; else null.
  const char* path;
};

enum class JsonStrictness : uint8 {
  kStrict,
  // Takes what only a value's own reader must refuse (strings that cannot be stored, duplicate names, any
  // depth within reason), for an envelope around parts that are parsed again, strictly and each by itself.
  kEnvelope,
};

// False on a syntax error. The tree lives in the current memory context and points into `text`.
bool json_parse(const char* text, int length, JsonValue* value, JsonSyntaxError* error,
                JsonStrictness strictness = JsonStrictness::kStrict);

// The member of that name, nullptr when the object has none.
const JsonValue* json_member(const JsonValue* object, const char* name);

const char* json_kind_name(JsonKind kind);

}  // namespace freshet
