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

// The array in the value whose elements are its rows; empty when it has none.
std::string_view rows_of(std::string_view value, Result::Form form, std::string& page) {
  if (form == Result::Form::kPlain) {
    const std::string_view trimmed = base::trim_json(value);
    return !trimmed.empty() && trimmed.front() == '[' ? value : std::string_view();
  }
  std::string_view rows;
  page = "{";
  for (const base::JsonMember& member : base::trusted_object_members(value)) {
    if (member.key == "rows") {
      rows = member.value;
      continue;
    }
    if (page.size() > 1) page += ',';
    page += base::json_string(member.key) + ':';
    page += member.value;
  }
  page += '}';
  return rows;
}

}  // namespace

std::string value_hash(const wire::SipKey& key, std::string_view value) { return hex(hash_of(key, value)); }

bool Base::named(std::string_view text) const { return text == hex(hash); }

ResultPtr Result::of_value(const wire::SipKey& key, const std::string& value, Form form) {
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
  const std::string_view rows = rows_of(text, form, result->page_);
  result->has_rows_ = !rows.empty();
  for (std::string_view row : base::trusted_array_elements(rows)) {
    result->rows_.push_back(hash_of(key, row));
    result->row_spans_.emplace_back(row.data() - result->whole_->data(), row.size());
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
  return sizeof(*this) + whole_->capacity() + page_.capacity() +
         rows_.capacity() * (sizeof(wire::Hash128) + sizeof(row_spans_[0]));
}

std::optional<Base> Result::base() const {
  if (!has_rows_) return std::nullopt;
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
  if (!has_rows_) return nullptr;
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
  body += ']';
  if (!page_.empty()) body += ",\"page\":" + page_;
  body += ",\"base\":\"" + hex(base.hash) + "\",\"hash\":\"" + hash_text_ + '"';
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
