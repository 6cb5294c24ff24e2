-- Results that depend on the physical order of rows mark their entries: any update of a matching row then matters.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
CREATE TABLE item (id int PRIMARY KEY, a int, x float8, body text);
INSERT INTO item SELECT i, i % 10, i, 'b' FROM generate_series(1, 100) i;
ANALYZE item;
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
\echo LIMIT without and with an order
SELECT read_set_of('SELECT body FROM item LIMIT 1');
SELECT read_set_of('SELECT body FROM item ORDER BY id LIMIT 1');
SELECT read_set_of('WITH w AS MATERIALIZED (SELECT body FROM item) SELECT * FROM w LIMIT 1');
\echo aggregates
SELECT read_set_of('SELECT array_agg(body) FROM item');
SELECT read_set_of('SELECT array_agg(body ORDER BY id) FROM item');
SELECT read_set_of('SELECT json_agg(s) FROM (SELECT body FROM item ORDER BY id) s');
SELECT read_set_of('SELECT count(*), sum(a), max(body), bool_and(a > 0) FROM item');
SELECT read_set_of('SELECT sum(x) FROM item');
\echo one row of several that are equal and not the same: the one that came first is shown
SELECT read_set_of('SELECT x, count(*) FROM item GROUP BY x');
SELECT read_set_of('SELECT DISTINCT x FROM item');
SELECT read_set_of('SELECT x FROM item UNION SELECT 1');
SELECT read_set_of('SELECT max(x) FROM item');
SELECT read_set_of('SELECT DISTINCT ON (a) a, body FROM item ORDER BY a');
SELECT read_set_of('SELECT a, body, count(*) FROM item GROUP BY a, body');
SELECT read_set_of('SELECT DISTINCT ON (a) a, body FROM item ORDER BY a, id');
\echo window functions
SELECT read_set_of('SELECT row_number() OVER () FROM item');
SELECT read_set_of('SELECT row_number() OVER (ORDER BY id) FROM item');
SELECT read_set_of('SELECT count(*) OVER (PARTITION BY a) FROM item');
\echo a function that takes the first row of an unordered query
CREATE FUNCTION first_of(k int) RETURNS text LANGUAGE plpgsql STABLE AS $$ DECLARE t text; BEGIN SELECT body INTO t FROM item WHERE a = k; RETURN t; END $$;
CREATE FUNCTION counted(k int) RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT count(*) FROM item WHERE a = k); END $$;
SELECT read_set_of('SELECT first_of(3)');
SELECT read_set_of('SELECT counted(3)');
\echo a function that returns a set row by row: if not all of it is taken
CREATE FUNCTION all_of(k int) RETURNS SETOF text LANGUAGE sql STABLE AS 'SELECT body FROM item WHERE a = k';
SELECT read_set_of('SELECT all_of(3)');
SELECT read_set_of('SELECT all_of(3) LIMIT 1');
\echo an index that was chosen for its conditions alone orders nothing; one that is unique has nothing to order
RESET enable_indexscan; SET enable_seqscan = off; CREATE INDEX ON item (a, x); ANALYZE item;
SELECT read_set_of('SELECT body FROM item WHERE a = 3 LIMIT 1');
SELECT read_set_of('SELECT body FROM item WHERE a = 3 ORDER BY x LIMIT 1');
SELECT read_set_of('SELECT body FROM item WHERE id = 3 LIMIT 1');
DROP SCHEMA rs CASCADE;
