-- Conditions on what an index computes: run and decoding name it alike, so that a change is judged by it.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
CREATE TABLE person (id int PRIMARY KEY, email text, data jsonb, born date, n int);
CREATE INDEX ON person (lower(email));
CREATE INDEX ON person ((data->>'status'), id);
CREATE INDEX ON person ((n * 2)) WHERE n > 0;
CREATE INDEX ON person ((n % 2 = 0));
CREATE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
CREATE INDEX ON person (twice(n) DESC);
INSERT INTO person SELECT i, 'B' || i, jsonb_build_object('status', chr(97 + i % 3)), '2000-01-01', i FROM generate_series(1, 300) i;
ANALYZE;
\echo read sequentially, by the index, by its bitmap
SET enable_indexscan = off; SET enable_bitmapscan = off;
SELECT read_set_of('SELECT id FROM person WHERE lower(email) = ''b''');
SELECT read_set_of('SELECT id FROM person WHERE data->>''status'' IN (''a'', ''b'') AND id < 10');
SET enable_seqscan = off; SET enable_indexscan = on;
SELECT read_set_of('SELECT id FROM person WHERE lower(email) = ''b''');
SELECT read_set_of('SELECT id FROM person WHERE data->>''status'' = ''a'' AND id < 10');
SET enable_indexscan = off; SET enable_bitmapscan = on;
SELECT read_set_of('SELECT id FROM person WHERE lower(email) = ''b''');
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;
\echo ranges, nulls, operands on the left, booleans
SELECT read_set_of('SELECT id FROM person WHERE n * 2 BETWEEN 4 AND 8 AND n > 0');
SELECT read_set_of('SELECT id FROM person WHERE ''b'' = lower(email) OR lower(email) IS NULL');
SELECT read_set_of('SELECT id FROM person WHERE (n % 2 = 0) IS TRUE AND n < 3');
\echo another expression, or one that calls a function of the user, is not one of them
SELECT read_set_of('SELECT id FROM person WHERE upper(email) = ''B''');
SELECT read_set_of('SELECT id FROM person WHERE twice(n) = 4');
\echo by the keys of an outer side
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; SET enable_memoize = off; SET enable_bitmapscan = off;
SELECT read_set_of('SELECT p.id FROM (VALUES (''a''), (''b'')) v (s), LATERAL (SELECT id FROM person WHERE lower(email) = v.s OFFSET 0) p');
DROP SCHEMA rs CASCADE;
