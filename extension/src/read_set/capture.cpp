#include "read_set/capture.h"

extern "C" {
#include "optimizer/planner.h"
}

namespace freshet {
namespace {

struct Capture {
  bool active;
  uint32 flags;
};

Capture capture;
int planner_depth;
planner_hook_type previous_planner;
bool hooks_installed;

PlannedStmt* counting_planner(Query* parse, const char* query_string, int cursor_options,
                              ParamListInfo bound_params) {
  PlannedStmt* plan;
  planner_depth++;
  PG_TRY();
  {
    plan = previous_planner ? previous_planner(parse, query_string, cursor_options, bound_params)
                            : standard_planner(parse, query_string, cursor_options, bound_params);
  }
  PG_FINALLY();
  {
    planner_depth--;
  }
  PG_END_TRY();
  return plan;
}

}  // namespace

void capture_start(const CaptureOptions&) {
  if (!hooks_installed) {
    previous_planner = planner_hook;
    planner_hook = counting_planner;
    hooks_installed = true;
  }
  capture = {true, kCaptureEverything};
}

void capture_flag(uint32 flags) {
  if (capture.active) capture.flags |= flags;
}

bytea* capture_finish() {
  // Version 1, the flags as LEB128, no entries.
  uint8 out[8];
  int length = 0;
  out[length++] = 1;
  uint32 rest = capture.flags;
  do {
    out[length++] = static_cast<uint8>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest != 0);
  out[length++] = 0;
  capture = {};
  bytea* result = static_cast<bytea*>(palloc(VARHDRSZ + length));
  SET_VARSIZE(result, VARHDRSZ + length);
  memcpy(VARDATA(result), out, length);
  return result;
}

void capture_discard() { capture = {}; }

bool capture_active() { return capture.active; }

int planning_depth() { return planner_depth; }

void capture_for_each_relation(void (*)(Oid, void*), void*) {}

}  // namespace freshet
