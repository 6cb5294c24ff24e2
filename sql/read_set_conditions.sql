-- Which conditions on a column become atoms, over each scan type; the rest widens.
\set ECHO none
\i sql/support/read_set.psql
\set ECHO all
CREATE TABLE item (id int PRIMARY KEY, a int, b bigint, t text COLLATE "C", u text COLLATE "en-x-icu", v varchar(9), n numeric, f bool, d date, at timestamptz);
CREATE INDEX item_a ON item (a, b);
INSERT INTO item SELECT i, i % 10, i % 7, 'a', 'b', 'c', i, i % 2 = 0, '2024-01-01', '2024-01-01Z' FROM generate_series(1, 200) i;
ANALYZE item;

\echo equality, the same by sequential, index, index-only and bitmap scan
SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off;
SELECT read_set_of('SELECT b FROM item WHERE a = 3');
RESET enable_indexscan; RESET enable_indexonlyscan; SET enable_seqscan = off;
SELECT read_set_of('SELECT b FROM item WHERE a = 3');
SET enable_indexonlyscan = off;
SELECT read_set_of('SELECT b FROM item WHERE a = 3');
SET enable_indexscan = off; RESET enable_bitmapscan;
SELECT read_set_of('SELECT b FROM item WHERE a = 3');
RESET ALL; SET search_path = rs, public; SET client_min_messages = warning;

\echo operand types of the same hash family
SELECT read_set_of('SELECT id FROM item WHERE a = 3::bigint');
SELECT read_set_of('SELECT id FROM item WHERE b = 3::smallint');
SELECT read_set_of('SELECT id FROM item WHERE 3 = a');
SELECT read_set_of('SELECT id FROM item WHERE v = ''c''');

\echo ranges
SELECT read_set_of('SELECT id FROM item WHERE a < 3');
SELECT read_set_of('SELECT id FROM item WHERE a BETWEEN 3 AND 5');
SELECT read_set_of('SELECT id FROM item WHERE 4 <= b');
SELECT read_set_of('SELECT id FROM item WHERE t > ''x''');
SELECT read_set_of('SELECT id FROM item WHERE (a, id) > (3, 7)');
\echo no range under a collation that bytes do not follow, and none for an operator that depends on the time zone
SELECT read_set_of('SELECT id FROM item WHERE u > ''x''');
SELECT read_set_of('SELECT id FROM item WHERE at < date ''2024-02-02''');

\echo lists
SELECT read_set_of('SELECT id FROM item WHERE a IN (1, 2, NULL)') = read_set_of('SELECT id FROM item WHERE a = 2 OR a = 1') AS same;
SELECT read_set_of('SELECT id FROM item WHERE a = ANY (''{3}'')');
SELECT read_set_of('SELECT id FROM item WHERE a < ANY (''{3,5}'') AND a > ALL (''{1,2}'')');

\echo nothing is read where a comparison with NULL is never true
SELECT read_set_of('SELECT id FROM item WHERE a = NULL::int OR a IN (NULL) OR a NOT IN (1, NULL)');
\echo null tests
SELECT read_set_of('SELECT id FROM item WHERE a IS NULL');
SELECT read_set_of('SELECT id FROM item WHERE b IS NOT NULL');

\echo booleans
SELECT read_set_of('SELECT id FROM item WHERE f');
SELECT read_set_of('SELECT id FROM item WHERE NOT f');
SELECT read_set_of('SELECT id FROM item WHERE f IS NOT TRUE');
SELECT read_set_of('SELECT id FROM item WHERE f IS UNKNOWN');

\echo NOT is three-valued, AND drops and OR keeps only whole
SELECT read_set_of('SELECT id FROM item WHERE NOT (a = 1 OR b > 2)');
SELECT read_set_of('SELECT id FROM item WHERE NOT (a > 1 AND b > 2)');
SELECT read_set_of('SELECT id FROM item WHERE a = 1 AND length(t) = 1');
SELECT read_set_of('SELECT id FROM item WHERE a = 1 OR length(t) = 1');
SELECT read_set_of('SELECT id FROM item WHERE a = 1 OR (a = 2 AND b = 3)');
SELECT read_set_of('SELECT id FROM item WHERE a IS NOT DISTINCT FROM 1');
SELECT read_set_of('SELECT id FROM item WHERE a IS DISTINCT FROM 1');
\echo values that are not: what lies between them, by order keys, since equal hashes may be those of different values
SELECT read_set_of('SELECT id FROM item WHERE a <> 3');
SELECT read_set_of('SELECT id FROM item WHERE a NOT IN (5, 3, 3)');
SELECT read_set_of('SELECT id FROM item WHERE a NOT IN (5, NULL)');
SELECT read_set_of('SELECT id FROM item WHERE u <> ''x''');
\echo CASE and coalesce, taken apart
SELECT read_set_of('SELECT id FROM item WHERE CASE WHEN f THEN a = 1 ELSE b = 2 END');
SELECT read_set_of('SELECT id FROM item WHERE NOT CASE WHEN a > 1 THEN f END');
SELECT read_set_of('SELECT id FROM item WHERE coalesce(a, 0) = 3');
SELECT read_set_of('SELECT id FROM item WHERE coalesce(a, 0) = 0');
SELECT read_set_of('SELECT id FROM item WHERE NOT coalesce(f, true)');
SELECT read_set_of('SELECT id FROM item WHERE coalesce(a, b) > 3');
SELECT read_set_of('SELECT id FROM item WHERE (a = 1) IS UNKNOWN OR (a = 1) IS NOT FALSE');
\echo texts that begin so, where the column compares bytes
SELECT read_set_of('SELECT id FROM item WHERE t LIKE ''ab%c_''');
SELECT read_set_of('SELECT id FROM item WHERE t ^@ ''ab''');
SELECT read_set_of('SELECT id FROM item WHERE t LIKE ''%b''');
SELECT read_set_of('SELECT id FROM item WHERE u LIKE ''ab%''');
SELECT read_set_of('SELECT id FROM item WHERE t NOT LIKE ''ab%''');
DROP SCHEMA rs CASCADE;
