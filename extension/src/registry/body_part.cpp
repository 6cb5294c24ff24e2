#include "registry/body_part.h"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace freshet {

int line_of(const BodyPart& part, int location) {
  if (part.text == nullptr || location < 0 || location > static_cast<int>(strlen(part.text))) return 0;
  int line = part.line;
  for (int i = 0; i < location; i++) line += part.text[i] == '\n';
  return line;
}

int line_of_cursor(const char* text, int first_line, int cursor) {
  if (text == nullptr || cursor <= 0) return 0;
  int line = first_line;
  const char* at = text;
  for (int i = 1; i < cursor && *at != '\0'; i++) {
    line += *at == '\n';
    at += pg_mblen(at);
  }
  return line;
}

}  // namespace freshet
