#include "live/result.h"

#include "base/encoding.h"
#include "base/raw_json.h"
#include "live/splice.h"

namespace freshet::live {
namespace {

constexpr std::string_view kValuePrefix = "\"value\":";

wire::Hash128 hash_of(const wire::SipKey& key, std::string_view text) {
  return wire::siphash128(key, wire::Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::string hex(const wire::Hash128& hash) {
  return base::to_hex(std::string_view(reinterpret_cast<const char*>(hash.bytes), sizeof hash.bytes));
}

}  // namespace

bool Base::named(std::string_view text) const { return text == hex(hash); }

ResultPtr Result::of_value(const wire::SipKey& key, const std::string& value) {
  auto result = std::make_shared<Result>();
  result->hash_ = hash_of(key, value);
  result->hash_text_ = hex(result->hash_);
  std::string body;
  body.reserve(kValuePrefix.size() + value.size() + 48);
  body += kValuePrefix;
  body += value;
  body += ",\"hash\":\"" + result->hash_text_ + '"';
  result->value_offset_ = kValuePrefix.size();
  result->value_length_ = value.size();
  result->whole_ = std::make_shared<const std::string>(std::move(body));
  const std::string_view text = std::string_view(*result->whole_).substr(result->value_offset_, value.size());
  result->is_array_ = !base::trim_json(text).empty() && base::trim_json(text).front() == '[';
  if (result->is_array_) {
    for (std::string_view row : base::trusted_array_elements(text)) {
      result->rows_.push_back(hash_of(key, row));
      result->row_spans_.emplace_back(row.data() - result->whole_->data(), row.size());
    }
  }
  return result;
}

ResultPtr Result::of_error(const wire::SipKey& key, base::Error error) {
  auto result = std::make_shared<Result>();
  const std::string json = base::to_json(error);
  result->hash_ = hash_of(key, json);
  result->hash_text_ = hex(result->hash_);
  result->whole_ = std::make_shared<const std::string>("\"error\":" + json);
  result->error_ = std::move(error);
  return result;
}

std::size_t Result::bytes() const {
  return sizeof(*this) + whole_->capacity() +
         rows_.capacity() * (sizeof(wire::Hash128) + sizeof(row_spans_[0]));
}

std::optional<Base> Result::base() const {
  if (!is_array_) return std::nullopt;
  return Base{hash_, rows_};
}

Bytes Result::whole(std::uint64_t& built) const {
  built += whole_sent_ ? 0 : 1;
  whole_sent_ = true;
  return whole_;
}

Bytes Result::same(std::uint64_t& built) const {
  if (!same_) {
    same_ = std::make_shared<const std::string>("\"same\":true,\"hash\":\"" + hash_text_ + '"');
    ++built;
  }
  return same_;
}

Bytes Result::spliced(const Base& base, std::uint64_t& built) const {
  if (!is_array_) return nullptr;
  for (const Spliced& made : spliced_) {
    if (made.base == base.hash) return made.body;
  }
  std::string body = "\"splice\":[";
  bool first = true;
  for (const Edit& edit : splice(base.rows, rows_)) {
    if (body.size() >= whole_->size()) break;
    if (!first) body += ',';
    first = false;
    body += '[' + std::to_string(edit.index) + ',' + std::to_string(edit.deleted) + ",[";
    for (std::size_t i = 0; i < edit.inserted; ++i) {
      if (i > 0) body += ',';
      const auto [offset, size] = row_spans_[edit.index + i];
      body.append(*whole_, offset, size);
    }
    body += "]]";
  }
  body += "],\"base\":\"" + hex(base.hash) + "\",\"hash\":\"" + hash_text_ + '"';
  Spliced made{base.hash, nullptr};
  if (body.size() < whole_->size()) {
    made.body = std::make_shared<const std::string>(std::move(body));
    ++built;
  }
  if (spliced_.size() == kMaxSpliced) spliced_.erase(spliced_.begin());
  spliced_.push_back(made);
  return made.body;
}

}  // namespace freshet::live
