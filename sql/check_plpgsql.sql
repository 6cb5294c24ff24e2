-- What expose() and check() see of PL/pgSQL: each expression and statement is analysed with the variables that it sees, and nothing is executed.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_plpgsql_owner;
CREATE SCHEMA pl AUTHORIZATION regress_plpgsql_owner;
\set SHOW_CONTEXT never
SET ROLE regress_plpgsql_owner;
SET search_path = pl;
CREATE TYPE state AS ENUM ('open', 'closed');
CREATE TABLE issue (id bigint PRIMARY KEY, tenant_id int NOT NULL, title text NOT NULL, state state NOT NULL, doc jsonb, tags text[]);
CREATE TABLE note (id bigint PRIMARY KEY, tenant_id int NOT NULL, issue_id bigint REFERENCES issue, body text);
CREATE UNLOGGED TABLE draft (id int);
-- every kind of statement, each with something in it: nothing to say
CREATE FUNCTION everything(tenant int, wanted text[] DEFAULT '{}') RETURNS TABLE (id bigint, title text) STABLE LANGUAGE plpgsql AS $$
DECLARE
  row issue%ROWTYPE;
  part record;
  whole pl.issue;
  total int := (SELECT count(*) FROM issue i WHERE i.tenant_id = everything.tenant);
  list CURSOR (least bigint) FOR SELECT i.id, i.title FROM issue i WHERE i.tenant_id = everything.tenant AND i.id > least;
  some refcursor;
  word text;
  n int;
  map jsonb := '{}';
BEGIN
  SELECT * INTO row FROM issue i WHERE i.tenant_id = everything.tenant;
  SELECT i.id, count(*) AS notes INTO part FROM issue i JOIN note USING (id) WHERE i.tenant_id = everything.tenant GROUP BY i.id;
  total := part.notes + row.id;
  whole := row;
  part := ROW(1, 'two');
  row.title := upper(whole.title);
  map['a'] := to_jsonb(total);
  IF row.state = 'open' AND whole.title LIKE '%x%' THEN
    RAISE NOTICE 'it is %', row.title USING DETAIL = whole.doc ->> 'a';
  ELSIF EXISTS (SELECT FROM note LIMIT 1) THEN
    ASSERT total > 0, 'none';
  ELSE
    PERFORM 1 FROM issue i WHERE i.tenant_id = everything.tenant LIMIT 1;
  END IF;
  CASE row.state WHEN 'open' THEN n := 1; WHEN 'closed' THEN n := 2; ELSE NULL; END CASE;
  CASE WHEN n = 1 THEN n := 3; END CASE;
  FOR i IN REVERSE total..1 BY 2 LOOP EXIT WHEN i = n; END LOOP;
  FOR part IN SELECT i.id, i.title FROM issue i WHERE i.tenant_id = everything.tenant LOOP
    id := part.id; title := part.title || row.title;
    RETURN NEXT;
  END LOOP;
  FOR part IN list(5) LOOP CONTINUE WHEN part.title = ''; END LOOP;
  FOREACH word IN ARRAY wanted LOOP n := length(word); END LOOP;
  OPEN list(least := 3);
  FETCH list INTO n, word;
  MOVE NEXT FROM list;
  CLOSE list;
  OPEN some FOR SELECT 1;
  FETCH some INTO n;
  WHILE n > 0 LOOP n := n - 1; END LOOP;
  GET DIAGNOSTICS n = ROW_COUNT;
  BEGIN
    n := n / 0;
  EXCEPTION WHEN division_by_zero THEN word := SQLERRM;
  END;
  RETURN QUERY SELECT i.id, i.title FROM issue i WHERE i.tenant_id = everything.tenant;
END $$;
SELECT freshet.expose('pl.everything', public => true, max_rows => 10);
SELECT path, severity, code, message, line FROM freshet.check('tenant_id');
-- what cannot work is refused, with the line and the statement
CREATE FUNCTION no_column(tenant int) RETURNS SETOF text STABLE LANGUAGE plpgsql AS $$
DECLARE
  row issue%ROWTYPE;
BEGIN
  SELECT * INTO row FROM issue;
  RETURN QUERY
    SELECT i.name
    FROM issue i;
END $$;
SELECT freshet.expose('pl.no_column', public => true);
CREATE FUNCTION no_field() RETURNS text STABLE LANGUAGE plpgsql AS $$ DECLARE row issue; BEGIN
  SELECT * INTO row FROM issue;

  RETURN row.name;
END $$;
SELECT freshet.expose('pl.no_field', public => true);
CREATE FUNCTION no_field_of_record() RETURNS text STABLE LANGUAGE plpgsql AS $$ DECLARE r record; BEGIN
  FOR r IN SELECT id FROM issue LOOP
    RETURN r.title;
  END LOOP;
END $$;
SELECT freshet.expose('pl.no_field_of_record', public => true);
CREATE FUNCTION no_table() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO gone VALUES (1);
  RETURN 1;
END $$;
SELECT freshet.expose('pl.no_table', public => true);
SET check_function_bodies = off;
CREATE FUNCTION no_type() RETURNS int STABLE LANGUAGE plpgsql AS $$ DECLARE
  x issue.title%TYPE;
BEGIN RETURN 1; END $$;
ALTER TABLE issue RENAME COLUMN title TO name;
SELECT freshet.expose('pl.no_type', public => true);
ALTER TABLE issue RENAME COLUMN name TO title;
RESET check_function_bodies;
CREATE FUNCTION ambiguous(tenant_id int) RETURNS bigint STABLE LANGUAGE plpgsql AS $$ BEGIN
  RETURN (SELECT count(*) FROM issue WHERE tenant_id = tenant_id);
