-- Which scans leave entries, with which columns and keys.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
CREATE TABLE room (id int PRIMARY KEY, name text, kind int);
CREATE TABLE seat (user_id int, room_id int, last_read int, PRIMARY KEY (user_id, room_id));
CREATE TABLE note (id int PRIMARY KEY, room_id int, seq int, body text, hidden bool);
CREATE INDEX note_room ON note (room_id, seq);
CREATE INDEX note_hidden ON note (seq) WHERE hidden;
INSERT INTO room SELECT i, 'r' || i, i % 3 FROM generate_series(1, 10) i;
INSERT INTO seat SELECT u, r, 2 FROM generate_series(1, 3) u, generate_series(1, 10) r WHERE (u + r) % 4 = 0;
INSERT INTO note SELECT i, 1 + i % 10, i / 10, 'b', i % 9 = 0 FROM generate_series(1, 100) i;
ANALYZE;

\echo columns: what the query names and what the scan compares; whole rows are all columns
SELECT read_set_of('SELECT count(*) FROM room');
SELECT read_set_of('SELECT name FROM room WHERE kind = 1');
SELECT read_set_of('SELECT r FROM room r WHERE id = 1');
SELECT read_set_of('SELECT ctid FROM room WHERE id = 1');
SELECT read_set_of('SELECT tableoid FROM room WHERE id = 1');

\echo a scan that never ran leaves none
SELECT read_set_of('SELECT name FROM room WHERE false');
SELECT read_set_of('SELECT n.id FROM (SELECT id FROM room WHERE id = 99 OFFSET 0) r, LATERAL (SELECT id FROM note WHERE room_id = r.id OFFSET 0) n');
SELECT read_set_of('SELECT CASE WHEN EXISTS (SELECT FROM room WHERE id = 1) THEN 1 ELSE (SELECT count(*) FROM note) END');

\echo a partial index vouches for its predicate
SET enable_seqscan = off;
SELECT read_set_of('SELECT id FROM note WHERE hidden AND seq = 3');

\echo parametrised scans: the keys that were probed
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_memoize = off; SET enable_material = off;
SET enable_bitmapscan = off;
SELECT read_set_of('SELECT n.body FROM seat s JOIN note n ON n.room_id = s.room_id AND n.seq > s.last_read WHERE s.user_id = 1');
SELECT read_set_of('SELECT s.room_id, count(n.id) FROM seat s LEFT JOIN note n ON n.room_id = s.room_id AND n.seq > s.last_read WHERE s.user_id = 1 GROUP BY s.room_id ORDER BY 1');
RESET enable_bitmapscan; SET enable_indexscan = off;
\echo the same by bitmap scans
SELECT read_set_of('SELECT n.body FROM seat s JOIN note n ON n.room_id = s.room_id AND n.seq > s.last_read WHERE s.user_id = 1');
RESET enable_indexscan; RESET enable_seqscan;
\echo correlated sub-query, sub-query value, array of a sub-query
SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
SELECT read_set_of('SELECT id, (SELECT count(*) FROM note n WHERE n.room_id = r.id AND n.hidden) FROM room r WHERE r.id < 3');
SELECT read_set_of('SELECT body FROM note WHERE room_id = (SELECT max(id) FROM room WHERE kind = 1)');
SELECT read_set_of('SELECT body FROM note WHERE room_id = ANY (ARRAY(SELECT room_id FROM seat WHERE user_id = 2))');
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;

\echo common table expressions, recursion, set operations
SELECT read_set_of('WITH w AS MATERIALIZED (SELECT id FROM room WHERE kind = 1) SELECT * FROM w');
SELECT read_set_of('SELECT id FROM room WHERE kind = 2 UNION SELECT user_id FROM seat WHERE room_id = 3');

\echo views, row security
CREATE VIEW plain_room AS SELECT id, name FROM room WHERE kind = 0;
SELECT read_set_of('SELECT name FROM plain_room WHERE id = 3');
CREATE ROLE read_set_reader;
GRANT USAGE ON SCHEMA rs TO read_set_reader;
GRANT SELECT ON room TO read_set_reader;
ALTER TABLE room ENABLE ROW LEVEL SECURITY;
CREATE POLICY low ON room USING (kind = 1);
GRANT SELECT ON known TO read_set_reader;
SET ROLE read_set_reader;
SELECT read_set_of('SELECT name FROM room WHERE id = 4');
RESET ROLE;
ALTER TABLE room DISABLE ROW LEVEL SECURITY;

\echo partitions and children: leaf tables, with their own column numbers
CREATE TABLE reading (region int, at int, value int) PARTITION BY LIST (region);
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES IN (1);
CREATE TABLE reading_2 (value int, gone int, at int, region int);
ALTER TABLE reading_2 DROP COLUMN gone;
ALTER TABLE reading ATTACH PARTITION reading_2 FOR VALUES IN (2);
SELECT read_set_of('SELECT value FROM reading WHERE at = 3');
SELECT read_set_of('SELECT value FROM reading WHERE region = 2');
CREATE TABLE animal (id int, weight int);
CREATE TABLE dog (breed int) INHERITS (animal);
SELECT read_set_of('SELECT id FROM animal WHERE weight > 3');
SELECT read_set_of('SELECT id FROM ONLY animal WHERE weight > 3');

\echo too many keys widen to what all have in common
CREATE TABLE wide (id int PRIMARY KEY, kind int, x int);
INSERT INTO wide SELECT i, 1, i FROM generate_series(1, 3000) i;
ANALYZE wide;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; SET enable_memoize = off; SET enable_bitmapscan = off; SET enable_material = off;
SELECT read_set_of('SELECT w.x FROM generate_series(1, 3000) g, LATERAL (SELECT x FROM wide WHERE id = g AND kind = 1 OFFSET 0) w');
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;
\echo long lists widen
SELECT read_set_of('SELECT x FROM wide WHERE id IN (SELECT 1) OR id = ANY (ARRAY(SELECT generate_series(1, 1001)))');
SELECT read_set_of(format('SELECT x FROM wide WHERE id = ANY (%L) AND kind = 2', (SELECT array_agg(i) FROM generate_series(1, 1001) i)));
DROP SCHEMA rs CASCADE;
DROP ROLE read_set_reader;
