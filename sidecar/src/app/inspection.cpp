#include "app/inspection.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/raw_json.h"

namespace freshet::app {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

// One JSON object or array in the making.
class Json {
 public:
  explicit Json(char open) : text_(1, open), close_(open == '{' ? '}' : ']') {}
  Json& raw(std::string_view name, std::string_view value) {
    key(name);
    text_ += value;
    return *this;
  }
  Json& text(std::string_view name, std::string_view value) {
    key(name);
    base::append_json_string(text_, value);
    return *this;
  }
  template <class Number>
  Json& number(std::string_view name, Number value) {
    return raw(name, fmt::format("{}", value));
  }
  Json& yes(std::string_view name, bool value) { return value ? raw(name, "true") : *this; }
  std::string end() {
    text_ += close_;
    return std::move(text_);
  }

 private:
  void key(std::string_view name) {
    if (text_.size() > 1) text_ += ',';
    if (close_ == ']') return;
    base::append_json_string(text_, name);
    text_ += ':';
  }
  std::string text_;
  char close_;
};

double milliseconds(base::Duration duration) {
  return static_cast<double>(duration_cast<microseconds>(duration).count()) / 1000.0;
}

std::string_view kind_name(live::Cause::Kind kind) {
  switch (kind) {
    case live::Cause::Kind::kFirst:
      return "first";
    case live::Cause::Kind::kRow:
      return "row";
    case live::Cause::Kind::kTable:
      return "table";
    case live::Cause::Kind::kEverything:
      return "everything";
    case live::Cause::Kind::kExpired:
      return "expired";
    case live::Cause::Kind::kStream:
      return "stream";
    case live::Cause::Kind::kRetry:
      break;
  }
  return "retry";
}

std::string_view reason_name(wire::TableReason reason) {
  switch (reason) {
    case wire::TableReason::kTruncate:
      return "truncate";
    case wire::TableReason::kNotAnnounced:
      return "not announced yet";
    case wire::TableReason::kTooManyChanges:
      return "too many changes";
    case wire::TableReason::kRewrittenOrDdl:
      return "rewritten or DDL";
    case wire::TableReason::kNotEncodable:
      break;
  }
  return "not encodable";
}

std::string condition_json(wire::TableId table, const wire::Atom& atom, const RelationNames& names) {
  Json out('{');
  const bool test = atom.kind == wire::AtomKind::kTest;
  out.text("column", test ? "condition of the query" : names.column(table, atom.attnum));
  switch (atom.kind) {
    case wire::AtomKind::kEq:
      return out.text("is", "value").end();
    case wire::AtomKind::kIn:
      return out.text("is", "one of values").end();
    case wire::AtomKind::kRange:
      out.text("is", "range");
      out.yes("lower", (atom.range_flags & wire::kRangeHasLo) != 0);
      out.yes("upper", (atom.range_flags & wire::kRangeHasHi) != 0);
      return out.yes("or_null", (atom.range_flags & wire::kRangeNullMatches) != 0).end();
    case wire::AtomKind::kIsNull:
      return out.text("is", "null").end();
    case wire::AtomKind::kIsNotNull:
      return out.text("is", "not null").end();
    case wire::AtomKind::kTest:
      return out.text("is", "true").end();
    case wire::AtomKind::kNever:
      break;
  }
  return out.text("is", "never").end();
}

std::string conditions_json(wire::TableId table, const wire::Conjunction& conditions,
                            const RelationNames& names) {
  Json out('[');
  for (const wire::Atom& atom : conditions) out.raw("", condition_json(table, atom, names));
  return out.end();
}

std::string columns_json(wire::TableId table, const std::vector<wire::Attnum>& columns,
                         const RelationNames& names) {
  Json out('[');
  for (const wire::Attnum attnum : columns) out.text("", names.column(table, attnum));
  return out.end();
}

void add_row(Json& out, const live::Cause& cause, const RelationNames& names) {
  const live::RowCause& row = *cause.row;
  out.text("change", row.kind == wire::RowKind::kInsert   ? "insert"
                     : row.kind == wire::RowKind::kUpdate ? "update"
                                                          : "delete");
  if (row.kind == wire::RowKind::kUpdate) out.raw("columns", columns_json(cause.table, row.changed, names));
  if (!row.returned) out.raw("matched", conditions_json(cause.table, row.matched, names));
  out.yes("returned_row", row.returned);
  out.yes("order_dependent", row.order_dependent);
}

std::string read_set_json(const wire::ReadSet& read_set, const RelationNames& names) {
  Json entries('[');
  for (const wire::Entry& entry : read_set.entries) {
    Json out('{');
    out.text("table", names.table(entry.table));
    if (entry.all_columns()) {
      out.text("columns", "all");
    } else {
      out.raw("columns", columns_json(entry.table, entry.columns, names));
    }
    out.raw("where", conditions_json(entry.table, entry.fixed, names));
    if (!entry.alternatives.empty()) {
      Json alternatives('[');
      for (const wire::Conjunction& each : entry.alternatives)
        alternatives.raw("", conditions_json(entry.table, each, names));
      out.raw("any_of", alternatives.end());
    }
    out.yes("order_dependent", entry.order_dependent());
    if (entry.has_fingerprints()) out.number("rows", entry.fingerprints.keys.size());
    entries.raw("", out.end());
  }
  return Json('{').yes("everything", read_set.everything()).raw("entries", entries.end()).end();
}

void add_info(Json& out, const live::LiveQueryInfo& info) {
  out.number("id", info.id).text("path", info.call.path).raw("args", info.call.args);
  if (!info.call.page.empty()) out.raw("page", info.call.page);
  out.yes("guard", info.guard);
  Json claims('[');
  for (const std::string& name : info.claims_read) claims.text("", name);
  out.raw("claims_read", claims.end());
  out.number("subscribers", info.subscriptions).yes("idle", info.idle);
  out.number("runs", info.runs).number("runs_useless", info.runs_useless);
  out.number("last_ms", milliseconds(info.elapsed_last)).number("total_ms", milliseconds(info.elapsed_sum));
  out.number("result_bytes", info.result_bytes).number("bytes", info.bytes);
  if (info.error) out.text("error", base::info(info.error->code).name);
}

}  // namespace

