-- What no row change reports is flagged.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
CREATE TABLE item (id int PRIMARY KEY, at timestamptz, body text);
CREATE UNLOGGED TABLE scrap (id int);
CREATE TEMP TABLE mine (id int);
CREATE SEQUENCE counter;
CREATE MATERIALIZED VIEW copied AS SELECT id FROM item;
\echo the clock
SELECT read_set_of('SELECT now()');
SELECT read_set_of('SELECT CURRENT_TIMESTAMP - at FROM item');
SELECT read_set_of('SELECT clock_timestamp()');
\echo chance and sequences
SELECT read_set_of('SELECT random()');
SELECT read_set_of('SELECT nextval(''counter'')');
SELECT read_set_of('SELECT last_value FROM counter');
\echo settings
SELECT read_set_of('SELECT current_setting(''work_mem'')');
SELECT read_set_of('SELECT CURRENT_USER');
SELECT read_set_of('SHOW work_mem');
\echo the catalog
SELECT read_set_of('SELECT relname FROM pg_class WHERE false OR relname = ''item''');
SELECT read_set_of('SELECT pg_get_viewdef(''copied''::regclass)');
\echo tables that are not decoded
SELECT read_set_of('SELECT id FROM scrap');
SELECT read_set_of('SELECT id FROM mine');
SELECT read_set_of('SELECT id FROM copied');
\echo samples, row locks, tuple ids, writes, utility statements
SELECT read_set_of('SELECT id FROM item TABLESAMPLE SYSTEM (10)');
SELECT read_set_of('SELECT id FROM item FOR UPDATE');
SELECT read_set_of('SELECT id FROM item WHERE ctid = ''(0,1)''');
SELECT read_set_of('INSERT INTO item VALUES (1)');
SELECT read_set_of('COPY item TO PROGRAM ''cat > /dev/null''');
\echo functions in plans and in assignments of PL/pgSQL alike; one that only reads is not volatile to us
CREATE FUNCTION timed() RETURNS text LANGUAGE plpgsql AS $$ DECLARE t timestamptz; BEGIN t := now(); RETURN (SELECT max(body) FROM item); END $$;
SELECT read_set_of('SELECT timed()');
\echo expressions that PL/pgSQL evaluates by itself: in every capture of a transaction, and in later transactions
CREATE DOMAIN recent AS date CHECK (VALUE > CURRENT_DATE - 100000);
CREATE FUNCTION by_day(d int) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE today date := CURRENT_DATE;
BEGIN
  IF d = 0 THEN RETURN 0; ELSIF d = 1 AND today > now() THEN RETURN 1; END IF;
  RETURN 2;
END $$;
CREATE FUNCTION plain_day(d int) RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
  CASE d WHEN 0 THEN RETURN 0; WHEN 1 THEN RETURN extract(year FROM CURRENT_DATE) * 0;
  WHEN 2 THEN FOR i IN 1 .. length(CURRENT_USER) LOOP EXIT WHEN current_setting('work_mem') = ''; END LOOP; RETURN 2;
  WHEN 3 THEN RETURN random() * 0; WHEN 4 THEN RETURN ((d || '020-01-01')::recent IS NULL)::int;
  ELSE RAISE EXCEPTION 'at %', CURRENT_TIME > '00:00'; END CASE;
END $$;
BEGIN;
SELECT read_set_of('SELECT by_day(2)');
SELECT read_set_of('SELECT by_day(2)');
SELECT read_set_of('SELECT plain_day(0)');
SELECT read_set_of('SELECT plain_day(1)');
SELECT read_set_of('SELECT plain_day(1)');
SELECT read_set_of('SELECT plain_day(2)');
SELECT read_set_of('SELECT plain_day(2)');
SELECT read_set_of('SELECT plain_day(3)');
SELECT read_set_of('SELECT plain_day(3)');
SELECT read_set_of('SELECT plain_day(4)');
SELECT read_set_of('SELECT plain_day(4)');
SELECT read_set_of('SELECT plain_day(5)');
SELECT read_set_of('SELECT plain_day(5)');
SELECT read_set_of('SELECT plain_day(0)');
COMMIT;
SELECT read_set_of('SELECT plain_day(0)');
SELECT read_set_of('SELECT plain_day(1)');
SELECT read_set_of('SELECT plain_day(2)');
SELECT read_set_of('SELECT by_day(2)');
\echo arguments of CALL and EXECUTE, children that were left out when the statement started
CREATE PROCEDURE nothing(d date) LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
SELECT read_set_of('CALL nothing(CURRENT_DATE)');
PREPARE by_date(date) AS SELECT id FROM item WHERE at = $1;
SELECT read_set_of('EXECUTE by_date(CURRENT_DATE)');
CREATE TABLE day (d date) PARTITION BY RANGE (d);
CREATE TABLE day_1 PARTITION OF day FOR VALUES FROM ('1999-01-01') TO ('1999-02-01');
CREATE TABLE day_2 PARTITION OF day FOR VALUES FROM ('1999-02-01') TO ('1999-03-01');
SELECT read_set_of('SELECT d FROM day WHERE d = CURRENT_DATE');
\echo a table that was emptied behind the snapshot makes the run void
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT count(*) FROM scrap;
\setenv PGDATABASE :DBNAME
\! psql -X -q -d "$PGDATABASE" -c 'SET lock_timeout = 5000; TRUNCATE rs.item' 2>&1 | head -1
SELECT read_set_of('SELECT id FROM item');
COMMIT;
SELECT read_set_of('SELECT id FROM item');
\echo parallel plans are run here alone
SET force_parallel_mode = on;
SELECT read_set_of('SELECT count(*) FROM item WHERE id = 3');
DROP SCHEMA rs CASCADE;
