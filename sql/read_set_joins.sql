-- Hash joins: of the side that looks keys up, rows matter whose key the other side has.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
CREATE TABLE room (id int PRIMARY KEY, kind int);
CREATE TABLE note (id int PRIMARY KEY, room int, author int, body text);
CREATE TABLE seat (user_id int, room bigint);
INSERT INTO room SELECT i, i % 5 FROM generate_series(1, 10) i;
INSERT INTO note SELECT i, i % 12, i % 3, 'b' FROM generate_series(1, 200) i;
INSERT INTO seat SELECT i % 4, CASE WHEN i > 2 THEN i END FROM generate_series(1, 10) i;
ANALYZE;
SET enable_nestloop = off; SET enable_mergejoin = off; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;
\echo inner joins, also by keys of another width, and in two steps
SELECT read_set_of('SELECT n.body FROM note n JOIN room r ON r.id = n.room WHERE r.kind = 1');
SELECT read_set_of('SELECT n.body FROM note n JOIN seat s ON s.room = n.room WHERE s.user_id = 3');
SELECT read_set_of('SELECT n.body FROM note n JOIN room r ON r.id = n.room JOIN seat s ON s.room = r.id WHERE s.user_id = 3');
\echo nothing to look up: nothing of the other side matters
SELECT read_set_of('SELECT n.body FROM note n JOIN room r ON r.id = n.room WHERE r.kind = 7');
SELECT read_set_of('SELECT n.body FROM note n JOIN seat s ON s.room = n.room WHERE s.user_id = 2 AND s.room IS NULL');
\echo semi joins
SELECT read_set_of('SELECT n.body FROM note n WHERE room IN (SELECT s.room FROM seat s WHERE s.user_id = 3)');
\echo never the preserved side
SELECT read_set_of('SELECT n.body, r.id FROM note n LEFT JOIN room r ON r.id = n.room AND r.kind = 1');
SELECT read_set_of('SELECT n.body FROM note n WHERE NOT EXISTS (SELECT FROM seat s WHERE s.room = n.room AND s.user_id = 3)');
SELECT read_set_of('SELECT n.body, r.id FROM note n FULL JOIN (SELECT * FROM room WHERE kind = 1) r ON r.id = n.room');
SELECT read_set_of('SELECT n.body, r.id FROM room r LEFT JOIN note n ON r.id = n.room WHERE r.kind = 1');
\echo not what an aggregate stands between, not by an expression, not what runs several times
SELECT read_set_of('SELECT n.c FROM (SELECT room, count(*) AS c FROM note GROUP BY room OFFSET 0) n JOIN room r ON r.id = n.room WHERE r.kind = 1');
SELECT read_set_of('SELECT n.body FROM note n JOIN room r ON r.id = n.room + 1 WHERE r.kind = 1');
SELECT read_set_of('SELECT (SELECT count(*) FROM note n JOIN room r ON r.id = n.room WHERE r.kind = s.user_id AND n.author = s.user_id) FROM seat s WHERE s.room = 5');
\echo together with how far a Sort was read
SELECT read_set_of('SELECT n.body FROM note n JOIN room r ON r.id = n.room WHERE r.kind = 1 ORDER BY n.id LIMIT 3');
DROP SCHEMA rs CASCADE;
