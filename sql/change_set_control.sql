-- Control messages: fences, interest, and messages that nobody should believe.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE a (id int PRIMARY KEY, v text);
CREATE TABLE b (id int PRIMARY KEY, v text);
SELECT skip();

-- A fence comes back with its nonce, also from a transaction that is rolled back.
SELECT fence(81985529216486895);
BEGIN; SELECT fence(2); ROLLBACK;
-- (What flushes the WAL so far, as emit_control does.)
INSERT INTO b VALUES (1000);
SELECT * FROM changes();

-- Interest: what is announced counts from the message on; it is replaced, extended and taken back.
INSERT INTO a VALUES (1);
SELECT announce('{a}', '{1}', 1, version => 5);
INSERT INTO a VALUES (2);
INSERT INTO b VALUES (2);
SELECT announce('{b}', '{1}', 1, version => 6);
INSERT INTO a VALUES (3);
INSERT INTO b VALUES (3);
SELECT announce('{a}', '{2}', 1, version => 7);
INSERT INTO a VALUES (4, 'x');
SELECT announce('{b}', '{2}', 4, version => 8, replace => 1);
INSERT INTO a VALUES (5, 'x');
INSERT INTO b VALUES (5, 'x');
SELECT send(seal(:'key', 'W', var(300) || var(2) || var('a'::regclass::oid::bigint) || var('b'::regclass::oid::bigint)));
INSERT INTO b VALUES (6, 'x');
SELECT * FROM changes();

-- Each stream begins with nothing announced.
SELECT announce('{a}', '{1}', 1);
INSERT INTO a VALUES (10);
SELECT * FROM changes();
INSERT INTO a VALUES (11);
SELECT * FROM changes();

-- Interest that comes while a transaction runs counts for it: the transaction is told when it commits.
BEGIN;
INSERT INTO a VALUES (12);
SELECT announce('{a}', '{1}', 1);
COMMIT;
SELECT * FROM changes();

-- Another key, no MAC, a changed byte, another version or tag, a transactional message: ignored and counted.
SELECT announce('{a}', key => 'ff0102030405060708090a0b0c0d0e0f');
SELECT send('');
SELECT send('\x0149');
SELECT send(set_byte(seal(:'key', 'I', var(1) || byte(0) || var(1) || one_table('a', NULL, 7)), 5, 0));
SELECT send(seal(:'key', 'Q', ''));
SELECT fence(7, key => 'ff0102030405060708090a0b0c0d0e0f');
SELECT FROM pg_logical_emit_message(true, 'freshet', seal(:'key', 'I', var(1) || byte(0) || var(1) || one_table('a', NULL, 7)));
SELECT FROM pg_logical_emit_message(false, 'freshet!', seal(:'key', 'F', '\x0000000000000000'));
INSERT INTO a VALUES (20);
SELECT * FROM changes();
-- Anybody may write them.
CREATE ROLE cs_forger;
SET ROLE cs_forger;
SELECT FROM pg_logical_emit_message(false, 'freshet', '\x014900000000000000000000000000000000000000');
RESET ROLE;
DROP ROLE cs_forger;
SELECT line(r) FROM raw_changes() WHERE r->>'record' = 'ignored';

-- Malformed bodies under a good MAC: nothing is announced any more.
SELECT announce('{a,b}', '{1}', 1);
SELECT send(seal(:'key', 'I', var(2) || byte(0) || var(200)));
INSERT INTO a VALUES (21);
SELECT announce('{a,b}', '{1}', 1);
SELECT send(seal(:'key', 'I', var(2) || byte(7) || var(0)));
INSERT INTO a VALUES (22);
SELECT announce('{a,b}', '{1}', 1);
SELECT send(seal(:'key', 'I', var(2) || byte(0) || var(1) || var('b'::regclass::oid::bigint) || var(1) || var(1) || byte(255)));
INSERT INTO a VALUES (23);
SELECT announce('{a,b}', '{1}', 1);
SELECT send(seal(:'key', 'W', var(2) || var(1) || var(0)));
INSERT INTO a VALUES (24);
SELECT send(seal(:'key', 'F', '\x00'));
SELECT send(seal(:'key', 'F', '\x000000000000000000'));
SELECT * FROM changes();

-- No bytes under a good MAC harm the reader.
SELECT setseed(0.42);
DO $$
BEGIN
  FOR i IN 1..3000 LOOP
    PERFORM send(seal('000102030405060708090a0b0c0d0e0f', ('{I,W,F}'::"char"[])[1 + i % 3],
      (SELECT coalesce(string_agg(byte((random() * random() * 255)::int), ''), '') FROM generate_series(1, (random() * 20)::int))));
  END LOOP;
END $$;
INSERT INTO b VALUES (1001);
SELECT count(*) FILTER (WHERE r->>'record' IN ('interest', 'ignored', 'fence')) AS answered, count(*) FILTER (WHERE r->>'record' = 'interest') > 0 AS some_read,
       max((r->>'count')::int) > 1000 AS most_not
FROM raw_changes();

-- Columns in any order, twice, beyond the table's last.
SELECT send(seal(:'key', 'I', var(3) || byte(1) || var(1) || var('a'::regclass::oid::bigint) || var(4)
  || var(2) || byte(1) || var(1) || byte(1) || var(2) || byte(4) || var(1500) || byte(7)));
INSERT INTO a VALUES (30, 'x');
SELECT * FROM changes();

-- Without a key no control message is believed; a stream may still be read.
SELECT announce('{a}');
INSERT INTO a VALUES (31);
SELECT line(data::json) FROM pg_logical_slot_get_changes('cs', NULL, NULL, 'format', 'json');
\i sql/support/change_set_end.psql
