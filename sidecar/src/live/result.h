#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "freshet_wire/siphash.hpp"
#include "live/events.h"

namespace freshet::live {

// What is left of an earlier result to splice against.
struct Base {
  wire::Hash128 hash{};
  std::vector<wire::Hash128> rows;

  // `text` is the hash as clients have it.
  bool named(std::string_view text) const;
};

// What a live query returned at some snapshot: immutable but for the bodies that are built on demand, once
// for all sharers. Touched by the live loop only; the bytes are shared with sockets.
class Result {
 public:
  // What a value is made of: a page is an object with `rows`, which splices edit, beside a few small members.
  enum class Form : std::uint8_t { kPlain, kPage };

  static std::shared_ptr<const Result> of_value(const wire::SipKey& key, const std::string& value,
                                                Form form = Form::kPlain);
  static std::shared_ptr<const Result> of_error(const wire::SipKey& key, base::Error error);

  const std::optional<base::Error>& error() const { return error_; }
  const wire::Hash128& hash() const { return hash_; }  // of the value's bytes, or of the error's
  const std::string& hash_text() const { return hash_text_; }
  bool same_as(const Result& other) const {
    return hash_ == other.hash_ && error_.has_value() == other.error_.has_value();
  }
  std::size_t bytes() const;

  // Row hashes when the value is an array or a page.
  std::optional<Base> base() const;

  // Bodies of a change (docs/protocol.md). `built` counts what was not shared.
  Bytes whole(std::uint64_t& built) const;
  Bytes same(std::uint64_t& built) const;
  // Null when the whole value is no longer.
  Bytes spliced(const Base& base, std::uint64_t& built) const;

  // The value within whole().
  std::size_t value_offset() const { return value_offset_; }
  std::size_t value_length() const { return value_length_; }
  const Bytes& text() const { return whole_; }

 private:
  struct Spliced {
    wire::Hash128 base;
    Bytes body;
  };
  static constexpr std::size_t kMaxSpliced = 8;

  Bytes whole_;
  std::size_t value_offset_ = 0;
  std::size_t value_length_ = 0;
  std::optional<base::Error> error_;
  wire::Hash128 hash_{};
  std::string hash_text_;
  bool has_rows_ = false;
  std::string page_;  // the members of a page beside its rows, as an object; else empty
  std::vector<wire::Hash128> rows_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> row_spans_;  // within whole_
  mutable bool whole_sent_ = false;
  mutable Bytes same_;
  mutable std::vector<Spliced> spliced_;
};

using ResultPtr = std::shared_ptr<const Result>;

// Result::hash_text() of a value that no live query holds.
std::string value_hash(const wire::SipKey& key, std::string_view value);

}  // namespace freshet::live
