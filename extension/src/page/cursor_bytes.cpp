#include "page/cursor_bytes.h"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace freshet {
namespace {

constexpr char kVersion = 1;
constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void append_var(StringInfo out, uint32 number) {
  for (; number >= 0x80; number >>= 7) appendStringInfoChar(out, static_cast<char>(number | 0x80));
  appendStringInfoChar(out, static_cast<char>(number));
}

int digit_of(char c) {
  const char* found = c == '\0' ? nullptr : strchr(kAlphabet, c);
  return found == nullptr ? -1 : static_cast<int>(found - kAlphabet);
}

// Six bits a character. False on any other character, a length that no bytes have, or bits that are left
// over.
bool from_base64url(const char* text, StringInfo out) {
  uint32 bits = 0;
  int count = 0;
  for (; *text != '\0'; text++) {
    const int digit = digit_of(*text);
    if (digit < 0) return false;
    bits = bits << 6 | static_cast<uint32>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    appendStringInfoChar(out, static_cast<char>(bits >> count));
    bits &= (1u << count) - 1;
  }
  return count < 6 && bits == 0;
}

char* to_base64url(const char* bytes, int length) {
  StringInfoData out;
  initStringInfo(&out);
  uint32 bits = 0;
  int count = 0;
  for (int i = 0; i < length; i++) {
    bits = bits << 8 | static_cast<uint8>(bytes[i]);
    for (count += 8; count >= 6;) {
      count -= 6;
      appendStringInfoChar(&out, kAlphabet[bits >> count & 63]);
      bits &= (1u << count) - 1;
    }
  }
  if (count > 0) appendStringInfoChar(&out, kAlphabet[bits << (6 - count) & 63]);
  return out.data;
}

struct Reader {
  const char* at;
  const char* end;
  bool good;
};

uint32 read_var(Reader* reader) {
  uint32 number = 0;
  for (int shift = 0; shift < 28; shift += 7) {
    if (reader->at == reader->end) break;
    const uint8 byte = static_cast<uint8>(*reader->at++);
    number |= static_cast<uint32>(byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
  reader->good = false;
  return 0;
}

char* read_bytes(Reader* reader) {
  const uint32 length = read_var(reader);
  if (!reader->good || length > static_cast<uint32>(reader->end - reader->at) ||
      !pg_verifymbstr(reader->at, static_cast<int>(length), true)) {
    reader->good = false;
    return nullptr;
  }
  reader->at += length;
  return pnstrdup(reader->at - length, length);
}

}  // namespace

void append_bytes(StringInfo out, const char* text) {
  append_var(out, static_cast<uint32>(strlen(text)));
  appendStringInfoString(out, text);
}

void append_cursor_body(StringInfo out, const CursorBytes& cursor) {
  append_var(out, cursor.claims.size);
  for (int i = 0; i < cursor.claims.size; i++) append_bytes(out, cursor.claims[i]);
  append_var(out, cursor.keys.size);
  for (int i = 0; i < cursor.keys.size; i++) {
    appendStringInfoChar(out, cursor.keys[i] == nullptr ? 0 : 1);
    if (cursor.keys[i] != nullptr) append_bytes(out, cursor.keys[i]);
  }
}

char* encode_cursor(const CursorBytes& cursor) {
  StringInfoData bytes;
  initStringInfo(&bytes);
  appendStringInfoChar(&bytes, kVersion);
  appendBinaryStringInfo(&bytes, reinterpret_cast<const char*>(cursor.mac), kCursorMacSize);
  append_cursor_body(&bytes, cursor);
  return bytes.len > kMaxCursorBytes ? nullptr : to_base64url(bytes.data, bytes.len);
}

bool decode_cursor(const char* text, CursorBytes* cursor) {
  if (strlen(text) > kMaxCursorBytes * 4 / 3 + 4) return false;
  StringInfoData bytes;
  initStringInfo(&bytes);
  if (!from_base64url(text, &bytes) || bytes.len <= 1 + kCursorMacSize || bytes.data[0] != kVersion)
    return false;
  memcpy(cursor->mac, bytes.data + 1, kCursorMacSize);
  Reader reader = {bytes.data + 1 + kCursorMacSize, bytes.data + bytes.len, true};
  for (uint32 n = read_var(&reader); n > 0 && reader.good; n--) cursor->claims.push(read_bytes(&reader));
  for (uint32 n = read_var(&reader); n > 0 && reader.good; n--) {
    const bool known = reader.at < reader.end && *reader.at == 1;
    reader.good = known || (reader.at < reader.end && *reader.at == 0);
    reader.at++;
    cursor->keys.push(known && reader.good ? read_bytes(&reader) : nullptr);
  }
  return reader.good && reader.at == reader.end;
}

}  // namespace freshet
