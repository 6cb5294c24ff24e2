// See README.md. Exit status: 0 no missed update, 1 missed updates, 2 the fuzz itself failed.

#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

#include "causes.h"
#include "changes.h"
#include "identity.h"
#include "matcher.h"
#include "report.h"
#include "scenario.h"

namespace freshet::fuzz {
namespace {

struct Options {
  std::string connect;
  std::string library = "$libdir/freshet";
  std::string identity = "any";
  std::string fingerprints = "on";
  std::string queries_from;  // a file with one query a line, instead of the shapes
  std::uint64_t seed =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  int rounds = 10;
  int seconds = 0;  // if given, rounds are begun for so long, however many
  int queries = 40;
  int changes = 25;
  int examples = 0;
  bool shapes = false;
};

constexpr int kReproductions = 3;  // so many misses are made small, which takes some seconds each

void prepare(Database& database, const Options& options) {
  const std::string library = quoted(options.library);
  database.query(
      "CREATE OR REPLACE FUNCTION fuzz.capture_start(bytea) RETURNS void LANGUAGE c AS " + library +
      ", 'freshet_test_capture_start'; CREATE OR REPLACE FUNCTION fuzz.capture_finish() RETURNS bytea "
      "LANGUAGE c AS " +
      library +
      ", 'freshet_test_capture_finish'; CREATE OR REPLACE FUNCTION fuzz.read_set_json(bytea) RETURNS jsonb "
      "LANGUAGE c AS " +
      library +
      ", 'freshet_read_set_json'; SET search_path = fuzz, public; SET jit = off; SET statement_timeout "
      "= '20s'; "
      "SET fuzz.image_key = '" +
      std::string(options.fingerprints == "on" ? kKeyHex : "") + "'");
}

// Flags of what no stream reports: a result may then change without a hit.
bool excused(const wire::ReadSet& reads) {
  return (reads.flags &
          ~static_cast<std::uint32_t>(wire::kReadSetting | wire::kReadParallel | wire::kReadVoid)) != 0;
}

bool timed_out(const Run& run) { return run.result == "error 57014"; }

class Fuzz {
 public:
  explicit Fuzz(const Options& options)
      : options_(options),
        random_(options.seed),
        database_(options.connect),
        stream_(database_, options.connect) {
    prepare(database_, options);
    if (!options.queries_from.empty()) {
      std::ifstream lines(options.queries_from);
      for (std::string line; std::getline(lines, line);)
        if (!line.empty()) given_.push_back(line);
      if (given_.empty()) throw std::runtime_error("no queries in " + options.queries_from);
    }
  }

  int run() {
    std::printf("seed %llu, identity %s, fingerprints %s, %zu shapes\n",
                static_cast<unsigned long long>(options_.seed), options_.identity.c_str(),
                options_.fingerprints.c_str(), given_.empty() ? all_shapes().size() : given_.size());
    const auto begun = std::chrono::steady_clock::now();
    const auto goes_on = [&] {
      if (options_.seconds == 0) return round_ < options_.rounds;
      return std::chrono::steady_clock::now() - begun < std::chrono::seconds(options_.seconds);
    };
    for (; goes_on(); ++round_) one_round();
    report_.print(options_.shapes, options_.examples);
    const Count total = report_.total();
    std::printf(
        "\nseed %llu: %d rounds, %ld of %ld transactions failed and changed nothing, %ld excused, %ld "
        "missed\n",
        static_cast<unsigned long long>(options_.seed), round_, failed_, transactions_, total.excused,
        total.missed);
    return total.missed == 0 ? 0 : 1;
  }

 private:
  LiveQuery given_query() {
    LiveQuery query;
    query.text = one_of(random_, given_);
    query.shape = query.text;
    query.setting = one_of(random_, planner_settings());
    query.reader = true;  // who may do no harm
    return query;
  }

  LiveQuery shaped_query(Theme theme, int serial) {
    // Three of four are of the round's theme.
    const bool any = chance(random_, 25);
    for (;;) {
      const ThemedShape& shape = one_of(random_, all_shapes());
      if (any || shape.theme == theme) return random_query(database_, random_, shape.shape, serial);
    }
  }

  void one_round() {
    // Each round has a seed of its own, so that it can be repeated alone: --seed S + round --rounds 1.
    random_ = Random(options_.seed + static_cast<std::uint64_t>(round_));
    const Theme theme =
        chance(random_, 40) ? Theme::kChat : static_cast<Theme>(pick(random_, 1, kThemes - 1));
    identity_ = options_.identity != "any"
                    ? options_.identity
                    : identities()[static_cast<std::size_t>(
                          (options_.seed + static_cast<std::uint64_t>(round_)) % identities().size())];
    identity_statements_ = identity_statements(database_, random_, identity_);
    for (const std::string& statement : identity_statements_) database_.query(statement);
    rows_ = initial_rows(random_);
    for (const std::string& statement : rows_) database_.attempt(statement);
    database_.query("ANALYZE");
    history_.clear();
    Matcher matcher(stream_);
    queries_.clear();
    for (int i = 0; i < options_.queries; ++i)
      queries_.push_back(given_.empty() ? shaped_query(theme, i) : given_query());
    begins_.assign(queries_.size(), 0);
    begin_runs(database_);
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      queries_[i].run = track(database_, queries_[i]);
      matcher.set(static_cast<live::Owner>(i), queries_[i].run.reads);
    }
    end_runs(database_);
    if (!given_.empty()) leave_out_unsteady(matcher);
    std::vector<wire::Transaction> transactions;
    matcher.announce();
    matcher.read(transactions);
    for (int i = 0; i < options_.changes && one_change(matcher, theme); ++i) {
    }
    for (std::size_t i = 0; i < queries_.size(); ++i) matcher.unset(static_cast<live::Owner>(i));
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      if (!queries_[i].function.empty()) database_.attempt("DROP ROUTINE fuzz.live_" + std::to_string(i));
    }
  }

