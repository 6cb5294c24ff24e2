#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "postgres/connection.h"
#include "postgres/failure.h"
#include "postgres/session.h"

namespace freshet::postgres {

inline constexpr std::chrono::seconds kServicePatience{5};

using TextRow = std::vector<std::optional<std::string>>;  // nullopt: NULL

struct Answered {
  std::vector<TextRow> rows;
  std::optional<Failure> failure;
  bool ok() const { return !failure.has_value(); }
};

// One session of the database over libpqxx, for the gateway's own questions, off the hot path
// (docs/decisions/0005-two-client-libraries.md). libpqxx's exceptions end here, as Failures with their
// SQLSTATE. libpqxx has no deadlines, so a question has the server's: `patience` is its statement_timeout.
// Used by one thread, except cancel().
class ServiceSession final : public Session {
 public:
  using Parameters = std::vector<std::optional<std::string>>;

  static std::variant<std::unique_ptr<ServiceSession>, Failure> open(
      const ConnectOptions& options, std::chrono::milliseconds patience = kServicePatience);
  ~ServiceSession() override;

  // One statement, by itself.
  Answered ask(std::string_view sql, const Parameters& parameters = {});
  // One statement in a REPEATABLE READ READ ONLY transaction; on that snapshot when `exported` names one.
  Answered ask_at_snapshot(const std::string& exported, std::string_view sql,
                           const Parameters& parameters = {});

  void condemn() { broken_ = true; }
  void cancel() override;
  bool broken() const override { return broken_; }
  bool in_transaction() const override { return false; }

 private:
  struct Library;
  explicit ServiceSession(std::unique_ptr<Library> library);
  template <class Transaction>
  Answered run(const std::string& first, std::string_view sql, const Parameters& parameters);

  std::unique_ptr<Library> library_;
  bool broken_ = false;
};

}  // namespace freshet::postgres
