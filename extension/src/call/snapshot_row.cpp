#include "call/snapshot_row.h"

#include "call/palloc_vector.h"

extern "C" {
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "lib/stringinfo.h"
#include "storage/lwlock.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
}

namespace freshet {
namespace {

constexpr int kMaxFates = 1000;

// A pg_snapshot by its text form, the only public one: xmin:xmax:xip,xip,…
struct ParsedSnapshot {
  uint64 xmin, xmax;
  PallocVector<uint64> running;  // ascending
};

ParsedSnapshot parse_snapshot(const char* text) {
  ParsedSnapshot snapshot = {};
  char* at;
  snapshot.xmin = strtou64(text, &at, 10);
  snapshot.xmax = strtou64(at + 1, &at, 10);
  at++;
  while (*at != '\0') {
    snapshot.running.push(strtou64(at, &at, 10));
    if (*at == ',') at++;
  }
  return snapshot;
}

bool is_visible(const ParsedSnapshot& snapshot, uint64 xid) {
  if (xid < snapshot.xmin) return true;
  if (xid >= snapshot.xmax) return false;
  for (int i = 0; i < snapshot.running.size; i++)
    if (snapshot.running[i] == xid) return false;
  return true;
}

// c committed, a aborted, i in progress by clog. Such an xid is visible in a snapshot, so its top-level
// transaction is not running: the snapshot lists top-level xids only, and it is a subtransaction of a running
// one.
char fate_of(TransactionId xid) {
  if (TransactionIdDidCommit(xid)) return 'c';
  if (TransactionIdDidAbort(xid)) return 'a';
  return 'i';
}

// The xids visible in `now` and not in `before`; false when there are too many, or clog no longer knows them.
bool append_fates(StringInfo out, const ParsedSnapshot& now, const ParsedSnapshot& before) {
  PallocVector<uint64> completed;
  for (int i = 0; i < before.running.size; i++)
    if (is_visible(now, before.running[i])) completed.push(before.running[i]);
  if (now.xmax > before.xmax && now.xmax - before.xmax > kMaxFates + static_cast<uint64>(now.running.size))
    return false;
  for (uint64 xid = before.xmax; xid < now.xmax; xid++)
    if (is_visible(now, xid)) completed.push(xid);
  if (completed.size > kMaxFates) return false;
  appendStringInfoChar(out, '[');
  bool known = true;
  // Holds off truncation of clog while it is read.
  LWLockAcquire(XactTruncationLock, LW_SHARED);
  for (int i = 0; i < completed.size && known; i++) {
    TransactionId xid = XidFromFullTransactionId(FullTransactionIdFromU64(completed[i]));
    known = !TransactionIdPrecedes(xid, ShmemVariableCache->oldestClogXid);
    if (known)
      appendStringInfo(out, "%s[\"" UINT64_FORMAT "\",\"%c\"]", i > 0 ? "," : "", completed[i], fate_of(xid));
  }
  LWLockRelease(XactTruncationLock);
  appendStringInfoChar(out, ']');
  return known;
}

TimeLineID current_timeline() {
  if (!RecoveryInProgress()) return GetWALInsertionTimeLine();
  TimeLineID timeline;
  GetXLogReplayRecPtr(&timeline);
  return timeline;
}

}  // namespace

char* snapshot_row(const char* since, bool exporting, TimestampTz now) {
  Datum current = OidFunctionCall0(F_PG_CURRENT_SNAPSHOT);
  char* current_text = OidOutputFunctionCall(F_PG_SNAPSHOT_OUT, current);
  StringInfoData out;
  initStringInfo(&out);
  appendStringInfo(&out, "{\"snapshot\":\"%s\",\"fates\":", current_text);
  StringInfoData fates;
  initStringInfo(&fates);
  if (since != nullptr && append_fates(&fates, parse_snapshot(current_text), parse_snapshot(since)))
    appendBinaryStringInfo(&out, fates.data, fates.len);
  else
    appendStringInfoString(&out, "null");
  if (exporting) appendStringInfo(&out, ",\"exported\":\"%s\"", ExportSnapshot(GetActiveSnapshot()));
  appendStringInfo(&out, ",\"now\":" INT64_FORMAT,
                   now + (int64{POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE} * USECS_PER_DAY));
  appendStringInfo(&out, ",\"system\":\"" UINT64_FORMAT "/%u\"}", GetSystemIdentifier(), current_timeline());
  return out.data;
}

}  // namespace freshet
