-- Two transactions at once, through connections of their own.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE EXTENSION dblink;
CREATE ROLE regress_concurrency_owner;
CREATE SCHEMA conc AUTHORIZATION regress_concurrency_owner;
SET ROLE regress_concurrency_owner;
SET search_path = conc;
CREATE TABLE effect (n int PRIMARY KEY);
CREATE FUNCTION add(n int) RETURNS int LANGUAGE sql AS 'INSERT INTO effect VALUES (add.n) RETURNING n';
CREATE FUNCTION list() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT n FROM effect ORDER BY n';
SELECT freshet.expose('conc.add', public => true);
SELECT freshet.expose('conc.list', public => true);
RESET ROLE;
RESET search_path;
SELECT freshet.open_sessions(1) AS session \gset
SELECT dblink_connect(c, 'dbname=' || current_database() || ' host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port'))
  FROM unnest('{a,b}'::text[]) c;
CREATE FUNCTION conc.call(connection text, session text, id int, n int) RETURNS TABLE (value text, sqlstate text, replayed bool) LANGUAGE sql AS $$
  SELECT value, error::jsonb ->> 'sqlstate', replayed FROM public.dblink(connection,
    format('SELECT value, error, replayed FROM freshet.call(%L, %s, %L, %L, %L, NULL)', session, id, 'p', 'conc.add', json_build_object('n', n)))
    AS r(value text, error text, replayed bool) $$;
CREATE FUNCTION conc.tell(connection text, statement text) RETURNS text LANGUAGE sql AS 'SELECT public.dblink_exec(connection, statement)';
-- the same request from two gateways: one waits for the other, is told to try again, and then finds the answer
SELECT conc.tell(c, 'BEGIN ISOLATION LEVEL SERIALIZABLE') FROM unnest('{a,b}'::text[]) c;
SELECT * FROM conc.call('a', :'session', 1, 1);
SELECT dblink_send_query('b', format('SELECT value, error, replayed FROM freshet.call(%L, 1, %L, %L, %L, NULL)', :'session', 'p', 'conc.add', '{"n":1}'));
DO $$ BEGIN
  FOR i IN 1..1000 LOOP
    EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
    IF i = 1000 THEN RAISE EXCEPTION 'the second call does not wait'; END IF;
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
SELECT conc.tell('a', 'COMMIT');
SELECT value, error::jsonb ->> 'sqlstate' AS sqlstate, replayed FROM dblink_get_result('b') AS r(value text, error text, replayed bool);
SELECT * FROM dblink_get_result('b') AS r(value text, error text, replayed bool);
SELECT conc.tell('b', 'ROLLBACK');
SELECT conc.tell('b', 'BEGIN ISOLATION LEVEL SERIALIZABLE');
SELECT * FROM conc.call('b', :'session', 1, 1);
SELECT conc.tell('b', 'COMMIT');
-- records that lie side by side are no conflict: two mutations that touch different rows both commit
SELECT conc.tell(c, 'BEGIN ISOLATION LEVEL SERIALIZABLE') FROM unnest('{a,b}'::text[]) c;
SELECT * FROM conc.call('a', :'session', 2, 2);
SELECT * FROM conc.call('b', :'session', 3, 3);
SELECT conc.tell('a', 'COMMIT');
SELECT conc.tell('b', 'COMMIT');
-- nor are three, of which the newest commits first: none of them has read what another wrote
SELECT dblink_connect('c', 'dbname=' || current_database() || ' host=' || split_part(current_setting('unix_socket_directories'), ',', 1) || ' port=' || current_setting('port'));
SELECT conc.tell(c, 'BEGIN ISOLATION LEVEL SERIALIZABLE') FROM unnest('{a,b,c}'::text[]) c;
SELECT * FROM conc.call('a', :'session', 31, 31);
SELECT * FROM conc.call('b', :'session', 32, 32);
SELECT * FROM conc.call('c', :'session', 33, 33);
SELECT conc.tell(c, 'COMMIT') FROM unnest('{c,b,a}'::text[]) c;
SELECT dblink_disconnect('c');
-- acknowledged while a late retry is under way: its record is gone by the time it claims one, but so is its turn
SELECT conc.tell('b', 'BEGIN ISOLATION LEVEL SERIALIZABLE');
SELECT * FROM dblink('b', 'SELECT count(*) FROM pg_class WHERE oid = 0') AS r(snapshot_taken int);
SELECT conc.tell('a', 'BEGIN ISOLATION LEVEL SERIALIZABLE');
SELECT * FROM conc.call('a', :'session', 4, 4);
SELECT conc.tell('a', 'COMMIT');
SELECT freshet.ack(:'session', 4);
SELECT * FROM conc.call('b', :'session', 4, 4);
SELECT conc.tell('b', 'ROLLBACK');
TABLE conc.effect;
-- fates: a transaction that was running, one that committed, one that aborted, and a subtransaction of a running one
SELECT conc.tell('a', 'BEGIN');
SELECT * FROM dblink('a', 'SELECT pg_current_xact_id()') AS r(xid text) \gset running_
SELECT pg_current_snapshot() AS since \gset
SELECT conc.tell('b', 'BEGIN');
SELECT * FROM dblink('b', 'SELECT pg_current_xact_id()') AS r(xid text) \gset aborted_
SELECT conc.tell('b', 'ROLLBACK');
BEGIN;
SELECT pg_current_xact_id() AS committed_xid \gset
COMMIT;
SELECT conc.tell('b', 'BEGIN');
SELECT * FROM dblink('b', 'SELECT pg_current_xact_id()') AS r(xid text) \gset top_
SELECT conc.tell('b', 'SAVEPOINT s');
SELECT conc.tell('b', 'INSERT INTO conc.effect VALUES (10)');
SELECT * FROM dblink('b', 'SELECT xmin::text FROM conc.effect WHERE n = 10') AS r(xid text) \gset sub_
SELECT conc.tell('b', 'SAVEPOINT s2');
SELECT conc.tell('b', 'INSERT INTO conc.effect VALUES (11)');
SELECT * FROM dblink('b', 'SELECT xmin::text FROM conc.effect WHERE n = 11') AS r(xid text) \gset undone_
SELECT conc.tell('b', 'ROLLBACK TO s2');
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT f ->> 1 AS fate, CASE f ->> 0 WHEN :'aborted_xid' THEN 'aborted' WHEN :'committed_xid' THEN 'committed' WHEN :'sub_xid' THEN 'subtransaction'
         WHEN :'undone_xid' THEN 'rolled back to' WHEN :'top_xid' THEN 'running' WHEN :'running_xid' THEN 'running before' END AS what
  FROM freshet.run_queries('[]', :'since'::pg_snapshot) r, jsonb_array_elements(r.value::jsonb -> 'fates') f ORDER BY (f ->> 0)::int;
