#include "change_set/interest.h"

#include "compat.h"
#include "freshet_wire/change_set.hpp"
#include "freshet_wire/read_set.hpp"
#include "mutant.h"

extern "C" {
#include "access/htup_details.h"
#include "utils/memutils.h"
}

namespace freshet {
namespace {

constexpr bool kMutantMalformedKept = FRESHET_MUTANT_IS(MALFORMED_INTEREST_KEPT);

// The least that one element of each list takes.
constexpr std::size_t kLeastTable = 2;
constexpr std::size_t kLeastColumn = 2;

Oid read_table(wire::Cursor* in) {
  const uint64 table = in->var();
  if (table == InvalidOid || table > PG_UINT32_MAX) in->fail();
  return static_cast<Oid>(table);
}

AnnouncedColumn read_column(wire::Cursor* in) {
  const uint64 column = in->var();
  const uint8 parts = in->u8();
  const bool is_attribute = column >= 1 && column <= MaxHeapAttributeNumber;
  if ((!is_attribute && column <= kMaxAttribute) || (parts & ~wire::kPartsAll) != 0) in->fail();
  if (!wire::is_test(column)) return {column, parts, 0, nullptr};
  const wire::Bytes expression = in->bytes();
  if (expression.size() > wire::kMaxTestBytes) in->fail();
  return {column, parts, static_cast<uint32>(expression.size()), expression.data()};
}

// A list of tables with columns, looked through before anything is changed.
bool well_formed(wire::Cursor in) {
  in.var();
  if (in.u8() > 1) in.fail();
  for (uint64 tables = in.count(kLeastTable); tables > 0 && in.ok(); --tables) {
    read_table(&in);
    for (uint64 columns = in.count(kLeastColumn); columns > 0 && in.ok(); --columns) read_column(&in);
  }
  return in.ok() && in.at_end();
}

// Keeps the columns sorted; one that is named twice gets the parts of both.
void insert(AnnouncedTable* table, AnnouncedColumn column) {
  int place = table->count;
  while (place > 0 && table->columns[place - 1].column > column.column) --place;
  if (place > 0 && table->columns[place - 1].column == column.column) {
    table->columns[place - 1].parts |= column.parts;
    return;
  }
  memmove(&table->columns[place + 1], &table->columns[place],
          sizeof(AnnouncedColumn) * (table->count - place));
  table->columns[place] = column;
  ++table->count;
}

// The expression lies in the message, which goes.
AnnouncedColumn kept(AnnouncedColumn column, MemoryContext context) {
  if (column.expression_size == 0) return column;
  uint8* copy = static_cast<uint8*>(MemoryContextAlloc(context, column.expression_size));
  memcpy(copy, column.expression, column.expression_size);
  column.expression = copy;
  return column;
}

void forget(AnnouncedTable* table) {
  for (int i = 0; i < table->count; ++i) {
    if (table->columns[i].expression_size > 0) pfree(const_cast<uint8*>(table->columns[i].expression));
  }
  pfree(table->columns);
}

}  // namespace

void Interest::start(MemoryContext parent) {
  parent_ = parent;
  context_ = nullptr;
  tables_ = nullptr;
  version_ = 0;
  generation_ = 0;
  clear();
}

void Interest::clear() {
  if (context_ != nullptr) MemoryContextDelete(context_);
  context_ = AllocSetContextCreate(parent_, "freshet interest", ALLOCSET_DEFAULT_SIZES);
  HASHCTL control = {};
  control.keysize = sizeof(Oid);
  control.entrysize = sizeof(AnnouncedTable);
  control.hcxt = context_;
  tables_ = hash_create("freshet announced tables", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
  ++generation_;
}

bool Interest::announce(wire::Bytes body) {
  if (!well_formed(wire::Cursor(body))) {
    if constexpr (!kMutantMalformedKept) clear();
    return false;
  }
  wire::Cursor in(body);
  version_ = in.var();
  if (in.u8() == 1) clear();
  ++generation_;
  for (uint64 tables = in.count(kLeastTable); tables > 0; --tables) {
    const Oid oid = read_table(&in);
    const uint64 columns = in.count(kLeastColumn);
    bool found;
    auto* table = static_cast<AnnouncedTable*>(hash_search(tables_, &oid, HASH_ENTER, &found));
    if (found) forget(table);
    table->count = 0;
    table->columns = static_cast<AnnouncedColumn*>(
        MemoryContextAlloc(context_, Max(columns, 1) * sizeof(AnnouncedColumn)));
    for (uint64 i = 0; i < columns; ++i) insert(table, kept(read_column(&in), context_));
  }
  return true;
}

bool Interest::unwatch(wire::Bytes body) {
  wire::Cursor look(body);
  look.var();
  for (uint64 tables = look.count(1); tables > 0 && look.ok(); --tables) read_table(&look);
  if (!look.ok() || !look.at_end()) {
    if constexpr (!kMutantMalformedKept) clear();
    return false;
  }
  wire::Cursor in(body);
  version_ = in.var();
  ++generation_;
  for (uint64 tables = in.count(1); tables > 0; --tables) {
    const Oid oid = read_table(&in);
    auto* table = static_cast<AnnouncedTable*>(hash_search(tables_, &oid, HASH_FIND, nullptr));
    if (table == nullptr) continue;
    forget(table);
    hash_search(tables_, &oid, HASH_REMOVE, nullptr);
  }
  return true;
}

const AnnouncedTable* Interest::find(Oid table) const {
  return static_cast<const AnnouncedTable*>(hash_search(tables_, &table, HASH_FIND, nullptr));
}

}  // namespace freshet
