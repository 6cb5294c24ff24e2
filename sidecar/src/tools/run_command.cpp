#include "tools/run_command.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "app/settings.h"
#include "base/canonical_json.h"
#include "base/raw_json.h"
#include "tools/database.h"
#include "tools/pretty_json.h"
#include "tools/read_set_text.h"
#include "tools/table_writes.h"
#include "tools/terminal.h"

namespace freshet::tools {
namespace {

using postgres::Failure;
using postgres::Notice;
using postgres::Rows;

constexpr std::string_view kPlanState = "RFP01";
constexpr std::string_view kReadSetState = "RFP02";
constexpr int kAttempts = 10;

struct Plan {
  std::string statement;
  std::string plan;
};

// What one call led to.
struct Report {
  std::string kind;
  std::string value;  // JSON text; empty with an error
  std::string error;  // of the extension, JSON text
  std::string read_set;
  std::string claims;
  std::string valid_for_us;
  std::optional<Writes> writes;  // of a mutation that is explained
  double elapsed_ms = 0;
  std::vector<Notice> notices;
  std::vector<Plan> plans;
};

struct Function {
  bool query = false;
  bool guarded = false;
};

std::string json_object(std::initializer_list<std::pair<std::string_view, std::string>> members) {
  std::string out = "{";
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    if (out.size() > 1) out += ',';
    base::append_json_string(out, name);
    out += ":" + value;
  }
  return out + "}";
}

std::string quoted(const std::string& text) { return text.empty() ? text : base::json_string(text); }

std::string text_at(const Rows& rows, int row, int column) {
  return rows.is_null(row, column) ? std::string() : rows.text(row, column);
}

// One call on one session.
class Call {
 public:
  Call(const RunOptions& options, std::string args, std::string identity, std::string page,
       const app::Settings& settings)
      : options_(options),
        args_(std::move(args)),
        identity_(std::move(identity)),
        page_(std::move(page)),
        settings_(settings) {}

  std::optional<Failure> connect() {
    Database::Options options{settings_.database_url, "freshet run", settings_.connect_timeout,
                              settings_.deadline + app::kStatementGrace, "-c client_min_messages=log"};
    if (options_.explain) options.settings += " -c freshet.explain=on";
    auto opened = Database::open(options, [this](const Notice& notice) { hear(notice); });
    if (auto* failure = std::get_if<Failure>(&opened)) return std::move(*failure);
    database_ = std::move(std::get<std::unique_ptr<Database>>(opened));
    return std::nullopt;
  }