SELECT value::jsonb -> 'fates' AS none FROM freshet.run_queries('[]');
SELECT value::jsonb -> 'fates' AS nothing_new FROM freshet.run_queries('[]', pg_current_snapshot());
SELECT value::jsonb -> 'fates' AS too_many FROM freshet.run_queries('[]', '3:3:');
COMMIT;
SELECT conc.tell('a', 'COMMIT');
SELECT conc.tell('b', 'COMMIT');
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT count(*) FILTER (WHERE f ->> 0 = :'running_xid' AND f ->> 1 = 'c') AS running_before, count(*) FILTER (WHERE f ->> 0 = :'sub_xid' AND f ->> 1 = 'c') AS subtransaction
  FROM freshet.run_queries('[]', :'since'::pg_snapshot) r, jsonb_array_elements(r.value::jsonb -> 'fates') f;
-- a snapshot exported for other connections
SELECT value::jsonb ->> 'exported' AS exported FROM freshet.run_queries('[]', NULL, '{"export":true}') \gset
SELECT conc.tell('a', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
SELECT conc.tell('a', format('SET TRANSACTION SNAPSHOT %L', :'exported'));
SELECT conc.tell('b', 'INSERT INTO conc.effect VALUES (20)');
SELECT * FROM dblink('a', $$SELECT value FROM freshet.run_queries('[{"path":"conc.list"}]') WHERE ordinal = 1$$) AS r(value text);
SELECT conc.tell('a', 'COMMIT');
COMMIT;
-- what was hidden elsewhere is gone at once, and back when it is exposed again
SELECT freshet.hide('conc.list');
SET search_path = conc, public;
SELECT conc.tell('a', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
SELECT * FROM dblink('a', $$SELECT error::jsonb ->> 'code' FROM freshet.run_queries('[{"path":"conc.list"}]') WHERE ordinal = 1$$) AS r(code text);
SELECT freshet.expose('conc.list', public => true, max_rows => 1);
SELECT * FROM dblink('a', $$SELECT error::jsonb ->> 'code' FROM freshet.run_queries('[{"path":"conc.list"}]') WHERE ordinal = 1$$) AS r(code text);
SELECT freshet.expose('conc.list', public => true);
SELECT conc.tell('a', 'COMMIT');
-- a cancel from outside ends the whole batch and leaves nothing open
SET statement_timeout = '100ms';
SET ROLE regress_concurrency_owner;
CREATE FUNCTION conc.slow() RETURNS void STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM freshet.user_id(), pg_sleep(60); END';
SELECT freshet.expose('conc.slow', public => true);
RESET ROLE;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM freshet.run_queries('[{"path":"conc.slow","identity":{"sub":"alice"}}]');
ROLLBACK;
RESET statement_timeout;
SELECT freshet.user_id();
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT value FROM freshet.run_queries('[{"path":"conc.list","identity":{"sub":"bob"}}]') WHERE ordinal = 1;
COMMIT;
SELECT dblink_disconnect(c) FROM unnest('{a,b}'::text[]) c;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP EXTENSION dblink;
DROP SCHEMA conc CASCADE;
DROP ROLE regress_concurrency_owner;