END $$;
SELECT freshet.expose('pl.ambiguous', public => true);
CREATE FUNCTION itself(tenant_id int) RETURNS bigint STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  RETURN (SELECT count(*) FROM issue
           WHERE tenant_id = tenant_id);
END $$;
SELECT freshet.expose('pl.itself', public => true);
CREATE FUNCTION other_rows() RETURNS TABLE (id int, title text) STABLE LANGUAGE plpgsql AS $$ BEGIN
  RETURN QUERY SELECT i.id, i.title FROM issue i;
END $$;
SELECT freshet.expose('pl.other_rows', public => true);
CREATE FUNCTION commits() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  UPDATE issue SET title = '';
  COMMIT;
END $$;
SELECT freshet.expose('pl.commits', public => true);
-- what cannot be told is told to be so
CREATE FUNCTION made_text(tab text) RETURNS SETOF bigint STABLE LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  FOR r IN EXECUTE format('SELECT * FROM %I', tab) LOOP
    RETURN NEXT r.id;
  END LOOP;
  RETURN QUERY EXECUTE 'SELECT 1::bigint' USING tab;
END $$;
CREATE FUNCTION several_rows(a boolean) RETURNS text STABLE LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  IF a THEN SELECT id INTO r FROM issue; ELSE SELECT title INTO r FROM issue; END IF;
  RETURN r.id;
END $$;
CREATE FUNCTION own_table() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
  CREATE TEMP TABLE found AS SELECT id FROM issue;
  RETURN (SELECT count(*) FROM found);
END $$;
CREATE FUNCTION made_table() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE 'CREATE TEMP TABLE found (id int)';
  RETURN (SELECT count(*) FROM found);
END $$;
-- the lints see the inside
CREATE FUNCTION clock() RETURNS bigint STABLE LANGUAGE plpgsql AS $$
DECLARE
  day date := current_date;
BEGIN
  RETURN (SELECT count(*)
            FROM draft
           WHERE id > random());
END $$;
CREATE FUNCTION expires() RETURNS date STABLE LANGUAGE plpgsql AS $$ BEGIN
  PERFORM freshet.valid_until(now() + interval '1 day');
  RETURN current_date;
END $$;
CREATE FUNCTION limited() RETURNS bigint STABLE LANGUAGE plpgsql AS $$ BEGIN
  RETURN (SELECT id FROM issue LIMIT 1);
END $$;
CREATE FUNCTION fails() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  PERFORM freshet.fail('gone');
END $$;
CREATE FUNCTION writes() RETURNS void STABLE LANGUAGE plpgsql AS $$ BEGIN
  UPDATE issue SET title = '';
END $$;
SELECT freshet.expose(x, public => true) FROM unnest('{pl.made_text,pl.several_rows,pl.own_table,pl.made_table,pl.clock,pl.expires,pl.limited,pl.fails,pl.writes}'::text[]) x;
\pset format unaligned
SELECT path, severity, code, message, line, remedy FROM freshet.check() WHERE code NOT IN ('no_bound') ORDER BY path COLLATE "C", line;
-- tenants
CREATE FUNCTION t_good(tenant int) RETURNS bigint STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM issue WHERE tenant_id = tenant); END $$;
CREATE FUNCTION t_bad(tenant int) RETURNS bigint STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM tenant; RETURN (SELECT count(*) FROM issue); END $$;
SELECT freshet.expose(x, public => true) FROM unnest('{pl.t_good,pl.t_bad}'::text[]) x;
SELECT path, code, message, line FROM freshet.check('tenant_id') WHERE code LIKE '%tenant%' ORDER BY path COLLATE "C", message;
-- helpers, in SQL and PL/pgSQL, behind a guard too; nothing of extensions, and none twice
CREATE FUNCTION _deep(n bigint) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN
  RETURN (SELECT body FROM note WHERE id = n);
END $$;
CREATE FUNCTION _middle(n bigint) RETURNS text STABLE LANGUAGE sql AS $$ SELECT pl._deep(n) || pl._deep(n + 1) $$;
CREATE FUNCTION _may(n bigint) RETURNS boolean STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN EXISTS (SELECT FROM note WHERE id = n AND body <> ''); END $$;
CREATE FUNCTION top(n bigint) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN pl._middle(n); END $$;
SELECT freshet.expose('pl.top', guard => 'pl._may(n)');
SELECT count(*) FROM freshet.check() WHERE path = 'pl.top';
ALTER TABLE note DROP COLUMN body;
SELECT path, severity, code, message, line FROM freshet.check() WHERE path = 'pl.top';
SELECT freshet.expose('pl.top', guard => 'pl._may(n)');
-- after DDL; a new column changes nothing
ALTER TABLE issue ADD COLUMN extra int;
SELECT count(*) FROM freshet.check() WHERE path = 'pl.everything';
ALTER TABLE issue RENAME COLUMN doc TO document;
SELECT severity, code, message, line FROM freshet.check() WHERE path = 'pl.everything';
ALTER TABLE issue ALTER COLUMN title TYPE varchar(20), DROP COLUMN state;
SELECT severity, code, message, line FROM freshet.check() WHERE path = 'pl.everything';
-- an IMMUTABLE function that reads a table
ALTER TABLE note ADD COLUMN body text;
ALTER FUNCTION _deep(bigint) IMMUTABLE;
SELECT severity, code, message FROM freshet.check() WHERE path = 'pl.top';
\pset format aligned
RESET ROLE;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA pl CASCADE;
DROP ROLE regress_plpgsql_owner;
