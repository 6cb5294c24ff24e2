#pragma once

#include <cassert>
#include <utility>
#include <variant>

#include "base/error.h"

namespace freshet::base {

// A value, or the Error that stands in its place: for whatever a client, a function or the network can cause.
// Asking for the side that is not there is a programmer error.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return *std::get_if<0>(&checked(0)); }
  const T& value() const& { return *std::get_if<0>(&checked(0)); }
  T&& value() && { return std::move(*std::get_if<0>(&checked(0))); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return *std::get_if<1>(&checked(1)); }
  const Error& error() const& { return *std::get_if<1>(&checked(1)); }
  Error&& error() && { return std::move(*std::get_if<1>(&checked(1))); }

 private:
  using State = std::variant<T, Error>;
  State& checked([[maybe_unused]] std::size_t side) {
    assert(state_.index() == side);
    return state_;
  }
  const State& checked([[maybe_unused]] std::size_t side) const {
    assert(state_.index() == side);
    return state_;
  }

  State state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  Error& error() & { return error_; }
  const Error& error() const& { return error_; }
  Error&& error() && { return std::move(error_); }

 private:
  Error error_;
  bool ok_ = true;
};

}  // namespace freshet::base
