-- Statements inside functions, generic and custom plans, errors.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
CREATE TABLE item (id int PRIMARY KEY, a int, b int, body text);
CREATE TABLE other (id int PRIMARY KEY, a int);
INSERT INTO item SELECT i, i % 10, i, 'b' FROM generate_series(1, 100) i;
INSERT INTO other SELECT i, i FROM generate_series(1, 5) i;
ANALYZE;
CREATE FUNCTION by_variable(k int) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE twice int := k * 2;
BEGIN
  RETURN (SELECT count(*) FROM item WHERE a = k AND b < twice + 1 AND body IS NOT NULL);
END $$;
CREATE FUNCTION caught(k int) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  BEGIN
    PERFORM 1 / (id - 3) FROM item WHERE a = k;
  EXCEPTION WHEN division_by_zero THEN
    RETURN (SELECT count(*) FROM other WHERE a = 1);
  END;
  RETURN 'fine';
END $$;
CREATE FUNCTION dynamic(t text, k int) RETURNS SETOF int LANGUAGE plpgsql STABLE AS $$
BEGIN RETURN QUERY EXECUTE format('SELECT id FROM %I WHERE a = $1', t) USING k; END $$;
CREATE FUNCTION by_sql(k int) RETURNS SETOF item LANGUAGE sql STABLE AS 'SELECT * FROM item WHERE a = k';
CREATE FUNCTION by_cursor(k int) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE c CURSOR FOR SELECT id FROM item WHERE a = k ORDER BY id; x int;
BEGIN OPEN c; FETCH c INTO x; CLOSE c; RETURN x; END $$;
\echo variables, by generic and by custom plans
SET enable_indexscan = off; SET enable_bitmapscan = off;
SET plan_cache_mode = force_generic_plan;
SELECT read_set_of('SELECT by_variable(3)');
SET plan_cache_mode = force_custom_plan;
SELECT read_set_of('SELECT by_variable(3)');
RESET plan_cache_mode;
PREPARE one(int) AS SELECT body FROM item WHERE id = $1;
SET plan_cache_mode = force_generic_plan; RESET enable_indexscan; SET enable_seqscan = off;
SELECT read_set_of('EXECUTE one(7)');
SET plan_cache_mode = force_custom_plan;
SELECT read_set_of('EXECUTE one(7)');
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;
\echo what an exception undid was read all the same
SELECT read_set_of('SELECT caught(3)');
SELECT read_set_of('SELECT caught(4)');
\echo an error of the statement itself, in a scan whose keys are not told yet
SELECT read_set_of('SELECT 1 / (id - 3) FROM item WHERE a = 3');
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_memoize = off;
SELECT read_set_of('SELECT i.id FROM other o, LATERAL (SELECT id FROM item WHERE id = o.a AND 1 / (b - 2) > -1 OFFSET 0) i WHERE o.id < 4 ORDER BY o.id');
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;
\echo dynamic SQL, SQL functions, cursors
SELECT read_set_of('SELECT * FROM dynamic(''other'', 2)');
SELECT read_set_of('SELECT body FROM by_sql(2) WHERE id > 9');
SELECT read_set_of('SELECT by_cursor(2)');
\echo more keys than are told, and more statements
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_memoize = off;
SELECT read_set_of('SELECT i.id FROM generate_series(1, 1500) g, LATERAL (SELECT id FROM item WHERE id = g OFFSET 0) i');
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;
CREATE FUNCTION many(n int) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE total bigint := 0;
BEGIN
  FOR i IN 1 .. n LOOP
    total := total + (SELECT count(*) FROM item WHERE id = i AND a <= i) + (SELECT count(*) FROM other WHERE a BETWEEN i AND i + 1);
  END LOOP;
  RETURN (SELECT max(total_bytes) FROM pg_backend_memory_contexts WHERE name LIKE 'freshet%');
END $$;
BEGIN;
SELECT capture_start('\x000102030405060708090a0b0c0d0e0f');
SELECT many(10000) < 1048576;
SELECT length(capture_finish()) < 1048576;
COMMIT;
\echo the state is empty after an error that nobody caught
SELECT capture_start(NULL);
SELECT 1 / 0;
SELECT capture_finish();
DROP SCHEMA rs CASCADE;
