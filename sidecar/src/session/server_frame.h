#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session/backend.h"
#include "session/limits.h"

// The frames of the gateway (docs/protocol.md), encoded.
namespace freshet::session {

// One text frame: the parts, one after the other.
struct Frame {
  std::vector<Part> parts;
  std::size_t size = 0;

  void add(Part part);
  std::string text() const;
};

struct ServerInfo {
  std::string name = "freshet";
  std::string version;
  std::size_t max_frame_bytes = 0;
};

Frame welcome_frame(const Opened& opened, const ServerInfo& server, const Limits& limits);
// Long bodies are taken as they are, shared with every session that is sent the same.
Frame transition_frame(const Transition& transition);
Frame response_frame(std::uint64_t request, const Answer& answer);
// `identity` null: anonymous now.
Frame auth_frame(const access::Identity* identity);
Frame auth_frame(const base::Error& error);
Frame error_frame(const base::Error& error, std::optional<std::uint64_t> subscription);
// `data`: JSON text.
Frame pong_frame(const std::optional<std::string>& data);

}  // namespace freshet::session
