-- The smaller of the caller's and the function's own deadline ends one call and no other.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_deadlines_owner;
CREATE SCHEMA deadlines AUTHORIZATION regress_deadlines_owner;
SET ROLE regress_deadlines_owner;
SET search_path = deadlines;
CREATE TABLE done (what text);
CREATE FUNCTION good() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION naps() RETURNS void STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); END';
CREATE FUNCTION naps_short() RETURNS void STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); END';
CREATE FUNCTION writes(seconds float8) RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO done VALUES (''it''); PERFORM pg_sleep(seconds); END';
CREATE FUNCTION writes_short(seconds float8) RETURNS void LANGUAGE plpgsql AS 'BEGIN INSERT INTO done VALUES (''it''); PERFORM pg_sleep(seconds); END';
SELECT count(*) FROM freshet.expose_module('deadlines', public => true);
SELECT freshet.expose('deadlines.naps_short', public => true, deadline_ms => 100);
SELECT freshet.expose('deadlines.writes_short', public => true, deadline_ms => 100);
RESET ROLE;
RESET search_path;
\pset format unaligned
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT ordinal, value, error::jsonb - 'context' AS error
  FROM freshet.run_queries('[{"path":"deadlines.good"},{"path":"deadlines.naps"},{"path":"deadlines.good"},{"path":"deadlines.naps_short"},{"path":"deadlines.good"}]',
    options => '{"deadline_ms":150}') WHERE ordinal > 0;
COMMIT;
-- a mutation
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error::jsonb - 'context' AS error FROM freshet.call(NULL, NULL, '', 'deadlines.writes', '{"seconds":60}', NULL, 150);
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error::jsonb - 'context' AS error FROM freshet.call(NULL, NULL, '', 'deadlines.writes_short', '{"seconds":60}', NULL, 60000);
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error FROM freshet.call(NULL, NULL, '', 'deadlines.writes', '{"seconds":0}', NULL, 60000);
COMMIT;
TABLE deadlines.done;
-- no deadline at all is said by leaving it out
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM freshet.call(NULL, NULL, '', 'deadlines.writes', '{"seconds":0}', NULL, 0);
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SAVEPOINT s;
SELECT * FROM freshet.run_queries('[]', options => '{"deadline_ms":0}');
ROLLBACK TO s;
SELECT * FROM freshet.run_queries('[]', options => '{"deadline_ms":1.5}');
ROLLBACK TO s;
SELECT * FROM freshet.run_queries('[]', options => '{"deadline_ms":"1"}');
ROLLBACK;
DROP SCHEMA deadlines CASCADE;
DROP ROLE regress_deadlines_owner;
