-- The binary format, byte by byte, and how records are put together to messages.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE t (id int PRIMARY KEY, v text);
SELECT skip();
CREATE FUNCTION binary_changes() RETURNS TABLE (n bigint, message bytea) LANGUAGE sql AS $$
  SELECT ordinality, data FROM pg_logical_slot_get_binary_changes('cs', NULL, NULL, 'key', '000102030405060708090a0b0c0d0e0f') WITH ORDINALITY $$;
CREATE FUNCTION le(value bigint) RETURNS bytea LANGUAGE sql AS $$
  SELECT string_agg(byte(((value >> (8 * i)) & 255)::int), '' ORDER BY i) FROM generate_series(0, 7) i $$;
CREATE FUNCTION known(value anyelement) RETURNS bytea LANGUAGE sql AS $$
  SELECT '\x0207'::bytea || le(eq(value)) || var(length(ord(value))) || ord(value) || image(value) $$;

CREATE FUNCTION key_of(id int) RETURNS bytea LANGUAGE sql AS $$
  -- The size of the value, then its stored bytes, little endian on the machines that this runs on.
  SELECT image('\x04'::bytea || substr(le(id), 1, 4)) $$;
CREATE FUNCTION row_head(kind text, flags int) RETURNS bytea LANGUAGE sql AS $$
  SELECT 'R'::bytea || var('t'::regclass::oid::bigint) || kind::bytea || byte(flags) $$;

-- A row of each kind in one transaction, as the format page spells it.
SELECT skip();
SELECT announce('{t}', version => 300);
SELECT fence(5);
BEGIN;
SELECT pg_current_xact_id() AS xid \gset
INSERT INTO t VALUES (1, NULL);
SAVEPOINT s;
UPDATE t SET id = 2;
SELECT (pg_current_xact_id()::text::bigint + 1) AS subxid \gset
DELETE FROM t;
TRUNCATE t;
COMMIT;
CREATE TEMP TABLE got AS SELECT * FROM binary_changes();
SELECT message FROM got WHERE n = 1;
WITH expected AS (SELECT '\x01'::bytea || 'B' || var(:xid)
    || row_head('I', 2) || key_of(1) || var(0) || var(2) || var(1) || known(1) || var(2) || byte(0)
    || row_head('U', 3) || key_of(1) || key_of(2) || var(1) || var(1) || known(1) || var(2) || var(1) || known(2) || var(2) || byte(0)
    || row_head('D', 1) || key_of(2) || var(1) || var(1) || known(2) || var(0)
    || 'T' || var('t'::regclass::oid::bigint) || byte(1)
    || 'S' || var(1) || var(:subxid) || 'C' || var(:xid) AS bytes)
SELECT substr(message, 1, length(bytes)) = bytes AS as_expected, length(message) - length(bytes) AS lsn_time_origin_flags,
       substr(message, length(message) - 1) AS origin_flags
FROM got, expected WHERE n = 3;
SELECT substr(message, 1, 10) AS fence, length(message) FROM got WHERE n = 2;
DROP TABLE got;
SELECT count(*) >= 0 AS skipped FROM binary_changes();

-- Large transactions: several messages of about 64 KiB, each with the version first, no record split.
SELECT announce('{t}');
BEGIN;
SELECT pg_current_xact_id() AS xid \gset
INSERT INTO t SELECT i, 'x' FROM generate_series(1, 3000) i;
COMMIT;
SELECT count(*) > 4 AS several, bool_and(get_byte(message, 0) = 1) AS version_first, max(length(message)) < 66000 AS bounded,
       bool_and(chr(get_byte(message, 1)) IN ('I', 'B', 'R')) AS record_next
FROM binary_changes();
-- Values are coded, so a large one makes no large message.
SELECT announce('{t}', '{2}', 4);
INSERT INTO t VALUES (0, repeat('x', 300000));
SELECT count(*) AS messages, max(length(message)) < 100 AS small_since_hashed FROM binary_changes();
\i sql/support/change_set_end.psql
