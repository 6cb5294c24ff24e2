#include "call/row_receiver.h"

#include "call/json_read.h"
#include "call/json_write.h"
#include "call/result_json.h"
#include "call/rights.h"
#include "errors.h"
#include "mutant.h"
#include "settings.h"
#include "shape/shape_match.h"

extern "C" {
#include "executor/tuptable.h"
#include "utils/memutils.h"
}

namespace freshet {
namespace {

constexpr bool kMutantUnheld = FRESHET_MUTANT_IS(CONTRACT_UNHELD);

RowReceiver* self_of(DestReceiver* base) { return reinterpret_cast<RowReceiver*>(base); }

void start(DestReceiver* base, int, TupleDesc row) {
  RowReceiver* self = self_of(base);
  self->row = row;
  self->row_context = AllocSetContextCreate(CurrentMemoryContext, "freshet row", ALLOCSET_DEFAULT_SIZES);
  if (!self->as_objects) return;
  initStringInfo(&self->prefixes);
  self->prefix_ends = static_cast<int*>(palloc(sizeof(int) * Max(row->natts, 1)));
  for (int i = 0; i < row->natts; i++) {
    const char* name = NameStr(TupleDescAttr(row, i)->attname);
    appendStringInfoChar(&self->prefixes, i == 0 ? '{' : ',');
    append_json_string(&self->prefixes, name, strlen(name));
    appendStringInfoChar(&self->prefixes, ':');
    self->prefix_ends[i] = self->prefixes.len;
  }
}

void write_object(RowReceiver* self, TupleTableSlot* slot) {
  slot_getallattrs(slot);
  int from = 0;
  for (int i = 0; i < self->row->natts; i++) {
    Form_pg_attribute column = TupleDescAttr(self->row, i);
    appendBinaryStringInfo(self->out, self->prefixes.data + from, self->prefix_ends[i] - from);
    from = self->prefix_ends[i];
    append_json_value(self->out, column->atttypid, column->atttypmod, slot->tts_values[i],
                      slot->tts_isnull[i], NameStr(column->attname));
  }
  appendStringInfoString(self->out, self->row->natts == 0 ? "{}" : "}");
}

// What was just written, from `begin` on, is read again: only so is the promise kept by what clients get.
void hold_to_contract(RowReceiver* self, int begin) {
  JsonValue value;
  JsonSyntaxError error;
  StringInfoData path;
  initStringInfo(&path);
  if (self->function->result.is_set)
    appendStringInfo(&path, "result[%lld]", (long long)(self->rows - 1));
  else
    appendStringInfoString(&path, "result");
  const JsonValue* at = nullptr;
  const char* expected = "JSON";
  if (json_parse(self->out->data + begin, self->out->len - begin, &value, &error))
    expected = shape_mismatch(self->function->contract, &value, &path, &at);
  if (expected == nullptr || kMutantUnheld) return;
  ereport(ERROR, (errcode(kContractMismatch),
                  errmsg("%s gave something else than it was exposed to give, at %s: expected %s, got %s",
                         self->function->path, path.data, expected,
                         at != nullptr ? json_kind_name(at->kind) : "nothing"),
                  err_generic_string(PG_DIAG_COLUMN_NAME, path.data)));
}

bool receive(TupleTableSlot* slot, DestReceiver* base) {
  RowReceiver* self = self_of(base);
  if (++self->rows > self->row_limit)
    ereport(ERROR,
            (errcode(kTooLarge),
             errmsg("%s returned more than %lld rows", self->function->path, (long long)self->row_limit),
             errhint("Add a LIMIT, or raise max_rows: SELECT freshet.expose('%s', max_rows => ...).",
                     self->function->path)));
  pin_output_settings();
  MemoryContext outer = MemoryContextSwitchTo(self->row_context);
  if (self->rows > 1) appendStringInfoChar(self->out, ',');
  int begin = self->out->len;
  if (self->as_objects) {
    write_object(self, slot);
  } else {
    slot_getsomeattrs(slot, 1);
    Form_pg_attribute column = TupleDescAttr(self->row, 0);
    append_json_value(self->out, column->atttypid, column->atttypmod, slot->tts_values[0],
                      slot->tts_isnull[0], NameStr(column->attname));
  }
  if (self->function->contract != nullptr) hold_to_contract(self, begin);
  MemoryContextSwitchTo(outer);
  MemoryContextReset(self->row_context);
  if (self->out->len > setting_max_result_bytes)
    ereport(ERROR, (errcode(kTooLarge),
                    errmsg("the result of %s is larger than %d bytes", self->function->path,
                           setting_max_result_bytes),
                    errhint("Return less, or raise freshet.max_result_bytes.")));
  return true;
}

void shut_down(DestReceiver* base) {
  RowReceiver* self = self_of(base);
  if (self->row_context != nullptr) MemoryContextDelete(self->row_context);
  self->row_context = nullptr;
}

void destroy(DestReceiver*) {}

}  // namespace

void row_receiver_init(RowReceiver* receiver, const Function* function, StringInfo out, bool as_objects) {
  memset(receiver, 0, sizeof *receiver);
  receiver->base.receiveSlot = receive;
  receiver->base.rStartup = start;
  receiver->base.rShutdown = shut_down;
  receiver->base.rDestroy = destroy;
  receiver->base.mydest = DestNone;
  receiver->function = function;
  receiver->out = out;
  receiver->as_objects = as_objects;
  receiver->row_limit = max_rows_of(function);
}

}  // namespace freshet
