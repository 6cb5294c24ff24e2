#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session/backend.h"

namespace freshet::tools {

// What a watched subscription was told last. The parts of a change (docs/protocol.md "changes") are JSON
// text.
class WatchedResult {
 public:
  struct Edit {
    enum class Kind : std::uint8_t { kAdded, kRemoved } kind = Kind::kAdded;
    std::size_t index = 0;  // removed: in the array before, added: in the one after
    std::string row;
  };
  // Where a page ends; JSON text, empty: null.
  struct Page {
    std::string next;
    std::string split;
  };
  struct Seen {
    enum class Kind : std::uint8_t { kValue, kEdits, kSame, kError } kind = Kind::kSame;
    std::string text;  // of a value or an error
    std::vector<Edit> edits;
    std::size_t rows = 0;
    std::optional<Page> page;
  };

  // `paged`: the result is a page, of which the rows are told.
  explicit WatchedResult(bool paged = false) : paged_(paged) {}

  // Takes one change and tells what it did. A splice that does not fit what is held is an error of the
  // gateway: none.
  std::optional<Seen> take(std::string_view body);

 private:
  Seen whole_value(Seen seen);
  std::optional<Seen> splice(std::string_view edits);
  const bool paged_;
  std::vector<std::string> rows_;
  bool is_array_ = false;
};

// The sink of the one session that `freshet watch` opens: hands what it is told to the thread that prints.
class WatchSession final : public session::SessionSink {
 public:
  struct Event {
    enum class Kind : std::uint8_t { kOpened, kChange, kStale, kEnded } kind = Kind::kOpened;
    std::string epoch;
    std::string body;  // of a change
    std::optional<base::Error> error;
  };

  // The next event; none within the time.
  std::optional<Event> next(std::chrono::milliseconds patience);

  void opened(base::Result<session::Opened> opened) override;
  void transition(session::Transition transition) override;
  void refused(std::uint64_t subscription, base::Error error) override;
  void answer(std::uint64_t, session::Answer) override {}
  void close(session::CloseReason reason) override;
  // It has no tokens: it speaks for whoever it is told to.
  void authenticated(access::Authenticated) override {}
  void identity_ended(access::IdentityPtr, base::Error) override {}

 private:
  void push(Event event);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Event> events_;
};

}  // namespace freshet::tools
