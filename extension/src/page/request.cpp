#include "page/request.h"

#include "call/json_read.h"
#include "page/order.h"

namespace freshet {
namespace {

// Digits alone: 1.0 and 1e1 are integers too, but two ways of writing one page would not be shared.
bool read_limit(const JsonValue* value, int max, int* limit) {
  if (value->kind != JsonKind::kNumber) return false;
  int number = 0;
  for (int i = 0; i < value->raw_length; i++) {
    if (value->raw[i] < '0' || value->raw[i] > '9') return false;
    number = number * 10 + (value->raw[i] - '0');
    if (number > max) return false;
  }
  *limit = number;
  return number > 0;
}

const char* read_cursor(const JsonValue* value, const char* path, Problems* problems) {
  if (value->kind == JsonKind::kNull) return nullptr;
  if (value->kind == JsonKind::kString) return value->text;
  problems_add(problems, path, "cursor", json_kind_name(value->kind));
  return nullptr;
}

}  // namespace

PageRequest read_page_request(const Function* function, const char* json, Problems* problems) {
  PageRequest request = {};
  JsonValue page;
  JsonSyntaxError error;
  if (!json_parse(json, strlen(json), &page, &error)) {
    problems_add(problems, "page", "valid JSON", error.message);
    return request;
  }
  if (page.kind != JsonKind::kObject) {
    problems_add(problems, "page", "object", json_kind_name(page.kind));
    return request;
  }
  bool has_limit = false;
  const int max = max_page_of(function);
  for (int i = 0; i < page.count; i++) {
    const char* name = page.members[i].name;
    const JsonValue* value = &page.members[i].value;
    if (strcmp(name, "limit") == 0) {
      has_limit = true;
      if (!read_limit(value, max, &request.limit))
        problems_add(problems, "page.limit", psprintf("integer from 1 to %d", max),
                     value->kind == JsonKind::kNumber ? pnstrdup(value->raw, Min(value->raw_length, 40))
                                                      : json_kind_name(value->kind));
    } else if (strcmp(name, "after") == 0) {
      request.after = read_cursor(value, "page.after", problems);
    } else if (strcmp(name, "until") == 0) {
      request.until = read_cursor(value, "page.until", problems);
    } else {
      problems_add(problems, psprintf("page.%s", name), "no such member", json_kind_name(value->kind));
    }
  }
  if (!has_limit) problems_add(problems, "page.limit", psprintf("integer from 1 to %d", max), "nothing");
  return request;
}

}  // namespace freshet
