-- Every way to write a row is seen.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE room (id int PRIMARY KEY, n int DEFAULT 0);
CREATE TABLE msg (id int PRIMARY KEY, room int REFERENCES room ON DELETE CASCADE ON UPDATE CASCADE, body text);
SELECT skip();

SELECT announce('{room,msg}', '{1}', 1);
COPY room FROM stdin;
1	0
2	0
\.
INSERT INTO msg VALUES (1, 1, 'a') ON CONFLICT (id) DO NOTHING;
INSERT INTO msg VALUES (1, 1, 'b') ON CONFLICT (id) DO NOTHING;
INSERT INTO msg VALUES (1, 2, 'c') ON CONFLICT (id) DO UPDATE SET body = 'd';
MERGE INTO room USING (VALUES (2, 5), (3, 5)) v(id, n) ON room.id = v.id
  WHEN MATCHED THEN UPDATE SET n = v.n WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.n);
MERGE INTO room USING (VALUES (3)) v(id) ON room.id = v.id WHEN MATCHED THEN DELETE;
WITH gone AS (DELETE FROM room WHERE id = 2 RETURNING id) INSERT INTO room SELECT id + 10 FROM gone;
SELECT * FROM changes();

-- Cascades, triggers, rules and views.
SELECT announce('{room,msg}', '{1}', 1);
UPDATE room SET id = 7 WHERE id = 1;
DELETE FROM room WHERE id = 7;
SELECT * FROM changes();
CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE room SET n = n + 1 WHERE id = NEW.room; RETURN NULL; END $$;
CREATE TRIGGER count_up AFTER INSERT ON msg FOR EACH ROW EXECUTE FUNCTION count_up();
CREATE VIEW room_view AS SELECT * FROM room;
CREATE RULE say AS ON INSERT TO room DO ALSO INSERT INTO msg VALUES (NEW.id + 100, NULL, 'hello');
SELECT skip();
SELECT announce('{room,msg}', '{1}', 1);
INSERT INTO room VALUES (20);
INSERT INTO msg VALUES (5, 20, 'x');
UPDATE room_view SET n = 3 WHERE id = 20;
SET session_replication_role = replica;
DELETE FROM room WHERE id = 20;
RESET session_replication_role;
SELECT * FROM changes();
DELETE FROM msg WHERE room = 20;

-- SELECT … FOR UPDATE changes nothing; CREATE TABLE AS and SELECT INTO write rows of a table not announced yet.
SELECT skip();
SELECT announce('{room,msg}', '{1}', 1);
BEGIN; SELECT count(*) FROM (SELECT 1 FROM room FOR UPDATE) s; COMMIT;
CREATE TABLE copied AS SELECT * FROM room;
SELECT * FROM changes();

-- Materialized views: only a concurrent refresh writes rows; the plain one is DDL.
CREATE MATERIALIZED VIEW mv AS SELECT id FROM room;
CREATE UNIQUE INDEX ON mv (id);
SELECT skip();
SELECT announce('{mv}', '{1}', 1);
INSERT INTO room VALUES (33);
REFRESH MATERIALIZED VIEW mv;
SELECT * FROM changes();
SELECT announce('{mv}', '{1}', 1);
INSERT INTO room VALUES (34);
REFRESH MATERIALIZED VIEW CONCURRENTLY mv;
SELECT * FROM changes();
\i sql/support/change_set_end.psql
