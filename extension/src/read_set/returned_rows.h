// Fingerprints of the rows that one scan node returns. Where it is known only at the end of a run how far
// the rows matter (a bound, partners in a join), they are held back until then, and those behind it are
// left out: they are outside of what the entry claims, whatever becomes of them.
#pragma once

#include "freshet_wire/bytes.hpp"

#include "row_key/row_key.h"

#include "read_set/read_set.h"

extern "C" {
#include "access/tableam.h"
#include "nodes/execnodes.h"
#include "pg_config_manual.h"
#include "utils/relcache.h"
}

namespace freshet::read_set {

// What a row that is held back will be judged by: one column's value as atoms see it.
struct HeldValue {
  bool null;
  bool has_eq;
  uint32 order_size;  // 0: no order key
  uint64 eq;
  const uint8* order;
};

// A column that a condition found at the end of a run may be about.
struct JudgedColumn {
  AttrNumber column;
  RowKeyCodec* codec;
};

inline constexpr int kMaxJudged = 8;

struct ReturnedRows {
  bool told;    // the entry has them so far
  bool valued;  // `held_values` has what is judged of each row so far
  int identity_count;
  AttrNumber identity[INDEX_MAX_KEYS];
  RowKeyCodec* identity_codecs[INDEX_MAX_KEYS];
  int image_count;  // of columns, in order of number
  AttrNumber* images;
  RowKeyCodec** image_codecs;
  wire::Hash128* prints;  // room for those of one row
  // An index-only scan has no more than the index has: the row itself is fetched.
  IndexFetchTableData* fetch;
  TupleTableSlot* fetched;
  int judged_count;
  JudgedColumn judged[kMaxJudged];
  int held_count;
  int held_capacity;
  wire::Hash128* held;        // key and images of each
  HeldValue* held_values;     // judged_count of each
  MemoryContext held_memory;  // below the read set's
};

// Whether rows of `node` can be told: the table has a key by which changes name their old row. To be called
// in es_query_cxt.
void prepare_rows(ReturnedRows* rows, PlanState* node, Relation relation, const Columns& columns);

// Rows are to be held back by this column, too. If too many columns are already, it is as if all rows were
// inside.
void judge_by(ReturnedRows* rows, PlanState* node, Relation relation, AttrNumber column);

// What there is of the row that the node has just returned, palloc'd.
struct CurrentRow {
  wire::Hash128* prints;  // key and images; NULL: it cannot be told
  HeldValue* values;      // NULL: not asked for, or not to be had
};
CurrentRow current_row(ReturnedRows* rows, PlanState* node, bool with_values);

// The first part of it alone, of a scan that returns rows as they are stored: valid until the next row.
const wire::Hash128* current_prints(ReturnedRows* rows, PlanState* node);

// Holds the row back, `row.prints` if rows are told. False: too many are, and from now on none is.
bool hold_row(ReturnedRows* rows, const CurrentRow& row, MemoryContext parent);

// Whether held row number `row` may satisfy `condition`.
bool may_satisfy(const ReturnedRows* rows, int row, const Condition& condition);

// Of a row that is held and told.
inline const wire::Hash128* held_row(const ReturnedRows* rows, int row) {
  return rows->held + static_cast<Size>(row) * (1 + rows->image_count);
}

void forget_held_rows(ReturnedRows* rows);

}  // namespace freshet::read_set
