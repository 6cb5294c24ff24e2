#include "change_set/computed.h"

#include "compat.h"

extern "C" {
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
}

namespace freshet {

void prepare_computed(CodedColumn* column, const ExpressionColumn& expression) {
  Expr* copy = static_cast<Expr*>(copyObjectImpl(expression.expression));
  column->state = ExecInitExpr(copy, nullptr);
  column->inputs = bms_copy(expression.inputs);
  column->codec = expression.codec;
  column->varlena = get_typlen(exprType(expression.expression)) == -1;
}

void prepare_test(CodedColumn* column, Node* condition) {
  column->test = true;
  column->state = ExecInitExpr(reinterpret_cast<Expr*>(condition), nullptr);
  column->inputs = inputs_of(condition);
}

void ComputedRow::open() {
  if (slot_ != nullptr) {
    ExecClearTuple(slot_);
    return;
  }
  slot_ = MakeSingleTupleTableSlot(columns_, &TTSOpsVirtual);
  memset(slot_->tts_isnull, true, sizeof(bool) * columns_->natts);
  context_ = CreateStandaloneExprContext();
}

bool ComputedRow::evaluate(const CodedColumn& column, Datum* value, bool* null) {
  ExecStoreVirtualTuple(slot_);
  context_->ecxt_scantuple = slot_;
  const MemoryContext before = CurrentMemoryContext;
  volatile bool known = true;
  PG_TRY();
  { *value = ExecEvalExpr(column.state, context_, null); }
  PG_CATCH();
  {
    // The row is not in the index: that is partial, or was made later.
    if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION) PG_RE_THROW();
    MemoryContextSwitchTo(before);
    FlushErrorState();
    known = false;
  }
  PG_END_TRY();
  return known;
}

void ComputedRow::close() {
  if (slot_ == nullptr) return;
  FreeExprContext(context_, true);
  ExecDropSingleTupleTableSlot(slot_);
  slot_ = nullptr;
  context_ = nullptr;
}

}  // namespace freshet
