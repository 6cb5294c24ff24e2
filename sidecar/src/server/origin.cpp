#include "server/origin.h"

#include <algorithm>

namespace freshet::server {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_port(std::string_view host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) return host;
  return host.substr(0, colon);
}

bool is_address_or_local(std::string_view name) {
  constexpr std::string_view kLocal = ".localhost";
  if (same_name(name, kLocal.substr(1))) return true;
  if (name.size() > kLocal.size() && same_name(name.substr(name.size() - kLocal.size()), kLocal)) return true;
  if (!name.empty() && name.front() == '[' && name.back() == ']') return true;
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

bool listed(const std::vector<std::string>& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& one) { return same_name(one, name); });
}

bool is_loopback(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

}  // namespace

bool host_allowed(const Settings& settings, std::string_view host) {
  if (!settings.allowed_hosts.empty()) return listed(settings.allowed_hosts, without_port(host));
  return host.empty() || is_address_or_local(without_port(host)) || !is_loopback(settings.address);
}

bool host_known(const Settings& settings, std::string_view host) {
  const std::string_view name = without_port(host);
  return is_address_or_local(name) || listed(settings.allowed_hosts, name);
}

bool origin_allowed(const Settings& settings, std::string_view origin, std::string_view host) {
  if (listed(settings.allowed_origins, "*") || listed(settings.allowed_origins, origin)) return true;
  const std::size_t scheme = origin.find("://");
  if (settings.allow_local_origins && scheme != std::string_view::npos) {
    const std::string_view name = without_port(origin.substr(scheme + 3));
    if (same_name(name, "localhost") || name == "127.0.0.1" || name == "[::1]") return true;
  }
  if (scheme == std::string_view::npos || !same_name(origin.substr(scheme + 3), host)) return false;
  return host_known(settings, host);
}

}  // namespace freshet::server
