#include "scenario.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "live/overlaps.h"

namespace freshet::fuzz {
namespace {

struct Outcome {
  bool missed = false;
  std::string before;
  std::string after;
  std::string bytes;
};

class Replay {
 public:
  Replay(Database& database, ChangeStream& stream) : database_(database), matcher_(stream) {}

  Outcome run(const Scenario& scenario) {
    for (const std::string& statement : scenario.rows) database_.attempt(statement);
    for (const Change& change : scenario.before) database_.transact(change);
    Run first = once(scenario.query);
    matcher_.set(0, first.reads);
    matcher_.announce();
    std::vector<wire::Transaction> transactions;
    // What was announced is known from the next read on; nothing was committed in between.
    matcher_.read(transactions);
    Outcome outcome{false, first.result, "", first.bytes};
    for (const Change& change : scenario.after) {
      database_.transact(change);
      if (matcher_.read(transactions)[0]) break;
      const Run now = once(scenario.query);
      if (now.result == first.result) continue;
      outcome.missed = true;
      outcome.after = now.result;
      break;
    }
    matcher_.unset(0);
    return outcome;
  }

 private:
  Run once(const LiveQuery& query) {
    begin_runs(database_);
    Run run = track(database_, query);
    end_runs(database_);
    return run;
  }

  Database& database_;
  Matcher matcher_;
};

// Leaves out what of `list` is not needed, in ever smaller pieces.
template <typename T, typename Test>
void shorten(std::vector<T>& list, const Test& still_missed) {
  for (std::size_t piece = std::max<std::size_t>(list.size() / 2, 1); piece > 0; piece /= 2) {
    for (std::size_t at = 0; at < list.size();) {
      std::vector<T> removed(list.begin() + static_cast<std::ptrdiff_t>(at),
                             list.begin() + static_cast<std::ptrdiff_t>(std::min(at + piece, list.size())));
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(at),
                 list.begin() + static_cast<std::ptrdiff_t>(at + removed.size()));
      if (still_missed()) continue;
      list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), removed.begin(), removed.end());
      at += piece;
    }
  }
}

}  // namespace

bool print_reproduction(Database& database, ChangeStream& stream, Scenario scenario,
                        const std::vector<std::string>& identity) {
  Replay replay(database, stream);
  const auto missed = [&] { return replay.run(scenario).missed; };
  if (!missed()) return false;
  const std::string truncate = scenario.rows.front();  // stays: tables begin empty
  const auto shorten_rows = [&] {
    std::vector<std::string> rows(scenario.rows.begin() + 1, scenario.rows.end());
    shorten(rows, [&] {
      scenario.rows = rows;
      scenario.rows.insert(scenario.rows.begin(), truncate);
      return missed();
    });
    scenario.rows = rows;
    scenario.rows.insert(scenario.rows.begin(), truncate);
  };
  shorten(scenario.before, missed);
  shorten(scenario.after, missed);
  for (std::vector<Change>* part : {&scenario.before, &scenario.after}) {
    for (std::size_t i = 0; i < part->size(); ++i) shorten((*part)[i], missed);
  }
  shorten_rows();
  if (const std::string setting = std::exchange(scenario.query.setting, ""); !missed())
    scenario.query.setting = setting;

  const Outcome outcome = replay.run(scenario);
  std::printf("  reproduction:\n");
  for (const std::string& statement : identity) {
    const bool default_one = statement.ends_with(" DEFAULT");
    if (!default_one) std::printf("    %s;\n", statement.c_str());
  }
  for (const std::string& statement : scenario.rows) std::printf("    %s;\n", statement.c_str());
  for (const Change& change : scenario.before)
    std::printf("    BEGIN; %s; COMMIT;\n", text_of(change).c_str());
  if (!scenario.query.function.empty()) std::printf("    %s;\n", scenario.query.function.c_str());
  std::printf("    -- settings: SET LOCAL fuzz.reader_id = %d; %s%s\n    -- query: %s\n", scenario.query.user,
              scenario.query.setting.c_str(), scenario.query.reader ? " SET LOCAL ROLE fuzz_reader;" : "",
              scenario.query.text.c_str());
  for (const Change& change : scenario.after)
    std::printf("    BEGIN; %s; COMMIT;\n", text_of(change).c_str());
  std::printf("    -- before: %s\n    -- after: %s\n    -- read set: %s\n", outcome.before.c_str(),
              outcome.after.c_str(),
              database.query("SELECT fuzz.read_set_json('" + hex(outcome.bytes) + "'::bytea)")[0][0].c_str());
  return true;
}

}  // namespace freshet::fuzz
