#include "session/server_frame.h"

#include <utility>

#include "base/raw_json.h"

namespace freshet::session {
namespace {

// Below this, a copy costs less than one more buffer in the system call.
constexpr std::size_t kCopiedBytes = 512;

// Text of our own between shared stretches. The stretches of own text are kept by offset until finish(),
// because the string still grows.
class FrameWriter {
 public:
  std::string& text() { return text_; }

  void value(const Part& part) {
    if (part.text.size() < kCopiedBytes) {
      text_ += part.text;
      return;
    }
    cuts_.push_back({text_.size(), part});
  }

  Frame finish() && {
    const auto own = std::make_shared<const std::string>(std::move(text_));
    const std::string_view all(*own);
    Frame frame;
    frame.parts.reserve(2 * cuts_.size() + 1);
    std::size_t from = 0;
    for (Cut& cut : cuts_) {
      frame.add(Part(own, all.substr(from, cut.at - from)));
      from = cut.at;
      frame.add(std::move(cut.part));
    }
    frame.add(Part(own, all.substr(from)));
    return frame;
  }

 private:
  struct Cut {
    std::size_t at;
    Part part;
  };
  std::string text_;
  std::vector<Cut> cuts_;
};

Frame whole(std::string text) {
  Frame frame;
  frame.add(Part(std::make_shared<const std::string>(std::move(text))));
  return frame;
}

void append_epoch(std::string& out, const std::optional<std::string>& epoch) {
  if (epoch) {
    base::append_json_string(out, *epoch);
  } else {
    out += "null";
  }
}

}  // namespace

void Frame::add(Part part) {
  if (part.text.empty()) return;
  size += part.text.size();
  parts.push_back(std::move(part));
}

std::string Frame::text() const {
  std::string out;
  out.reserve(size);
  for (const Part& part : parts) out += part.text;
  return out;
}

Frame welcome_frame(const Opened& opened, const ServerInfo& server, const Limits& limits) {
  std::string out = R"({"type":"welcome","session":)";
  base::append_json_string(out, opened.session);
  out += R"(,"epoch":)";
  base::append_json_string(out, opened.epoch);
  out += R"(,"server":{"name":)";
  base::append_json_string(out, server.name);
  out += R"(,"version":)";
  base::append_json_string(out, server.version);
  out += R"(,"limits":{"max_frame_bytes":)" + std::to_string(server.max_frame_bytes);
  out += R"(,"max_args_bytes":)" + std::to_string(limits.max_args_bytes);
  out += R"(,"max_subscriptions":)" + std::to_string(limits.max_subscriptions);
  out += R"(,"max_requests":)" + std::to_string(limits.max_requests);
  out += opened.resumed ? R"(}},"resumed":true,"floor":)" : R"(}},"resumed":false,"floor":)";
  out += std::to_string(opened.floor) + "}";
  return whole(std::move(out));
}

Frame transition_frame(const Transition& transition) {
  FrameWriter writer;
  std::string& out = writer.text();
  out += R"({"type":"transition","from":)";
  append_epoch(out, transition.from);
  out += R"(,"to":)";
  append_epoch(out, transition.to);
  out += R"(,"changes":[)";
  bool first = true;
  for (const Change& change : transition.changes) {
    out += first ? R"({"id":)" : R"(,{"id":)";
    first = false;
    out += std::to_string(change.id) + ",";
    writer.value(Part(change.body));
    out += "}";
  }
  out += R"(],"includes":[)";
  first = true;
  for (const std::uint64_t request : transition.includes) {
    if (!first) out += ",";
    first = false;
    out += std::to_string(request);
  }
  out += transition.stale ? R"(],"stale":true})" : "]}";
  return std::move(writer).finish();
}

Frame response_frame(std::uint64_t request, const Answer& answer) {
  FrameWriter writer;
  std::string& out = writer.text();
  out += R"({"type":"response","id":)" + std::to_string(request);
  if (!answer) {
    out += R"(,"error":)" + base::to_json(answer.error()) + "}";
    return std::move(writer).finish();
  }
  out += R"(,"value":)";
  if (answer->value.text.empty()) {
    out += "null";
  } else {
    writer.value(answer->value);
  }
  if (!answer->epoch.empty()) {
    out += R"(,"epoch":)";
    base::append_json_string(out, answer->epoch);
  }
  if (!answer->notices.empty()) out += R"(,"notices":)" + answer->notices;
  out += answer->replayed ? R"(,"replayed":true})" : "}";
  return std::move(writer).finish();
}

Frame auth_frame(const access::Identity* identity) {
  if (identity == nullptr) return whole(R"({"type":"auth","ok":true})");
  return whole(R"({"type":"auth","ok":true,"identity":)" + identity->claims + "}");
}

Frame auth_frame(const base::Error& error) {
  return whole(R"({"type":"auth","ok":false,"error":)" + base::to_json(error) + "}");
}

Frame error_frame(const base::Error& error, std::optional<std::uint64_t> subscription) {
  std::string out = R"({"type":"error","error":)" + base::to_json(error);
  if (subscription) out += R"(,"id":)" + std::to_string(*subscription);
  return whole(out + "}");
}

Frame pong_frame(const std::optional<std::string>& data) {
  return whole(data ? R"({"type":"pong","data":)" + *data + "}" : R"({"type":"pong"})");
}

}  // namespace freshet::session
