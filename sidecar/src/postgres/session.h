#pragma once

namespace freshet::postgres {

// What the worker pool must know of a database session, whichever client library it is over.
class Session {
 public:
  virtual ~Session() = default;
  // Ends what runs, from any thread.
  virtual void cancel() = 0;
  virtual bool broken() const = 0;
  virtual bool in_transaction() const = 0;
};

}  // namespace freshet::postgres
