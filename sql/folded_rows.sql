-- An IMMUTABLE function that reads a table, in a form that cannot be seen when exposed, gives each run the rows of its own snapshot.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_folded_owner;
CREATE SCHEMA folded AUTHORIZATION regress_folded_owner;
SET ROLE regress_folded_owner;
SET search_path = folded;
CREATE TABLE setting (name text PRIMARY KEY, value int);
INSERT INTO setting VALUES ('limit', 1);
CREATE TABLE item (n int PRIMARY KEY);
INSERT INTO item SELECT generate_series(1, 5);
CREATE FUNCTION _limit() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT value FROM folded.setting WHERE name = 'limit'); END $$;
CREATE FUNCTION items() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT n FROM item WHERE n <= folded._limit()';
CREATE FUNCTION items_plpgsql() RETURNS SETOF int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT n FROM folded.item WHERE n <= folded._limit(); END $$;
CREATE FUNCTION raise_limit(to_value int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  UPDATE folded.setting SET value = to_value; RETURN (SELECT count(*) FROM folded.items_plpgsql()); END $$;
SELECT count(*) FROM freshet.expose_module('folded', public => true);
RESET ROLE;
CREATE FUNCTION folded._ask(function text) RETURNS TABLE (value text, error text) LANGUAGE sql AS $$
  SELECT value, error::jsonb ->> 'message' FROM freshet.run_queries(format('[{"path":"folded.%s"}]', function)) WHERE ordinal = 1 $$;
\set begin 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
:begin
SELECT * FROM folded._ask('items');
SELECT * FROM folded._ask('items_plpgsql');
COMMIT;
UPDATE folded.setting SET value = 2;
:begin
SELECT * FROM folded._ask('items');
SELECT * FROM folded._ask('items_plpgsql');
COMMIT;
-- a plan that a mutation made
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error FROM freshet.call(NULL, NULL, '', 'folded.raise_limit', '{"to_value":3}', NULL);
COMMIT;
UPDATE folded.setting SET value = 4;
:begin
SELECT * FROM folded._ask('items_plpgsql');
COMMIT;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA folded CASCADE;
DROP ROLE regress_folded_owner;
