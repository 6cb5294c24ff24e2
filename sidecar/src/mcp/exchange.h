#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace freshet::mcp {

// The answer to one HTTP request.
struct Reply {
  int status = 200;
  std::string type;  // empty: no body
  std::string body;
  std::string session;  // a new session's id
};

// The requests of one POST and their answers, which come in any order and from any thread. When all are there
// the POST is answered: as JSON, or, with notifications in front, as server-sent events.
class Exchange {
 public:
  // `events`: the client takes server-sent events.
  Exchange(bool batch, bool events, std::function<void(Reply)> done)
      : batch_(batch), events_(events), done_(std::move(done)) {}

  // A place for an answer. Before sealed().
  std::size_t add();
  // The message that answers, after `notifications`; empty: the request was cancelled and gets none. Only the
  // first call for a place counts.
  void answer(std::size_t place, std::string message, std::vector<std::string> notifications = {});
  // All places were added. `session`: as in Reply.
  void sealed(std::string session = {});

 private:
  Reply compose();

  const bool batch_;
  const bool events_;
  const std::function<void(Reply)> done_;
  std::mutex mutex_;
  std::vector<std::optional<std::string>> answers_;
  std::vector<std::string> notifications_;
  std::string session_;
  std::size_t open_ = 1;  // places without an answer, and one until sealed()
};

}  // namespace freshet::mcp
