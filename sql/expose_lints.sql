-- What exposing warns of, and what it refuses, with the line of the body and the remedy; check() and freshet.functions say the same later.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_lints_owner;
CREATE SCHEMA li AUTHORIZATION regress_lints_owner;
SET client_min_messages = notice;
\set SHOW_CONTEXT never
SET ROLE regress_lints_owner;
SET search_path = li;
CREATE TABLE issue (id bigint PRIMARY KEY, tenant_id int NOT NULL, channel_id int, title text, doc jsonb, tags text[]);
CREATE TABLE comment (id bigint PRIMARY KEY, tenant_id int NOT NULL, issue_id bigint, body text);
CREATE UNLOGGED TABLE draft (id int);
CREATE SEQUENCE counter;
CREATE VIEW visible AS SELECT id, tenant_id, title FROM issue;
-- a column compared with itself, though the argument is used elsewhere
CREATE FUNCTION itself(channel_id int) RETURNS SETOF bigint STABLE LANGUAGE sql AS $$
  SELECT id FROM issue
  WHERE channel_id = channel_id
    AND id > itself.channel_id
  LIMIT 5 $$;
SELECT freshet.expose('li.itself', public => true);
-- no order under a limit, a set in the SELECT list, a sample
CREATE FUNCTION limited() RETURNS TABLE (id bigint, tag text) STABLE LANGUAGE sql AS $$
  SELECT id, unnest(tags)
  FROM issue TABLESAMPLE bernoulli (50)

  LIMIT 3 $$;
SELECT freshet.expose('li.limited', public => true);
-- nothing bounds the rows; said, it is none
CREATE FUNCTION unbounded() RETURNS SETOF bigint STABLE LANGUAGE sql AS 'SELECT id FROM issue';
SELECT freshet.expose('li.unbounded', public => true);
SELECT freshet.expose('li.unbounded', public => true, max_rows => 10);
-- time without an end; with one
CREATE FUNCTION clock() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT count(*) FROM issue
  WHERE id > extract(epoch from now()) $$;
