#include "change_set/output.h"

#include "compat.h"
#include "freshet_wire/change_set.hpp"

extern "C" {
#include "replication/logical.h"
#include "replication/output_plugin.h"
}

namespace freshet {
namespace {

constexpr int kEnough = 64 * 1024;
// A single huge record must not keep its memory for the life of the stream.
constexpr int kKeep = 1024 * 1024;

}  // namespace

void Output::start(MemoryContext context, bool one_record_each) {
  context_ = context;
  one_record_each_ = one_record_each;
  MemoryContext before = MemoryContextSwitchTo(context_);
  initStringInfo(&gathered_);
  MemoryContextSwitchTo(before);
}

StringInfo Output::record() {
  if (gathered_.len == 0 && !one_record_each_) appendStringInfoChar(&gathered_, wire::kChangeSetVersion);
  return &gathered_;
}

void Output::end_record(LogicalDecodingContext* decoding) {
  if (one_record_each_ || gathered_.len >= kEnough) send(decoding, false);
}

void Output::finish(LogicalDecodingContext* decoding) {
  if (gathered_.len > 0) send(decoding, true);
}

void Output::send(LogicalDecodingContext* decoding, bool last) {
  OutputPluginPrepareWrite(decoding, last);
  appendBinaryStringInfo(decoding->out, gathered_.data, gathered_.len);
  OutputPluginWrite(decoding, last);
  if (gathered_.maxlen > kKeep) {
    pfree(gathered_.data);
    MemoryContext before = MemoryContextSwitchTo(context_);
    initStringInfo(&gathered_);
    MemoryContextSwitchTo(before);
  } else {
    resetStringInfo(&gathered_);
  }
}

}  // namespace freshet
