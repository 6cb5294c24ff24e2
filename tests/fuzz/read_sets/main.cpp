// See README.md. Exit status: 0 no missed update, 1 missed updates, 2 the fuzz itself failed.

#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>

#include "changes.h"
#include "database.h"
#include "live/overlaps.h"
#include "shapes.h"
#include "wire/read_set.h"

namespace freshet::fuzz {
namespace {

struct Options {
  std::string connect;
  std::string library = "$libdir/freshet";
  std::string identity = "mixed";
  std::string fingerprints = "on";
  std::uint64_t seed =
      static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  int rounds = 10;
  int seconds = 0;  // if given, rounds are begun for so long, however many
  int queries = 40;
  int changes = 25;
  bool shapes = false;  // count per shape
};

struct Run {
  std::string result;
  std::string bytes;
  wire::ReadSet reads;
};

struct LiveQuery {
  const Shape* shape;
  std::string sql;
  std::string setting;
  int user;
  Run run;
};

struct Count {
  long checks = 0;
  long changed = 0;
  long hits = 0;
  long useful = 0;
  long missed = 0;
};

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

// Runs that see one snapshot: begin_runs, track ..., end_runs. As in a batch of the gateway, they share a
// transaction, and each one's settings end with it.
void begin_runs(Database& database) {
  database.query(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = fuzz; SAVEPOINT run");
}

void end_runs(Database& database) { database.query("COMMIT"); }

Run track(Database& database, const LiveQuery& query) {
  const Database::Rows rows = database.query(
      "ROLLBACK TO run; SET LOCAL fuzz.reader_id = " + std::to_string(query.user) + ";" + query.setting +
      (std::strcmp(query.shape->kind, "security") == 0 ? " SET LOCAL ROLE fuzz_reader;" : "") +
      "SELECT result, reads FROM fuzz.track(" + quoted(query.sql) + ")");
  Run run;
  run.result = rows[0][0];
  run.bytes = unhex(rows[0][1]);
  auto decoded =
      wire::decode_read_set({reinterpret_cast<const std::uint8_t*>(run.bytes.data()), run.bytes.size()});
  if (!decoded) throw std::runtime_error("malformed read set of: " + query.sql);
  run.reads = std::move(*decoded);
  return run;
}

void prepare(Database& database, const Options& options, Random& random) {
  const std::string library = quoted(options.library);
  database.query(
      "CREATE OR REPLACE FUNCTION fuzz.capture_start(bytea) RETURNS void LANGUAGE c AS " + library +
      ", 'freshet_test_capture_start'; CREATE OR REPLACE FUNCTION fuzz.capture_finish() RETURNS bytea "
      "LANGUAGE c AS " +
      library +
      ", 'freshet_test_capture_finish'; SET search_path = fuzz; SET jit = off; SET fuzz.image_key = '" +
      std::string(options.fingerprints == "on" ? kKeyHex : "") + "'");
  for (const auto& table : database.query(
           "SELECT c.oid::regclass::text FROM pg_class c WHERE relnamespace = 'fuzz'::regnamespace "
           "AND relkind IN ('r', 'p') ORDER BY relname")) {
    const bool full = options.identity == "full" || (options.identity == "mixed" && pick(random, 0, 1) == 0);
    database.query("ALTER TABLE " + table[0] + " REPLICA IDENTITY " + (full ? "FULL" : "DEFAULT"));
  }
}

bool touches(const wire::ReadSet& reads, const std::vector<wire::Transaction>& transactions) {
  for (const wire::Transaction& transaction : transactions) {
    if (live::overlaps(reads, transaction)) return true;
  }
  return false;
}

void report_missed(const Options& options, int round, const std::string& change, const LiveQuery& query,
                   const Run& fresh) {
  std::printf(
      "MISSED seed %llu round %d\n  change: %s\n  query (%s, user %d): %s\n  settings: %s\n  before: %s\n  "
      "after: %s\n",
      static_cast<unsigned long long>(options.seed), round, change.c_str(), query.shape->kind, query.user,
      query.sql.c_str(), query.setting.c_str(), query.run.result.c_str(), fresh.result.c_str());
}

int run(const Options& options) {
  Random random(options.seed);
  std::printf("seed %llu, identity %s, fingerprints %s\n", static_cast<unsigned long long>(options.seed),
              options.identity.c_str(), options.fingerprints.c_str());
  Database database(options.connect);
  prepare(database, options, random);
  ChangeStream stream(database, options.connect);
  std::map<std::string, Count> counts;
  const auto begun = std::chrono::steady_clock::now();
  const auto goes_on = [&](int round) {
    if (options.seconds == 0) return round < options.rounds;
    return std::chrono::steady_clock::now() - begun < std::chrono::seconds(options.seconds);
  };
  for (int round = 0; goes_on(round); ++round) {
    database.query(initial_rows(random) + "ANALYZE");
    stream.read();
    std::vector<LiveQuery> queries;
    begin_runs(database);
    for (int i = 0; i < options.queries; ++i) {
      const Shape& shape =
          shapes()[static_cast<std::size_t>(pick(random, 0, static_cast<int>(shapes().size()) - 1))];
      const auto& settings = planner_settings();
      LiveQuery query{
          &shape,
          instance(shape, random),
          settings[static_cast<std::size_t>(pick(random, 0, static_cast<int>(settings.size()) - 1))],
          pick(random, 0, 4),
          {}};
      query.run = track(database, query);
      queries.push_back(std::move(query));
    }
    end_runs(database);
    for (int change_index = 0; change_index < options.changes; ++change_index) {
      std::string change = random_change(random);
      while (pick(random, 0, 9) == 0) change += "; " + random_change(random);
      database.query(change);
      const std::vector<wire::Transaction> transactions = stream.read();
      begin_runs(database);
      for (LiveQuery& query : queries) {
        const bool hit = touches(query.run.reads, transactions);
        Run fresh = track(database, query);
        const bool changed = fresh.result != query.run.result;
        Count& count = counts[options.shapes ? query.shape->text : query.shape->kind];
        ++count.checks;
        count.hits += hit;
        count.changed += changed;
        count.useful += hit && changed;
        if (changed && !hit) {
          ++count.missed;
          report_missed(options, round, change, query, fresh);
          std::printf("  read set: %s\n", database
                                              .query("SELECT freshet.read_set_json('\\x" +
                                                     [&] {
                                                       std::string hex;
                                                       char digits[3];
                                                       for (const char byte : query.run.bytes) {
                                                         std::snprintf(digits, sizeof digits, "%02x",
                                                                       static_cast<unsigned char>(byte));
                                                         hex += digits;
                                                       }
                                                       return hex;
                                                     }() +
                                                     "'::bytea)")[0][0]
                                              .c_str());
        }
        if (hit || changed) query.run = std::move(fresh);
      }
      end_runs(database);
    }
  }
  Count total;
  std::printf("%-12s %9s %8s %8s %8s %9s %6s\n", "class", "checks", "changed", "hits", "useful", "precision",
              "missed");
  for (const auto& [kind, count] : counts) {
    std::printf("%-12s %9ld %8ld %8ld %8ld %8.1f%% %6ld\n", kind.c_str(), count.checks, count.changed,
                count.hits, count.useful, count.hits == 0 ? 100.0 : 100.0 * count.useful / count.hits,
                count.missed);
    total.checks += count.checks;
    total.changed += count.changed;
    total.hits += count.hits;
    total.useful += count.useful;
    total.missed += count.missed;
  }
  std::printf("%-12s %9ld %8ld %8ld %8ld %8.1f%% %6ld\n", "total", total.checks, total.changed, total.hits,
              total.useful, total.hits == 0 ? 100.0 : 100.0 * total.useful / total.hits, total.missed);
  return total.missed == 0 ? 0 : 1;
}

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
    else if (name == "--seed")
      options.seed = std::stoull(value);
    else if (name == "--per")
      options.shapes = value == "shape";
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
      std::fprintf(stderr,
                   "usage: %s --connect CONNINFO [--library L] [--identity full|default|mixed] "
                   "[--fingerprints on|off] [--seed N] "
                   "[--rounds N | --seconds N] [--queries N] [--changes N] [--per class|shape]\n",
                   argv[0]);
      return 2;
    }
    return freshet::fuzz::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
