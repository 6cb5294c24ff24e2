#include "change_set/table.h"

#include "change_set/computed.h"

#include "compat.h"
#include "freshet_wire/read_set.hpp"
#include "mutant.h"
#include "row_key/test_column.h"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
}

namespace freshet {
namespace {

constexpr bool kMutantStaleDescription = FRESHET_MUTANT_IS(STALE_TABLE_DESCRIPTION);

// The table that relcache callbacks mark; they cannot be taken back, so they outlive decoding contexts.
HTAB* watched_by_relcache = nullptr;
bool callback_registered = false;

void mark_stale(Datum, Oid relation) {
  if (watched_by_relcache == nullptr || kMutantStaleDescription) return;
  if (OidIsValid(relation)) {
    auto* table = static_cast<ChangedTable*>(hash_search(watched_by_relcache, &relation, HASH_FIND, nullptr));
    if (table != nullptr) table->valid = false;
    return;
  }
  HASH_SEQ_STATUS scan;
  hash_seq_init(&scan, watched_by_relcache);
  while (auto* table = static_cast<ChangedTable*>(hash_seq_search(&scan))) table->valid = false;
}

void stop_watching(void*) { watched_by_relcache = nullptr; }

constexpr bool kMutantKeysUntold = FRESHET_MUTANT_IS(KEYS_UNTOLD);

// Of ours these are told like any other: gateways end what an API key does in the transition in which it was
// changed, and begin jobs when they are scheduled; people's live queries show what becomes of jobs.
constexpr const char* kToldTables[] = {"api_key", "job", "job_queue", "cron"};

bool is_told(Relation relation) {
  for (const char* name : kToldTables)
    if (strcmp(RelationGetRelationName(relation), name) == 0) return !kMutantKeysUntold;
  return false;
}

// A table that people put into the schema themselves is theirs.
bool belongs_to_extension(Relation relation) {
  constexpr char kExtension[] = "freshet";
  if (is_told(relation)) return false;
  const char* schema = get_namespace_name(RelationGetNamespace(relation));
  if (schema == nullptr || strcmp(schema, kExtension) != 0) return false;
  const Oid extension = getExtensionOfObject(RelationRelationId, RelationGetRelid(relation));
  return OidIsValid(extension) && extension == get_extension_oid(kExtension, true);
}

// Virtual generated columns (18) are never in a tuple.
bool is_stored(const FormData_pg_attribute* column) {
  return !column->attisdropped && (column->attgenerated == '\0' || column->attgenerated == 's');
}

RowKeyCodec* codec_of(TupleDesc columns, AttrNumber column) {
  const FormData_pg_attribute* attribute = TupleDescAttr(columns, column - 1);
  return row_key_codec(attribute->atttypid, attribute->attcollation);
}

void describe_identity(ChangedTable* table, Relation relation) {
  const bool full = relation->rd_rel->relreplident == REPLICA_IDENTITY_FULL;
  table->identity_count = row_key_identity_columns(relation, table->identity_columns);
  table->identity = full ? Identity::kFull : table->identity_count > 0 ? Identity::kKey : Identity::kNone;
  for (int i = 0; i < table->identity_count; ++i)
    table->identity_codecs[i] = codec_of(RelationGetDescr(relation), table->identity_columns[i]);
}

bool in_identity(const ChangedTable* table, AttrNumber column) {
  for (int i = 0; i < table->identity_count; ++i)
    if (table->identity_columns[i] == column) return true;
  return false;
}

// The expression of that name, or NULL.
const ExpressionColumn* find_expression(const ExpressionColumn* columns, int count, ColumnId id) {
  for (int i = 0; i < count; ++i) {
    if (columns[i].id == id) return &columns[i];
  }
  return nullptr;
}

void describe_columns(ChangedTable* table, Relation relation, const AnnouncedTable* announced) {
  TupleDesc columns = RelationGetDescr(relation);
  ExpressionColumn* expressions = nullptr;
  int expression_count = -1;  // not looked up
  for (int i = 0; i < announced->count; ++i) {
    const AnnouncedColumn& wanted = announced->columns[i];
    CodedColumn coded{};
    coded.column = wanted.column;
    coded.parts = wanted.parts;
    if (wire::is_test(wanted.column)) {
      Node* condition = read_test({wanted.expression, wanted.expression_size}, columns);
      if (condition == nullptr) continue;
      prepare_test(&coded, condition);
      table->computes = true;
    } else if (wanted.column > kMaxAttribute) {
      if (expression_count < 0) expression_count = expression_columns(relation, false, &expressions);
      const ExpressionColumn* expression = find_expression(expressions, expression_count, wanted.column);
      if (expression == nullptr) continue;
      prepare_computed(&coded, *expression);
      table->computes = true;
    } else {
      const AttrNumber column = static_cast<AttrNumber>(wanted.column);
      if (column > columns->natts || !is_stored(TupleDescAttr(columns, column - 1))) continue;
      coded.in_identity = in_identity(table, column);
      coded.varlena = TupleDescAttr(columns, column - 1)->attlen == -1;
      coded.codec = codec_of(columns, column);
    }
    table->columns[table->column_count++] = coded;
  }
}

}  // namespace

void ChangedTables::start(MemoryContext parent) {
  context_ = AllocSetContextCreate(parent, "freshet tables", ALLOCSET_DEFAULT_SIZES);
  HASHCTL control = {};
  control.keysize = sizeof(Oid);
  control.entrysize = sizeof(ChangedTable);
  control.hcxt = context_;
  tables_ = hash_create("freshet tables", 128, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  serial_ = 0;
  last_ = nullptr;

  if (!callback_registered) {
    CacheRegisterRelcacheCallback(mark_stale, 0);
    callback_registered = true;
  }
  watched_by_relcache = tables_;
  auto* reset =
      static_cast<MemoryContextCallback*>(MemoryContextAlloc(context_, sizeof(MemoryContextCallback)));
  reset->func = stop_watching;
  reset->arg = nullptr;
  MemoryContextRegisterResetCallback(context_, reset);
}

ChangedTable* ChangedTables::find(Oid oid) {
  ChangedTable* table = last_;
  if (table == nullptr || table->oid != oid) {
    bool found;
    table = static_cast<ChangedTable*>(hash_search(tables_, &oid, HASH_ENTER, &found));
    if (!found) {
      table->valid = false;
      table->columns = nullptr;
      table->memory = nullptr;
      table->serial = 0;
    }
    last_ = table;
  }
  if (table->serial != serial_) {
    table->serial = serial_;
    table->rows = 0;
    table->whole = false;
    table->truncated = false;
  }
  return table;
}

bool ChangedTables::truncated(Oid oid) const {
  const auto* table = static_cast<const ChangedTable*>(hash_search(tables_, &oid, HASH_FIND, nullptr));
  return table != nullptr && table->serial == serial_ && table->truncated;
}

void ChangedTables::describe(ChangedTable* table, Relation relation, const Interest& interest) {
  if (table->valid && table->interest_generation == interest.generation()) return;
  // Set before the catalog is read: what is invalidated meanwhile is read again for the next change.
  table->valid = true;
  table->interest_generation = interest.generation();
  table->ours = belongs_to_extension(relation);

  const AnnouncedTable* announced = table->ours ? nullptr : interest.find(table->oid);
  table->announced = announced != nullptr;
  table->column_count = 0;
  table->columns = nullptr;
  table->computes = false;
  if (table->memory != nullptr) MemoryContextReset(table->memory);
  if (announced == nullptr) return;
  if (table->memory == nullptr)
    table->memory = AllocSetContextCreate(context_, "freshet table", ALLOCSET_SMALL_SIZES);
  const MemoryContext before = MemoryContextSwitchTo(table->memory);
  table->columns = static_cast<CodedColumn*>(palloc(Max(announced->count, 1) * sizeof(CodedColumn)));
  describe_identity(table, relation);
  describe_columns(table, relation, announced);
  MemoryContextSwitchTo(before);
}

}  // namespace freshet
