#include "server/mailbox.h"

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
  for (Message& message : messages) message();
}

}  // namespace freshet::server
