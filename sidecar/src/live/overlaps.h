#pragma once

#include <span>

#include "wire/read_set.h"
#include "wire/transaction.h"

namespace freshet::live {

// One side of a row change. Unchanged columns of the new side are looked up on the old one.
struct RowImage {
  const wire::Transaction* transaction = nullptr;
  std::span<const wire::Column> columns;
  std::span<const wire::Column> previous;
};

RowImage old_image(const wire::Transaction& transaction, const wire::Row& row);
RowImage new_image(const wire::Transaction& transaction, const wire::Row& row);

// The column when anything is known of it (null or known), else nullptr.
const wire::Column* known_column(const RowImage& image, wire::Attnum attnum);

// False only if the row certainly fails the condition. What is unknown may match.
bool may_match(const wire::Atom& atom, const RowImage& image);
bool may_match(const wire::Conjunction& conjunction, const RowImage& image);

// Each of these columns is known to have kept its stored value.
bool unchanged(std::span<const wire::Attnum> used, const wire::Transaction& transaction,
               const wire::Row& row);

// Nothing of an entry that uses these columns and carries fingerprints or not changed with the row. A row
// that goes by another key from now on would not be found among the fingerprints any more, even if the key is
// not among what is used.
bool leaves_columns(std::span<const wire::Attnum> used, bool fingerprints,
                    const wire::Transaction& transaction, const wire::Row& row);

// An update that leaves what the entry read as it was: its columns kept their values, or equal those of the
// fingerprints. Only asked about rows that may match on the new side.
bool spared(const wire::Entry& entry, const wire::Transaction& transaction, const wire::Row& row);

// The one definition of "this change touches this read set" (wire/README.md "Hits", READ_SETS §0a). Pure. The
// index is only a fast way to ask it.
bool overlaps(const wire::Entry& entry, const wire::Transaction& transaction, const wire::Row& row);
bool overlaps(const wire::ReadSet& read_set, const wire::Transaction& transaction);

bool contains_key(const wire::Fingerprints& fingerprints, const wire::Hash128& key);

}  // namespace freshet::live
