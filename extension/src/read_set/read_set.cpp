#include "read_set/read_set.h"

#include "mutant.h"

namespace freshet::read_set {
namespace {

constexpr int kLinearSearch = 8;

bool same_columns(const Columns& a, const Columns& b) {
  return a.all == b.all && (a.all || bms_equal(a.attnums, b.attnums));
}

void index_conjs(Entry* entry, int slot_count) {
  if (entry->slots != nullptr) pfree(entry->slots);
  entry->slot_count = slot_count;
  entry->slots = static_cast<int*>(palloc0(sizeof(int) * slot_count));
  for (int i = 0; i < entry->count; i++) {
    uint64 slot = conj_digest(entry->conjs[i]);
    while (entry->slots[slot & (slot_count - 1)] != 0) slot++;
    entry->slots[slot & (slot_count - 1)] = i + 1;
  }
}

bool contains(const Entry* entry, const Conj& conj) {
  if (entry->slots == nullptr) {
    for (int i = 0; i < entry->count; i++) {
      if (same_conj(entry->conjs[i], conj)) return true;
    }
    return false;
  }
  for (uint64 slot = conj_digest(conj);; slot++) {
    const int found = entry->slots[slot & (entry->slot_count - 1)];
    if (found == 0) return false;
    if (same_conj(entry->conjs[found - 1], conj)) return true;
  }
}

void drop_index(Entry* entry) {
  if (entry->slots != nullptr) pfree(entry->slots);
  entry->slots = nullptr;
  entry->slot_count = 0;
}

void append(ReadSet* set, Entry* entry, const Conj& conj) {
  if (entry->count == entry->capacity) {
    entry->capacity *= 2;
    entry->conjs = static_cast<Conj*>(repalloc(entry->conjs, sizeof(Conj) * entry->capacity));
  }
  entry->conjs[entry->count++] = copy_conj(conj, set->context);
  const Size size = conj_size(conj);
  entry->size += size;
  set->size += size;
  if (entry->slots != nullptr && entry->count * 2 <= entry->slot_count) {
    uint64 slot = conj_digest(conj);
    while (entry->slots[slot & (entry->slot_count - 1)] != 0) slot++;
    entry->slots[slot & (entry->slot_count - 1)] = entry->count;
  } else if (entry->count > kLinearSearch) {
    index_conjs(entry, entry->slots == nullptr ? 32 : entry->slot_count * 2);
  }
}

void become(ReadSet* set, Entry* entry, const Conj& conj) {
  Size dropped = 0;
  for (int i = 0; i < entry->count; i++) dropped += conj_size(entry->conjs[i]);
  const Size size = conj_size(conj);
  entry->size += size - dropped;
  set->size += size - dropped;
  entry->conjs[0] = conj;
  entry->count = 1;
  drop_index(entry);
}

// What all alternatives have in common stands for all of them.
void widen(ReadSet* set, Entry* entry) {
  const MemoryContext steps = AllocSetContextCreate(set->context, "freshet widening", ALLOCSET_DEFAULT_SIZES);
  const MemoryContext before = MemoryContextSwitchTo(steps);
  Conj general = entry->conjs[0];
  for (int i = 1; i < entry->count; i++) {
    const Conj narrower = general;
    general = common_atoms(narrower, entry->conjs[i]);
    if (i > 1) pfree(narrower.atoms);
  }
  MemoryContextSwitchTo(before);
  become(set, entry, copy_conj(general, set->context));
  MemoryContextDelete(steps);
  entry->widened = true;
}

bool add_conj(ReadSet* set, Entry* entry, const Conj& conj) {
  if (entry->widened) {
    if (implies(conj, entry->conjs[0])) return false;
    become(set, entry, common_atoms(entry->conjs[0], conj));
    return true;
  }
  if (entry->count > 0 && entry->conjs[0].count == 0) return false;
  if (conj.count == 0 && entry->count > 0) {
    become(set, entry, Conj{0, nullptr});
    return true;
  }
  if (contains(entry, conj)) return false;
  if (FRESHET_MUTANT_IS(KEYS_BEYOND_THE_CAP_FORGOTTEN) && entry->count == kMaxConjs) return false;
  append(set, entry, conj);
  if (entry->count > kMaxConjs) widen(set, entry);
  return true;
}

Entry* find(ReadSet* set, Oid table, const Columns& columns, bool order_dependent) {
  for (int i = 0; i < set->count; i++) {
    Entry* entry = &set->entries[i];
    if (entry->table == table && entry->order_dependent == order_dependent &&
        same_columns(entry->columns, columns)) {
      return entry;
    }
  }
  return nullptr;
}

Entry* new_entry(ReadSet* set, Oid table, const Columns& columns, bool order_dependent) {
  if (set->count == set->capacity) {
    set->capacity *= 2;
    set->entries = static_cast<Entry*>(repalloc(set->entries, sizeof(Entry) * set->capacity));
  }
  Entry* entry = &set->entries[set->count++];
  *entry = Entry{};
  entry->table = table;
  entry->order_dependent = order_dependent;
  entry->columns = {columns.all, columns.all ? nullptr : bms_copy(columns.attnums)};
  entry->capacity = 4;
  entry->conjs = static_cast<Conj*>(palloc(sizeof(Conj) * entry->capacity));
  entry->size = 16;
  set->size += entry->size;
  return entry;
}

// Too much to say: every table that was read counts as read completely.
void keep_tables_only(ReadSet* set) {
  int kept = 0;
  for (int i = 0; i < set->count; i++) {
    const Oid table = set->entries[i].table;
    bool seen = false;
    for (int j = 0; j < kept && !seen; j++) seen = set->entries[j].table == table;
    if (seen) continue;
    Entry* entry = &set->entries[kept++];
    if (entry != &set->entries[i]) *entry = set->entries[i];
    entry->columns = {true, nullptr};
    lose_fingerprints(&entry->fingerprints);
    entry->order_dependent = true;
    entry->widened = true;
    entry->count = 1;
    entry->conjs[0] = {0, nullptr};
    drop_index(entry);
    entry->size = 16;
  }
  set->count = kept;
  set->size = static_cast<Size>(16 * kept);
}

Entry* widest(ReadSet* set, Oid table) {
  for (int i = 0; i < set->count; i++) {
    const Entry& entry = set->entries[i];
    if (entry.table == table && entry.columns.all && entry.order_dependent && entry.widened &&
        entry.conjs[0].count == 0) {
      return &set->entries[i];
    }
  }
  return nullptr;
}

void drop_rows(ReadSet* set, Entry* entry) {
  const Size size = sizeof(wire::Hash128) * entry->fingerprints.count * (1 + entry->fingerprints.columns);
  entry->size -= size;
  set->size -= size;
  lose_fingerprints(&entry->fingerprints);
}

void enforce_caps(ReadSet* set) {
  for (int i = 0; i < set->count && set->size > kMaxBytes; i++) drop_rows(set, &set->entries[i]);
  while (set->size > kMaxBytes) {
    Entry* largest = nullptr;
    for (int i = 0; i < set->count; i++) {
      Entry* entry = &set->entries[i];
      if (!entry->widened && entry->count > 0 && (largest == nullptr || entry->size > largest->size))
        largest = entry;
    }
    if (largest == nullptr) break;
    widen(set, largest);
  }
  if (set->count > kMaxEntries || set->size > kMaxBytes) keep_tables_only(set);
  if (set->count > kMaxEntries) set->flags |= wire::kReadEverything;
}

}  // namespace

ReadSet* create_read_set() {
  const MemoryContext context =
      AllocSetContextCreate(TopMemoryContext, "freshet read set", ALLOCSET_DEFAULT_SIZES);
  ReadSet* set = static_cast<ReadSet*>(MemoryContextAllocZero(context, sizeof(ReadSet)));
  set->context = context;
  set->capacity = 8;
  set->entries = static_cast<Entry*>(MemoryContextAlloc(context, sizeof(Entry) * set->capacity));
  return set;
}

void destroy_read_set(ReadSet* set) { MemoryContextDelete(set->context); }

bool add(ReadSet* set, Oid table, const Columns& columns, bool order_dependent, const Condition& condition,
         bool fingerprinted) {
  if (is_never(condition) || (set->flags & wire::kReadEverything) != 0 || widest(set, table) != nullptr)
    return false;
  const MemoryContext before = MemoryContextSwitchTo(set->context);
  Entry* entry = find(set, table, columns, order_dependent);
  if (entry == nullptr) entry = new_entry(set, table, columns, order_dependent);
  if (!fingerprinted) drop_rows(set, entry);
  bool grew = false;
  for (int i = 0; i < condition.count; i++) {
    if (add_conj(set, entry, condition.conjs[i])) grew = true;
  }
  enforce_caps(set);
  MemoryContextSwitchTo(before);
  return grew;
}

void open_entry(ReadSet* set, Oid table, const Columns& columns, bool order_dependent, bool fingerprinted) {
  if ((set->flags & wire::kReadEverything) != 0 || widest(set, table) != nullptr) return;
  const MemoryContext before = MemoryContextSwitchTo(set->context);
  Entry* entry = find(set, table, columns, order_dependent);
  if (entry == nullptr) entry = new_entry(set, table, columns, order_dependent);
  if (!fingerprinted) drop_rows(set, entry);
  enforce_caps(set);
  MemoryContextSwitchTo(before);
}

bool add_row(ReadSet* set, Oid table, const Columns& columns, bool order_dependent,
             const wire::Hash128* row) {
  Entry* entry = find(set, table, columns, order_dependent);
  if (entry == nullptr || entry->fingerprints.lost) return false;
  const MemoryContext before = MemoryContextSwitchTo(set->context);
  const int width = bms_num_members(columns.attnums);
  const int known = entry->fingerprints.count;
  const Size old_size = sizeof(wire::Hash128) * known * (1 + width);
  const bool kept = add_fingerprint(&entry->fingerprints, width, row);
  const Size new_size = sizeof(wire::Hash128) * entry->fingerprints.count * (1 + width);
  entry->size += new_size - old_size;
  set->size += new_size - old_size;
  if (set->size > kMaxBytes) enforce_caps(set);
  MemoryContextSwitchTo(before);
  return kept;
}

void note_run_of(ReadSet* set, Oid table, const Columns& columns, RunEvent event) {
  Entry* entry = find(set, table, columns, true);
  if (entry == nullptr) return;
  if (event == RunEvent::kEnds) {
    entry->ended_runs++;
  } else if (event == RunEvent::kBegins) {
    entry->runs++;
  } else {
    entry->runs = PG_INT32_MAX / 2;
  }
}

bool order_matters(const Entry& entry) {
  if (!entry.order_dependent) return false;
  const bool one_row = !entry.columns.all && !entry.fingerprints.lost && entry.fingerprints.count <= 1;
  const bool complete = entry.runs == entry.ended_runs || FRESHET_MUTANT_IS(ROW_BEFORE_A_LIMIT_IS_ALONE);
  return !(one_row && complete);
}

void lose_rows(ReadSet* set, Oid table, const Columns& columns, bool order_dependent) {
  Entry* entry = find(set, table, columns, order_dependent);
  if (entry != nullptr) drop_rows(set, entry);
}

}  // namespace freshet::read_set