void add_tables(std::set<wire::TableId>& tables, const live::Cause& cause) {
  if (cause.table != 0) tables.insert(cause.table);
}

void add_tables(std::set<wire::TableId>& tables, const wire::ReadSet& read_set) {
  for (const wire::Entry& entry : read_set.entries) tables.insert(entry.table);
}

std::string cause_json(const live::Cause& cause, base::TimePoint now, const RelationNames& names) {
  Json out('{');
  out.text("kind", cause.ddl ? "schema" : kind_name(cause.kind));
  if (cause.at != base::TimePoint{}) out.number("ago_ms", milliseconds(now - cause.at));
  // Transactions of our own making, for what no stream reports, have no time.
  if (cause.committed != 0) {
    out.number("transaction", cause.xid);
    out.text("lsn", fmt::format("{:X}/{:X}", cause.lsn >> 32, cause.lsn & 0xffffffffu));
    out.text("committed", fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(cause.committed / 1'000'000),
                                      cause.committed % 1'000'000));
  }
  if (cause.table != 0) out.text("table", names.table(cause.table));
  if (cause.kind == live::Cause::Kind::kTable) out.text("reason", reason_name(cause.reason));
  if (cause.row) add_row(out, cause, names);
  out.yes("unknown_value", cause.unknown_value);
  return out.end();
}

std::string live_queries_json(const LiveQueriesReading& reading, const RelationNames& names) {
  Json queries('[');
  for (const live::LiveQueryInfo& info : reading.queries) {
    Json out('{');
    add_info(out, info);
    if (!info.causes.empty()) out.raw("last_cause", cause_json(info.causes.back(), reading.now, names));
    queries.raw("", out.end());
  }
  const live::Metrics& metrics = reading.metrics;
  Json out('{');
  out.text("epoch", reading.epoch).number("sessions", metrics.sessions);
  out.number("subscriptions", metrics.subscriptions).number("live_queries", metrics.live_queries);
  out.number("transactions", metrics.transactions).number("runs", metrics.runs);
  out.number("runs_useless", metrics.runs_useless).number("transitions", metrics.transitions);
  return out.raw("queries", queries.end()).end();
}

std::string live_query_json(const live::LiveQueryDetail& detail, base::TimePoint now,
                            const RelationNames& names) {
  Json causes('[');
  for (const live::Cause& cause : detail.info.causes) causes.raw("", cause_json(cause, now, names));
  Json out('{');
  add_info(out, detail.info);
  out.raw("causes", causes.end());
  return out.raw("reads", read_set_json(detail.read_set, names)).end();
}

}  // namespace freshet::app