  // None and no failure: it is not exposed.
  std::variant<std::optional<Function>, Failure> find() {
    auto answer = database_->ask(
        "SELECT f ->> 'kind', f ->> 'guard' IS NOT NULL FROM"
        " pg_catalog.jsonb_array_elements(freshet.catalog() -> 'functions') f WHERE f ->> 'path' = $1",
        {options_.path});
    if (auto* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
    const Rows& rows = std::get<Rows>(answer);
    if (rows.size() == 0) return std::optional<Function>();
    report_.kind = rows.text(0, 0);
    return std::optional<Function>({report_.kind == "query", rows.get(0, 1) == "t"});
  }

  std::optional<Failure> query(bool guarded) {
    const auto request = [&](const char* guard, const char* value, const std::string& page) {
      return json_object({{"path", base::json_string(options_.path)},
                          {"args", args_},
                          {"identity", identity_},
                          {"page", page},
                          {guard, value}});
    };
    std::string requests = "[";
    if (guarded) requests += request("guard", "true", "") + ",";
    requests += request("guarded", guarded ? "true" : "false", page_) + "]";
    if (auto failure = database_->command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")) return failure;
    auto answer = database_->ask(
        "SELECT value, error, freshet.read_set_json(read_set), claims, valid_until, elapsed_us"
        " FROM freshet.run_queries($1, NULL, $2::pg_catalog.jsonb) WHERE ordinal > 0 ORDER BY ordinal",
        {requests, "{\"deadline_ms\":" + std::to_string(settings_.deadline.count()) + "}"});
    if (auto* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
    const Rows& rows = std::get<Rows>(answer);
    for (int row = 0; row < rows.size(); ++row) {
      report_.value = text_at(rows, row, 0);
      report_.error = text_at(rows, row, 1);
      report_.read_set = text_at(rows, row, 2);
      report_.claims = text_at(rows, row, 3);
      report_.valid_for_us = text_at(rows, row, 4);
      report_.elapsed_ms = std::atof(text_at(rows, row, 5).c_str()) / 1000.0;
      if (!report_.error.empty()) break;  // the guard's refusal is the answer
    }
    return database_->command("COMMIT");
  }

  std::optional<Failure> mutate() {
    for (int attempt = 1;; ++attempt) {
      auto failure = attempt_mutation();
      const std::string sqlstate = failure                 ? failure->sqlstate
                                   : report_.error.empty() ? ""
                                                           : postgres::parse_failure(report_.error).sqlstate;
      const bool again =
          !sqlstate.empty() && base::sqlstate_info(sqlstate).after == base::AfterFailure::kRetry;
      if (!again || attempt == kAttempts) return failure;
      if (failure) (void)database_->command("ROLLBACK");
      report_.notices.clear();
      report_.plans.clear();
      std::this_thread::sleep_for(std::chrono::milliseconds(5 * attempt));
    }
  }

  const Report& report() const { return report_; }

 private:
  std::optional<Failure> attempt_mutation() {
    if (auto failure = database_->command("BEGIN ISOLATION LEVEL SERIALIZABLE")) return failure;
    Writes before;
    if (options_.explain) {
      if (auto failure = count(before)) return failure;
    }
    const auto began = std::chrono::steady_clock::now();
    auto answer =
        database_->ask("SELECT value, error FROM freshet.call(NULL, NULL, '', $1, $2, $3, $4)",
                       {options_.path, args_, identity_, std::to_string(settings_.deadline.count())});
    if (auto* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
    report_.elapsed_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
    const Rows& rows = std::get<Rows>(answer);
    report_.value = text_at(rows, 0, 0);
    report_.error = text_at(rows, 0, 1);
    if (options_.explain && report_.error.empty()) {
      if (auto failure = explain_effects(before)) return failure;
    }
    return database_->command(report_.error.empty() && !options_.dry_run ? "COMMIT" : "ROLLBACK");
  }

  std::optional<Failure> count(Writes& into) {
    auto counted = count_writes(*database_);
    if (auto* failure = std::get_if<Failure>(&counted)) return std::move(*failure);
    into = std::get<Writes>(std::move(counted));
    return std::nullopt;
  }

  // What the mutation read and wrote, while its transaction is open.
  std::optional<Failure> explain_effects(const Writes& before) {
    Writes after;
    if (auto failure = count(after)) return failure;
    report_.writes = writes_since(before, after);
    auto answer =
        database_->ask("SELECT freshet.read_set_json(pg_catalog.decode($1, 'hex'))", {heard_read_set_});
    if (auto* failure = std::get_if<Failure>(&answer)) return std::move(*failure);
    report_.read_set = text_at(std::get<Rows>(answer), 0, 0);
    return std::nullopt;
  }

  void hear(const Notice& notice) {
    if (notice.sqlstate == kReadSetState) {
      heard_read_set_ = notice.detail;
      return;
    }
    if (notice.sqlstate == kPlanState) {
      report_.plans.push_back({notice.message, notice.detail});
      return;
    }
    // What the server logs of its own, by its settings, is not the function's.
    if (notice.severity == "LOG" && notice.message.starts_with("duration: ")) return;
    report_.notices.push_back(notice);
    if (!options_.json) {
      fmt::print(stderr, "{}: {}\n", notice.severity, notice.message);
      if (!notice.detail.empty()) fmt::print(stderr, "  detail: {}\n", notice.detail);
      if (!notice.hint.empty()) fmt::print(stderr, "  hint: {}\n", notice.hint);
    }
  }

  const RunOptions& options_;
  const std::string args_;
  const std::string identity_;
  const std::string page_;
  const app::Settings& settings_;
  std::optional<std::string> heard_read_set_;  // in hex
  std::unique_ptr<Database> database_;
  Report report_;
};

base::Error client_error(const Report& report) {
  return postgres::to_error(postgres::parse_failure(report.error), "(in the gateway's log)");
}

void print_error(const Report& report) {
  const Failure failure = postgres::parse_failure(report.error);
  fmt::print(stderr, "error {}: {}\n", failure.sqlstate, failure.message);
  if (!failure.detail.empty()) fmt::print(stderr, "  detail: {}\n", failure.detail);
  if (!failure.hint.empty()) fmt::print(stderr, "  hint: {}\n", failure.hint);
  if (!failure.context.empty()) fmt::print(stderr, "  context: {}\n", failure.context);
  fmt::print(stderr, "a client sees: {}\n", base::to_json(client_error(report)));
}

void print_explanation(const Report& report) {
  for (const Plan& plan : report.plans) fmt::print(stderr, "\nplan of: {}\n{}\n", plan.statement, plan.plan);
  fmt::print(stderr, "\n");
  if (!report.value.empty()) {
    const bool rows = base::json_kind(report.value) == base::JsonKind::kArray;
    fmt::print(stderr, "result: {}{}\n",
               rows ? fmt::format("{} rows, ", base::trusted_array_elements(report.value).size()) : "",
               bytes_text(static_cast<double>(report.value.size())));
  }
  fmt::print(stderr, "time in the database: {}\n", duration_text(report.elapsed_ms));
  if (!report.read_set.empty()) {
    for (const std::string& line : read_set_lines(report.read_set)) fmt::print(stderr, "reads {}\n", line);
  }
  if (report.writes) {
    for (const std::string& line : writes_lines(*report.writes)) fmt::print(stderr, "writes {}\n", line);
    if (report.writes->empty()) fmt::print(stderr, "writes nothing\n");
  }
  if (!report.claims.empty()) {
    std::string names;
    for (const base::JsonMember& member : base::trusted_object_members(report.claims))
      names += (names.empty() ? "" : ", ") + member.key;
    fmt::print(stderr, "claims read: {}\n", names.empty() ? "none, everybody shares the result" : names);
  }
  if (!report.valid_for_us.empty())
    fmt::print(stderr, "valid for: {}\n", duration_text(std::atof(report.valid_for_us.c_str()) / 1000.0));
}

void print_json(const Report& report, const RunOptions& options) {
  const std::string notices = postgres::notices_json(report.notices);
  std::string plans;
  for (const Plan& plan : report.plans) {
    plans += (plans.empty() ? "[" : ",") + json_object({{"statement", base::json_string(plan.statement)},
                                                        {"plan", base::json_string(plan.plan)}});
  }
  const bool is_array = !report.value.empty() && base::json_kind(report.value) == base::JsonKind::kArray;
  const std::string rows =
      is_array ? std::to_string(base::trusted_array_elements(report.value).size()) : std::string();
  fmt::print(
      "{}\n",
      json_object({{"path", base::json_string(options.path)},
                   {"kind", quoted(report.kind)},
                   {"value", report.error.empty() ? (report.value.empty() ? "null" : report.value) : ""},
                   {"error", report.error},
                   {"client_error", report.error.empty() ? "" : base::to_json(client_error(report))},
                   {"elapsed_ms", fmt::format("{:.3f}", report.elapsed_ms)},
                   {"rows", rows},
                   {"reads", report.read_set},
                   {"writes", report.writes ? writes_json(*report.writes) : ""},
                   {"claims_read", report.claims},
                   {"valid_for_us", report.valid_for_us},
                   {"notices", notices.empty() ? "[]" : notices},
                   {"plans", plans.empty() ? "" : plans + "]"}}));
}

base::Result<std::string> object(const std::string& text, const char* what) {
  auto canonical = base::canonical_json(text);
  if (!canonical)
    return base::Error(base::ErrorCode::kInvalidArguments,
                       std::string(what) + ": " + canonical.error().message);
  if (base::json_kind(*canonical) != base::JsonKind::kObject)
    return base::Error(base::ErrorCode::kInvalidArguments, std::string(what) + " must be a JSON object");
  return canonical;
}

}  // namespace

int run(const app::Settings& settings, const RunOptions& options) {
  if (settings.database_url.empty()) return refuse("run", "--database-url (FRESHET_DATABASE_URL) is missing");
  const auto args = object(options.args, "the arguments");
  if (!args) return refuse("run", args.error().message);
  std::string identity = "null";
  if (!options.identity.empty()) {
    const auto claims = object(options.identity, "--as");
    if (!claims) return refuse("run", claims.error().message);
    identity = *claims;
  }
  std::string page;
  if (!options.page.empty()) {
    const auto given = object(options.page, "--page");
    if (!given) return refuse("run", given.error().message);
    page = *given;
  }
  Call call(options, *args, identity, page, settings);
  if (auto failure = call.connect()) return fail("run", *failure);
  auto found = call.find();
  if (auto* failure = std::get_if<Failure>(&found)) return fail("run", *failure);
  const auto& function = std::get<std::optional<Function>>(found);
  if (!function) {
    return fail("run",
                base::Error(base::ErrorCode::kNotFound,
                            "no function " + options.path +
                                " is exposed; SELECT path FROM freshet.functions lists those that are"));
  }
  if (!function->query && !page.empty()) return refuse("run", "--page is for queries");
  if (auto failure = function->query ? call.query(function->guarded) : call.mutate())
    return fail("run", *failure);
  const Report& report = call.report();
  if (options.json) {
    print_json(report, options);
  } else {
    if (options.explain) print_explanation(report);
    if (report.error.empty()) {
      fmt::print("{}\n", pretty_json(report.value.empty() ? "null" : report.value));
      if (options.dry_run && !function->query) fmt::print(stderr, "rolled back (--dry-run)\n");
    } else {
      print_error(report);
    }
  }
  return report.error.empty() ? 0 : 1;
}

}  // namespace freshet::tools
