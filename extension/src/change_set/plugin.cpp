// The logical decoding output plugin: turns each committed transaction into a change set (wire/README.md).
// Streaming of running transactions and two-phase decoding are not offered: only what is committed matters.

#include "change_set/catalog_change.h"
#include "change_set/encoder.h"
#include "change_set/list.h"
#include "change_set/options.h"
#include "change_set/output.h"

#include "compat.h"
#include "freshet_wire/control.hpp"
#include "mutant.h"

extern "C" {
#include "access/transam.h"
#include "catalog/pg_class.h"
#include "replication/logical.h"
#include "replication/output_plugin.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
}

namespace freshet {
namespace {

constexpr bool kMutantMacUnchecked = FRESHET_MUTANT_IS(MAC_UNCHECKED);
constexpr bool kMutantSubxidsDropped = FRESHET_MUTANT_IS(SUBXIDS_DROPPED);
constexpr bool kMutantCollapseSilent = FRESHET_MUTANT_IS(COLLAPSE_WITHOUT_TABLE);
constexpr bool kMutantUnannouncedSilent = FRESHET_MUTANT_IS(UNANNOUNCED_WITHOUT_TABLE);
constexpr bool kMutantTruncateSilent = FRESHET_MUTANT_IS(TRUNCATE_WITHOUT_TABLE);
constexpr bool kMutantInterestKept = FRESHET_MUTANT_IS(INTEREST_KEPT_OVER_RECONNECT);
constexpr bool kMutantDdlIgnored = FRESHET_MUTANT_IS(DDL_MESSAGE_IGNORED);
constexpr bool kMutantSharedCatalogIgnored = FRESHET_MUTANT_IS(SHARED_CATALOG_IGNORED);
constexpr bool kMutantTransactionalControl = FRESHET_MUTANT_IS(TRANSACTIONAL_CONTROL_BELIEVED);

// After so many changes without output the walsender is given the chance to answer its client.
constexpr int kQuietChanges = 100;
// Keeps one subxids record below the size of a message.
constexpr uint64 kSubxidsPerRecord = 6000;

// State of one decoding context, in its memory; ends with it.
struct Plugin {
  ChangeSetOptions options;
  const Encoder* encoder;
  Output output;
  Interest* interest;
  ChangedTables tables;
  TemporaryRelations temporary;
  MemoryContext change_context;  // reset after every change
  int quiet_changes;
  uint64 ignored;  // control messages with a wrong MAC

