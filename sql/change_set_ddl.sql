-- Whatever changes the catalog is told as DDL, except where it provably changes no result: temporary objects, statistics.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE a (id int PRIMARY KEY, v text);
INSERT INTO a SELECT i, i::text FROM generate_series(1, 100) i;
CREATE TYPE mood AS ENUM ('x');
SELECT skip();

CREATE TABLE b (id int);
ALTER TABLE a ADD COLUMN w int DEFAULT 5;
ALTER TABLE a ALTER v SET NOT NULL;
ALTER TYPE mood ADD VALUE 'y';
ALTER TYPE mood RENAME VALUE 'x' TO 'z';
CREATE INDEX a_v ON a (v);
CREATE VIEW av AS SELECT id FROM a;
CREATE OR REPLACE VIEW av AS SELECT id + 0 AS id FROM a;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2';
GRANT SELECT ON a TO PUBLIC;
REVOKE SELECT ON a FROM PUBLIC;
CREATE POLICY p ON a USING (id > 0);
ALTER TABLE a ENABLE ROW LEVEL SECURITY;
ALTER POLICY p ON a USING (id > 1);
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC;
CREATE TRIGGER tr BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE RULE r AS ON DELETE TO a DO INSTEAD NOTHING;
ALTER TABLE a RENAME COLUMN w TO w2;
ALTER TABLE a DROP COLUMN w2;
DROP VIEW av;
DROP FUNCTION f();
ALTER TABLE a DISABLE TRIGGER tr;
SELECT * FROM changes();

-- Rewrites.
DROP POLICY p ON a;
SELECT skip();
ALTER TABLE a ALTER id TYPE bigint;
ALTER TABLE b SET UNLOGGED;
ALTER TABLE b SET LOGGED;
CLUSTER a USING a_pkey;
SELECT * FROM changes();

-- Temporary objects concern one session.
CREATE TEMP TABLE tmp (id int PRIMARY KEY, v text);
CREATE INDEX ON tmp (v);
INSERT INTO tmp VALUES (1);
ALTER TABLE tmp ALTER id TYPE bigint;
DROP TABLE tmp;
BEGIN; CREATE TEMP TABLE tmp2 (id int) ON COMMIT DROP; COMMIT;
SELECT * FROM changes();
-- Beside something that is not temporary only that is told.
BEGIN;
CREATE TEMP TABLE tmp3 (id int);
CREATE TABLE c (id int);
COMMIT;
DROP TABLE tmp3, c;
SELECT * FROM changes();

-- ANALYZE is statistics, and nothing else is.
ANALYZE a;
SELECT line(r) FROM raw_changes() WHERE r->>'record' <> 'begin' AND (r->>'definitions_kept')::bool;
-- So is a VACUUM that gives back space: it invalidates caches and writes no catalog row.
CREATE TABLE shrinking (id int, v text) WITH (autovacuum_enabled = off);
INSERT INTO shrinking SELECT i, repeat('x', 300) FROM generate_series(1, 5000) i;
SELECT skip();
DELETE FROM shrinking WHERE id > 10;
VACUUM shrinking;
DELETE FROM shrinking WHERE id = 1;
SELECT count(*) FROM raw_changes() WHERE (r->>'catalog_changed')::bool AND NOT (r->>'definitions_kept')::bool;
BEGIN; ANALYZE a; ALTER TABLE a SET (fillfactor = 80); COMMIT;
VACUUM FULL b;
TRUNCATE b;
SELECT * FROM changes();

-- Roles, memberships and their settings fire no event trigger; they are told nevertheless, also beside DDL that says less.
CREATE ROLE cs_role;
BEGIN; CREATE TEMP TABLE tmp4 (id int); GRANT cs_role TO CURRENT_USER; COMMIT;
BEGIN; CREATE TABLE d (id int); ALTER ROLE cs_role NOINHERIT; COMMIT;
DROP ROLE cs_role;
SELECT * FROM changes();

-- What is rolled back is not told; a session that applies replicated changes is not exempt; a reading session writes nothing.
BEGIN; ALTER TABLE a ADD x int; ROLLBACK;
SET session_replication_role = replica;
ALTER TABLE a ADD y int;
RESET session_replication_role;
SELECT * FROM changes();

-- A message that anybody forges can add, but takes nothing away.
BEGIN;
SELECT FROM pg_logical_emit_message(true, 'freshet.ddl', '\x01010154000000'::bytea);
ALTER TABLE a DROP y;
COMMIT;
BEGIN;
SELECT FROM pg_logical_emit_message(true, 'freshet.ddl', 'nonsense');
COMMIT;
SELECT * FROM changes();

-- A role without any right in the schema runs DDL as before.
CREATE ROLE cs_plain;
CREATE SCHEMA plain AUTHORIZATION cs_plain;
SELECT skip();
SET ROLE cs_plain;
CREATE TABLE plain.t (id int);
ALTER TABLE plain.t ADD v int DEFAULT 3;
DROP TABLE plain.t;
RESET ROLE;
SELECT * FROM changes();
DROP SCHEMA plain;
DROP ROLE cs_plain;
-- What is exposed is told, although rows of the extension's tables are not.
CREATE FUNCTION cs.one() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
SELECT skip();
SELECT FROM freshet.expose('cs.one', public => true, superuser => 'allow');
BEGIN; CREATE TEMP TABLE tmp5 (id int); SELECT FROM freshet.hide('cs.one'); COMMIT;
SELECT * FROM changes();
-- The function is no use outside of an event trigger.
SELECT freshet._ddl_event();
\i sql/support/change_set_end.psql
