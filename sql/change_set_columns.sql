-- Columns that are dropped, added, generated, of changed type; values that nobody can code.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, gone text, v text, twice int GENERATED ALWAYS AS (id * 2) STORED);
INSERT INTO t VALUES (1, 'g', 'v');
SELECT skip();

-- A dropped column that is still announced is not listed; one that was added later is known from its default.
BEGIN;
SELECT announce('{t}');
ALTER TABLE t DROP COLUMN gone;
INSERT INTO t VALUES (2, 'v');
COMMIT;
SELECT * FROM changes();
SELECT announce('{t}');
ALTER TABLE t ADD COLUMN added int DEFAULT 7, ADD COLUMN nothing int;
SELECT announce('{t}');
UPDATE t SET v = 'w' WHERE id = 1;
ALTER TABLE t REPLICA IDENTITY FULL;
UPDATE t SET v = 'x' WHERE id = 2;
SELECT line(r), (SELECT c->>'eq' = lpad(to_hex(eq(7)), 16, '0') FROM json_array_elements(r->'new') c WHERE c->>'name' = 'added') AS new_seven,
       (SELECT c->>'eq' = lpad(to_hex(eq(7)), 16, '0') FROM json_array_elements(r->'old') c WHERE c->>'name' = 'added') AS old_seven
FROM raw_changes() WHERE r->>'record' = 'row' ORDER BY n;
-- A change of type rewrites the table: from there on any row of it may have changed.
BEGIN;
SELECT announce('{t}', '{1,5}');
UPDATE t SET v = 'y' WHERE id = 2;
ALTER TABLE t ALTER added TYPE numeric;
UPDATE t SET v = 'z' WHERE id = 2;
COMMIT;
SELECT * FROM changes();
-- A change of type without a rewrite counts from the next row on.
BEGIN;
SELECT announce('{t}', '{3}');
UPDATE t SET v = 'y' WHERE id = 2;
ALTER TABLE t ALTER v TYPE varchar COLLATE "en-x-icu";
UPDATE t SET v = 'z' WHERE id = 2;
COMMIT;
SELECT * FROM changes();

-- What has no hash or no exact key has the parts that remain.
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN name_of AS varchar(20) COLLATE "en-x-icu";
CREATE TABLE odd (id uuid PRIMARY KEY, j json, jb jsonb, p point, m mood, d name_of, a int[], long text, nul int);
SELECT skip();
SELECT announce('{odd}');
INSERT INTO odd VALUES ('00000000-0000-0000-0000-000000000001', '{}', '{}', '(1,2)', 'glad', 'x', '{1}', repeat('x', 2000), NULL);
SELECT * FROM changes();

-- Labels that are added while a transaction runs have their place in it.
BEGIN;
SELECT announce('{odd}', '{5}', 2);
ALTER TYPE mood ADD VALUE 'meh' BEFORE 'glad';
COMMIT;
SELECT announce('{odd}', '{5}', 2);
INSERT INTO odd (id, m) VALUES ('00000000-0000-0000-0000-000000000002', 'meh'), ('00000000-0000-0000-0000-000000000003', 'sad');
SELECT r->'new'->0->>'order' = encode(ord('meh'::mood), 'hex') AS meh, r->'new'->0->>'order' = encode(ord('sad'::mood), 'hex') AS sad
FROM raw_changes() WHERE r->>'record' = 'row' ORDER BY n;
\i sql/support/change_set_end.psql
