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
