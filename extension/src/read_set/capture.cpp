#include "read_set/capture.h"

#include "compat.h"
#include "read_set/capture_state.h"
#include "read_set/plpgsql_expressions.h"

extern "C" {
#include "access/xact.h"
#include "nodes/parsenodes.h"
}

namespace freshet {
namespace read_set {
namespace {

Capture capture;  // open iff it has a set
bool installed;

void close_capture() {
  ReadSet* set = capture.set;
  detach_executions(set);
  capture = {};
  destroy_read_set(set);
}

// A capture does not outlive its transaction.
void on_transaction_end(XactEvent event, void*) {
  switch (event) {
    case XACT_EVENT_COMMIT:
    case XACT_EVENT_PARALLEL_COMMIT:
    case XACT_EVENT_PREPARE:
    case XACT_EVENT_ABORT:
    case XACT_EVENT_PARALLEL_ABORT:
      capture_discard();
      break;
    default:
      break;
  }
}

}  // namespace

Capture* open_capture() { return capture.set == nullptr ? nullptr : &capture; }

void note_relations(Capture* capture, List* range_table) {
  ListCell* cell;
  foreach (cell, range_table) {
    const RangeTblEntry* rte = reinterpret_cast<RangeTblEntry*>(lfirst(cell));
    if (rte->rtekind != RTE_RELATION || !is_named_in_query(rte)) continue;
    bool known = false;
    for (int i = 0; i < capture->relation_count && !known; i++) known = capture->relations[i] == rte->relid;
    if (known) continue;
    if (capture->relation_count == capture->relation_capacity) {
      capture->relation_capacity *= 2;
      capture->relations =
          static_cast<Oid*>(repalloc(capture->relations, sizeof(Oid) * capture->relation_capacity));
    }
    capture->relations[capture->relation_count++] = rte->relid;
  }
}

}  // namespace read_set

using read_set::capture;

void capture_start(const CaptureOptions& options) {
  capture_discard();
  if (!read_set::installed) {
    read_set::install_hooks();
    RegisterXactCallback(read_set::on_transaction_end, nullptr);
    read_set::installed = true;
  }
  read_set::watch_plpgsql();
  read_set::ReadSet* set = read_set::create_read_set();
  capture = {};
  capture.options = options;
  capture.relation_capacity = 8;
  capture.relations =
      static_cast<Oid*>(MemoryContextAlloc(set->context, sizeof(Oid) * capture.relation_capacity));
  capture.set = set;
}

void capture_flag(uint32 flags) {
  if (capture.set != nullptr) capture.set->flags |= flags;
}

bytea* capture_finish() {
  if (capture.set == nullptr)
    ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("no read-set capture is open")));
  read_set::detach_executions(capture.set);
  bytea* result = read_set::encode(capture.set);
  read_set::close_capture();
  return result;
}

void capture_discard() {
  if (capture.set != nullptr) read_set::close_capture();
}

bool capture_active() { return capture.set != nullptr; }

void capture_for_each_relation(void (*visit)(Oid relation, void* state), void* state) {
  for (int i = 0; capture.set != nullptr && i < capture.relation_count; i++)
    visit(capture.relations[i], state);
}

}  // namespace freshet
