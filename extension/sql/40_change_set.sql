-- DDL as the change stream sees it: each command writes a logical message, in its own transaction, that names the
-- objects it touched. ALWAYS: also in sessions that apply replicated changes.
CREATE FUNCTION freshet._ddl_event() RETURNS event_trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'freshet_ddl_event';
REVOKE ALL ON FUNCTION freshet._ddl_event() FROM PUBLIC;
COMMENT ON FUNCTION freshet._ddl_event() IS 'tells the change stream which objects a DDL command touched';

CREATE EVENT TRIGGER freshet_ddl_command_end ON ddl_command_end EXECUTE FUNCTION freshet._ddl_event();
CREATE EVENT TRIGGER freshet_sql_drop ON sql_drop EXECUTE FUNCTION freshet._ddl_event();
CREATE EVENT TRIGGER freshet_table_rewrite ON table_rewrite EXECUTE FUNCTION freshet._ddl_event();
ALTER EVENT TRIGGER freshet_ddl_command_end ENABLE ALWAYS;
ALTER EVENT TRIGGER freshet_sql_drop ENABLE ALWAYS;
ALTER EVENT TRIGGER freshet_table_rewrite ENABLE ALWAYS;
