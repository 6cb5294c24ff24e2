#include "mcp/event_log.h"

#include <utility>

#include "base/raw_json.h"
#include "mcp/message.h"

namespace freshet::mcp {
namespace {

constexpr std::size_t kMaxMessages = 32;
// How long a client should wait before it comes back.
constexpr int kRetryMs = 1000;

}  // namespace

void EventLog::message(std::string params) {
  if (messages_.size() == kMaxMessages) messages_.pop_front();
  messages_.push_back(std::move(params));
}

bool EventLog::open(std::optional<std::uint64_t> last) {
  const bool first = !std::exchange(opened_, true);
  if (!last) {
    // Whether the stream before delivered its last events is not known.
    const bool lost = !first && sent_ != 0;
    sent_ = newest_;
    return lost;
  }
  const std::uint64_t oldest = kept_.empty() ? newest_ + 1 : kept_.front().id;
  const bool known = *last <= newest_ && *last + 1 >= oldest;
  sent_ = known ? *last : newest_;
  return !known;
}

void EventLog::add(std::string_view message) {
  Event event{++newest_, "id: " + std::to_string(newest_) + "\nevent: message\ndata: "};
  event.text += message;
  event.text += "\n\n";
  kept_bytes_ += event.text.size();
  kept_.push_back(std::move(event));
}

std::string EventLog::take() {
  if (std::exchange(lists_changed_, false)) {
    for (const char* list : {"tools", "prompts", "resources"})
      add(notification_message("notifications/" + std::string(list) + "/list_changed", {}));
  }
  for (const std::string& uri : std::exchange(updated_, {}))
    add(notification_message("notifications/resources/updated", R"({"uri":)" + base::json_string(uri) + "}"));
  for (const std::string& params : std::exchange(messages_, {}))
    add(notification_message("notifications/message", params));
  std::string out;
  for (const Event& event : kept_) {
    if (event.id > sent_) out += event.text;
  }
  sent_ = newest_;
  while (kept_.size() > limits_.max_kept_events || kept_bytes_ > limits_.max_kept_bytes) {
    kept_bytes_ -= kept_.front().text.size();
    kept_.pop_front();
  }
  return out;
}

std::string EventLog::priming() const {
  return "id: " + std::to_string(sent_) + "\nretry: " + std::to_string(kRetryMs) + "\ndata: \n\n";
}

}  // namespace freshet::mcp
