#pragma once

// What an index computes from a row, computed while decoding.

#include "change_set/table.h"

extern "C" {
#include "nodes/execnodes.h"
}

namespace freshet {

// Makes `column` ready to be computed. In the memory context of the table's description.
void prepare_computed(CodedColumn* column, const ExpressionColumn& expression);

// The same for the condition that a test is.
void prepare_test(CodedColumn* column, Node* condition);

// Computes one row's columns: a slot and an evaluation context for as long as the row is looked at. close()
// gives the tuple descriptor back; in an error the transaction's end does.
class ComputedRow {
 public:
  explicit ComputedRow(TupleDesc columns) : columns_(columns) {}

  // False: an input is not known, or computing it failed (a malformed text, an overflow): the column is
  // unknown. `input(column, &value, &null)` tells an input, false: not known.
  template <class Input>
  bool compute(const CodedColumn& column, Input input, Datum* value, bool* null) {
    open();
    for (int attnum = -1; (attnum = bms_next_member(column.inputs, attnum)) >= 0;) {
      const int i = attnum - 1;
      if (!input(static_cast<AttrNumber>(attnum), &slot_->tts_values[i], &slot_->tts_isnull[i])) return false;
    }
    return evaluate(column, value, null);
  }

  void close();

 private:
  void open();
  bool evaluate(const CodedColumn& column, Datum* value, bool* null);

  TupleDesc columns_;
  TupleTableSlot* slot_ = nullptr;
  ExprContext* context_ = nullptr;
};

}  // namespace freshet
