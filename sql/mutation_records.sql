-- A mutation takes effect at most once per session and request id.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_records_owner;
CREATE SCHEMA records AUTHORIZATION regress_records_owner;
SET ROLE regress_records_owner;
SET search_path = records;
CREATE TABLE effect (n int);
CREATE FUNCTION add(n int, note jsonb DEFAULT NULL) RETURNS int LANGUAGE sql AS 'INSERT INTO effect VALUES (add.n) RETURNING (SELECT count(*)::int + 1 FROM effect) + 0 * length(COALESCE(note, ''0'')::text)';
CREATE FUNCTION fail_after(n int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN INSERT INTO effect VALUES (n); PERFORM freshet.fail('no'); END $$;
CREATE FUNCTION quiet() RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
SELECT count(*) FROM freshet.expose_module('records', public => true);
RESET ROLE;
RESET search_path;
DELETE FROM freshet.session;
DELETE FROM freshet.mutation;
SELECT length(id) AS length, id ~ '^[0-9a-f]+$' AS hex FROM freshet.open_sessions(2) id;
SELECT freshet.open_sessions(1) AS session \gset
SELECT freshet.open_session('key:' || repeat('a', 43)), freshet.open_session('key:' || repeat('a', 43));
SELECT freshet.open_session('0123456789abcdef0123456789abcdef');
SELECT freshet.session_floor(:'session'), freshet.session_floor('unknown');
\set begin 'BEGIN ISOLATION LEVEL SERIALIZABLE;'
-- once
:begin
SELECT value, error, xid = pg_current_xact_id()::text AS own_xid, replayed FROM freshet.call(:'session', 1, 'alice', 'records.add', '{"n":1,"note":{"a":1,"b":[1.0]}}', NULL);
SELECT pg_current_xact_id() AS xid \gset
COMMIT;
-- again, in another spelling: the recorded answer with the recorded xid
:begin
SELECT value, error, xid = :'xid' AS recorded_xid, replayed FROM freshet.call(:'session', 1, 'alice', 'records.add', ' {"note" : {"b":[1.0], "a":1}, "\u006e":1} ', NULL);
COMMIT;
-- another principal, other arguments, another function: a conflict, never an execution
:begin
SELECT error FROM freshet.call(:'session', 1, 'bob', 'records.add', '{"n":1,"note":{"a":1,"b":[1.0]}}', NULL);
SELECT error FROM freshet.call(:'session', 1, 'alice', 'records.add', '{"n":1,"note":{"a":1,"b":[1]}}', NULL);
SELECT error FROM freshet.call(:'session', 1, 'alice', 'records.fail_after', '{"n":1}', NULL);
COMMIT;
TABLE records.effect;
-- an error leaves no record once its caller has rolled back: the id is free
:begin
SELECT error::jsonb ->> 'code' AS code, replayed FROM freshet.call(:'session', 2, 'alice', 'records.fail_after', '{"n":2}', NULL);
ROLLBACK;
:begin
SELECT value, replayed FROM freshet.call(:'session', 2, 'alice', 'records.add', '{"n":2}', NULL);
COMMIT;
-- a mutation that writes nothing is recorded all the same
:begin
SELECT value, xid = pg_current_xact_id()::text AS own_xid FROM freshet.call(:'session', 3, 'alice', 'records.quiet', '{}', NULL);
COMMIT;
:begin
SELECT value, replayed FROM freshet.call(:'session', 3, 'alice', 'records.quiet', '{}', NULL);
COMMIT;
-- without a session there is no record, and no xid where nothing was written
:begin
SELECT value, xid, replayed FROM freshet.call(NULL, NULL, 'alice', 'records.quiet', '{}', NULL);
COMMIT;
-- acknowledged: the record is gone, and the floor says so
SELECT freshet.ack(:'session', 2);
SELECT freshet.ack(:'session', 1);
SELECT freshet.session_floor(:'session');
SELECT request_id, principal, result FROM freshet.mutation WHERE session = :'session' ORDER BY 1;
:begin
SELECT error FROM freshet.call(:'session', 1, 'alice', 'records.add', '{"n":1}', NULL);
ROLLBACK;
:begin
SELECT error FROM freshet.call(:'session', 2, 'alice', 'records.add', '{"n":2}', NULL);
ROLLBACK;
-- a session that nobody knows
:begin
SELECT error FROM freshet.call('unknown', 1, 'alice', 'records.add', '{"n":3}', NULL);
ROLLBACK;
TABLE records.effect;
SELECT count(*) AS orphans FROM freshet.mutation WHERE session = 'unknown';
-- arguments that are no JSON
:begin
SELECT error FROM freshet.call(:'session', 9, 'alice', 'records.add', '{"n":', NULL);
SELECT error FROM freshet.call(:'session', 9, 'alice', 'records.add', '{"n":1}', '[]');
ROLLBACK;
-- idle sessions go with their records; a recent record keeps its session
UPDATE freshet.session SET last_seen = now() - interval '2 days';
SELECT freshet.prune('1 day');
SELECT count(*) FROM freshet.session;
UPDATE freshet.mutation SET created_at = now() - interval '2 days';
SELECT freshet.prune('1 day');
SELECT (SELECT count(*) FROM freshet.session) AS sessions, (SELECT count(*) FROM freshet.mutation) AS records;
SELECT length(freshet.gateway_key()), freshet.gateway_key() = freshet.gateway_key() AS same;
SELECT freshet.emit_control('\x00') > '0/0'::pg_lsn AS flushed;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA records CASCADE;
DROP ROLE regress_records_owner;
