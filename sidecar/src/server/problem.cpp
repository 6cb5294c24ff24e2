#include "server/problem.h"

#include "base/raw_json.h"

namespace freshet::server {

std::string problem_json(const base::Error& error, int status) {
  std::string out = R"({"type":"about:blank","title":)";
  base::append_json_string(out, base::info(error.code).title);
  out += R"(,"status":)" + std::to_string(status) + ",";
  out += base::to_json(error).substr(1);
  return out;
}

}  // namespace freshet::server
