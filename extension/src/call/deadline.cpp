#include "call/deadline.h"

#include "compat.h"

extern "C" {
#include "storage/latch.h"
#include "storage/proc.h"
#include "utils/timeout.h"
}

namespace freshet {
namespace {

TimeoutId timer = MAX_TIMEOUTS;
volatile sig_atomic_t fired;
bool running;

// Runs in a signal handler.
void cancel_statement() {
  fired = 1;
  InterruptPending = true;
  QueryCancelPending = true;
  SetLatch(MyLatch);
}

}  // namespace

void deadline_start(int milliseconds) {
  if (timer == MAX_TIMEOUTS) timer = RegisterTimeout(USER_TIMEOUT, cancel_statement);
  fired = 0;
  running = true;
  enable_timeout_after(timer, milliseconds);
}

bool deadline_stop() {
  if (!running) return false;
  disable_timeout(timer, false);
  running = false;
  if (!fired) return false;
  // Ours is indistinguishable from a cancel that came in the same moment; the caller is told
  // deadline_exceeded in both cases.
  QueryCancelPending = false;
  return true;
}

}  // namespace freshet
