#include "call/row_receiver.h"

#include "call/json_read.h"
#include "call/json_type.h"
#include "call/json_write.h"
#include "call/number_text.h"
#include "call/result_json.h"
#include "call/rights.h"
#include "errors.h"
#include "mutant.h"
#include "registry/function_shape.h"
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

// Whether values of the type may have numbers that were written as json.
bool may_hold_json(Oid type) {
  const JsonType* known = json_type(type);
  if (known == nullptr) return false;
  return known->shape == JsonShape::kJson || known->shape == JsonShape::kJsonb ||
         known->shape == JsonShape::kArray || known->shape == JsonShape::kComposite ||
         known->shape == JsonShape::kRecord;
}

void start(DestReceiver* base, int, TupleDesc row) {
  RowReceiver* self = self_of(base);
  self->row = row;
  self->row_context = AllocSetContextCreate(CurrentMemoryContext, "freshet row", ALLOCSET_DEFAULT_SIZES);
  self->forms = self->function->number_forms;
  for (int i = 0; i < row->natts; i++)
    self->may_hide_numbers = self->may_hide_numbers || may_hold_json(TupleDescAttr(row, i)->atttypid);
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
                      slot->tts_isnull[i],
                      {NameStr(column->attname), self->function->number_forms != nullptr});
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

// The row written from `begin` on, with its numbers in the forms of `self->forms`, in the context of one row.
StringInfoData in_number_forms(RowReceiver* self, int begin) {
  JsonValue value;
  JsonSyntaxError error;
  StringInfoData path, row;
  initStringInfo(&path);
  initStringInfo(&row);
  const char* text = self->out->data + begin;
  if (!json_parse(text, self->out->len - begin, &value, &error, JsonStrictness::kEnvelope))
    ereport(ERROR, (errcode(kTooLarge),
                    errmsg("a row of %s cannot be read as JSON: %s", self->function->path, error.message)));
  if (!self->as_objects && value.kind != JsonKind::kObject)
    appendStringInfo(&path, ".%s", NameStr(TupleDescAttr(self->row, 0)->attname));
  append_in_number_forms(&row, &value, self->forms, &path);
  return row;
}

void put_in_number_forms(RowReceiver* self, int begin) {
  const StringInfoData row = in_number_forms(self, begin);
  self->out->len = begin;
  appendBinaryStringInfo(self->out, row.data, row.len);
}

// A number of a json value that only its shape tells from one that nobody knows the type of.
void look_for_lost_digits(RowReceiver* self, int begin) {
  if (self->forms == nullptr) {
    bool deviates;
    MemoryContext row = MemoryContextSwitchTo(MemoryContextGetParent(self->row_context));
    self->forms = row_with_number_forms(self->function, &deviates);
    MemoryContextSwitchTo(row);
  }
  in_number_forms(self, begin);
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
                      slot->tts_isnull[0],
                      {NameStr(column->attname), self->function->number_forms != nullptr});
  }
  if (self->function->number_forms != nullptr && !FRESHET_MUTANT_IS(NUMBERS_AS_ENCODED))
    put_in_number_forms(self, begin);
  else if (self->may_hide_numbers && has_unsafe_integer(self->out->data + begin, self->out->len - begin))
    look_for_lost_digits(self, begin);
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
