#include "call/json_write.h"

#include "call/json_read.h"

namespace freshet {
namespace {

int compare_members(const void* a, const void* b) {
  const JsonMember* left = *static_cast<const JsonMember* const*>(a);
  const JsonMember* right = *static_cast<const JsonMember* const*>(b);
  return strcmp(left->name, right->name);
}

}  // namespace

void append_json_string(StringInfo out, const char* text, size_t length) {
  static const char kHex[] = "0123456789abcdef";
  appendStringInfoChar(out, '"');
  const char* end = text + length;
  const char* plain = text;
  for (const char* at = text; at < end; at++) {
    unsigned char c = static_cast<unsigned char>(*at);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    appendBinaryStringInfo(out, plain, at - plain);
    plain = at + 1;
    switch (c) {
      case '"':
        appendStringInfoString(out, "\\\"");
        break;
      case '\\':
        appendStringInfoString(out, "\\\\");
        break;
      case '\b':
        appendStringInfoString(out, "\\b");
        break;
      case '\f':
        appendStringInfoString(out, "\\f");
        break;
      case '\n':
        appendStringInfoString(out, "\\n");
        break;
      case '\r':
        appendStringInfoString(out, "\\r");
        break;
      case '\t':
        appendStringInfoString(out, "\\t");
        break;
      default:
        appendStringInfoString(out, "\\u00");
        appendStringInfoChar(out, kHex[c >> 4]);
        appendStringInfoChar(out, kHex[c & 15]);
    }
  }
  appendBinaryStringInfo(out, plain, end - plain);
  appendStringInfoChar(out, '"');
}

void append_json_canonical(StringInfo out, const JsonValue* value) {
  switch (value->kind) {
    case JsonKind::kString:
      append_json_string(out, value->text, value->text_length);
      return;
    case JsonKind::kArray:
      appendStringInfoChar(out, '[');
      for (int i = 0; i < value->count; i++) {
        if (i > 0) appendStringInfoChar(out, ',');
        append_json_canonical(out, &value->items[i]);
      }
      appendStringInfoChar(out, ']');
      return;
    case JsonKind::kObject: {
      const JsonMember** sorted =
          static_cast<const JsonMember**>(palloc(sizeof(JsonMember*) * Max(value->count, 1)));
      for (int i = 0; i < value->count; i++) sorted[i] = &value->members[i];
      qsort(sorted, value->count, sizeof(JsonMember*), compare_members);
      appendStringInfoChar(out, '{');
      for (int i = 0; i < value->count; i++) {
        if (i > 0) appendStringInfoChar(out, ',');
        append_json_string(out, sorted[i]->name, sorted[i]->name_length);
        appendStringInfoChar(out, ':');
        append_json_canonical(out, &sorted[i]->value);
      }
      appendStringInfoChar(out, '}');
      return;
    }
    default:
      appendBinaryStringInfo(out, value->raw, value->raw_length);
  }
}

}  // namespace freshet
