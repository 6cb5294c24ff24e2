#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace freshet::live {

// Verified claims, split by name. Values are canonical JSON; a claim whose value is null counts as absent, as
// it does in SQL. Immutable.
class Claims {
 public:
  // Reads as the whole identity (freshet.identity()), which excludes what changes with every token.
  static constexpr std::string_view kWhole = "*";

  // `json`: an object, or "null" for the anonymous caller.
  static base::Result<std::shared_ptr<const Claims>> parse(std::string_view json);
  static std::shared_ptr<const Claims> anonymous();

  // What a run is given as `identity`: "null" when anonymous.
  const std::string& json() const { return json_; }
  // Canonical JSON, "null" when absent.
  std::string_view value(std::string_view name) const;

 private:
  std::string json_ = "null";
  std::string whole_ = "null";
  std::map<std::string, std::string, std::less<>> values_;
};

using ClaimsPtr = std::shared_ptr<const Claims>;

// The claims that a run read, with the values it saw: whom its result may be given to.
class ClaimsRead {
 public:
  ClaimsRead() = default;  // none: everybody
  static base::Result<ClaimsRead> parse(std::string_view json);
  // As if these claims of the caller had been read. `names` ascend.
  static ClaimsRead of(const std::vector<std::string>& names, const Claims& claims);

  bool match(const Claims& claims) const;
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<std::string>& values() const { return values_; }
  bool operator==(const ClaimsRead&) const = default;

 private:
  std::vector<std::string> names_;  // ascending
  std::vector<std::string> values_;
};

}  // namespace freshet::live
