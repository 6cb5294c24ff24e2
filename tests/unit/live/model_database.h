#pragma once

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "live/live_state.h"
#include "wire/assembler.h"
#include "wire/read_set.h"

// A database small enough to be certain of: rows of three integer columns in four tables, transactions whose
// commits become visible and are decoded in any order, and query functions with true read sets.
namespace freshet::live::model {

using wire::Snapshot;
using wire::Xid;

struct ModelRow {
  int group = 0;   // attnum 2; the key is attnum 1
  int value = 0;   // attnum 3
  int unread = 0;  // attnum 4
  bool null_group = false;
  bool operator==(const ModelRow&) const = default;
};
using Table = std::map<int, ModelRow>;
using State = std::map<int, Table>;

inline constexpr int kTables = 4;
// 1: identity by key; 2: identity full; 3: no identity at all; 4: identity by key, fingerprints in read sets.

struct Write {
  int table = 1;
  int key = 0;
  bool truncate = false;
  std::optional<ModelRow> row;  // none: delete
};

struct ModelTransaction {
  enum class Phase { kRunning, kCommitted, kAborted };
  Xid xid = 0;
  std::vector<Xid> subxids;
  std::vector<Write> writes;
  bool foreign = false;  // of another database: never decoded
  bool ddl = false;      // replaces a function; decoded, and of no table
  Phase phase = Phase::kRunning;
  bool visible = false;
  bool decoded = false;
};

struct Evaluated {
  std::string value;
  std::optional<base::Error> error;
  wire::ReadSet read_set;
  std::string claims = "{}";
};

class Database {
 public:
  explicit Database(std::mt19937_64& random) : random_(random) {}

  // Writes that do not touch rows of transactions that are still in the way; nullptr when there are none.
  ModelTransaction* begin(bool allow_truncate);
  // From here on it is durable and in the stream; `announced` tables are reported row by row.
  wire::Transaction commit(ModelTransaction& transaction, const std::set<int>& announced);
  void abort(ModelTransaction& transaction);

  Snapshot snapshot() const;
  std::vector<wire::XidFate> fates(const Snapshot& now, const Snapshot& since) const;
  State at(const Snapshot& snapshot) const;
  bool is_void(const Snapshot& snapshot, const wire::ReadSet& read_set) const;

  // Functions are looked up as they are now, whatever the snapshot.
  int definitions() const;

  std::vector<ModelTransaction*> in_phase(ModelTransaction::Phase phase, bool visible) const;
  // Committed, visible there and in this database, but not decoded.
  bool sees_undecoded(const Snapshot& snapshot) const;
  const std::vector<std::unique_ptr<ModelTransaction>>& all() const { return transactions_; }

 private:
  wire::Transaction encode(const ModelTransaction& transaction, const std::set<int>& announced);
  void add_row(wire::Transaction& out, int table, int key, const ModelRow* before, const ModelRow* after);
  void add_tuple(wire::Transaction& out, int key, const ModelRow& row, const ModelRow* before, bool key_only,
                 std::uint32_t& begin, std::uint32_t& count);
  int below(int bound) { return static_cast<int>(random_() % static_cast<std::uint64_t>(bound)); }

  std::mt19937_64& random_;
  std::vector<std::unique_ptr<ModelTransaction>> transactions_;  // in order of begin
  std::vector<ModelTransaction*> order_;                         // in order of commit
  Xid next_xid_ = 100;
};

// What a run depends on beside rows.
struct Surroundings {
  int definitions = 0;   // how often functions were replaced
  bool expired = false;  // the instant until which "m.timed" is what it is has passed
};

// The result of a call at a state for a caller, and what it read.
Evaluated evaluate(const Call& call, bool guard, const Claims& claims, const State& state,
                   Surroundings around = {});
std::string encode(const wire::ReadSet& read_set);

}  // namespace freshet::live::model
