#include "mcp/exchange.h"

#include <utility>

namespace freshet::mcp {

std::size_t Exchange::add() {
  const std::lock_guard lock(mutex_);
  ++open_;
  answers_.emplace_back();
  return answers_.size() - 1;
}

void Exchange::answer(std::size_t place, std::string message, std::vector<std::string> notifications) {
  Reply reply;
  {
    const std::lock_guard lock(mutex_);
    if (answers_[place]) return;
    answers_[place] = std::move(message);
    for (std::string& one : notifications) notifications_.push_back(std::move(one));
    if (--open_ != 0) return;
    reply = compose();
  }
  done_(std::move(reply));
}

void Exchange::sealed(std::string session) {
  Reply reply;
  {
    const std::lock_guard lock(mutex_);
    session_ = std::move(session);
    if (--open_ != 0) return;
    reply = compose();
  }
  done_(std::move(reply));
}

Reply Exchange::compose() {
  Reply reply;
  reply.session = session_;
  if (answers_.empty()) {
    reply.status = 202;
    return reply;
  }
  std::vector<std::string> said;
  for (std::optional<std::string>& answer : answers_) {
    if (!answer->empty()) said.push_back(std::move(*answer));
  }
  if (said.empty() || (events_ && !notifications_.empty())) {
    reply.type = "text/event-stream";
    for (const auto* messages : {&notifications_, &said}) {
      for (const std::string& message : *messages) reply.body += "event: message\ndata: " + message + "\n\n";
    }
    if (said.empty()) reply.body += ": cancelled\n\n";
    return reply;
  }
  reply.type = "application/json";
  if (!batch_) {
    reply.body = std::move(said.front());
    return reply;
  }
  reply.body = "[";
  for (const std::string& message : said) reply.body += (reply.body.size() > 1 ? "," : "") + message;
  reply.body += "]";
  return reply;
}

}  // namespace freshet::mcp
