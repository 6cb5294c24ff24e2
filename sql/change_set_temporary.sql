-- Temporary relations and TRUNCATE change the catalog and no definition: they are no DDL to the reader. What merely stands beside them is.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE a (id serial PRIMARY KEY, v text);
CREATE TABLE b (id int PRIMARY KEY);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE INDEX a_v ON a (v);
INSERT INTO a (v) SELECT i::text FROM generate_series(1, 10) i;
CREATE SCHEMA IF NOT EXISTS cs_there;
-- Runs commands in a session of their own and waits until it has cleaned up.
CREATE FUNCTION session_is_over() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
  FOR i IN 1..600 LOOP
    PERFORM pg_stat_clear_snapshot();
    IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'cs_other') THEN RETURN true; END IF;
    PERFORM pg_sleep(0.05);
  END LOOP;
  RETURN false;
END $$;
\setenv PGDATABASE :DBNAME
\setenv PGAPPNAME cs_other
SELECT skip();

-- TRUNCATE: its tables, and nothing else.
INSERT INTO a (v) VALUES (repeat('x', 10000));
SELECT skip();
TRUNCATE a;
TRUNCATE a, b RESTART IDENTITY;
BEGIN; CREATE TEMP TABLE t1 (id int) ON COMMIT DROP; TRUNCATE b; COMMIT;
BEGIN; SAVEPOINT s; TRUNCATE b; RELEASE s; TRUNCATE b; COMMIT;
SELECT * FROM changes();
-- What else a transaction with TRUNCATE does to the catalog is told.
BEGIN; TRUNCATE b; ALTER TABLE a ALTER v SET STATISTICS 10; COMMIT;
BEGIN; TRUNCATE b; CREATE ROLE cs_truncating; COMMIT;
BEGIN; TRUNCATE b; UPDATE pg_class SET relrowsecurity = true WHERE oid = 'a'::regclass; COMMIT;
BEGIN; TRUNCATE b; UPDATE pg_attribute SET attstattarget = 11 WHERE attrelid = 'b'::regclass AND attname = 'id'; COMMIT;
UPDATE pg_class SET relrowsecurity = false WHERE oid = 'a'::regclass;
SELECT * FROM changes();

-- Temporary tables in all the ways that applications make them.
CREATE TEMP TABLE IF NOT EXISTS t2 (id serial PRIMARY KEY, v text UNIQUE CHECK (v <> ''), p positive);
CREATE TEMP TABLE IF NOT EXISTS t2 (id int);
CREATE TEMP TABLE t3 AS SELECT * FROM a;
SELECT * INTO TEMP t4 FROM a;
CREATE TEMP TABLE t5 (LIKE a INCLUDING ALL);
CREATE TEMP VIEW tv AS SELECT * FROM t3;
CREATE TEMP SEQUENCE ts;
CREATE TEMP TABLE t6 (id int REFERENCES t2 (id)) ON COMMIT DELETE ROWS;
INSERT INTO t6 SELECT NULL;
DO $$ BEGIN
  CREATE TEMP TABLE t7 (id int PRIMARY KEY, v text) ON COMMIT DROP;
  INSERT INTO t7 SELECT i, i::text FROM generate_series(1, 10) i;
  ANALYZE t7;
  DROP TABLE IF EXISTS t8;
  CREATE TEMP TABLE t8 AS TABLE t7;
  CREATE INDEX ON t8 (id);
END $$;
TRUNCATE t2 CASCADE;
ANALYZE t2;
ALTER TABLE t3 ADD w int DEFAULT 3;
COMMENT ON TABLE t3 IS 'passing';
DROP VIEW tv;
SELECT change, count(*) FROM changes() GROUP BY 1;
-- They go without an event.
DISCARD TEMP;
SELECT change, count(*) FROM changes() GROUP BY 1;
\! psql -X -q -c "CREATE TEMP TABLE o1 (id serial PRIMARY KEY, v text, d date DEFAULT now())" -c "CREATE TEMP VIEW o2 AS SELECT * FROM o1" -c "CREATE TEMP TABLE o3 (LIKE o1)" -c "ANALYZE o1"
SELECT session_is_over();
SELECT change, count(*) FROM changes() GROUP BY 1;

-- What was there already changes nothing, beside a temporary table and beside rows too.
SET client_min_messages = error;
CREATE TABLE IF NOT EXISTS a (id int);
CREATE INDEX IF NOT EXISTS a_v ON a (id);
CREATE SCHEMA IF NOT EXISTS cs_there;
CREATE SEQUENCE IF NOT EXISTS a_id_seq;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE TABLE IF NOT EXISTS a AS SELECT 1;
ALTER TABLE IF EXISTS nowhere ADD v int;
DROP TABLE IF EXISTS nowhere;
BEGIN; CREATE TEMP TABLE t9 (id int) ON COMMIT DROP; CREATE TABLE IF NOT EXISTS a (id int); INSERT INTO b VALUES (9); COMMIT;
BEGIN; INSERT INTO b VALUES (10); CREATE INDEX IF NOT EXISTS a_v ON a (id); COMMIT;
SELECT * FROM changes();
CREATE TABLE IF NOT EXISTS c (id int);
SELECT * FROM changes();

-- What is changed by hand beside temporary tables that go is told.
CREATE FUNCTION cs.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TEMP TABLE t10 (id int);
SELECT skip();
BEGIN; DISCARD TEMP; UPDATE pg_type SET typnotnull = true WHERE oid = 'positive'::regtype; COMMIT;
SELECT * FROM changes();
CREATE TEMP TABLE t10 (id int);
SELECT skip();
BEGIN; DISCARD TEMP; UPDATE pg_proc SET prosrc = 'SELECT 2' WHERE oid = 'f'::regproc; COMMIT;
SELECT * FROM changes();
CREATE TEMP TABLE t10 (id int);
SELECT skip();
BEGIN; DISCARD TEMP; UPDATE pg_class SET relrowsecurity = true WHERE oid = 'a'::regclass; COMMIT;
SELECT * FROM changes();
-- Objects in the temporary schema that are no relations are told when they go: what they were cannot be proved then.
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT * FROM changes();
DISCARD TEMP;
SELECT * FROM changes();
DROP SCHEMA cs_there;
DROP ROLE cs_truncating;
\i sql/support/change_set_end.psql