SELECT freshet.expose('li.clock', public => true);
CREATE FUNCTION today() RETURNS date STABLE LANGUAGE sql AS 'SELECT current_date';
SELECT freshet.expose('li.today', public => true);
CREATE FUNCTION ends() RETURNS timestamptz STABLE LANGUAGE sql AS $$ SELECT freshet.valid_until(now() + interval '1 minute'); SELECT now() $$;
SELECT freshet.expose('li.ends', public => true);
-- volatile functions, sequences, tables that nobody watches
CREATE FUNCTION dice() RETURNS float8 STABLE LANGUAGE sql AS 'SELECT random()';
SELECT freshet.expose('li.dice', public => true);
CREATE FUNCTION next() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT nextval('li.counter') $$;
SELECT freshet.expose('li.next', public => true);
CREATE FUNCTION drafts() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM draft';
SELECT freshet.expose('li.drafts', public => true);
CREATE TEMP TABLE passing (id int);
CREATE FUNCTION temporary() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM pg_temp.passing';
SELECT freshet.expose('li.temporary', public => true);
-- codes that nobody declared
CREATE FUNCTION fails() RETURNS void LANGUAGE sql AS $$ SELECT freshet.fail('gone'); SELECT freshet.require(false, 'archived') $$;
SELECT freshet.expose('li.fails', public => true, errors => '{gone}');
SELECT freshet.hide('li.fails');
CREATE FUNCTION fails_void() RETURNS boolean LANGUAGE sql AS $$ SELECT freshet.require(true, 'archived') $$;
SELECT freshet.expose('li.fails_void', public => true, errors => '{gone}');
-- names
CREATE FUNCTION names(created_at int, "createdAt" int, "then" int) RETURNS TABLE (to_do int, "toDo" int) STABLE LANGUAGE sql AS 'SELECT created_at, "createdAt" + "then"';
SELECT freshet.expose('li.names', public => true, max_rows => 1);
CREATE FUNCTION proto(___proto__ int) RETURNS int STABLE LANGUAGE sql AS 'SELECT ___proto__';
SELECT freshet.expose('li.proto', public => true);
CREATE FUNCTION twice() RETURNS TABLE (a int, "constructor" int) STABLE LANGUAGE sql AS 'SELECT 1, 2';
SELECT freshet.expose('li.twice', public => true, max_rows => 1);
-- json of which nothing is known
CREATE FUNCTION opaque() RETURNS TABLE (id bigint, doc jsonb) STABLE LANGUAGE sql AS 'SELECT id, doc FROM issue ORDER BY id LIMIT 5';
SELECT freshet.expose('li.opaque', public => true);
SELECT freshet.expose('li.opaque', public => true, returns => '(doc issue)');
-- types: pseudo types, polymorphic ones, internal, variadics, a set of unnamed records
CREATE FUNCTION poly(VARIADIC a anyarray) RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
SELECT freshet.expose('li.poly', public => true);
CREATE FUNCTION poly_back(a anyelement) RETURNS anyelement STABLE LANGUAGE sql AS 'SELECT a';
SELECT freshet.expose('li.poly_back', public => true);
CREATE FUNCTION poly_result(a int) RETURNS anyelement STABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION pseudo() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
SELECT freshet.expose('li.pseudo', public => true);
CREATE FUNCTION cursor_result() RETURNS refcursor STABLE LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
SELECT freshet.expose('li.cursor_result', public => true);
CREATE FUNCTION variadic_sum(VARIADIC numbers int[]) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(n) FROM unnest(numbers) n';
SELECT freshet.expose('li.variadic_sum', public => true);
RESET ROLE;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT value, error FROM freshet.run_queries('[{"path": "li.variadic_sum", "args": {"numbers": [1, 2, 3]}}, {"path": "li.variadic_sum", "args": {"numbers": []}}]') WHERE ordinal > 0;
COMMIT;
-- the same later
SELECT path, unnest(lints) AS lint FROM freshet.functions ORDER BY 1, 2;
-- after DDL
ALTER TABLE li.issue DROP COLUMN tags;
SELECT path, severity, code, message, line, remedy FROM freshet.check() WHERE severity = 'error' ORDER BY 1, 3;
DELETE FROM freshet.exposed;
-- tenants
SET ROLE regress_lints_owner;
SET client_min_messages = warning;
CREATE FUNCTION t_all() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM issue';
CREATE FUNCTION t_argument(tenant int) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM issue WHERE tenant_id = tenant';
CREATE FUNCTION t_claim() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT count(*) FROM issue WHERE tenant_id = freshet.claim('tenant')::int $$;
CREATE FUNCTION t_in(tenants int[]) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM issue WHERE tenant_id = ANY (tenants)';
CREATE FUNCTION t_or(tenant int) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM issue WHERE tenant_id = tenant OR id = 1';
CREATE FUNCTION t_join(tenant int) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM issue i JOIN comment c ON c.tenant_id = i.tenant_id AND c.issue_id = i.id WHERE i.tenant_id = tenant';
CREATE FUNCTION t_half(tenant int) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM issue i JOIN comment c ON c.issue_id = i.id WHERE i.tenant_id = tenant';
CREATE FUNCTION t_each_other() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM issue i JOIN comment c ON c.tenant_id = i.tenant_id';
CREATE FUNCTION t_sublink(tenant int) RETURNS TABLE (id bigint, n bigint) STABLE LANGUAGE sql AS 'SELECT i.id, (SELECT count(*) FROM comment c WHERE c.issue_id = i.id) FROM issue i WHERE i.tenant_id = tenant';
CREATE FUNCTION t_view(tenant int) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM visible WHERE tenant_id = tenant';
CREATE FUNCTION t_view_all() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM visible';
CREATE FUNCTION t_write(tenant int) RETURNS void LANGUAGE sql AS 'INSERT INTO issue (id, tenant_id) VALUES (1, tenant)';
CREATE FUNCTION t_plpgsql() RETURNS bigint STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM li.issue); END';
SELECT count(*) FROM (SELECT freshet.expose('li.' || proname, public => true) FROM pg_proc WHERE pronamespace = 'li'::regnamespace AND proname LIKE 't\_%') x;
RESET ROLE;
SELECT path, code, message FROM freshet.check('tenant_id') WHERE code LIKE '%tenant%' ORDER BY 1, 3;
SELECT count(*) FROM freshet.check() WHERE code LIKE '%tenant%';
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP TABLE passing;
DROP SCHEMA li CASCADE;
DROP ROLE regress_lints_owner;
