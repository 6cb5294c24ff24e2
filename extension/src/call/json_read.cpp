#include "call/json_read.h"

#include "call/palloc_vector.h"
#include "mutant.h"

extern "C" {
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
}

namespace freshet {
namespace {

struct Reader {
  const char* start;
  const char* at;
  const char* end;
  int depth;
  bool envelope;
  JsonSyntaxError* error;
};

// Parts may nest as deep as a strict reader takes; the stack bounds the envelope itself.
constexpr int kEnvelopeMaxDepth = kJsonMaxDepth + 192;

bool fail(Reader* reader, const char* message) {
  reader->error->offset = static_cast<int>(reader->at - reader->start);
  reader->error->message = message;
  reader->error->path = nullptr;
  return false;
}

bool fail_to_store(Reader* reader, const char* message) {
  fail(reader, message);
  reader->error->path = "";
  return false;
}

// On the way out of a failure: what it was found in.
bool fail_in(Reader* reader, const char* step) {
  const char* inner = reader->error->path;
  if (inner == nullptr) return false;
  reader->error->path = psprintf("%s%s%s", step, *inner == '\0' || *inner == '[' ? "" : ".", inner);
  return false;
}

void skip_space(Reader* reader) {
  while (reader->at < reader->end &&
         (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r'))
    reader->at++;
}

bool is_digit(const Reader* reader) {
  return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

bool read_hex4(Reader* reader, uint32* code) {
  if (reader->end - reader->at < 4) return fail(reader, "incomplete \\u escape");
  uint32 value = 0;
  for (int i = 0; i < 4; i++, reader->at++) {
    char c = *reader->at;
    value <<= 4;
    if (c >= '0' && c <= '9')
      value |= c - '0';
    else if (c >= 'a' && c <= 'f')
      value |= c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
      value |= c - 'A' + 10;
    else
      return fail(reader, "bad \\u escape");
  }
  *code = value;
  return true;
}

bool read_unicode(Reader* reader, StringInfo out) {
  uint32 code;
  if (!read_hex4(reader, &code)) return false;
  if (reader->envelope && (code == 0 || (code >= 0xD800 && code <= 0xDFFF))) return true;
  if (code == 0) return fail_to_store(reader, "\\u0000 cannot be stored as text");
  if (code >= 0xDC00 && code <= 0xDFFF) return fail(reader, "unpaired surrogate");
  if (code >= 0xD800 && code <= 0xDBFF) {
    if (reader->end - reader->at < 2 || reader->at[0] != '\\' || reader->at[1] != 'u')
      return fail(reader, "unpaired surrogate");
    reader->at += 2;
    uint32 low;
    if (!read_hex4(reader, &low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return fail(reader, "unpaired surrogate");
    code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
  }
  unsigned char buffer[MAX_UNICODE_EQUIVALENT_STRING + 1];
  pg_unicode_to_server(code, buffer);
  appendStringInfoString(out, reinterpret_cast<char*>(buffer));
  return true;
}

bool read_string(Reader* reader, char** text, int* length) {
  reader->at++;
  const char* plain = reader->at;
  while (reader->at < reader->end && *reader->at != '"' && *reader->at != '\\' &&
         static_cast<unsigned char>(*reader->at) >= 0x20)
    reader->at++;
  if (reader->at < reader->end && *reader->at == '"') {
    *length = static_cast<int>(reader->at - plain);
    *text = pnstrdup(plain, *length);
    reader->at++;
    return true;
  }
  StringInfoData out;
  initStringInfo(&out);
  appendBinaryStringInfo(&out, plain, reader->at - plain);
  while (reader->at < reader->end) {
    char c = *reader->at;
    if (c == '"') {
      reader->at++;
      *text = out.data;
      *length = out.len;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return fail(reader, "control character in a string");
    reader->at++;
    if (c != '\\') {
      appendStringInfoChar(&out, c);
      continue;
    }
    if (reader->at == reader->end) break;
    c = *reader->at++;
    switch (c) {
      case '"':
      case '\\':
      case '/':
        appendStringInfoChar(&out, c);
        break;
      case 'b':
        appendStringInfoChar(&out, '\b');
        break;
      case 'f':
        appendStringInfoChar(&out, '\f');
        break;
      case 'n':
        appendStringInfoChar(&out, '\n');
        break;
      case 'r':
        appendStringInfoChar(&out, '\r');
        break;
      case 't':
        appendStringInfoChar(&out, '\t');
        break;
      case 'u':
        if (!read_unicode(reader, &out)) return false;
        break;
      default:
        return fail(reader, "unknown escape");
    }
  }
  return fail(reader, "unterminated string");
}

bool read_number(Reader* reader) {
  if (*reader->at == '-') reader->at++;
  if (!is_digit(reader)) return fail(reader, "bad number");
  if (*reader->at == '0') {
    reader->at++;
    if (is_digit(reader)) return fail(reader, "number with a leading zero");
  }
  while (is_digit(reader)) reader->at++;
  if (reader->at < reader->end && *reader->at == '.') {
    reader->at++;
    if (!is_digit(reader)) return fail(reader, "bad number");
    while (is_digit(reader)) reader->at++;
  }
  if (reader->at < reader->end && (*reader->at == 'e' || *reader->at == 'E')) {
    reader->at++;
    if (reader->at < reader->end && (*reader->at == '+' || *reader->at == '-')) reader->at++;
    if (!is_digit(reader)) return fail(reader, "bad number");
    while (is_digit(reader)) reader->at++;
  }
  return true;
}

bool read_word(Reader* reader, const char* word) {
  size_t length = strlen(word);
  if (static_cast<size_t>(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
    return fail(reader, "unexpected character");
  reader->at += length;
  return true;
}

bool read_value(Reader* reader, JsonValue* value);

bool read_array(Reader* reader, JsonValue* value) {
  PallocVector<JsonValue> items;
  reader->at++;
  skip_space(reader);
  if (reader->at < reader->end && *reader->at == ']') {
    reader->at++;
    return true;
  }
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    JsonValue item;
    if (!read_value(reader, &item)) return fail_in(reader, psprintf("[%d]", items.size));
    items.push(item);
    skip_space(reader);
    if (reader->at == reader->end) return fail(reader, "unterminated array");
    char c = *reader->at++;
    if (c == ']') break;
    if (c != ',') {
      reader->at--;
      return fail(reader, "expected , or ]");
    }
  }
  value->items = items.data;
  value->count = items.size;
  return true;
}

int compare_names(const void* a, const void* b) {
  const JsonMember* left = *static_cast<const JsonMember* const*>(a);
  const JsonMember* right = *static_cast<const JsonMember* const*>(b);
  int order = memcmp(left->name, right->name, Min(left->name_length, right->name_length));
  return order != 0 ? order : left->name_length - right->name_length;
}

bool has_duplicate(const PallocVector<JsonMember>& members) {
  const JsonMember** sorted = static_cast<const JsonMember**>(palloc(sizeof(JsonMember*) * members.size));
  for (int i = 0; i < members.size; i++) sorted[i] = &members[i];
  qsort(sorted, members.size, sizeof(JsonMember*), compare_names);
  for (int i = 1; i < members.size; i++)
    if (compare_names(&sorted[i - 1], &sorted[i]) == 0) return true;
  return false;
}

bool read_object(Reader* reader, JsonValue* value) {
  PallocVector<JsonMember> members;
  reader->at++;
  skip_space(reader);
  if (reader->at < reader->end && *reader->at == '}') {
    reader->at++;
    return true;
  }
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != '"') return fail(reader, "expected a member name");
    JsonMember member;
    if (!read_string(reader, &member.name, &member.name_length)) return false;
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != ':') return fail(reader, "expected :");
    reader->at++;
    if (!read_value(reader, &member.value)) return fail_in(reader, member.name);
    members.push(member);
    skip_space(reader);
    if (reader->at == reader->end) return fail(reader, "unterminated object");
    char c = *reader->at++;
    if (c == '}') break;
    if (c != ',') {
      reader->at--;
      return fail(reader, "expected , or }");
    }
  }
  if (!FRESHET_MUTANT_IS(DUPLICATE_MEMBER_TAKEN) && !reader->envelope && members.size > 1 &&
      has_duplicate(members))
    return fail(reader, "an object has two members of one name");
  value->members = members.data;
  value->count = members.size;
  return true;
}

bool read_value(Reader* reader, JsonValue* value) {
  memset(value, 0, sizeof *value);
  skip_space(reader);
  if (reader->at == reader->end) return fail(reader, "unexpected end");
  if (reader->depth >= (reader->envelope ? kEnvelopeMaxDepth : kJsonMaxDepth))
    return fail(reader, "nested too deep");
  reader->depth++;
  value->raw = reader->at;
  bool good;
  switch (*reader->at) {
    case '{':
      value->kind = JsonKind::kObject;
      good = read_object(reader, value);
      break;
    case '[':
      value->kind = JsonKind::kArray;
      good = read_array(reader, value);
      break;
    case '"':
      value->kind = JsonKind::kString;
      good = read_string(reader, &value->text, &value->text_length);
      break;
    case 't':
      value->kind = JsonKind::kTrue;
      good = read_word(reader, "true");
      break;
    case 'f':
      value->kind = JsonKind::kFalse;
      good = read_word(reader, "false");
      break;
    case 'n':
      value->kind = JsonKind::kNull;
      good = read_word(reader, "null");
      break;
    default:
      value->kind = JsonKind::kNumber;
      good = read_number(reader);
  }
  reader->depth--;
  value->raw_length = static_cast<int>(reader->at - value->raw);
  return good;
}

}  // namespace

bool json_parse(const char* text, int length, JsonValue* value, JsonSyntaxError* error,
                JsonStrictness strictness) {
  Reader reader = {text, text, text + length, 0, strictness == JsonStrictness::kEnvelope, error};
  if (!read_value(&reader, value)) return false;
  skip_space(&reader);
  if (reader.at != reader.end) return fail(&reader, "text after the value");
  return true;
}

const JsonValue* json_member(const JsonValue* object, const char* name) {
  int length = static_cast<int>(strlen(name));
  for (int i = 0; i < object->count; i++)
    if (object->members[i].name_length == length && memcmp(object->members[i].name, name, length) == 0)
      return &object->members[i].value;
  return nullptr;
}

const char* json_kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kFalse:
    case JsonKind::kTrue:
      return "boolean";
    case JsonKind::kNumber:
      return "number";
    case JsonKind::kString:
      return "string";
    case JsonKind::kArray:
      return "array";
    case JsonKind::kObject:
      return "object";
  }
  pg_unreachable();
}

}  // namespace freshet
