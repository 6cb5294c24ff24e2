#pragma once

#include <optional>
#include <string>

namespace freshet::dev {

// What a line of a gateway's log (--log-format json --log-level debug) is to somebody who develops.
struct LogLine {
  enum class Kind : unsigned char { kCall, kRerun, kNotice, kTrouble, kReady } kind = Kind::kCall;
  std::string text;
  bool is_failure = false;  // a call that did not end well
};

// "mutation messages.send 3.1 ms", "re-run messages.list: insert into app.message". Nothing: it is of no
// interest. A line that is no JSON is trouble: the gateway said it before its log began, or when it ended.
std::optional<LogLine> read_log_line(const std::string& line);

}  // namespace freshet::dev
