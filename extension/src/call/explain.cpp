#include "call/explain.h"

#include "compat.h"
#include "errors.h"
#include "read_set/capture.h"
#include "settings.h"

extern "C" {
#include "executor/executor.h"
#include "executor/instrument.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
}

namespace freshet {
namespace {

constexpr int kPlan = FRESHET_SQLSTATE('P', '0', '1');
constexpr int kReadSet = FRESHET_SQLSTATE('P', '0', '2');

// A body may execute any number of statements.
constexpr int kMaxPlans = 50;

ExecutorStart_hook_type previous_start;
ExecutorEnd_hook_type previous_end;
bool installed;
bool explaining;
bool tracking;  // with a capture of our own
int told;

void executor_start(QueryDesc* query, int flags) {
  bool watched = explaining && told < kMaxPlans && (flags & EXEC_FLAG_EXPLAIN_ONLY) == 0;
  if (watched) query->instrument_options |= INSTRUMENT_TIMER | INSTRUMENT_ROWS | INSTRUMENT_BUFFERS;
  previous_start != nullptr ? previous_start(query, flags) : standard_ExecutorStart(query, flags);
}

void tell(QueryDesc* query) {
  MemoryContext outer = MemoryContextSwitchTo(query->estate->es_query_cxt);
  ExplainState* state = NewExplainState();
  state->analyze = true;
  state->timing = true;
  state->buffers = true;
  ExplainBeginOutput(state);
  ExplainPrintPlan(state, query);
  ExplainEndOutput(state);
  while (state->str->len > 0 && state->str->data[state->str->len - 1] == '\n')
    state->str->data[--state->str->len] = '\0';
  ereport(INFO, (errcode(kPlan), errmsg_internal("%s", query->sourceText),
                 errdetail_internal("%s", state->str->data), errhidestmt(true), errhidecontext(true)));
  MemoryContextSwitchTo(outer);
}

void executor_end(QueryDesc* query) {
  constexpr int kWatched = INSTRUMENT_TIMER | INSTRUMENT_ROWS | INSTRUMENT_BUFFERS;
  if (explaining && told < kMaxPlans && query->planstate != nullptr &&
      (query->instrument_options & kWatched) == kWatched) {
    told++;
    tell(query);
  }
  previous_end != nullptr ? previous_end(query) : standard_ExecutorEnd(query);
}

}  // namespace

void explain_start(bool mutation) {
  explaining = setting_explain;
  told = 0;
  tracking = explaining && mutation && !capture_active();
  if (tracking) capture_start(CaptureOptions{});
  if (!explaining || installed) return;
  installed = true;
  previous_start = ExecutorStart_hook;
  ExecutorStart_hook = executor_start;
  previous_end = ExecutorEnd_hook;
  ExecutorEnd_hook = executor_end;
}

void explain_stop() {
  explaining = false;
  if (!tracking) return;
  tracking = false;
  bytea* reads = capture_finish();
  const int length = static_cast<int>(VARSIZE_ANY_EXHDR(reads));
  char* hex = static_cast<char*>(palloc(2 * length + 1));
  hex[hex_encode(VARDATA_ANY(reads), length, hex)] = '\0';
  ereport(INFO, (errcode(kReadSet), errmsg_internal("read set"), errdetail_internal("%s", hex),
                 errhidestmt(true), errhidecontext(true)));
}

void explain_discard() {
  explaining = false;
  if (tracking) capture_discard();
  tracking = false;
}

}  // namespace freshet
