#include "postgres/replication_reader.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "base/encoding.h"
#include "postgres/replication_session.h"

namespace freshet::postgres {
namespace {

std::string plugin_options(const wire::SipKey& key, int max_rows) {
  const std::string hex = base::to_hex({reinterpret_cast<const char*>(key.bytes), sizeof key.bytes});
  return "\"key\" '" + hex + "', \"format\" 'binary', \"version\" '1', \"max_rows\" '" +
         std::to_string(max_rows) + "'";
}

}  // namespace

ReplicationReader::ReplicationReader(ReplicationOptions options, StreamEvents& events, StreamBacklog& backlog,
                                     const base::Clock& clock, base::Random& random)
    : options_(std::move(options)),
      events_(events),
      backlog_(backlog),
      clock_(clock),
      random_(random),
      wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (wake_fd_ < 0) throw std::runtime_error("eventfd failed");
}

ReplicationReader::~ReplicationReader() {
  stop();
  ::close(wake_fd_);
}

void ReplicationReader::start() {
  thread_ = std::thread([this] { serve(); });
}

void ReplicationReader::stop() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void ReplicationReader::restart(std::string reason) {
  {
    const std::lock_guard lock(mutex_);
    restart_reason_ = std::move(reason);
  }
  wake();
}

void ReplicationReader::wake() {
  const std::uint64_t one = 1;
  // It fails only when the counter is full, which wakes as well.
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
}

// One stream, from connecting to its loss.
base::Error ReplicationReader::stream(bool* started) {
  auto connected = ReplicationSession::connect(
      {options_.conninfo, options_.connect_timeout, options_.silence, wake_fd_}, clock_);
  if (!connected) return std::move(connected).error();
  ReplicationSession& session = **connected;

  const std::string name = "freshet_" + base::to_hex(random_.bytes(8));
  bool waited = false;
  auto slot = session.create_slot(name, [&] {
    waited = true;
    events_.slot_waits(session.backend_pid());
    return true;
  });
  if (waited) events_.slot_waits(std::nullopt);
  if (!slot) return std::move(slot).error();
  const std::optional<wire::Snapshot> snapshot = events_.import_snapshot(slot->exported);
  if (!snapshot)
    return base::Error(base::ErrorCode::kOverloaded, "the slot's snapshot could not be imported");

  wire::SipKey key;
  random_.fill(key.bytes, sizeof key.bytes);
  if (auto begun = session.start(*slot, plugin_options(key, options_.max_rows)); !begun)
    return std::move(begun).error();
  *started = true;
  ++counts_.starts;
  events_.stream_started(*snapshot, key);

  wire::Assembler assembler;
  return session.read([&](std::string_view payload) -> base::Result<void> {
    ++counts_.messages;
    counts_.bytes += payload.size();
    auto items = assembler.feed({reinterpret_cast<const std::uint8_t*>(payload.data()), payload.size()});
    if (!items) return std::move(items).error();
    for (wire::StreamItem& item : *items) {
      std::size_t bytes = 0;
      if (auto* transaction = std::get_if<wire::Transaction>(&item);
          transaction != nullptr && !backlog_.put(*transaction, &bytes)) {
        return base::Error(base::ErrorCode::kOverloaded, "the gateway fell too far behind the stream");
      }
      events_.item(std::move(item), bytes);
    }
    return {};
  });
}

void ReplicationReader::serve() {
  Reconnect pace(clock_, random_);
  while (!stopping_) {
    if (!pace.may_try()) {
      wait_until(pace.next());
      continue;
    }
    bool started = false;
    base::Error error = stream(&started);
    if (ReplicationSession::is_stopped(error)) {
      std::uint64_t count = 0;
      [[maybe_unused]] const auto read = ::read(wake_fd_, &count, sizeof count);
      const std::lock_guard lock(mutex_);
      if (!restart_reason_.empty()) error.message = std::exchange(restart_reason_, {});
    }
    if (started) {
      ++counts_.losses;
      pace.succeeded();  // the pauses begin anew
    }
    pace.failed(error.message);
    if (!stopping_) {
      spdlog::warn("change stream {}: {}", started ? "lost" : "could not start", error.message);
      events_.stream_lost(error.message);
    }
  }
}

void ReplicationReader::wait_until(base::TimePoint when) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(when - clock_.now()).count() + 1;
  pollfd file{wake_fd_, POLLIN, 0};
  if (left > 0 && ::poll(&file, 1, static_cast<int>(left)) > 0 && !stopping_) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(wake_fd_, &count, sizeof count);
  }
}

}  // namespace freshet::postgres
