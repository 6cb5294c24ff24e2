-- Rows that a scan returned are told by key and image, completely or not at all.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
\set key 'decode(''000102030405060708090a0b0c0d0e0f'', ''hex'')'
CREATE TABLE item (id int PRIMARY KEY, a int, b int, body text);
CREATE TABLE loose (id int, a int);
CREATE TABLE full_item (id int PRIMARY KEY, a int);
ALTER TABLE full_item REPLICA IDENTITY FULL;
INSERT INTO item SELECT i, i % 10, i, 'b' FROM generate_series(1, 2000) i;
INSERT INTO loose VALUES (1, 1);
INSERT INTO full_item VALUES (1, 1);
ANALYZE;
\echo none without a key, and rows of the condition only with it
SELECT read_set_of('SELECT body FROM item WHERE a = 3 AND id < 50');
SELECT read_set_of('SELECT body FROM item WHERE a = 3 AND id < 50', :key);
\echo a filter that is no atom leaves its rows out
SELECT read_set_of('SELECT body FROM item WHERE id < 50 AND length(body) = 2', :key);
\echo none for a table whose changes do not name the old row, and none for too many rows
SELECT read_set_of('SELECT a FROM loose', :key);
SELECT read_set_of('SELECT a FROM full_item', :key);
SELECT read_set_of('SELECT body FROM item', :key);
\echo a row that raised an error was read and not returned
SELECT read_set_of('SELECT body FROM item WHERE id < 20 AND 1 / (b - 5) = 0', :key);
\echo rows of all runs of a scan
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_memoize = off;
SELECT read_set_of('SELECT i.body FROM generate_series(1, 4) g, LATERAL (SELECT body FROM item WHERE id = g OFFSET 0) i', :key);
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;
\echo a second scan that cannot tell its rows takes them away
SELECT read_set_of('SELECT body FROM item WHERE id = 1 UNION ALL SELECT body FROM item WHERE id > 0', :key);
\echo an index-only scan: the row is fetched for what the index has not
CREATE INDEX item_a ON item (a);
VACUUM ANALYZE item;
SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT read_set_of('SELECT count(*) FROM item WHERE a = 3 AND a < 4', :key);
SELECT read_set_of('SELECT max(a) FROM item', :key);
UPDATE item SET b = -b WHERE a = 3 AND id < 100;
SELECT read_set_of('SELECT count(*) FROM item WHERE a = 3', :key);
\echo rows behind a bound, or without partner, are none of them
CREATE TABLE part (id int PRIMARY KEY, item int, n int);
INSERT INTO part SELECT i, i % 7, i / 10 FROM generate_series(1, 200) i;
INSERT INTO part VALUES (500, NULL, NULL);
ANALYZE part;
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning; SET enable_nestloop = off; SET enable_mergejoin = off;
SELECT read_set_of('SELECT id FROM part ORDER BY n LIMIT 3', :key);
SELECT read_set_of('SELECT id FROM part ORDER BY n DESC NULLS FIRST LIMIT 2', :key);
SELECT read_set_of('SELECT p.id FROM part p JOIN item i ON i.id = p.item WHERE i.id IN (3, 5)', :key);
SELECT read_set_of('SELECT p.id FROM part p JOIN item i ON i.id = p.item WHERE i.id IN (3, 5) ORDER BY p.n LIMIT 4', :key);
\echo but all of them are where the run ends in an error
SELECT read_set_of('SELECT 1 / (n - 5) FROM (SELECT n FROM part ORDER BY n LIMIT 100) p', :key);
DROP SCHEMA rs CASCADE;
