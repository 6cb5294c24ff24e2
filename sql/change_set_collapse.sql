-- When rows are not told one by one: too many, truncated. What was told stays, nothing more follows for that table.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE many (id int PRIMARY KEY);
CREATE TABLE few (id int PRIMARY KEY);
SELECT skip();

SELECT announce('{many,few}', '{}');
BEGIN;
INSERT INTO many SELECT generate_series(1, 3);
INSERT INTO few VALUES (1);
INSERT INTO many SELECT generate_series(4, 9);
DELETE FROM many;
INSERT INTO few VALUES (2), (3);
COMMIT;
INSERT INTO many VALUES (1);
SELECT * FROM changes('max_rows', '3');
-- Exactly the limit is still told.
SELECT announce('{many}', '{}');
INSERT INTO many SELECT generate_series(11, 13);
SELECT * FROM changes('max_rows', '3');

-- TRUNCATE names every table that it empties, announced or not, and rows after it are covered.
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY REFERENCES parent);
CREATE TABLE parted (id int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
SELECT skip();
SELECT announce('{parent,child}', '{}');
INSERT INTO parent VALUES (1);
BEGIN;
INSERT INTO child VALUES (1);
TRUNCATE parent CASCADE;
INSERT INTO parent VALUES (2);
INSERT INTO child VALUES (2);
COMMIT;
TRUNCATE few, parted;
SELECT * FROM changes();
-- A truncate that is rolled back says nothing.
BEGIN;
SAVEPOINT s;
TRUNCATE few;
ROLLBACK TO s;
INSERT INTO few VALUES (1);
COMMIT;
SELECT * FROM changes();
\i sql/support/change_set_end.psql
