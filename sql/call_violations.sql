-- A violated constraint says which table, columns and arguments it is about, and nothing of any row.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE ROLE regress_violations_owner;
CREATE SCHEMA shop AUTHORIZATION regress_violations_owner;
CREATE SCHEMA violations AUTHORIZATION regress_violations_owner;
SET ROLE regress_violations_owner;
SET search_path = violations, shop, public;
CREATE DOMAIN shop.code AS text CHECK (VALUE ~ '^[a-z]+$');
CREATE TABLE shop.usr (id int PRIMARY KEY, gone int, email text NOT NULL, handle text, tenant int NOT NULL DEFAULT 1, age int,
  CONSTRAINT usr_handle_key UNIQUE (tenant, handle), CONSTRAINT adult CHECK (age >= 18));
ALTER TABLE shop.usr DROP COLUMN gone;
CREATE UNIQUE INDEX usr_email_idx ON shop.usr (lower(email)) INCLUDE (age);
CREATE TABLE shop.booking (id int PRIMARY KEY, usr_id int REFERENCES shop.usr, room int, during int4range, code shop.code,
  CONSTRAINT no_overlap EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE TABLE shop.event (tenant int NOT NULL, id int NOT NULL, name text CHECK (name <> ''), PRIMARY KEY (tenant, id)) PARTITION BY LIST (tenant);
CREATE TABLE shop.event_1 PARTITION OF shop.event FOR VALUES IN (1);
CREATE TABLE shop.ticket (tenant int, event int, CONSTRAINT ticket_event FOREIGN KEY (tenant, event) REFERENCES shop.event) PARTITION BY LIST (tenant);
CREATE TABLE shop.ticket_1 PARTITION OF shop.ticket FOR VALUES IN (1);
CREATE TABLE shop.log (id int PRIMARY KEY, email text UNIQUE);
INSERT INTO shop.usr VALUES (1, 'canary@a', 'ada'), (2, 'canary@b', 'bob');
INSERT INTO shop.booking VALUES (1, 1, 7, '[1,5)', 'x');
INSERT INTO shop.event VALUES (1, 1, 'first');
INSERT INTO shop.ticket VALUES (1, 1);
-- a plain SQL body, the parameters named unlike the columns
CREATE FUNCTION sign_up(number int, address text, nick text DEFAULT NULL, years int DEFAULT NULL) RETURNS void LANGUAGE sql
  AS $$ INSERT INTO usr (id, email, handle, age) VALUES (number, trim(address), nick, years) $$;
-- by position, past a dropped column; parameters by number
CREATE FUNCTION by_position(a int, b text, c text) RETURNS void LANGUAGE sql AS $$ INSERT INTO usr VALUES ($1, $2, $3) $$;
-- through a sub-query, through VALUES of more rows, through a CTE
CREATE FUNCTION by_query(who int, address text) RETURNS void LANGUAGE sql
  AS $$ INSERT INTO usr (id, email) SELECT s.i + 0, s.e FROM (SELECT who + 10 AS i, lower(address) AS e) s $$;
CREATE FUNCTION two_rows(x text, y text) RETURNS void LANGUAGE sql AS $$ INSERT INTO usr (id, email) VALUES (50, x), (51, y) $$;
CREATE FUNCTION in_cte(address text) RETURNS bigint LANGUAGE sql
  AS $$ WITH made AS (INSERT INTO usr (id, email) VALUES (60, address) RETURNING id), logged AS (INSERT INTO log (id, email) SELECT id, 'x' FROM made) SELECT count(*) FROM made $$;
-- UPDATE, ON CONFLICT and MERGE
CREATE FUNCTION rename(who int, new_name text) RETURNS void LANGUAGE sql AS $$ UPDATE usr SET handle = coalesce(new_name, handle) WHERE id = who $$;
CREATE FUNCTION upsert(who int, nick text, other text) RETURNS void LANGUAGE sql
  AS $$ INSERT INTO usr (id, email) VALUES (who, nick) ON CONFLICT (id) DO UPDATE SET handle = other $$;
CREATE FUNCTION merges(who int, nick text) RETURNS void LANGUAGE sql
  AS $$ MERGE INTO usr u USING (SELECT who AS id, nick AS h) s ON u.id = s.id WHEN MATCHED THEN UPDATE SET handle = s.h WHEN NOT MATCHED THEN INSERT (id, email) VALUES (s.id, s.h) $$;
CREATE FUNCTION atomic(number int, address text) RETURNS void LANGUAGE sql BEGIN ATOMIC INSERT INTO usr (id, email) VALUES (number, address); END;
-- other languages: by the text of the command, then by name
CREATE FUNCTION in_plpgsql(number int, address text) RETURNS void LANGUAGE plpgsql
  AS $$ BEGIN INSERT INTO usr (id, email)
    VALUES (number, lower(in_plpgsql.address)); END $$;
CREATE FUNCTION sets_in_plpgsql(who int, nick text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE usr SET handle = nick WHERE id = who; END $$;
CREATE FUNCTION dynamic(p_email text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'INSERT INTO usr (id, email) VALUES (70, $1)' USING p_email; END $$;
CREATE FUNCTION _below(x int, y text) RETURNS void LANGUAGE sql AS $$ INSERT INTO usr (id, email) VALUES (x, y) $$;
CREATE FUNCTION calls_below(id int, "e-mail" text) RETURNS void LANGUAGE sql AS $$ SELECT _below(id, "e-mail") $$;
-- a column of that name that the body fills with something else is not the argument
CREATE FUNCTION fixed(email text) RETURNS void LANGUAGE sql AS $$ INSERT INTO usr (id, email, handle) VALUES (80, 'canary@a', email) $$;
CREATE FUNCTION book(who int, place int, span int4range, label text DEFAULT 'x') RETURNS void LANGUAGE sql
  AS $$ INSERT INTO booking VALUES (99, who, place, span, label) $$;
CREATE FUNCTION drop_usr(which int) RETURNS void LANGUAGE sql AS $$ DELETE FROM usr WHERE usr.id = which $$;
CREATE FUNCTION drop_usr_plpgsql(id int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM usr u WHERE u.id = drop_usr_plpgsql.id; END $$;
CREATE FUNCTION add_event(org int, number int, title text) RETURNS void LANGUAGE sql AS $$ INSERT INTO event VALUES (org, number, title) $$;
CREATE FUNCTION add_ticket(org int, concert int) RETURNS void LANGUAGE sql AS $$ INSERT INTO ticket VALUES (org, concert) $$;
CREATE FUNCTION raises(state text) RETURNS void LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION 'canary' USING ERRCODE = 'unique_violation', CONSTRAINT = 'my rule', COLUMN = 'state', TABLE = 'nowhere', SCHEMA = 'none'; END $$;
CREATE FUNCTION raises_bare() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE check_violation; END $$;
-- what the call made itself is rolled back before it is looked up
CREATE FUNCTION makes_table(id int) RETURNS void LANGUAGE plpgsql
  AS $$ BEGIN CREATE TABLE shop.fleeting (id int CONSTRAINT fleeting_check CHECK (id > 0)); INSERT INTO shop.fleeting VALUES (id); END $$;
-- a row that the policies of the owner's role, or a view's condition, refuse
CREATE TABLE shop.secret (id int, owner text);
ALTER TABLE shop.secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.secret FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.secret USING (owner = 'ada');
CREATE FUNCTION add_secret(id int, owner text) RETURNS void LANGUAGE sql AS $$ INSERT INTO secret VALUES (id, owner) $$;
CREATE VIEW shop.adults AS SELECT id, email, age FROM shop.usr WHERE age >= 21 WITH CHECK OPTION;
CREATE FUNCTION add_adult(id int, email text, years int) RETURNS void LANGUAGE sql AS $$ INSERT INTO adults VALUES (id, email, years) $$;
SELECT count(*) FROM freshet.expose_module('violations', public => true);
RESET ROLE;
CREATE FUNCTION violations.try(path text, args text) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce((error::jsonb ->> 'sqlstate') || ' ' || (error::jsonb ->> 'violation'), error, 'done') FROM freshet.call(NULL, NULL, NULL, 'violations.' || path, args, NULL) $$;
\pset format unaligned
\pset tuples_only on
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT violations.try('sign_up', '{"number": 1, "address": "new"}');
SELECT violations.try('sign_up', '{"number": 3, "address": "CANARY@a"}');
SELECT violations.try('sign_up', '{"number": 3, "address": "new", "nick": "ada"}');
SELECT violations.try('sign_up', '{"number": 3, "address": "new", "years": 17}');
SELECT violations.try('by_position', '{"a": 4, "b": "canary@a", "c": "x"}');
SELECT violations.try('by_position', '{"a": 4, "b": "new", "c": "bob"}');
SELECT violations.try('by_query', '{"who": -9, "address": "new"}');
SELECT violations.try('by_query', '{"who": 9, "address": "canary@A"}');
SELECT violations.try('two_rows', '{"x": "p", "y": "canary@a"}');
SELECT violations.try('in_cte', '{"address": "canary@a"}');
SELECT violations.try('rename', '{"who": 2, "new_name": "ada"}');
SELECT violations.try('upsert', '{"who": 2, "nick": "n", "other": "ada"}');
SELECT violations.try('upsert', '{"who": 3, "nick": "canary@a", "other": "o"}');
SELECT violations.try('merges', '{"who": 2, "nick": "ada"}');
SELECT violations.try('merges', '{"who": 3, "nick": "canary@a"}');
SELECT violations.try('atomic', '{"number": 1, "address": "new"}');
SELECT violations.try('in_plpgsql', '{"number": 1, "address": "new"}');
SELECT violations.try('in_plpgsql', '{"number": 3, "address": "canary@A"}');
SELECT violations.try('sets_in_plpgsql', '{"who": 2, "nick": "ada"}');
SELECT violations.try('dynamic', '{"email": "canary@a"}');
SELECT violations.try('calls_below', '{"id": 1, "e-mail": "canary@a"}');
SELECT violations.try('fixed', '{"email": "x"}');
SELECT violations.try('book', '{"who": 9, "place": 1, "span": "[1,2)"}');
SELECT violations.try('book', '{"who": 1, "place": 7, "span": "[2,9)"}');
SELECT violations.try('book', '{"who": 1, "place": 8, "span": "[2,9)", "label": "UPPER"}');
SELECT violations.try('drop_usr', '{"which": 1}');
SELECT violations.try('drop_usr_plpgsql', '{"id": 1}');
-- partitions are told as their table
SELECT violations.try('add_event', '{"org": 1, "number": 1, "title": "again"}');
SELECT violations.try('add_event', '{"org": 1, "number": 2, "title": ""}');
SELECT violations.try('add_event', '{"org": 2, "number": 1, "title": "x"}');
SELECT violations.try('add_ticket', '{"org": 1, "concert": 9}');
SELECT violations.try('add_adult', '{"id": 1, "email": "new", "years": 30}');
SELECT error::jsonb ->> 'sqlstate' FROM freshet.call(NULL, NULL, NULL, 'violations.add_adult', '{"id": 9, "email": "new", "years": 20}', NULL);
SELECT error::jsonb ->> 'code' FROM freshet.call(NULL, NULL, NULL, 'violations.add_secret', '{"id": 9, "owner": "bob"}', NULL);
-- what the application raises, and what can't be looked up
SELECT violations.try('raises', '{"state": "x"}');
SELECT violations.try('raises_bare', '{}');
SELECT violations.try('makes_table', '{"id": -1}');
ROLLBACK;
-- NOT NULL has no constraint's name
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL ROLE regress_violations_owner;
CREATE OR REPLACE FUNCTION violations.sign_up(number int, address text, nick text DEFAULT NULL, years int DEFAULT NULL) RETURNS void LANGUAGE sql
  AS $$ INSERT INTO usr (id, email) VALUES (number, nullif(address, '')) $$;
RESET ROLE;
SELECT violations.try('sign_up', '{"number": 3, "address": ""}');
ROLLBACK;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA violations, shop CASCADE;
DROP ROLE regress_violations_owner;