  // Given queries may depend on chance: those that answer twice differently are not kept.
  void leave_out_unsteady(Matcher& matcher) {
    begin_runs(database_);
    for (std::size_t i = queries_.size(); i-- > 0;) {
      if (track(database_, queries_[i]).result == queries_[i].run.result) continue;
      matcher.unset(static_cast<live::Owner>(i));
      queries_[i].text = "SELECT 1";
      queries_[i].run = track(database_, queries_[i]);
      matcher.set(static_cast<live::Owner>(i), queries_[i].run.reads);
    }
    end_runs(database_);
  }

  // False when something was missed: its replays change the tables, so that the round ends.
  bool one_change(Matcher& matcher, Theme theme) {
    const Change change = random_change(random_, theme);
    ++transactions_;
    if (!database_.transact(change)) ++failed_;
    history_.push_back(change);
    std::vector<wire::Transaction> transactions;
    const std::vector<bool> hits = matcher.read(transactions);
    begin_runs(database_);
    std::vector<Scenario> missed;
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      LiveQuery& query = queries_[i];
      Run fresh = track(database_, query);
      const bool changed = fresh.result != query.run.result;
      // A loop gave the same rows in another order, which is kept exact though it could be left open.
      const bool moved = fresh.taken != query.run.taken;
      const bool useful = hits[i] && (changed || moved);
      Count outcome{1, changed, hits[i], useful, 0, 0, 0};
      if (changed && !hits[i]) {
        if (timed_out(fresh) || timed_out(query.run) || (!given_.empty() && excused(query.run.reads))) {
          outcome.excused = 1;
        } else {
          outcome.missed = 1;
          missed.push_back(scenario(i));
        }
      }
      report_.check(query, identity_, outcome);
      if (hits[i] && !useful)
        report_.useless(query, identity_, reason_of(query.run.reads, transactions), text_of(change));
      query.run.taken = fresh.taken;
      if (!hits[i] && !changed) continue;
      matcher.unset(static_cast<live::Owner>(i));
      query.run = std::move(fresh);
      matcher.set(static_cast<live::Owner>(i), query.run.reads);
      begins_[i] = history_.size();
    }
    end_runs(database_);
    matcher.announce();
    for (const Scenario& each : missed) report_missed(each);
    return missed.empty();
  }

  void report_missed(const Scenario& scenario) {
    std::printf(
        "MISSED seed %llu identity %s (replay: --seed %llu --rounds 1 --identity %s)\n  change: %s\n  query "
        "(%s): %s\n  settings: %s\n",
        static_cast<unsigned long long>(options_.seed), identity_.c_str(),
        static_cast<unsigned long long>(options_.seed + static_cast<std::uint64_t>(round_)),
        options_.identity == "any" ? "any" : identity_.c_str(), text_of(scenario.after.back()).c_str(),
        name_of(scenario.query.group), scenario.query.text.c_str(), scenario.query.setting.c_str());
    if (reproduced_++ >= kReproductions) return;
    if (!print_reproduction(database_, stream_, scenario, identity_statements_))
      std::printf("  the replay of this round up to the change misses nothing\n");
    std::fflush(stdout);
  }

  Scenario scenario(std::size_t which) const {
    const auto split = history_.begin() + static_cast<std::ptrdiff_t>(begins_[which]);
    return {rows_, {history_.begin(), split}, queries_[which], {split, history_.end()}};
  }

  const Options& options_;
  Random random_;
  Database database_;
  ChangeStream stream_;
  Report report_;
  std::vector<std::string> given_;
  std::string identity_;
  std::vector<std::string> identity_statements_;
  std::vector<std::string> rows_;
  std::vector<Change> history_;
  std::vector<LiveQuery> queries_;
  std::vector<std::size_t> begins_;  // how much of the history was committed when each query ran
  int round_ = 0;
  long transactions_ = 0;
  long failed_ = 0;
  int reproduced_ = 0;
};

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--connect")
      options.connect = value;
    else if (name == "--library")
      options.library = value;
    else if (name == "--identity")
      options.identity = value;
    else if (name == "--fingerprints")
      options.fingerprints = value;
    else if (name == "--queries-from")
      options.queries_from = value;
    else if (name == "--seed")
      options.seed = std::stoull(value);
    else if (name == "--per")
      options.shapes = value == "shape";
    else if (name == "--examples")
      options.examples = std::stoi(value);
    else if (name == "--rounds")
      options.rounds = std::stoi(value);
    else if (name == "--seconds")
      options.seconds = std::stoi(value);
    else if (name == "--queries")
      options.queries = std::stoi(value);
    else if (name == "--changes")
      options.changes = std::stoi(value);
    else
      return false;
  }
  return argc % 2 == 1;
}

}  // namespace
}  // namespace freshet::fuzz

int main(int argc, char** argv) {
  freshet::fuzz::Options options;
  try {
    if (!freshet::fuzz::parse(argc, argv, options)) {
      std::fprintf(
          stderr,
          "usage: %s --connect CONNINFO [--library L] [--identity any|default|full|index|nothing|mixed] "
          "[--fingerprints on|off] [--seed N] [--rounds N | --seconds N] [--queries N] [--changes N] "
          "[--per group|shape] [--examples N] [--queries-from FILE]\n",
          argv[0]);
      return 2;
    }
    return freshet::fuzz::Fuzz(options).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(options.seed), error.what());
    return 2;
  }
}
