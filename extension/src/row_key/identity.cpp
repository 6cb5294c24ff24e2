#include "row_key/row_key.h"

#include "compat.h"

extern "C" {
#include "access/genam.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"
}

namespace freshet {
namespace {

// Valid, unique, immediate, without a predicate, over plain columns. The server checks this when it chooses
// the index, but not again when the index becomes invalid later.
bool names_rows(Relation index) {
  const Form_pg_index form = index->rd_index;
  if (!form->indisvalid || !form->indisunique || !form->indimmediate) return false;
  if (!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr)) return false;
  for (int i = 0; i < form->indnkeyatts; ++i)
    if (form->indkey.values[i] <= 0) return false;
  return true;
}

}  // namespace

int row_key_identity_columns(Relation relation, AttrNumber* columns) {
  const bool full = relation->rd_rel->relreplident == REPLICA_IDENTITY_FULL;
  const Oid index_oid = full ? primary_key_index(relation) : RelationGetReplicaIndex(relation);
  if (!OidIsValid(index_oid)) return 0;

  // Locked by nobody while decoding: what is looked at is the catalog as it was then, and no storage is
  // touched.
  Relation index = RelationIdGetRelation(index_oid);
  if (!RelationIsValid(index)) return 0;
  int count = 0;
  if (names_rows(index)) {
    for (int i = 0; i < index->rd_index->indnkeyatts; ++i) {
      const AttrNumber column = index->rd_index->indkey.values[i];
      int place = count++;
      for (; place > 0 && columns[place - 1] > column; --place) columns[place] = columns[place - 1];
      columns[place] = column;
    }
  }
  RelationClose(index);
  return count;
}

}  // namespace freshet
