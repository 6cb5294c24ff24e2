-- Changes name the leaf; a row that moves is deleted here and inserted there; inheritance likewise.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE ev (region text, id int, v int, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE ev_eu PARTITION OF ev FOR VALUES IN ('eu') PARTITION BY RANGE (id);
CREATE TABLE ev_eu_low PARTITION OF ev_eu FOR VALUES FROM (0) TO (100);
CREATE TABLE ev_us PARTITION OF ev FOR VALUES IN ('us');
CREATE TABLE ev_rest PARTITION OF ev DEFAULT;
-- Another order of columns than the parent's.
CREATE TABLE ev_jp (v int, id int NOT NULL, region text NOT NULL);
ALTER TABLE ev ATTACH PARTITION ev_jp FOR VALUES IN ('jp');
SELECT skip();

SELECT announce('{ev_eu_low,ev_us,ev_rest,ev_jp}');
INSERT INTO ev VALUES ('eu', 1, 1), ('us', 1, 1), ('mars', 1, 1), ('jp', 1, 1);
UPDATE ev SET v = 2 WHERE id = 1 AND region IN ('eu', 'jp');
UPDATE ev SET region = 'us', id = 2 WHERE region = 'eu';
DELETE FROM ev WHERE region = 'mars';
SELECT * FROM changes();

-- Announcing the parent says nothing about a leaf: the leaf is not announced.
SELECT announce('{ev}', replace => 1);
INSERT INTO ev VALUES ('us', 9, 1);
SELECT * FROM changes();

-- DDL that makes rows come and go without a change of theirs.
ALTER TABLE ev DETACH PARTITION ev_us;
ALTER TABLE ev ATTACH PARTITION ev_us FOR VALUES IN ('us');
DROP TABLE ev_rest;
CREATE TABLE base (id int PRIMARY KEY);
CREATE TABLE heir (extra int) INHERITS (base);
SELECT * FROM changes();
SELECT announce('{base,heir}', '{1}', 1);
INSERT INTO heir VALUES (1, 2);
UPDATE base SET id = 5;
SELECT * FROM changes();
\i sql/support/change_set_end.psql
