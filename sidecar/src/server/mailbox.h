#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace freshet::server {

// Messages to one I/O thread from other threads. Many that arrive together cost one wake-up and are handled
// in one go, so that the frames that they give to a socket go out in one write. Shared with whoever may still
// send when the thread has ended: what comes after close() is dropped.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  using Message = std::function<void()>;

  explicit Mailbox(boost::asio::io_context& context) : context_(&context) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Any thread. Messages of one sender keep their order.
  void post(Message message);
  // Before the context goes.
  void close();

 private:
  void deliver();
  void put_back(std::vector<Message> messages);

  std::mutex mutex_;
  boost::asio::io_context* context_;  // guarded by mutex_; null after close()
  std::vector<Message> messages_;     // guarded by mutex_
};

}  // namespace freshet::server
