#include "registry/plpgsql_variables.h"

#include "mutant.h"

extern "C" {
#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "utils/expandedrecord.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

template <typename Datum>
PLpgSQL_datum* copy_of(const PLpgSQL_datum* datum) {
  Datum* copy = static_cast<Datum*>(palloc(sizeof(Datum)));
  memcpy(copy, datum, sizeof(Datum));
  return reinterpret_cast<PLpgSQL_datum*>(copy);
}

// What the analysis writes to is copied, as an execution would do it.
PLpgSQL_datum* own(PLpgSQL_datum* datum) {
  switch (datum->dtype) {
    case PLPGSQL_DTYPE_VAR:
    case PLPGSQL_DTYPE_PROMISE:
      return copy_of<PLpgSQL_var>(datum);
    case PLPGSQL_DTYPE_REC: {
      PLpgSQL_datum* copy = copy_of<PLpgSQL_rec>(datum);
      reinterpret_cast<PLpgSQL_rec*>(copy)->erh = nullptr;
      return copy;
    }
    case PLPGSQL_DTYPE_RECFIELD: {
      PLpgSQL_datum* copy = copy_of<PLpgSQL_recfield>(datum);
      reinterpret_cast<PLpgSQL_recfield*>(copy)->rectupledescid = INVALID_TUPLEDESC_IDENTIFIER;
      return copy;
    }
    case PLPGSQL_DTYPE_ROW:
      return datum;
  }
  pg_unreachable();
}

PLpgSQL_rec* record_of(const PlpgsqlVariables* variables, int dno) {
  PLpgSQL_datum* datum = variables->state.datums[dno];
  return datum->dtype == PLPGSQL_DTYPE_REC ? reinterpret_cast<PLpgSQL_rec*>(datum) : nullptr;
}

bool same_columns(TupleDesc a, TupleDesc b) {
  if (a->natts != b->natts) return false;
  for (int i = 0; i < a->natts; i++)
    if (TupleDescAttr(a, i)->atttypid != TupleDescAttr(b, i)->atttypid ||
        strcmp(NameStr(TupleDescAttr(a, i)->attname), NameStr(TupleDescAttr(b, i)->attname)) != 0)
      return false;
  return true;
}

}  // namespace

void open_variables(PlpgsqlVariables* variables, PLpgSQL_function* compiled) {
  memset(variables, 0, sizeof *variables);
  memcpy(&variables->function, compiled, sizeof(PLpgSQL_function));
  PLpgSQL_execstate* state = &variables->state;
  variables->function.cur_estate = state;
  state->func = &variables->function;
  state->ndatums = compiled->ndatums;
  state->datum_context = CurrentMemoryContext;
  state->datums = static_cast<PLpgSQL_datum**>(palloc(sizeof(PLpgSQL_datum*) * Max(state->ndatums, 1)));
  for (int i = 0; i < state->ndatums; i++) state->datums[i] = own(compiled->datums[i]);
}

void assign_columns(PlpgsqlVariables* variables, const PLpgSQL_variable* target, TupleDesc columns) {
  if (target == nullptr) return;
  PLpgSQL_rec* record = record_of(variables, target->dno);
  if (record == nullptr || record->rectypeid != RECORDOID) return;
  bool differs = columns == nullptr ||
                 (record->erh != nullptr && !same_columns(expanded_record_get_tupdesc(record->erh), columns));
  if (differs && !FRESHET_MUTANT_IS(PLPGSQL_RECORDS_KEPT))
    variables->doubtful = bms_add_member(variables->doubtful, record->dno);
  record->erh =
      columns == nullptr ? nullptr : make_expanded_record_from_tupdesc(columns, CurrentMemoryContext);
}

TupleDesc columns_of(const PlpgsqlVariables* variables, int dno) {
  const PLpgSQL_rec* record = record_of(variables, dno);
  return record == nullptr || record->erh == nullptr ? nullptr : expanded_record_get_tupdesc(record->erh);
}

void assign_type(PlpgsqlVariables* variables, int dno, Oid type, int32 typmod, Oid collation) {
  PLpgSQL_var* variable = reinterpret_cast<PLpgSQL_var*>(variables->state.datums[dno]);
  if (variable->dtype != PLPGSQL_DTYPE_VAR) return;
  PLpgSQL_type* datatype = static_cast<PLpgSQL_type*>(palloc(sizeof(PLpgSQL_type)));
  memcpy(datatype, variable->datatype, sizeof(PLpgSQL_type));
  datatype->typoid = type;
  datatype->atttypmod = typmod;
  datatype->collation = collation;
  get_typlenbyval(type, &datatype->typlen, &datatype->typbyval);
  variable->datatype = datatype;
}

bool uses_doubtful(const PlpgsqlVariables* variables, const Bitmapset* used) {
  for (int dno = -1; (dno = bms_next_member(used, dno)) >= 0;) {
    const PLpgSQL_datum* datum = variables->state.datums[dno];
    int record = datum->dtype == PLPGSQL_DTYPE_RECFIELD
                     ? reinterpret_cast<const PLpgSQL_recfield*>(datum)->recparentno
                     : dno;
    if (bms_is_member(record, variables->doubtful)) return true;
  }
  return false;
}

}  // namespace freshet
