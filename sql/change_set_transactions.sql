-- What belongs to a transaction: savepoints, subtransactions, prepared transactions, xids and times.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TABLE xids (name text, xid xid8);
SELECT skip();

-- Nothing of what was rolled back; the subtransactions of what was not.
SELECT announce('{t}', '{1}', 1);
BEGIN;
INSERT INTO t VALUES (1);
SAVEPOINT a;
INSERT INTO t VALUES (2);
SAVEPOINT b;
INSERT INTO t VALUES (3);
ROLLBACK TO b;
INSERT INTO t VALUES (4);
RELEASE a;
COMMIT;
BEGIN;
INSERT INTO t VALUES (100);
ROLLBACK;
SELECT CASE WHEN r->>'record' = 'row' THEN (SELECT string_agg(i::text, ' ') FROM generate_series(1, 100) i
              WHERE r->'new'->0->>'eq' = lpad(to_hex(eq(i)), 16, '0')) ELSE line(r) END AS change FROM raw_changes() ORDER BY n;
-- Errors caught in PL/pgSQL are subtransactions too.
SELECT announce('{t}', '{}');
DO $$
BEGIN
  INSERT INTO t VALUES (50);
  FOR i IN 1..3 LOOP
    BEGIN
      INSERT INTO t VALUES (50 + i);
      IF i = 2 THEN RAISE EXCEPTION 'no'; END IF;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
END $$;
SELECT * FROM changes();

-- Top-level and sub-xids are the 64-bit ones that the writer sees.
BEGIN;
INSERT INTO xids VALUES ('top', pg_current_xact_id());
SAVEPOINT s;
INSERT INTO t VALUES (200);
RELEASE s;
COMMIT;
INSERT INTO xids SELECT 'sub', xmin::text::xid8 FROM t WHERE id = 200;
SELECT r->>'record' AS record,
       coalesce(r->>'xid', r->'xids'->>0)::xid8 = (SELECT xid FROM xids WHERE name = CASE r->>'record' WHEN 'subxids' THEN 'sub' ELSE 'top' END) AS as_seen
FROM raw_changes() WHERE transaction = 1 AND r->>'record' IN ('begin', 'subxids', 'commit') ORDER BY n;

-- Many subtransactions: all of them, in records of bounded size.
DO $$
BEGIN
  FOR i IN 1001..8000 LOOP
    BEGIN INSERT INTO t VALUES (i); EXCEPTION WHEN OTHERS THEN NULL; END;
  END LOOP;
END $$;
SELECT count(*) AS records, sum(json_array_length(r->'xids')) AS xids FROM raw_changes() WHERE r->>'record' = 'subxids';

-- A prepared transaction is told when it is committed, and only then.
SELECT announce('{t}', '{}');
BEGIN;
INSERT INTO t VALUES (300);
PREPARE TRANSACTION 'one';
BEGIN;
INSERT INTO t VALUES (301);
PREPARE TRANSACTION 'two';
SELECT * FROM changes();
SELECT announce('{t}', '{}');
ROLLBACK PREPARED 'two';
COMMIT PREPARED 'one';
SELECT * FROM changes();

-- A transaction without row changes of announced tables is reported all the same: its xid is known to be done.
BEGIN;
SELECT FROM pg_logical_emit_message(true, 'somebody else', 'x');
COMMIT;
SELECT line(r) FROM raw_changes() ORDER BY n;

-- Commit time and position are those of the commit; the origin is none here.
SELECT clock_timestamp() AS before \gset
SELECT pg_current_wal_insert_lsn() AS lsn_before \gset
INSERT INTO t VALUES (400);
SELECT (r->>'time')::bigint BETWEEN extract(epoch FROM :'before'::timestamptz) * 1000000 AND extract(epoch FROM clock_timestamp()) * 1000000 AS time,
       (r->>'lsn')::pg_lsn BETWEEN :'lsn_before' AND pg_current_wal_insert_lsn() AS lsn, r->>'origin' AS origin
FROM raw_changes() WHERE r->>'record' = 'commit';
SELECT FROM pg_replication_origin_create('cs_origin');
SELECT FROM pg_replication_origin_session_setup('cs_origin');
INSERT INTO t VALUES (401);
SELECT FROM pg_replication_origin_session_reset();
SELECT (r->>'origin')::oid = (SELECT roident FROM pg_replication_origin WHERE roname = 'cs_origin') AS origin
FROM raw_changes() WHERE r->>'record' = 'commit' AND (r->>'origin')::int > 0;
SELECT FROM pg_replication_origin_drop('cs_origin');
\i sql/support/change_set_end.psql
