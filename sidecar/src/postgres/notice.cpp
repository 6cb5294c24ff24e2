#include "postgres/notice.h"

#include <libpq-fe.h>

#include "base/raw_json.h"

namespace freshet::postgres {
namespace {

std::string field(const pg_result* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

Notice notice_of(const pg_result* result) {
  return {field(result, PG_DIAG_SEVERITY_NONLOCALIZED), field(result, PG_DIAG_SQLSTATE),
          field(result, PG_DIAG_MESSAGE_PRIMARY),       field(result, PG_DIAG_MESSAGE_DETAIL),
          field(result, PG_DIAG_MESSAGE_HINT),          field(result, PG_DIAG_CONTEXT)};
}

std::string notices_json(const std::vector<Notice>& notices) {
  if (notices.empty()) return {};
  std::string out = "[";
  for (const Notice& notice : notices) {
    if (out.size() > 1) out += ',';
    out += "{\"severity\":" + base::json_string(notice.severity) +
           ",\"message\":" + base::json_string(notice.message);
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty()) out += std::string(",\"") + name + "\":" + base::json_string(value);
    };
    add("detail", notice.detail);
    add("hint", notice.hint);
    add("context", notice.context);
    out += '}';
  }
  return out + "]";
}

}  // namespace freshet::postgres
