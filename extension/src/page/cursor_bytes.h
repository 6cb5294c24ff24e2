// The bytes of a cursor: version:u8=1 · mac:16 · n:var, n × name:bytes (claims) · k:var, k × (0 | 1
// text:bytes) (order columns), as unpadded base64url.
#pragma once

#include "call/palloc_vector.h"

extern "C" {
#include "lib/stringinfo.h"
}

namespace freshet {

constexpr int kCursorMacSize = 16;
// Longer ones are neither made nor read: what a client sends is bounded.
constexpr int kMaxCursorBytes = 8192;

struct CursorBytes {
  uint8 mac[kCursorMacSize];
  PallocVector<char*> claims;
  PallocVector<char*> keys;  // nullptr: NULL
};

// With its length in front, so that what follows is not taken for a part of it.
void append_bytes(StringInfo out, const char* text);
// All behind the MAC.
void append_cursor_body(StringInfo out, const CursorBytes& cursor);

// nullptr: too long.
char* encode_cursor(const CursorBytes& cursor);
// Only what encode_cursor() writes is read: one cursor has one text.
bool decode_cursor(const char* text, CursorBytes* cursor);

}  // namespace freshet
