-- Joins: of one side, rows matter whose key the other side has.
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
\echo the side that is looked up, where that says more: the list of a room, and who wrote it
CREATE TABLE usr (id int PRIMARY KEY, name text);
INSERT INTO usr SELECT i, 'b' FROM generate_series(0, 20) i;
ANALYZE usr;
SELECT read_set_of('SELECT n.body, u.name FROM note n JOIN usr u ON u.id = n.author WHERE n.room = 1 AND n.id < 20');
SELECT read_set_of('SELECT n.body, u.name FROM note n LEFT JOIN usr u ON u.id = n.author WHERE n.room = 1 AND n.id < 20');
SELECT read_set_of('SELECT u.id FROM usr u WHERE u.id < 3 AND NOT EXISTS (SELECT FROM seat s WHERE s.user_id = u.id)');
\echo of those only who wrote what is in the window
SELECT read_set_of('SELECT n.body, u.name FROM note n JOIN usr u ON u.id = n.author ORDER BY n.id LIMIT 2');
\echo a probing side that was not read to its end has told all keys only if nothing is to come
INSERT INTO usr SELECT i, 'b' FROM generate_series(21, 3000) i; ANALYZE usr;
SELECT read_set_of('SELECT n.body FROM note n JOIN seat s ON s.room = n.room WHERE s.user_id = 9');
\echo merge joins and nested loops
SET enable_hashjoin = off; SET enable_mergejoin = on;
DELETE FROM usr WHERE id > 20; ANALYZE usr;
SELECT read_set_of('SELECT n.body, u.name FROM note n JOIN usr u ON u.id = n.author WHERE n.room = 1 AND n.id < 20');
SELECT read_set_of('SELECT n.body, u.name FROM note n LEFT JOIN usr u ON u.id = n.author WHERE n.room = 1 AND n.id < 20');
SELECT read_set_of('SELECT n.body, u.name FROM note n FULL JOIN usr u ON u.id = n.author');
SET enable_mergejoin = off; SET enable_nestloop = on;
SELECT read_set_of('SELECT n.body, u.name FROM note n JOIN usr u ON u.id = n.author WHERE n.room = 1 AND n.id < 20');
SET enable_material = off;
SELECT read_set_of('SELECT n.body, u.name FROM note n JOIN usr u ON u.id = n.author WHERE n.room = 1 AND n.id < 20');
SELECT read_set_of('SELECT n.body FROM note n WHERE EXISTS (SELECT FROM seat s WHERE s.room = n.room AND s.user_id = 3)');
\echo a nested loop that stops early took no more from its outer side
SELECT read_set_of('SELECT n.id, s.user_id FROM note n JOIN seat s ON s.room = n.room LIMIT 1');
\echo a merge join that stops where one side ends did not see the keys to come
SET enable_nestloop = off; SET enable_mergejoin = on; SET enable_indexscan = on; SET enable_sort = off;
CREATE INDEX ON note (author); CREATE TABLE few (author int PRIMARY KEY); INSERT INTO few VALUES (1), (500), (600); ANALYZE few;
SELECT read_set_of('SELECT n.id FROM note n JOIN few f ON f.author = n.author');
\echo a column that is sorted by equals another
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;
SET enable_nestloop = off; SET enable_mergejoin = off; SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;
SELECT read_set_of('SELECT n.id, r.id FROM note n JOIN room r ON r.id = n.room WHERE n.room > 0 ORDER BY r.id, n.id LIMIT 3');
DROP SCHEMA rs CASCADE;
