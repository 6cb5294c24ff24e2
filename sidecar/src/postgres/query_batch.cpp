#include "postgres/query_batch.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/raw_json.h"

namespace freshet::postgres {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::string_view kRunQueries =
    "SELECT ordinal, value, error, read_set, claims, valid_until, elapsed_us"
    " FROM freshet.run_queries($1, $2::pg_catalog.pg_snapshot, $3::pg_catalog.jsonb)";

constexpr std::chrono::seconds kSnapshotPatience{5};  // for a batch that only opens a snapshot

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value =
      !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0x80u) != 0 ? ~std::uint64_t{0} : 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(value);
}

void append_request(std::string& out, const live::RunRequest& run) {
  out += "{\"path\":";
  base::append_json_string(out, run.call.path);
  out += ",\"args\":";
  out += run.call.args.empty() ? "{}" : run.call.args;
  out += ",\"identity\":";
  out += run.claims ? run.claims->json() : "null";
  out += run.guard ? ",\"guard\":true" : run.guarded ? ",\"guarded\":true" : ",\"guarded\":false";
  // A guard is asked about the arguments alone: one answer for every page.
  if (!run.call.page.empty() && !run.guard) {
    out += ",\"page\":";
    out += run.call.page;
  }
  out += '}';
}

}  // namespace

BatchCall::BatchCall(std::span<const live::RunRequest> runs, const std::string& since,
                     const BatchOptions& options)
    : since_(since) {
  base::Duration longest{};
  requests_ = "[";
  for (const live::RunRequest& run : runs) {
    if (requests_.size() > 1) requests_ += ',';
    append_request(requests_, run);
    longest = std::max(longest, run.deadline);
  }
  requests_ += ']';
  options_ = "{";
  const auto add = [&](std::string_view member) {
    if (options_.size() > 1) options_ += ',';
    options_ += member;
  };
  if (!options.image_key.empty()) add("\"image_key\":\"" + options.image_key + "\"");
  if (!options.now.empty()) add("\"now\":" + options.now);
  if (options.at_most) longest = std::min(longest, *options.at_most);
  // Whole milliseconds, and 0 is no deadline.
  const auto each =
      std::max(std::chrono::ceil<std::chrono::milliseconds>(longest), std::chrono::milliseconds(1));
  if (!runs.empty()) add("\"deadline_ms\":" + std::to_string(each.count()));
  options_ += '}';
  patience_ = each * std::max<std::size_t>(runs.size(), 1) +
              (runs.empty() ? kSnapshotPatience : base::Duration(kCancelAfter));
}

Statement BatchCall::statement() const {
  Statement statement{kRunQueries, {requests_, std::nullopt, options_}, /*binary=*/true};
  if (!since_.empty()) statement.parameters[1] = since_;
  return statement;
}

base::Result<Batch> read_batch(const Rows& rows, std::span<const live::RunRequest> runs, base::Random& random,
                               bool developer) {
  Batch batch;
  if (rows.size() != static_cast<int>(runs.size()) + 1 || big_endian(rows.get(0, 0)) != 0) {
    return Error(ErrorCode::kInternal, "freshet.run_queries returned another number of rows than asked for");
  }
  auto snapshot = wire::parse_snapshot_row(rows.get(0, 1));
  if (!snapshot) return std::move(snapshot).error();
  batch.snapshot = *std::move(snapshot);
  for (const base::JsonMember& member : base::trusted_object_members(rows.get(0, 1))) {
    if (member.key == "now") batch.now = member.value;
  }
  std::vector<bool> seen(runs.size(), false);
  for (int row = 1; row < rows.size(); ++row) {
    const std::int64_t ordinal = big_endian(rows.get(row, 0));
    if (ordinal < 1 || ordinal > static_cast<std::int64_t>(runs.size()) ||
        seen[static_cast<std::size_t>(ordinal - 1)]) {
      return Error(ErrorCode::kInternal, "freshet.run_queries returned an ordinal that was not asked for");
    }
    const auto index = static_cast<std::size_t>(ordinal - 1);
    seen[index] = true;
    live::RunOutcome outcome;
    outcome.run = runs[index].run;
    if (!rows.is_null(row, 2)) {
      const Failure failure = parse_failure(rows.get(row, 2));
      outcome.error =
          developer ? to_developer_error(failure, random.id(), {}) : to_error(failure, random.id());
      if (outcome.error->code == ErrorCode::kInternal) {
        spdlog::error("{} failed [{}]: {}", runs[index].call.path, outcome.error->id, describe(failure));
      }
    } else {
      outcome.value = std::make_shared<const std::string>(rows.is_null(row, 1) ? "null" : rows.text(row, 1));
    }
    outcome.read_set = rows.text(row, 3);
    if (!rows.is_null(row, 4)) outcome.claims = rows.text(row, 4);
    if (!rows.is_null(row, 5)) outcome.valid_for = std::chrono::microseconds(big_endian(rows.get(row, 5)));
    outcome.elapsed = std::chrono::microseconds(big_endian(rows.get(row, 6)));
    batch.outcomes.push_back(std::move(outcome));
  }
  return batch;
}

}  // namespace freshet::postgres
