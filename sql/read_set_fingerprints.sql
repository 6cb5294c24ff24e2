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
\echo none for a table whose changes do not name the old row, or name it by all values, and none for too many rows
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
DROP SCHEMA rs CASCADE;
