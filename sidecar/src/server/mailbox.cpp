#include "server/mailbox.h"

#include <iterator>
#include <utility>

#include <boost/asio/post.hpp>

namespace freshet::server {

void Mailbox::post(Message message) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr) return;
  messages_.push_back(std::move(message));
  if (messages_.size() == 1) boost::asio::post(*context_, [self = shared_from_this()] { self->deliver(); });
}

void Mailbox::close() {
  std::vector<Message> dropped;
  const std::lock_guard lock(mutex_);
  context_ = nullptr;
  dropped.swap(messages_);
}

void Mailbox::deliver() {
  std::vector<Message> messages;
  {
    const std::lock_guard lock(mutex_);
    messages.swap(messages_);
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    try {
      messages[i]();
    } catch (...) {
      // The rest concerns others.
      put_back(
          std::vector<Message>(std::make_move_iterator(messages.begin() + static_cast<std::ptrdiff_t>(i) + 1),
                               std::make_move_iterator(messages.end())));
      throw;
    }
  }
}

void Mailbox::put_back(std::vector<Message> messages) {
  const std::lock_guard lock(mutex_);
  if (context_ == nullptr || messages.empty()) return;
  const bool scheduled = !messages_.empty();
  messages_.insert(messages_.begin(), std::make_move_iterator(messages.begin()),
                   std::make_move_iterator(messages.end()));
  if (!scheduled) boost::asio::post(*context_, [self = shared_from_this()] { self->deliver(); });
}

}  // namespace freshet::server
