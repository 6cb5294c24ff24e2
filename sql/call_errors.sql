-- Errors come back as data, each in its place of the batch, with the code that a client is told where the extension knows it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_errors_owner;
CREATE SCHEMA errors AUTHORIZATION regress_errors_owner;
SET ROLE regress_errors_owner;
SET search_path = errors;
CREATE TABLE parent (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED, CHECK (id < 100));
CREATE FUNCTION fails(code text, message text DEFAULT NULL, data jsonb DEFAULT NULL) RETURNS void STABLE LANGUAGE plpgsql
  AS 'BEGIN PERFORM freshet.fail(code, message, data); END';
CREATE FUNCTION fails_again() RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE c text; d text;
BEGIN
  PERFORM freshet.fail('first', 'one', '{"n": 1}');
EXCEPTION WHEN SQLSTATE 'RF010' THEN
  GET STACKED DIAGNOSTICS c = CONSTRAINT_NAME, d = PG_EXCEPTION_DETAIL;
  IF c <> 'first' OR d::jsonb <> '{"n": 1}' THEN RAISE EXCEPTION 'lost'; END IF;
  RAISE;
END $$;
CREATE FUNCTION needs(x int) RETURNS int STABLE LANGUAGE sql AS $$ SELECT x WHERE freshet.require(x > 0, 'not_positive', 'x must be positive') $$;
CREATE FUNCTION raises(state text) RETURNS void STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'raised' USING ERRCODE = state, DETAIL = 'd', HINT = 'h'; END $$;
CREATE FUNCTION divides(x int) RETURNS int STABLE LANGUAGE sql AS 'SELECT 1 / x';
CREATE FUNCTION good() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION writes() RETURNS void STABLE LANGUAGE plpgsql AS 'BEGIN INSERT INTO parent VALUES (1, ''a''); END';
CREATE FUNCTION _writer() RETURNS int VOLATILE LANGUAGE sql AS 'INSERT INTO parent VALUES (1, ''a'') RETURNING id';
CREATE FUNCTION writes_below() RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN _writer(); END';
CREATE FUNCTION unlocks() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('transaction_read_only', 'off', true); RETURN _writer(); END $$;
CREATE FUNCTION slow(seconds float8) RETURNS void STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(seconds); END';
CREATE FUNCTION stubborn() RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN RETURN 'ignored it'; END $$;
CREATE FUNCTION add_parent(id int, name text) RETURNS int LANGUAGE sql AS 'INSERT INTO parent VALUES (id, name) RETURNING id';
CREATE FUNCTION add_child(id int, parent int) RETURNS int LANGUAGE sql AS 'INSERT INTO child VALUES (id, parent) RETURNING id';
SELECT count(*) FROM freshet.expose_module('errors', public => true);
SELECT freshet.expose('errors.slow', public => true, deadline_ms => 100);
SELECT freshet.expose('errors.stubborn', public => true, deadline_ms => 100);
RESET ROLE;
CREATE FUNCTION errors.answers(requests text) RETURNS TABLE (ordinal int, value text, code text, error text) LANGUAGE sql AS $$
  SELECT ordinal, value, error::jsonb ->> 'code', jsonb_pretty(error::jsonb - '{code,context}'::text[]) FROM freshet.run_queries(requests) WHERE ordinal > 0 $$;
\pset format unaligned
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM errors.answers('[{"path":"errors.fails","args":{"code":"closed"}},{"path":"errors.good"},{"path":"errors.fails","args":{"code":"closed","message":"It is closed","data":{"by":[1.50]}}},
  {"path":"errors.fails_again"},{"path":"errors.needs","args":{"x":1}},{"path":"errors.needs","args":{"x":0}},{"path":"errors.divides","args":{"x":0}},{"path":"errors.good"}]');
SELECT * FROM errors.answers('[{"path":"errors.raises","args":{"state":"P0001"}},{"path":"errors.raises","args":{"state":"RF003"}},{"path":"errors.raises","args":{"state":"40001"}},{"path":"errors.raises","args":{"state":"RF010"}}]');
-- a query writes nothing, however it tries
SELECT * FROM errors.answers('[{"path":"errors.writes"},{"path":"errors.writes_below"},{"path":"errors.unlocks"}]');
COMMIT;
-- also where the caller forgot to begin a transaction that only reads
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT value, code FROM errors.answers('[{"path":"errors.writes_below"}]');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
-- what is not exposed, or of the other kind, does not exist
SELECT * FROM errors.answers('[{"path":"errors._writer"},{"path":"errors.nothing"},{"path":"nothing"},{"path":"errors.add_parent","args":{"id":1,"name":"x"}},{"path":""}]');
-- a deadline ends one query, not the batch
SELECT * FROM errors.answers('[{"path":"errors.slow","args":{"seconds":60}},{"path":"errors.good"},{"path":"errors.stubborn"},{"path":"errors.slow","args":{"seconds":0}}]');
-- what one request sends cannot break the others
SELECT * FROM errors.answers('[{"path":"errors.divides","args":{"x":"\u0000"}},{"path":"errors.divides","args":{"x":1,"x":2}},{"path":"errors.good","identity":[1]},{"path":"errors.good","identity":{"sub":"\ud800"}},
  {"path":"errors.divides","args":{"x":' || repeat('[', 70) || repeat(']', 70) || '}},{"path":"errors.good"}]');
COMMIT;
SET freshet.max_argument_bytes = 1024;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM errors.answers('[{"path":"errors.fails","args":{"code":"' || repeat('x', 1100) || '"}},{"path":"errors.good"}]');
COMMIT;
RESET freshet.max_argument_bytes;
-- malformed batches are the gateway's mistake: they fail whole
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SAVEPOINT s;
SELECT * FROM freshet.run_queries('{}');
ROLLBACK TO s;
SELECT * FROM freshet.run_queries('[{}]');
ROLLBACK TO s;
SELECT * FROM freshet.run_queries('[1');
ROLLBACK TO s;
SELECT * FROM freshet.run_queries('[]', NULL, '{"image_key":"00"}');
ROLLBACK TO s;
SELECT * FROM freshet.run_queries('[]', NULL, '{"colour":1}');
ROLLBACK;
SELECT * FROM freshet.run_queries('[]');
-- mutations
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error FROM freshet.call(NULL, NULL, NULL, 'errors.add_parent', '{"id":1,"name":"a"}', NULL);
SELECT jsonb_pretty(error::jsonb - 'context') FROM freshet.call(NULL, NULL, NULL, 'errors.add_parent', '{"id":2,"name":"a"}', NULL);
SELECT jsonb_pretty(error::jsonb - 'context') FROM freshet.call(NULL, NULL, NULL, 'errors.add_child', '{"id":100,"parent":1}', NULL);
-- a deferred constraint fails in the call, not at COMMIT
SELECT jsonb_pretty(error::jsonb - 'context') FROM freshet.call(NULL, NULL, NULL, 'errors.add_child', '{"id":1,"parent":9}', NULL);
SELECT error FROM freshet.call(NULL, NULL, NULL, 'errors.good', '{}', NULL);
COMMIT;
SELECT * FROM freshet.call(NULL, NULL, NULL, 'errors.good', '{}', NULL);
TABLE errors.parent;
TABLE errors.child;
\pset format aligned
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA errors CASCADE;
DROP ROLE regress_errors_owner;
