#include "page/page_rows.h"

#include "errors.h"
#include "mutant.h"

extern "C" {
#include "executor/tuptable.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
}

namespace freshet {
namespace {

constexpr bool kMutantEqualTaken = FRESHET_MUTANT_IS(PAGE_EQUAL_KEYS_TAKEN);

PageRows* self_of(DestReceiver* base) { return reinterpret_cast<PageRows*>(base); }

void start(DestReceiver* base, int operation, TupleDesc row) {
  PageRows* self = self_of(base);
  self->json.base.rStartup(&self->json.base, operation, row);
  const PallocVector<OrderColumn>& columns = self->order->columns;
  self->positions = static_cast<int*>(palloc0(sizeof(int) * columns.size));
  for (int i = 0; i < columns.size; i++) {
    for (int attribute = 0; attribute < row->natts; attribute++)
      if (strcmp(NameStr(TupleDescAttr(row, attribute)->attname), columns[i].name) == 0)
        self->positions[i] = attribute + 1;
    if (self->positions[i] == 0)
      ereport(ERROR, (errcode(kSchemaChanged), errmsg("the rows of %s have no column \"%s\" any more",
                                                      self->json.function->path, columns[i].name)));
  }
}

PagePlace place_of(const PageRows* self, TupleTableSlot* slot) {
  const PallocVector<OrderColumn>& columns = self->order->columns;
  PagePlace place;
  place.values = static_cast<Datum*>(palloc(sizeof(Datum) * columns.size));
  place.nulls = static_cast<bool*>(palloc(sizeof(bool) * columns.size));
  for (int i = 0; i < columns.size; i++) {
    int16 length;
    bool by_value;
    get_typlenbyval(columns[i].type, &length, &by_value);
    const Datum value = slot_getattr(slot, self->positions[i], &place.nulls[i]);
    place.values[i] = place.nulls[i] ? value : datumCopy(value, by_value, length);
  }
  return place;
}

void check_order(const PageRows* self, const PagePlace& place) {
  if (self->places.size == 0) return;
  const int compared = compare_places(self->order, self->places[self->places.size - 1], place);
  if (compared == 0 && !kMutantEqualTaken)
    ereport(ERROR, (errcode(kOrderNotUnique),
                    errmsg("two rows of %s are equal in all columns of its order", self->json.function->path),
                    errdetail("The order is %s.", page_order_text(self->order)),
                    errhint("End it in a unique column, such as the primary key.")));
  if (compared > 0)
    ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                    errmsg("the rows of %s do not come in the order of its pages", self->json.function->path),
                    errdetail("The order is %s.", page_order_text(self->order))));
}

bool receive(TupleTableSlot* slot, DestReceiver* base) {
  PageRows* self = self_of(base);
  MemoryContext outer = MemoryContextSwitchTo(self->context);
  const PagePlace place = place_of(self, slot);
  check_order(self, place);
  if (self->places.size == self->wanted) {
    self->has_more = true;
    MemoryContextSwitchTo(outer);
    return false;
  }
  self->places.push(place);
  MemoryContextSwitchTo(outer);
  return self->json.base.receiveSlot(slot, &self->json.base);
}

void shut_down(DestReceiver* base) {
  PageRows* self = self_of(base);
  self->json.base.rShutdown(&self->json.base);
}

void destroy(DestReceiver*) {}

}  // namespace

void page_rows_init(PageRows* rows, const Function* function, const PageOrder* order, int64 wanted,
                    StringInfo out) {
  *rows = {};
  row_receiver_init(&rows->json, function, out, function->result.form == ResultForm::kObject);
  rows->json.row_limit = wanted;
  rows->base.receiveSlot = receive;
  rows->base.rStartup = start;
  rows->base.rShutdown = shut_down;
  rows->base.rDestroy = destroy;
  rows->base.mydest = DestNone;
  rows->order = order;
  rows->wanted = wanted;
  rows->context = CurrentMemoryContext;
}

}  // namespace freshet
