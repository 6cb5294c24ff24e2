// Bodies of the event triggers: tell the output plugin, in the transaction of the command, which objects a
// DDL command touched. Run as whoever runs the command, so nothing here needs a right that PUBLIC lacks.

#include "change_set/ddl_message.h"

#include "compat.h"
#include "mutant.h"

extern "C" {
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "replication/message.h"
#include "utils/lsyscache.h"
}

namespace freshet {
namespace {

constexpr bool kMutantTemporaryHides = FRESHET_MUTANT_IS(TEMPORARY_HIDES_PERMANENT);

const char* event_of(FunctionCallInfo fcinfo) {
  return reinterpret_cast<EventTriggerData*>(fcinfo->context)->event;
}

void write_to_wal(const DdlMessage& message) {
  StringInfoData content;
  initStringInfo(&content);
  write_ddl_message(message, &content);
  log_transactional_message(kDdlPrefix, content.data, content.len);
}

// What a DROP took away is told at sql_drop, so at its end there is nothing to add. (DROP OWNED also
// revokes.)
bool told_at_drop(const char* tag) { return strncmp(tag, "DROP ", 5) == 0 && strcmp(tag, "DROP OWNED") != 0; }

// Whatever a CREATE made is listed at its end. One that lists nothing found it there (IF NOT EXISTS), or is
// a step of REFRESH ... CONCURRENTLY, which is told itself.
bool told_when_created(const char* tag) { return strncmp(tag, "CREATE ", 7) == 0; }

// Adds what the query lists as (class, object, temporary). Objects of this session alone are left out; one
// that the server does not name makes the whole list unknown.
void collect(const char* query, DdlMessage* message) {
  if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
    elog(ERROR, "could not list the objects of a command: %s", query);
  message->objects = static_cast<DdlObject*>(palloc(Max(SPI_processed, 1) * sizeof(DdlObject)));
  bool named = true;
  bool permanent = false;
  for (uint64 i = 0; i < SPI_processed; ++i) {
    HeapTuple row = SPI_tuptable->vals[i];
    TupleDesc columns = SPI_tuptable->tupdesc;
    bool no_class, no_object, no_temporary;
    const Oid class_id = DatumGetObjectId(SPI_getbinval(row, columns, 1, &no_class));
    const Oid object_id = DatumGetObjectId(SPI_getbinval(row, columns, 2, &no_object));
    const bool temporary = DatumGetBool(SPI_getbinval(row, columns, 3, &no_temporary));
    if (!no_temporary && temporary) continue;
    permanent = true;
    if (no_class || no_object)
      named = false;
    else
      message->objects[message->object_count++] = {class_id, object_id};
  }
  message->temporary =
      SPI_processed > 0 && (!permanent || (kMutantTemporaryHides && SPI_processed > message->object_count));
  if (!named) message->object_count = 0;
}

void command_ended(DdlMessage* message) {
  collect(
      "SELECT classid, objid, schema_name OPERATOR(pg_catalog.=) 'pg_temp'"
      " FROM pg_catalog.pg_event_trigger_ddl_commands()",
      message);
}

void dropped(DdlMessage* message) {
  // Rules, defaults and triggers have no schema of their own that would tell: those that go with temporary
  // relations alone are temporary.
  collect(
      "SELECT classid, objid, is_temporary OR (NOT original"
      " AND classid OPERATOR(pg_catalog.=) ANY ('{pg_catalog.pg_rewrite,pg_catalog.pg_attrdef,"
      "pg_catalog.pg_trigger}'::pg_catalog.regclass[])"
      " AND pg_catalog.bool_and(is_temporary OR NOT original) OVER ())"
      " FROM pg_catalog.pg_event_trigger_dropped_objects()",
      message);
}

void rewritten(DdlMessage* message) {
  if (SPI_execute("SELECT pg_catalog.pg_event_trigger_table_rewrite_oid()", true, 1) != SPI_OK_SELECT ||
      SPI_processed != 1)
    elog(ERROR, "could not name the rewritten table");
  bool null;
  const Oid table = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &null));
  message->objects = static_cast<DdlObject*>(palloc(sizeof(DdlObject)));
  message->objects[message->object_count++] = {RelationRelationId, table};
  message->temporary = get_rel_persistence(table) == RELPERSISTENCE_TEMP;
  message->rewritten = true;
}

}  // namespace
}  // namespace freshet

// freshet._ddl_event() RETURNS event_trigger: for ddl_command_end, sql_drop and table_rewrite.
FRESHET_FUNCTION(freshet_ddl_event) {
  using namespace freshet;
  if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("function must be called by an event trigger")));
  // Nobody can decode this database.
  if (!XLogLogicalInfoActive()) PG_RETURN_NULL();

  DdlMessage message = {};
  message.tag = GetCommandTagName(reinterpret_cast<EventTriggerData*>(fcinfo->context)->tag);
  message.tag_size = static_cast<int>(strlen(message.tag));
  const char* event = event_of(fcinfo);
  if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
  if (strcmp(event, "sql_drop") == 0)
    dropped(&message);
  else if (strcmp(event, "table_rewrite") == 0)
    rewritten(&message);
  else
    command_ended(&message);
  if (SPI_processed > 0 || !(told_at_drop(message.tag) || told_when_created(message.tag)))
    write_to_wal(message);
  SPI_finish();
  PG_RETURN_NULL();
}