  // Of the transaction that is being reported.
  bool catalog_changed;
  bool ddl_message;  // whatever it said
  bool ddl_told;     // of something that is not temporary
  bool ours_changed;
};

Plugin* plugin_of(LogicalDecodingContext* decoding) {
  return static_cast<Plugin*>(decoding->output_plugin_private);
}

// Everything that a callback allocates goes to the change context.
class InChangeContext {
 public:
  static MemoryContext enter(Plugin* plugin) { return MemoryContextSwitchTo(plugin->change_context); }
  static void leave(Plugin* plugin, MemoryContext before) {
    MemoryContextSwitchTo(before);
    MemoryContextReset(plugin->change_context);
  }
};

// The xid that decoding knows, with the epoch that the server is in: a decoded transaction is never 2^31 old.
uint64 full_xid(TransactionId xid) {
  const uint64 next = U64FromFullTransactionId(ReadNextFullTransactionId());
  const uint64 epoch = next >> 32;
  return xid > static_cast<TransactionId>(next) ? (epoch - 1) << 32 | xid : epoch << 32 | xid;
}

void startup(LogicalDecodingContext* decoding, OutputPluginOptions* plugin_options, bool) {
  auto* plugin = static_cast<Plugin*>(MemoryContextAllocZero(decoding->context, sizeof(Plugin)));
  plugin->options = read_options(decoding->output_plugin_options);
  plugin->encoder = plugin->options.json ? &json_encoder() : &binary_encoder();
  plugin->change_context = AllocSetContextCreate(decoding->context, "freshet change", ALLOCSET_DEFAULT_SIZES);
  plugin->output.start(decoding->context, plugin->options.json);
  plugin->tables.start(decoding->context);
  plugin->temporary.start(decoding->context);
  if constexpr (kMutantInterestKept) {
    static Interest* kept = nullptr;
    if (kept == nullptr) {
      kept = static_cast<Interest*>(MemoryContextAlloc(TopMemoryContext, sizeof(Interest)));
      kept->start(TopMemoryContext);
    }
    plugin->interest = kept;
  } else {
    plugin->interest = static_cast<Interest*>(MemoryContextAlloc(decoding->context, sizeof(Interest)));
    plugin->interest->start(decoding->context);
  }
  decoding->output_plugin_private = plugin;
  plugin_options->output_type =
      plugin->options.json ? OUTPUT_PLUGIN_TEXTUAL_OUTPUT : OUTPUT_PLUGIN_BINARY_OUTPUT;
  plugin_options->receive_rewrites = false;
}

void begin(LogicalDecodingContext* decoding, ReorderBufferTXN* transaction) {
  Plugin* plugin = plugin_of(decoding);
  plugin->tables.begin_transaction();
  plugin->catalog_changed = rbtxn_has_catalog_changes(transaction);
  if (plugin->catalog_changed) plugin->temporary.look_up(transaction);
  plugin->ddl_message = false;
  plugin->ddl_told = false;
  plugin->ours_changed = false;
  plugin->encoder->begin(full_xid(transaction->xid), plugin->output.record());
  plugin->output.end_record(decoding);
}

// Says once per transaction that any row of the table may have changed.
void whole_table(LogicalDecodingContext* decoding, ChangedTable* table, Relation relation,
                 wire::TableReason reason) {
  Plugin* plugin = plugin_of(decoding);
  if (table->whole) return;
  table->whole = true;
  plugin->encoder->table(table->oid, relation, reason, plugin->output.record());
  plugin->output.end_record(decoding);
}

// Nothing is sent for this change, and perhaps not for the next million.
void stay_alive(LogicalDecodingContext* decoding) {
  Plugin* plugin = plugin_of(decoding);
  if (++plugin->quiet_changes < kQuietChanges) return;
  plugin->quiet_changes = 0;
  OutputPluginUpdateProgress(decoding, false);
}

wire::RowKind kind_of(const ReorderBufferChange* change) {
  switch (change->action) {
    case REORDER_BUFFER_CHANGE_INSERT:
      return wire::RowKind::kInsert;
    case REORDER_BUFFER_CHANGE_UPDATE:
      return wire::RowKind::kUpdate;
    case REORDER_BUFFER_CHANGE_DELETE:
      return wire::RowKind::kDelete;
    default:
      elog(ERROR, "unexpected change %d", static_cast<int>(change->action));
  }
  pg_unreachable();
}

void row_changed(LogicalDecodingContext* decoding, ChangedTable* table, Relation relation,
                 const ReorderBufferChange* change) {
  Plugin* plugin = plugin_of(decoding);
  RowChange row;
  if (!code_row(*table, RelationGetDescr(relation), kind_of(change), decoded_tuple(change->data.tp.oldtuple),
                decoded_tuple(change->data.tp.newtuple), plugin->options.key, &row)) {
    whole_table(decoding, table, relation, wire::TableReason::kNotEncodable);
    return;
  }
  plugin->encoder->row(relation, row, plugin->output.record());
  plugin->output.end_record(decoding);
}

void change(LogicalDecodingContext* decoding, ReorderBufferTXN*, Relation relation,
            ReorderBufferChange* change) {
  Plugin* plugin = plugin_of(decoding);
  ChangedTable* table = plugin->tables.find(RelationGetRelid(relation));
  if (table->whole) {
    stay_alive(decoding);
    return;
  }
  MemoryContext before = InChangeContext::enter(plugin);
  plugin->tables.describe(table, relation, *plugin->interest);
  if (table->ours) {
    plugin->ours_changed = true;
    stay_alive(decoding);
  } else if (!table->announced) {
    if constexpr (!kMutantUnannouncedSilent)
      whole_table(decoding, table, relation, wire::TableReason::kNotAnnounced);
  } else if (++table->rows > plugin->options.max_rows) {
    if constexpr (kMutantCollapseSilent)
      table->whole = true;
    else
      whole_table(decoding, table, relation, wire::TableReason::kTooManyChanges);
  } else {
    row_changed(decoding, table, relation, change);
  }
  InChangeContext::leave(plugin, before);
}

void truncate(LogicalDecodingContext* decoding, ReorderBufferTXN*, int count, Relation relations[],
              ReorderBufferChange*) {
  Plugin* plugin = plugin_of(decoding);
  if constexpr (kMutantTruncateSilent) return;
  MemoryContext before = InChangeContext::enter(plugin);
  for (int i = 0; i < count; ++i) {
    ChangedTable* table = plugin->tables.find(RelationGetRelid(relations[i]));
    plugin->tables.describe(table, relations[i], *plugin->interest);
    if (table->ours)
      plugin->ours_changed = true;
    else
      whole_table(decoding, table, relations[i], wire::TableReason::kTruncate);
    table->truncated = true;
  }
  InChangeContext::leave(plugin, before);
}

void ddl_changed(LogicalDecodingContext* decoding, wire::Bytes content) {
  Plugin* plugin = plugin_of(decoding);
  // A command that wrote nothing to the catalog did nothing: what it was to create exists, or its message is
  // forged.
  if (!plugin->catalog_changed) return;
  DdlMessage message = {};
  if (!read_ddl_message(content, &message)) message = {};
  plugin->ddl_message = true;
  if (message.temporary || kMutantDdlIgnored) return;
  plugin->ddl_told = true;
  plugin->encoder->ddl(message, plugin->output.record());
  plugin->output.end_record(decoding);
  if (!message.rewritten) return;
  for (uint32 i = 0; i < message.object_count; ++i)
    if (message.objects[i].class_id == RelationRelationId)
      whole_table(decoding, plugin->tables.find(message.objects[i].object_id), nullptr,
                  wire::TableReason::kRewrittenOrDdl);
}

// True: it was ours and was followed.
bool follow_control(LogicalDecodingContext* decoding, wire::Bytes content, XLogRecPtr lsn) {
  Plugin* plugin = plugin_of(decoding);
  wire::ControlMessage message;
  if constexpr (kMutantMacUnchecked) {
    if (content.size() < 18) return false;
    message = {static_cast<wire::ControlTag>(content[1]), content.subspan(2, content.size() - 18)};
  } else if (!plugin->options.has_key || !wire::open_control(plugin->options.key, content, &message)) {
    return false;
  }
  switch (message.tag) {
    case wire::ControlTag::kFence: {
      wire::Cursor body(message.body);
      const uint64 nonce = body.u64();
      if (!body.ok() || !body.at_end()) return false;
      plugin->encoder->fence(nonce, lsn, plugin->output.record());
      break;
    }
    case wire::ControlTag::kInterest:
      if (!plugin->interest->announce(message.body)) return false;
      plugin->encoder->interest(plugin->interest->version(), plugin->output.record());
      break;
    case wire::ControlTag::kUnwatch:
      if (!plugin->interest->unwatch(message.body)) return false;
      plugin->encoder->interest(plugin->interest->version(), plugin->output.record());
      break;
    default:
      return false;
  }
  plugin->output.end_record(decoding);
  return true;
}

void message(LogicalDecodingContext* decoding, ReorderBufferTXN*, XLogRecPtr lsn, bool transactional,
             const char* prefix, Size size, const char* data) {
  Plugin* plugin = plugin_of(decoding);
  const wire::Bytes content(reinterpret_cast<const uint8*>(data), size);
  MemoryContext before = InChangeContext::enter(plugin);
  if (transactional && strcmp(prefix, kDdlPrefix) == 0) {
    ddl_changed(decoding, content);
  } else if (strcmp(prefix, wire::kControlPrefix) == 0 && (!transactional || kMutantTransactionalControl)) {
    // Outside of transactions: nothing else has gathered.
    if (!follow_control(decoding, content, lsn)) {
      plugin->encoder->ignored(++plugin->ignored, plugin->output.record());
      plugin->output.end_record(decoding);
    }
    plugin->output.finish(decoding);
  } else {
    stay_alive(decoding);
  }
  InChangeContext::leave(plugin, before);
}

void report_subxids(LogicalDecodingContext* decoding, const ReorderBufferTXN* transaction) {
  Plugin* plugin = plugin_of(decoding);
  if (transaction->nsubtxns == 0 || kMutantSubxidsDropped) return;
  auto* xids = static_cast<uint64*>(palloc(kSubxidsPerRecord * sizeof(uint64)));
  uint64 count = 0;
  const auto write = [&] {
    plugin->encoder->subxids(xids, count, plugin->output.record());
    plugin->output.end_record(decoding);
    count = 0;
  };
  const dlist_node* end = &transaction->subtxns.head;
  for (const dlist_node* node = end->next; node != end; node = node->next) {
    xids[count++] = full_xid(FRESHET_LIST_ELEMENT(ReorderBufferTXN, node, node)->xid);
    if (count == kSubxidsPerRecord) write();
  }
  if (count > 0) write();
}

void commit(LogicalDecodingContext* decoding, ReorderBufferTXN* transaction, XLogRecPtr lsn) {
  Plugin* plugin = plugin_of(decoding);
  MemoryContext before = InChangeContext::enter(plugin);
  const CatalogChange catalog = catalog_change_of(transaction, plugin->temporary, plugin->tables);
  // Without a message the reader takes every catalog change for DDL. What fires no event trigger must not
  // hide behind a message about something else: commands on the whole cluster, and changes that are only
  // announced to other sessions.
  const bool untold = catalog.shared || (catalog.permanent_relation && !plugin->ddl_told);
  if (plugin->ddl_message && untold && !kMutantSharedCatalogIgnored) {
    plugin->encoder->ddl({}, plugin->output.record());
    plugin->output.end_record(decoding);
  }
  report_subxids(decoding, transaction);

  CommitRecord record = {};
  record.xid = full_xid(transaction->xid);
  record.lsn = lsn;
  constexpr int64 kPostgresEpoch =
      static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
  record.unix_microseconds = transaction->xact_time.commit_time + kPostgresEpoch;
  record.origin = transaction->origin_id;
  if (catalog.any) record.flags |= wire::kCommitCatalogChanged;
  if (plugin->ddl_message) record.flags |= wire::kCommitDdlMessage;
  // The registry tells of its changes by an invalidation alone.
  if (catalog.definitions_kept && !plugin->ours_changed) record.flags |= wire::kCommitDefinitionsKept;
  plugin->encoder->commit(record, plugin->output.record());
  plugin->output.end_record(decoding);
  plugin->output.finish(decoding);
  OutputPluginUpdateProgress(decoding, false);
  InChangeContext::leave(plugin, before);
}

void shutdown(LogicalDecodingContext*) {}

}  // namespace
}  // namespace freshet

extern "C" {
FRESHET_EXPORT void _PG_output_plugin_init(OutputPluginCallbacks* callbacks);

void _PG_output_plugin_init(OutputPluginCallbacks* callbacks) {
  callbacks->startup_cb = freshet::startup;
  callbacks->begin_cb = freshet::begin;
  callbacks->change_cb = freshet::change;
  callbacks->truncate_cb = freshet::truncate;
  callbacks->message_cb = freshet::message;
  callbacks->commit_cb = freshet::commit;
  callbacks->shutdown_cb = freshet::shutdown;
}
}
