#include "model_database.h"

#include <algorithm>

#include "base/raw_json.h"

namespace freshet::live::model {
namespace {

constexpr int kKeys = 8;
constexpr int kGroups = 4;

std::uint64_t equality(int value) {
  return static_cast<std::uint64_t>(value) * 0x9e3779b97f4a7c15ULL + 12345;
}

std::string order_key(int value) {
  std::string key(4, '\0');
  const std::uint32_t biased = static_cast<std::uint32_t>(value) ^ 0x80000000u;
  for (int i = 0; i < 4; ++i) key[i] = static_cast<char>(biased >> (24 - 8 * i));
  return key;
}

wire::Hash128 image(int value) {
  const wire::SipKey key{{1, 2, 3}};
  const std::string text = std::to_string(value);
  return wire::siphash128(key, wire::Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

wire::Atom equal(wire::Attnum attnum, int value) {
  return {attnum, wire::AtomKind::kEq, 0, {equality(value)}, {}, {}};
}

int argument(const Call& call, std::size_t index) {
  const auto elements = base::trusted_array_elements(call.args);
  return std::stoi(std::string(elements.at(index)));
}

// As the stored value; a null has an image that no value has.
int column_of(const std::pair<int, ModelRow>& row, wire::Attnum attnum) {
  if (attnum == 1) return row.first;
  if (attnum == 2) return row.second.null_group ? -1000 : row.second.group;
  return row.second.value;
}

// Reads a table the way a scan would: everything that `keep` holds for, with the fingerprints where table 4
// has them.
template <class Keep>
std::vector<std::pair<int, ModelRow>> scan(const State& state, int table, wire::Entry entry,
                                           wire::ReadSet& read_set, Keep keep) {
  std::vector<std::pair<int, ModelRow>> rows;
  if (const auto at = state.find(table); at != state.end()) {
    for (const auto& [key, row] : at->second) {
      if (keep(key, row)) rows.emplace_back(key, row);
    }
  }
  entry.table = static_cast<wire::TableId>(table);
  if (table == 4 && !entry.all_columns()) {
    entry.flags |= wire::kEntryFingerprints;
    entry.fingerprints.columns = entry.columns;
    std::vector<std::pair<std::string, const std::pair<int, ModelRow>*>> prints;
    for (const auto& row : rows) {
      const wire::Hash128 key = image(row.first);
      prints.emplace_back(std::string(reinterpret_cast<const char*>(key.bytes), 16), &row);
    }
    std::sort(prints.begin(), prints.end());
    for (const auto& [text, row] : prints) {
      entry.fingerprints.keys.push_back(image(row->first));
      for (wire::Attnum attnum : entry.columns)
        entry.fingerprints.images.push_back(image(column_of(*row, attnum)));
    }
  }
  read_set.entries.push_back(std::move(entry));
  return rows;
}

std::string rows_json(const std::vector<std::pair<int, ModelRow>>& rows) {
  std::string json = "[";
  for (const auto& [key, row] : rows) {
    if (json.size() > 1) json += ',';
    // Long enough for a splice to be the shorter way to say it.
    json +=
        '[' + std::to_string(key) + ',' + std::to_string(row.value) + ",\"" + std::string(120, 'x') + "\"]";
  }
  return json + ']';
}

wire::Entry entry_of(std::vector<wire::Attnum> columns, wire::Conjunction fixed) {
  wire::Entry entry;
  entry.columns = std::move(columns);
  entry.fixed = std::move(fixed);
  return entry;
}

int claimed(const Claims& claims, std::string& read) {
  const std::string value(claims.value("sub"));
  read = "{\"sub\":" + value + "}";
  return value == "null" ? -1 : std::stoi(value);
}

std::vector<std::pair<int, ModelRow>> in_group(const State& state, int table, int group,
                                               wire::ReadSet& read_set) {
  return scan(state, table, entry_of({1, 2, 3}, {equal(2, group)}), read_set,
              [&](int, const ModelRow& row) { return !row.null_group && row.group == group; });
}

}  // namespace

ModelTransaction* Database::begin(bool allow_truncate) {
  std::set<std::pair<int, int>> busy;
  std::set<int> busy_tables, truncated;
  for (const auto& other : transactions_) {
    if (other->visible || other->phase == ModelTransaction::Phase::kAborted) continue;
    for (const Write& write : other->writes) {
      busy.insert({write.table, write.key});
      busy_tables.insert(write.table);
      if (write.truncate) truncated.insert(write.table);
    }
  }
  auto transaction = std::make_unique<ModelTransaction>();
  transaction->xid = next_xid_++;
  transaction->foreign = below(10) == 0;
  const int subtransactions = below(4) == 0 ? 1 + below(2) : 0;
  for (int i = 0; i < subtransactions; ++i) transaction->subxids.push_back(next_xid_++);
  const int table = 1 + below(kTables);
  if (!transaction->foreign && allow_truncate && below(30) == 0) {
    transaction->ddl = true;
  } else if (!transaction->foreign && allow_truncate && below(25) == 0 && !busy_tables.contains(table)) {
    transaction->writes.push_back({table, 0, true, std::nullopt});
  } else if (!transaction->foreign) {
    for (int i = 0, n = 1 + below(3); i < n; ++i) {
      Write write;
      write.table = 1 + below(kTables);
      write.key = below(kKeys);
      if (truncated.contains(write.table) || !busy.insert({write.table, write.key}).second) continue;
      if (below(4) != 0) write.row = ModelRow{below(kGroups), below(3), below(2), below(10) == 0};
      transaction->writes.push_back(write);
    }
  }
  transactions_.push_back(std::move(transaction));
  return transactions_.back().get();
}

wire::Transaction Database::commit(ModelTransaction& transaction, const std::set<int>& announced) {
  wire::Transaction encoded = encode(transaction, announced);
  transaction.phase = ModelTransaction::Phase::kCommitted;
  order_.push_back(&transaction);
  return encoded;
}

void Database::abort(ModelTransaction& transaction) {
  transaction.phase = ModelTransaction::Phase::kAborted;
  transaction.visible = true;
}

int Database::definitions() const {
  return static_cast<int>(std::count_if(
      order_.begin(), order_.end(),
      [](const ModelTransaction* transaction) { return transaction->ddl && transaction->visible; }));
}

Snapshot Database::snapshot() const {
  std::vector<Xid> running;
  for (const auto& transaction : transactions_) {
    if (!transaction->visible) running.push_back(transaction->xid);
  }
  return Snapshot(running.empty() ? next_xid_ : running.front(), next_xid_, running);
}

std::vector<wire::XidFate> Database::fates(const Snapshot& now, const Snapshot& since) const {
  std::vector<wire::XidFate> fates;
  for (const auto& transaction : transactions_) {
    wire::Fate fate = wire::Fate::kInProgress;
    if (transaction->phase == ModelTransaction::Phase::kCommitted) fate = wire::Fate::kCommitted;
    if (transaction->phase == ModelTransaction::Phase::kAborted) fate = wire::Fate::kAborted;
    if (now.sees(transaction->xid) && !since.sees(transaction->xid))
      fates.push_back({transaction->xid, fate});
    for (Xid subxid : transaction->subxids) {
      if (now.sees(subxid) && !since.sees(subxid)) fates.push_back({subxid, fate});
    }
  }
  return fates;
}

State Database::at(const Snapshot& snapshot) const {
  State state;
  for (const ModelTransaction* transaction : order_) {
    if (!snapshot.sees(transaction->xid)) continue;
    for (const Write& write : transaction->writes) {
      Table& table = state[write.table];
      if (write.truncate)
        table.clear();
      else if (write.row)
        table[write.key] = *write.row;
      else
        table.erase(write.key);
    }
  }
  return state;
}

bool Database::is_void(const Snapshot& snapshot, const wire::ReadSet& read_set) const {
  for (const ModelTransaction* transaction : order_) {
    if (snapshot.sees(transaction->xid)) continue;
    for (const Write& write : transaction->writes) {
      for (const wire::Entry& entry : read_set.entries) {
        if (write.truncate && entry.table == static_cast<wire::TableId>(write.table)) return true;
      }
    }
  }
  return false;
}

std::vector<ModelTransaction*> Database::in_phase(ModelTransaction::Phase phase, bool visible) const {
  std::vector<ModelTransaction*> found;
  for (const auto& transaction : transactions_) {
    if (transaction->phase == phase && transaction->visible == visible) found.push_back(transaction.get());
  }
  return found;
}

bool Database::sees_undecoded(const Snapshot& snapshot) const {
  return std::any_of(order_.begin(), order_.end(), [&](const ModelTransaction* transaction) {
    return (!transaction->writes.empty() || transaction->ddl) && !transaction->decoded &&
           snapshot.sees(transaction->xid);
  });
}

void Database::add_tuple(wire::Transaction& out, int key, const ModelRow& row, const ModelRow* before,
                         bool key_only, std::uint32_t& begin, std::uint32_t& count) {
  begin = static_cast<std::uint32_t>(out.columns.size());
  const auto add = [&](wire::Attnum attnum, int value, bool null, bool same) {
    wire::Column column;
    column.attnum = attnum;
    column.state = null ? wire::ValueState::kNull : wire::ValueState::kKnown;
    if (below(12) == 0) column.state = wire::ValueState::kUnknown;
    if (before != nullptr && same && below(6) == 0) column.state = wire::ValueState::kUnchanged;
    if (column.state == wire::ValueState::kKnown) {
      column.parts = static_cast<std::uint8_t>(below(8) == 0 ? below(8) : wire::kPartsAll);
      column.eq = equality(value);
      column.image = image(value);
      const std::string order = order_key(value);
      column.order_begin = static_cast<std::uint32_t>(out.order_bytes.size());
      column.order_size = static_cast<std::uint32_t>(order.size());
      out.order_bytes += order;
    }
    out.columns.push_back(column);
  };
  add(1, key, false, false);
  if (!key_only) {
    add(2, row.group, row.null_group,
        before != nullptr && before->group == row.group && before->null_group == row.null_group);
    add(3, row.value, false, before != nullptr && before->value == row.value);
    if (below(2) == 0) add(4, row.unread, false, false);
  }
  count = static_cast<std::uint32_t>(out.columns.size()) - begin;
}

void Database::add_row(wire::Transaction& out, int table, int key, const ModelRow* before,
                       const ModelRow* after) {
  if (before == nullptr && after == nullptr) return;
  wire::Row row;
  row.table = static_cast<wire::TableId>(table);
  row.kind = before == nullptr  ? wire::RowKind::kInsert
             : after == nullptr ? wire::RowKind::kDelete
                                : wire::RowKind::kUpdate;
  const bool identity = table != 3;
  if (before != nullptr && identity) {
    row.flags |= wire::kRowOldKey;
    row.old_key = image(key);
    add_tuple(out, key, *before, nullptr, table != 2, row.old_begin, row.old_count);
  }
  if (after != nullptr) {
    if (identity) {
      row.flags |= wire::kRowNewKey;
      row.new_key = image(key);
    }
    add_tuple(out, key, *after, before, false, row.new_begin, row.new_count);
  }
  out.rows.push_back(row);
}

wire::Transaction Database::encode(const ModelTransaction& transaction, const std::set<int>& announced) {
  wire::Transaction out;
  out.xid = transaction.xid;
  out.subxids = transaction.subxids;
  State everything;
  for (const ModelTransaction* other : order_) {
    for (const Write& write : other->writes) {
      if (write.truncate)
        everything[write.table].clear();
      else if (write.row)
        everything[write.table][write.key] = *write.row;
      else
        everything[write.table].erase(write.key);
    }
  }
  std::set<int> whole;
  for (const Write& write : transaction.writes) {
    const bool known = announced.contains(write.table) && !write.truncate && below(30) != 0;
    if (!known) {
      whole.insert(write.table);
      continue;
    }
    Table& table = everything[write.table];
    const auto before = table.find(write.key);
    add_row(out, write.table, write.key, before == table.end() ? nullptr : &before->second,
            write.row ? &*write.row : nullptr);
  }
  for (int table : whole) {
    out.tables.push_back({static_cast<wire::TableId>(table), wire::TableReason::kNotAnnounced});
    std::erase_if(out.rows,
                  [&](const wire::Row& row) { return row.table == static_cast<wire::TableId>(table); });
  }
  out.ddl = transaction.ddl;
  if (transaction.ddl || (!transaction.writes.empty() && below(60) == 0)) {
    out.everything = true;
    out.rows.clear();
    out.tables.clear();
  }
  return out;
}

Evaluated evaluate(const Call& call, bool guard, const Claims& claims, const State& state,
                   Surroundings around) {
  Evaluated out;
  if (guard) {
    // Members are the rows of table 1 whose key is the caller's number.
    const int member = claimed(claims, out.claims);
    const auto rows = scan(state, 1, entry_of({1}, {equal(1, member)}), out.read_set,
                           [&](int key, const ModelRow&) { return key == member; });
    if (rows.empty())
      out.error = base::Error(base::ErrorCode::kForbidden, "no member");
    else
      out.value = "true";
    return out;
  }
  const int table = argument(call, 0);
  const int number = argument(call, 1);
  if (call.path == "m.list") {
    out.value = rows_json(in_group(state, table, number, out.read_set));
  } else if (call.path == "m.range") {
    wire::Atom range{
        1, wire::AtomKind::kRange, wire::kRangeHasLo | wire::kRangeLoInclusive | wire::kRangeHasHi, {}, {},
        {}};
    range.lo = order_key(number);
    range.hi = order_key(number + 3);
    out.value = rows_json(scan(state, table, entry_of({1, 3}, {range}), out.read_set,
                               [&](int key, const ModelRow&) { return key >= number && key < number + 3; }));
  } else if (call.path == "m.count") {
    wire::Entry entry = entry_of({}, {});
    if (number % 2 == 0) entry.flags |= wire::kEntryAllColumns;
    const auto rows = scan(state, table, entry, out.read_set, [](int, const ModelRow&) { return true; });
    out.value = std::to_string(rows.size() + 1000 * static_cast<std::size_t>(around.definitions));
  } else if (call.path == "m.orphans") {
    const wire::Atom null{2, wire::AtomKind::kIsNull, 0, {}, {}, {}};
    out.value = rows_json(scan(state, table, entry_of({1, 2, 3}, {null}), out.read_set,
                               [](int, const ModelRow& row) { return row.null_group; }));
  } else if (call.path == "m.join") {
    // For each row of a group, the row of the next table that its value names.
    const auto rows = in_group(state, table, number, out.read_set);
    const int other = table % kTables + 1;
    wire::Entry probes = entry_of({1, 3}, {});
    std::set<int> keys;
    for (const auto& [key, row] : rows) keys.insert(row.value);
    for (int key : keys) probes.alternatives.push_back({equal(1, key)});
    if (keys.empty()) {
      out.value = "[]";
    } else {
      out.value = rows_json(scan(state, other, probes, out.read_set,
                                 [&](int key, const ModelRow&) { return keys.contains(key); }));
    }
  } else if (call.path == "m.timed") {
    out.value = rows_json(in_group(state, table, number, out.read_set));
    out.value.insert(1, std::string(around.expired ? "true" : "false") + (out.value.size() > 2 ? "," : ""));
  } else if (call.path == "m.mine") {
    out.value = rows_json(in_group(state, table, claimed(claims, out.claims), out.read_set));
  } else if (call.path == "m.sometimes_mine") {
    // Whether the caller matters depends on the data.
    const auto rows = scan(state, 3, entry_of({1, 3}, {equal(1, 0)}), out.read_set,
                           [](int key, const ModelRow&) { return key == 0; });
    const bool personal = !rows.empty() && rows.front().second.value > 0;
    const int group = personal ? claimed(claims, out.claims) : number;
    out.value = rows_json(in_group(state, table, group, out.read_set));
  } else {
    const auto rows = in_group(state, table, number, out.read_set);
    if (rows.empty())
      out.error = base::Error(base::ErrorCode::kApplication, "empty");
    else
      out.value = rows_json(rows);
  }
  return out;
}

std::string encode(const wire::ReadSet& read_set) {
  std::string bytes;
  wire::ContainerSink sink(bytes);
  wire::Writer out(sink);
  const auto text = [&](const std::string& key) {
    out.bytes(wire::Bytes(reinterpret_cast<const std::uint8_t*>(key.data()), key.size()));
  };
  const auto conjunction = [&](const wire::Conjunction& atoms) {
    out.var(atoms.size());
    for (const wire::Atom& atom : atoms) {
      out.var(atom.attnum);
      out.u8(static_cast<std::uint8_t>(atom.kind));
      if (atom.kind == wire::AtomKind::kIn) out.var(atom.hashes.size());
      for (std::uint64_t hash : atom.hashes) out.u64(hash);
      if (atom.kind != wire::AtomKind::kRange) continue;
      out.u8(atom.range_flags);
      if ((atom.range_flags & wire::kRangeHasLo) != 0) text(atom.lo);
      if ((atom.range_flags & wire::kRangeHasHi) != 0) text(atom.hi);
    }
  };
  out.u8(wire::kReadSetVersion);
  out.var(read_set.flags);
  out.var(read_set.entries.size());
  for (const wire::Entry& entry : read_set.entries) {
    out.var(entry.table);
    out.u8(entry.flags);
    if (!entry.all_columns()) {
      out.var(entry.columns.size());
      for (wire::Attnum attnum : entry.columns) out.var(attnum);
    }
    conjunction(entry.fixed);
    out.var(entry.alternatives.size());
    for (const wire::Conjunction& alternative : entry.alternatives) conjunction(alternative);
    if (!entry.has_fingerprints()) continue;
    const wire::Fingerprints& prints = entry.fingerprints;
    out.var(prints.columns.size());
    for (wire::Attnum attnum : prints.columns) out.var(attnum);
    out.var(prints.keys.size());
    for (std::size_t i = 0; i < prints.keys.size(); ++i) {
      out.h128(prints.keys[i]);
      for (std::size_t j = 0; j < prints.columns.size(); ++j)
        out.h128(prints.images[i * prints.columns.size() + j]);
    }
  }
  return bytes;
}

}  // namespace freshet::live::model
