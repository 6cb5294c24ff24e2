-- How far an ordered stream was read: rows behind the last one taken do not matter.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
CREATE TABLE room (id int PRIMARY KEY, kind int);
CREATE TABLE note (id int PRIMARY KEY, room int, seq int, at int, body text);
CREATE INDEX note_seq ON note (room, seq);
CREATE INDEX note_at ON note (room, at DESC NULLS LAST, id DESC);
CREATE INDEX note_lower ON note (room, lower(body), seq);
INSERT INTO room SELECT i, i % 2 FROM generate_series(1, 4) i;
INSERT INTO note SELECT i, i % 5, CASE WHEN i > 90 THEN NULL ELSE i / 5 END, i / 5, 'b' || i FROM generate_series(1, 100) i;
ANALYZE;
SET jit = off; SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET enable_indexonlyscan = off;
\echo ascending and descending, by the first column that is not pinned
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq LIMIT 3');
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY at DESC NULLS LAST, id DESC LIMIT 3');
SELECT read_set_of('SELECT body FROM note ORDER BY id DESC LIMIT 2');
SELECT read_set_of('SELECT room, at FROM note ORDER BY room, seq LIMIT 30');
\echo the same by index-only scans
SET enable_indexonlyscan = on; SET enable_indexscan = off;
SELECT read_set_of('SELECT seq FROM note WHERE room = 1 ORDER BY seq LIMIT 3');
SELECT read_set_of('SELECT max(id) FROM note');
RESET enable_indexscan; SET enable_indexonlyscan = off;
\echo nulls that come first belong to what was read; of nulls that come last there is no bound
SELECT read_set_of('SELECT id, seq FROM note WHERE room = 1 ORDER BY seq DESC LIMIT 3');
SELECT read_set_of('SELECT id, seq FROM note WHERE room = 1 ORDER BY seq DESC LIMIT 1');
SELECT read_set_of('SELECT id, seq FROM note WHERE room = 1 ORDER BY at LIMIT 1');
\echo read to the end, and no room for a bound
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq LIMIT 50');
SELECT read_set_of('SELECT body FROM note WHERE id = 7 LIMIT 1');
SELECT read_set_of('SELECT body FROM note WHERE room = 2 ORDER BY lower(body) LIMIT 2');
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY room LIMIT 2');
SELECT read_set_of('SELECT body, at FROM note WHERE room = ANY (ARRAY[1, 2]) ORDER BY room, seq LIMIT 2');
\echo one bound for each key
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off; SET enable_material = off;
SELECT read_set_of('SELECT r.id, n.id FROM room r, LATERAL (SELECT id FROM note n WHERE n.room = r.id ORDER BY seq LIMIT 1) n WHERE r.id < 3 ORDER BY r.id');
\echo a scan that runs again without parameters: the farthest run counts
SELECT read_set_of('SELECT r.id, (SELECT count(*) FROM (SELECT id FROM note ORDER BY id LIMIT r.id) n) FROM room r WHERE r.id IN (1, 3)');
RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_memoize; RESET enable_material;
\echo a merge join that ends early, and one that may set its inner side back
SET enable_hashjoin = off; SET enable_nestloop = off;
SELECT read_set_of('SELECT r.id, n.body FROM room r JOIN note n ON n.id = r.id');
SET enable_material = off;
SELECT read_set_of('SELECT n.body, m.body FROM note n JOIN note m ON m.room = n.room WHERE n.at < 2 LIMIT 1');
RESET enable_material;
RESET enable_hashjoin; RESET enable_nestloop;
\echo cursors: read on, read back
CREATE FUNCTION fetched(steps text[]) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE c CURSOR FOR SELECT id FROM note ORDER BY id; s text; x int;
BEGIN
  OPEN c;
  FOREACH s IN ARRAY steps LOOP
    IF s = 'on' THEN FETCH c INTO x; ELSIF s = 'back' THEN FETCH PRIOR FROM c INTO x; ELSE FETCH FIRST FROM c INTO x; END IF;
  END LOOP;
  CLOSE c;
  RETURN x;
END $$;
SELECT read_set_of('SELECT fetched(''{on,on,on}'')');
SELECT read_set_of('SELECT fetched(''{on,on,on,back}'')');
SELECT read_set_of('SELECT fetched(''{on,on,on,first}'')');
\echo a loop that is left; the statement fetched ahead
CREATE FUNCTION looped() RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE r record; BEGIN FOR r IN SELECT id FROM note ORDER BY id LOOP EXIT WHEN r.id = 2; END LOOP; RETURN 1; END $$;
SELECT read_set_of('SELECT looped()');
\echo an error on the way leaves no bound, and the keys that were known
SELECT read_set_of('SELECT 1 / (seq - 2) FROM note WHERE room = 1 ORDER BY seq LIMIT 3');
\echo row locks
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq LIMIT 3 FOR UPDATE');
\echo Sort over a scan
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq LIMIT 3');
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq DESC LIMIT 3');
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq DESC LIMIT 1');
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY at DESC NULLS LAST, id LIMIT 3');
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq + 1 LIMIT 3');
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq LIMIT 50');
\echo over joins: the side whose column is sorted by, unless the other is the preserved one
SET enable_nestloop = off; SET enable_mergejoin = off;
SELECT read_set_of('SELECT n.body FROM note n JOIN room r ON r.id = n.room ORDER BY n.id LIMIT 3');
SELECT read_set_of('SELECT n.body FROM note n LEFT JOIN room r ON r.id = n.room ORDER BY n.id LIMIT 3');
SELECT read_set_of('SELECT r.id, n.body FROM room r LEFT JOIN note n ON r.id = n.room AND n.at < 3 ORDER BY n.id LIMIT 3');
\echo not what an aggregate or a window function stands between, and not what runs several times
SELECT read_set_of('SELECT id, count(*) OVER () FROM note ORDER BY id LIMIT 3');
SELECT read_set_of('SELECT r.id, (SELECT body FROM note n WHERE n.room = r.id ORDER BY n.id LIMIT 1) FROM room r WHERE r.id < 3');
\echo a sub-query that runs once
SELECT read_set_of('SELECT r.kind FROM room r WHERE r.id = (SELECT room FROM note WHERE at > 2 ORDER BY id LIMIT 1)');
\echo with rows told
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq LIMIT 3', decode('000102030405060708090a0b0c0d0e0f', 'hex'));
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning; SET enable_seqscan = off; SET enable_sort = off;
SELECT read_set_of('SELECT body FROM note WHERE room = 1 ORDER BY seq LIMIT 3', decode('000102030405060708090a0b0c0d0e0f', 'hex'));
DROP SCHEMA rs CASCADE;
