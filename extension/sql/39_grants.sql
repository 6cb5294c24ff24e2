-- Gives the gateway's two roles what they need and nothing else. The calling role needs no right on any table; the replication role needs
-- REPLICATION (given here), on servers that know the parameter leave to use the output plugin, and that its commands are not logged. For superusers.
--   call_role         the role of --database-url
--   replication_role  the role of --replication-url, another one with another password: it could read the whole cluster
-- Example: SELECT freshet.grant_gateway('freshet_call', 'freshet_stream');
CREATE FUNCTION freshet.grant_gateway(call_role name, replication_role name) RETURNS void
  VOLATILE LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry regprocedure;
BEGIN
  FOREACH entry IN ARRAY ARRAY[
    'freshet.run_queries(text, pg_snapshot, jsonb)', 'freshet.call(text, bigint, text, text, text, text, integer)',
    'freshet.track_begin(text, jsonb)', 'freshet.track_end()', 'freshet.catalog()', 'freshet.describe(text)',
    'freshet.check(text)', 'freshet.gateway_key()',
    'freshet.open_sessions(integer)', 'freshet.open_session(text)', 'freshet.session_floor(text)', 'freshet.ack(text, bigint)',
    'freshet.due_jobs(integer, text[])', 'freshet.run_job(bigint, text)', 'freshet.fail_job(bigint, integer, jsonb)', 'freshet.prune_jobs(interval)',
    'freshet.prune(interval)', 'freshet.emit_control(bytea)', 'freshet.note_calls(jsonb)',
    'freshet.api_key_states(text[], text[], boolean[])']::regprocedure[]
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', entry, call_role);
  END LOOP;
  IF NOT (SELECT rolreplication FROM pg_roles WHERE rolname = replication_role) THEN
    EXECUTE format('ALTER ROLE %I REPLICATION', replication_role);
  END IF;
  -- The server would write the text of START_REPLICATION, and with it the stream's key, to its log beside every message about decoding.
  EXECUTE format('ALTER ROLE %I SET log_min_error_statement = %L', replication_role, 'panic');
  EXECUTE format('ALTER ROLE %I SET log_replication_commands = off', replication_role);
  IF EXISTS (SELECT FROM pg_settings WHERE name = 'output_plugin_libraries') THEN
    EXECUTE format('ALTER ROLE %I SET output_plugin_libraries = %L', replication_role, 'freshet');
  END IF;
END $$;
REVOKE ALL ON FUNCTION freshet.grant_gateway(name, name) FROM PUBLIC;
