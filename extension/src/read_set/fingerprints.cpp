#include "read_set/fingerprints.h"

namespace freshet::read_set {
namespace {

const wire::Hash128* row_at(const Fingerprints* prints, int row) {
  return prints->rows + static_cast<Size>(row) * (1 + prints->columns);
}

// Slot of the key, or the free one where it belongs. Keys are keyed hashes: their bits are as good as random.
int* slot_of(const Fingerprints* prints, const wire::Hash128& key) {
  uint64 at;
  memcpy(&at, key.bytes, sizeof at);
  for (;; at++) {
    int* slot = &prints->slots[at & (prints->slot_count - 1)];
    if (*slot == 0 || *row_at(prints, *slot - 1) == key) return slot;
  }
}

void grow(Fingerprints* prints) {
  const Size row_size = sizeof(wire::Hash128) * (1 + prints->columns);
  prints->capacity = prints->capacity == 0 ? 16 : prints->capacity * 4;
  prints->rows = static_cast<wire::Hash128*>(prints->rows == nullptr
                                                 ? palloc(row_size * prints->capacity)
                                                 : repalloc(prints->rows, row_size * prints->capacity));
  if (prints->slots != nullptr) pfree(prints->slots);
  prints->slot_count = prints->capacity * 2;
  prints->slots = static_cast<int*>(palloc0(sizeof(int) * prints->slot_count));
  for (int row = 0; row < prints->count; row++) *slot_of(prints, *row_at(prints, row)) = row + 1;
}

}  // namespace

bool add_fingerprint(Fingerprints* prints, int columns, const wire::Hash128* row) {
  if (prints->lost) return false;
  prints->columns = columns;
  if (prints->count == prints->capacity) grow(prints);
  const Size row_size = sizeof(wire::Hash128) * (1 + columns);
  int* slot = slot_of(prints, row[0]);
  if (*slot != 0) {
    // Two versions of one row, so two snapshots: neither stands for both.
    if (memcmp(row_at(prints, *slot - 1), row, row_size) != 0) lose_fingerprints(prints);
    return !prints->lost;
  }
  if (prints->count == kMaxFingerprints) {
    lose_fingerprints(prints);
    return false;
  }
  memcpy(prints->rows + static_cast<Size>(prints->count) * (1 + columns), row, row_size);
  *slot = ++prints->count;
  return true;
}

void lose_fingerprints(Fingerprints* prints) {
  if (prints->rows != nullptr) pfree(prints->rows);
  if (prints->slots != nullptr) pfree(prints->slots);
  *prints = Fingerprints{};
  prints->lost = true;
}

}  // namespace freshet::read_set
