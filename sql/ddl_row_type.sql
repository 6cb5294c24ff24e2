-- A function that returns a table's rows gives them under the names that the columns have now, in every session that kept a plan.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_row_type_owner;
CREATE SCHEMA drt AUTHORIZATION regress_row_type_owner;
SET ROLE regress_row_type_owner;
SET search_path = drt;
CREATE TABLE item (id int PRIMARY KEY, name text, born date);
INSERT INTO item VALUES (1, 'one', '2000-01-01');
CREATE FUNCTION whole() RETURNS SETOF item STABLE LANGUAGE sql AS 'SELECT * FROM drt.item ORDER BY id';
CREATE FUNCTION first() RETURNS item STABLE LANGUAGE sql AS 'SELECT * FROM drt.item ORDER BY id LIMIT 1';
CREATE FUNCTION each() RETURNS SETOF item STABLE LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM drt.item ORDER BY id; END';
SELECT freshet.expose('drt.' || f, public => true, max_rows => 10) FROM unnest('{whole,first,each}'::text[]) f;
RESET ROLE;
\pset tuples_only on
\pset format unaligned
CREATE FUNCTION drt.ask() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT coalesce(value, error::jsonb ->> 'message') FROM freshet.run_queries('[{"path":"drt.whole"},{"path":"drt.whole","page":{"limit":1}},{"path":"drt.first"},{"path":"drt.each"}]') WHERE ordinal > 0 ORDER BY ordinal $$;
\set ask 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT regexp_replace(ask, \'"(next|split)":"[^"]*"\', \'\') FROM drt.ask(); COMMIT;'
:ask
ALTER TABLE drt.item RENAME COLUMN born TO birthday;
:ask
-- exchanged
BEGIN; ALTER TABLE drt.item RENAME COLUMN name TO tmp; ALTER TABLE drt.item RENAME COLUMN birthday TO name; ALTER TABLE drt.item RENAME COLUMN tmp TO birthday; COMMIT;
:ask
-- added, retyped, dropped
ALTER TABLE drt.item ADD COLUMN extra int DEFAULT 3;
:ask
ALTER TABLE drt.item ALTER COLUMN name TYPE text;
:ask
ALTER TABLE drt.item DROP COLUMN birthday;
:ask
\pset tuples_only off
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA drt CASCADE;
DROP ROLE regress_row_type_owner;
