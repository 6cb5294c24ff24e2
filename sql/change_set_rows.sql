-- Rows of announced tables: kinds, parts, columns; unannounced tables and columns.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE item (id int PRIMARY KEY, body text, price numeric, doc jsonb);
CREATE TABLE other (id int PRIMARY KEY);
SELECT skip();

-- Nothing is announced: one record for the table, however many rows.
INSERT INTO item SELECT i, 'x', i, '{}' FROM generate_series(1, 3) i;
BEGIN;
INSERT INTO other VALUES (1);
UPDATE item SET price = 0;
DELETE FROM other;
COMMIT;
SELECT * FROM changes();

SELECT announce('{item}');
INSERT INTO item VALUES (10, 'a', NULL, '1');
UPDATE item SET body = 'b' WHERE id = 10;
UPDATE item SET id = 11 WHERE id = 10;
UPDATE item SET body = body WHERE id = 11;
DELETE FROM item WHERE id = 11;
INSERT INTO other VALUES (2);
SELECT * FROM changes();

-- Columns and parts as announced; a table without columns still reports its rows.
SELECT announce('{item}', '{2,4}', 1);
INSERT INTO item VALUES (12, 'a', 1, '1');
SELECT announce('{item}', '{1,2,4}', 2);
INSERT INTO item VALUES (13, 'a', 1, '1');
SELECT announce('{item}', '{3}', 4);
INSERT INTO item VALUES (14, 'a', 1, '1');
SELECT announce('{item}', '{}');
INSERT INTO item VALUES (15, 'a', 1, '1');
UPDATE item SET id = 16 WHERE id = 15;
DELETE FROM item WHERE id = 16;
SELECT * FROM changes();

-- The values are those of row_key: hash, key and image.
SELECT announce('{item}');
INSERT INTO item VALUES (20, 'text', 1.50, '{"a": 1}');
SELECT c->>'name' AS name,
       c->>'eq' = lpad(to_hex(CASE c->>'name' WHEN 'id' THEN eq(20) WHEN 'body' THEN eq('text'::text) WHEN 'price' THEN eq(1.5) ELSE eq('{"a": 1.0}'::jsonb) END), 16, '0') AS eq,
       c->>'order' = encode(CASE c->>'name' WHEN 'id' THEN ord(20::int8) WHEN 'body' THEN ord('text'::text) WHEN 'price' THEN ord(1.5) END, 'hex') AS ord,
       c->>'image' = encode(CASE c->>'name' WHEN 'id' THEN image(20) WHEN 'body' THEN image('text'::text) WHEN 'price' THEN image(1.50) ELSE image('{"a": 1}'::jsonb) END, 'hex') AS image
FROM raw_changes(), json_array_elements(r->'new') c WHERE r->>'record' = 'row';

-- 1.0 to 1.00 is equal and not the same.
SELECT announce('{item}');
ALTER TABLE item REPLICA IDENTITY FULL;
UPDATE item SET price = 1.500 WHERE id = 20;
SELECT a->>'eq' = b->>'eq' AS equal, a->>'order' = b->>'order' AS same_place, a->>'image' = b->>'image' AS same_image
FROM raw_changes(), LATERAL (SELECT r->'old'->2 AS a, r->'new'->2 AS b) v WHERE r->>'record' = 'row';

-- A no-op update is reported with equal images, so that nobody needs to re-run.
SELECT announce('{item}');
UPDATE item SET price = price WHERE id = 20;
SELECT (r->'old')::text = (r->'new')::text AS identical FROM raw_changes() WHERE r->>'record' = 'row';

-- Keys: one row has one key hash over all its changes; another row another.
SELECT announce('{item}');
ALTER TABLE item REPLICA IDENTITY DEFAULT;
INSERT INTO item VALUES (30), (31);
UPDATE item SET body = 'z' WHERE id = 30;
DELETE FROM item WHERE id IN (30, 31);
SELECT count(*) AS rows, count(DISTINCT k) AS keys FROM (
  SELECT coalesce(r->>'old_key', r->>'new_key') AS k FROM raw_changes() WHERE r->>'record' = 'row') s;
\i sql/support/change_set_end.psql
