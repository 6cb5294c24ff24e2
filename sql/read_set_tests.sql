-- Conditions that only the server can evaluate: the read set brings them along with their values, and the output
-- plugin evaluates them of each changed row.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
\set k '\\x000102030405060708090a0b0c0d0e0f'
CREATE TABLE item (id int PRIMARY KEY, tags text[], body text, data jsonb, span int4range, at inet, n int, m int, price numeric, born date);
CREATE INDEX ON item USING gin (tags);
CREATE INDEX ON item ((n * 2)) WHERE m > 0;
INSERT INTO item SELECT i, ARRAY['a', 'b' || i], 'body ' || i, jsonb_build_object('k', i), int4range(i, i + 2), '10.0.0.1', i, i % 3, i, '2024-01-01' FROM generate_series(1, 300) i;
ANALYZE;
\echo operators without an order, expressions, text under a collation that is not C; beside conditions that can be said otherwise
SELECT read_set_of('SELECT id FROM item WHERE tags @> ''{a,b7}'' AND n < 9', :'k');
SELECT read_set_of('SELECT id FROM item WHERE body LIKE ''%9%'' AND span && ''[3,5)''', :'k');
SELECT read_set_of('SELECT id FROM item WHERE at <<= ''10.0.0.0/8'' AND data ? ''k'' AND n + m = 4', :'k');
SELECT read_set_of('SELECT id FROM item WHERE nullif(n, 3) IS NULL OR lower(body) = ''x''', :'k');
SELECT read_set_of('SELECT id FROM item WHERE born < timestamp ''2024-01-01 12:00''', :'k');
\echo what can be said exactly is no test; and none without a key
SELECT read_set_of('SELECT id FROM item WHERE (n, m) < (2, 2) AND n <> 7', :'k');
SELECT read_set_of('SELECT id FROM item WHERE tags @> ''{a}''');
\echo values of parameters and settings are filled in; where the text has it does not matter
CREATE FUNCTION tests_of(query text) RETURNS SETOF text LANGUAGE sql AS
  $$ SELECT substring(r, '\[.*\]') FROM read_set_of(query, '\x000102030405060708090a0b0c0d0e0f') r $$;
CREATE FUNCTION with_tag(wanted text) RETURNS SETOF int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY SELECT id FROM item WHERE tags @> ARRAY[wanted]; END $$;
SELECT read_set_of('SELECT with_tag(''b5'')', :'k');
SET my.tag = 'b6';
SELECT read_set_of('SELECT id FROM item WHERE tags && ARRAY[current_setting(''my.tag'')]', :'k');
\echo what may take long, or calls what is not built in, is not evaluated while decoding
CREATE FUNCTION odd(int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1 % 2 = 1; END';
SELECT read_set_of('SELECT id FROM item WHERE body ~ ''^b(o+)+d''', :'k');
SELECT read_set_of('SELECT id FROM item WHERE repeat(body, 1000) = ''x''', :'k');
SELECT read_set_of('SELECT id FROM item WHERE data @? ''$.** ? (@ > 299)''', :'k');
SELECT read_set_of('SELECT id FROM item WHERE data @? ''$.k ? (@ > 299)''', :'k');
SELECT read_set_of('SELECT id FROM item WHERE odd(n)', :'k');
SELECT read_set_of('SELECT id FROM item WHERE born::text LIKE ''%4''', :'k');
\echo nor what is asked of each of many runs
SET enable_hashjoin = off; SET enable_mergejoin = off;
SELECT read_set_of('SELECT i.id FROM (VALUES (''a''), (''c'')) v (t), LATERAL (SELECT id FROM item WHERE tags @> ARRAY[v.t] AND id < 3 OFFSET 0) i', :'k');
RESET enable_hashjoin; RESET enable_mergejoin;

\echo columns of the predicate of an index count as used: nothing else may name those of a policy
CREATE TABLE paper (id int PRIMARY KEY, title text, hidden bool NOT NULL DEFAULT false);
CREATE INDEX paper_title ON paper (title) WHERE NOT hidden;
ALTER TABLE paper ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON paper USING (NOT hidden);
INSERT INTO paper SELECT i, 't' || i FROM generate_series(1, 300) i;
ANALYZE paper;
CREATE ROLE reader_of_papers;
GRANT USAGE ON SCHEMA rs TO reader_of_papers;
GRANT SELECT ON paper, known TO reader_of_papers;
SET ROLE reader_of_papers;
SET enable_seqscan = off; SET enable_bitmapscan = off;
SELECT read_set_of('SELECT id FROM paper WHERE title = ''t7''', :'k');
SET enable_indexscan = off; SET enable_bitmapscan = on;
SELECT read_set_of('SELECT id FROM paper WHERE title = ''t7''', :'k');
RESET ROLE; RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;

\echo membership: the values that the server keeps of a sub-query
CREATE TABLE room (id int PRIMARY KEY, title text);
CREATE TABLE seat (room int, person int, PRIMARY KEY (room, person));
INSERT INTO room SELECT i, 'r' || i FROM generate_series(1, 50) i;
INSERT INTO seat SELECT i, 1 FROM generate_series(2, 4) i UNION ALL SELECT i, 2 FROM generate_series(1, 50) i;
ANALYZE;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_nestloop = off;
SELECT read_set_of('SELECT title FROM room WHERE id = 9 OR id IN (SELECT room FROM seat WHERE person = 1)', :'k');
SELECT read_set_of('SELECT title FROM room WHERE id < 9 AND id NOT IN (SELECT room FROM seat WHERE person = 1)', :'k');
SELECT read_set_of('SELECT title FROM room WHERE id NOT IN (SELECT room FROM seat WHERE person = 7)', :'k');
SELECT read_set_of('SELECT title FROM room WHERE id NOT IN (SELECT nullif(room, 3) FROM seat WHERE person = 1)', :'k');

\echo one row that was read to the end has no order
CREATE FUNCTION names(wanted int) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
DECLARE r record; BEGIN FOR r IN SELECT title FROM room WHERE id < wanted LOOP RETURN NEXT r.title; END LOOP; END $$;
SELECT read_set_of('SELECT names(2)', :'k');
SELECT read_set_of('SELECT names(3)', :'k');
SELECT read_set_of('SELECT title FROM room WHERE id < 3 LIMIT 1', :'k');
\echo what an expression says is shown to whoever asks, and nothing is made of it: anybody may have written it
SELECT freshet.read_set_json('\x0100010502018080808080808080400712'::bytea || ' :varattno 2 {OPEX'::bytea || '\x00'::bytea) -> 'entries' -> 0 -> 'where';
DROP SCHEMA rs CASCADE;
DROP ROLE reader_of_papers;
