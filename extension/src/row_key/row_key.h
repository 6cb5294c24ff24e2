#pragma once

// One value of one column in the three codings of wire/README.md ("Column value"), the same for the read set
// of a run and for the change set of a commit: a hash that agrees with the type's equality, a key whose bytes
// sort as the type does, and a keyed image of the stored value. A part that cannot be had is refused, never
// approximated.
//
// Relied upon: an active transaction with a usable catalog snapshot (a historic one will do). Memory that the
// codings need is palloc'ed in the current context. Include before postgres.h.

#include "freshet_wire/siphash.hpp"

extern "C" {
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/relcache.h"
}

namespace freshet {

// How values of one (type, collation) are coded. Made once per backend, never freed, and brought up to date
// by itself after DDL on the type, so a pointer may be kept for the life of the backend.
struct RowKeyCodec;

// Domains count as their base type. InvalidOid as collation: the type has none. Never NULL.
RowKeyCodec* row_key_codec(Oid type, Oid collation);

// An order key longer than this is refused: both sides would carry it for every row.
inline constexpr int kMaxOrderKey = 1024;

// What the type can have at all; a single value may still be refused.
bool row_key_has_eq(RowKeyCodec* codec);
bool row_key_has_order(RowKeyCodec* codec);

// The extended hash of the type's default hash operator class, seed 0: a = b implies equal hashes.
bool row_key_eq(RowKeyCodec* codec, Datum value, uint64* hash);

// Appends the order key to `key`: a < b (default btree operator class) iff the key of a sorts before that of
// b, bytes compared as unsigned and a prefix before what it begins. On refusal `key` is left as it was.
bool row_key_order(RowKeyCodec* codec, Datum value, StringInfo key);

// Keyed hash of the stored value, the same however the value was compressed, shortened or moved out of line.
// The value must be fetchable: an on-disk TOAST pointer of a decoded tuple is not (see change_set).
wire::Hash128 row_key_image(RowKeyCodec* codec, Datum value, const wire::SipKey& key);

// --- operands of conditions: `column op operand`
// ------------------------------------------------------------------

// True: `op` (column on its left) is equality in the sense of row_key_eq, for operands of some type of the
// same hash operator family, and `collation`, under which the expression is evaluated, distinguishes what the
// column's does.
bool row_key_is_equality(RowKeyCodec* codec, Oid op, Oid collation);

// The btree strategy (BTLessStrategyNumber …) of `op` (column on its left) in the order of row_key_order
// evaluated under `collation`, or 0: not an operator of that order.
int row_key_order_strategy(RowKeyCodec* codec, Oid op, Oid collation);

// Codings of an operand of another type, comparable with those of the column. False: cannot, widen.
bool row_key_operand_eq(RowKeyCodec* codec, Oid operand_type, Datum operand, uint64* hash);
bool row_key_operand_order(RowKeyCodec* codec, Oid operand_type, Datum operand, StringInfo key);

// --- row identity
// -------------------------------------------------------------------------------------------------

// Columns of the valid, immediate index by which changes of the table can be told apart: the one that names
// old rows (replica identity DEFAULT or INDEX), or the primary key where all columns name them (FULL).
// Ascending, in at most INDEX_MAX_KEYS places. 0: there is none.
int row_key_identity_columns(Relation relation, AttrNumber* columns);

// Keyed hash of the identity columns' stored values, in the order of row_key_identity_columns.
wire::Hash128 row_key_identity(int count, RowKeyCodec* const* codecs, const Datum* values,
                               const wire::SipKey& key);

}  // namespace freshet
