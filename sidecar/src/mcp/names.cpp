#include "mcp/names.h"

#include <fmt/format.h>

#include <cstdint>
#include <unordered_map>

namespace freshet::mcp {
namespace {

constexpr std::size_t kLongest = 64;
constexpr std::size_t kMark = 9;

bool may_stand(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// FNV-1a, 32 bits: to tell names apart, not to withstand anybody.
std::uint32_t hash(const FunctionName& name) {
  std::uint32_t state = 2166136261u;
  const auto take = [&](std::string_view text) {
    for (const char c : text) state = (state ^ static_cast<unsigned char>(c)) * 16777619u;
  };
  take(name.module);
  take(std::string_view("\0", 1));
  take(name.function);
  return state;
}

struct Plain {
  std::string text;
  bool changed = false;
};

Plain plain_name(const FunctionName& name) {
  Plain plain;
  const auto add = [&](std::string_view text) {
    for (const char c : text) {
      plain.changed = plain.changed || !may_stand(c);
      plain.text += may_stand(c) ? c : '_';
    }
  };
  add(name.module);
  plain.text += '_';
  add(name.function);
  plain.changed = plain.changed || plain.text.size() > kLongest;
  return plain;
}

std::string marked_name(const Plain& plain, const FunctionName& name) {
  return plain.text.substr(0, kLongest - kMark) + fmt::format("_{:08x}", hash(name));
}

}  // namespace

std::vector<std::string> tool_names(const std::vector<FunctionName>& functions) {
  std::vector<std::string> names;
  std::unordered_map<std::string, int> plain_uses;
  std::vector<Plain> plain;
  for (const FunctionName& function : functions) {
    plain.push_back(plain_name(function));
    ++plain_uses[plain.back().text];
  }
  std::unordered_map<std::string, int> uses;
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const bool own = !plain[i].changed && plain_uses[plain[i].text] == 1;
    names.push_back(own ? plain[i].text : marked_name(plain[i], functions[i]));
    ++uses[names.back()];
  }
  for (std::string& name : names) {
    if (uses[name] > 1) name.clear();
  }
  return names;
}

}  // namespace freshet::mcp
