#pragma once

#include <string>
#include <vector>

struct pg_result;

namespace freshet::postgres {

// What the server said beside an answer: RAISE NOTICE of a function, and the like.
struct Notice {
  std::string severity;
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;
};

Notice notice_of(const pg_result* result);

// `[{"severity", "message", "detail"?, "hint"?, "context"?}]`; empty text when there is none.
std::string notices_json(const std::vector<Notice>& notices);

}  // namespace freshet::postgres
