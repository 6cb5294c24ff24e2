#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::mcp {

// What the author of a function says to agents in its comment (COMMENT ON FUNCTION), in lines that begin with
// `@mcp`; the other lines are its description.
//   @mcp title List messages        a name for people
//   @mcp additive                   of a mutation: it only adds, nothing is overwritten or removed
//   @mcp idempotent                 of a mutation: once more with the same arguments changes nothing
//   @mcp content                    its value is the content of a tool's result, as the protocol has it
//   @mcp prompt                     its value is the messages of a prompt, as the protocol has them
//   @mcp resource app://a/{id} [type]   it is read as the resource of this address, in which {argument}
//   stands
//                                   for one of its arguments; `type` is its media type
//   @mcp hidden                     not for agents
struct Declarations {
  std::string description;
  std::string title;
  bool additive = false;
  bool idempotent = false;
  bool content = false;
  bool prompt = false;
  bool hidden = false;
  std::optional<std::string> resource;
  std::string media_type;  // of the resource; empty: not said
  // Lines that say nothing that is known; one sentence each.
  std::vector<std::string> problems;
};

Declarations parse_declarations(std::string_view comment);

}  // namespace freshet::mcp
