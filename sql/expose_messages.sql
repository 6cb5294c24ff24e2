-- Refusals and lints that other files do not come to, word for word: types without a form, names, declarations that are half written.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_messages_owner;
CREATE SCHEMA em AUTHORIZATION regress_messages_owner;
\set SHOW_CONTEXT never
SET ROLE regress_messages_owner;
SET search_path = em;
CREATE TABLE item (id int PRIMARY KEY, tenant_id int, title text);
SELECT freshet.expose(NULL);
-- polymorphic and pseudo types, variadics, sets where one value is expected
CREATE FUNCTION any_array(a anyarray) RETURNS int STABLE LANGUAGE sql AS 'SELECT array_length(a, 1)';
SELECT freshet.expose('em.any_array', public => true);
CREATE FUNCTION any_back(a anyelement) RETURNS anyelement STABLE LANGUAGE sql AS 'SELECT a';
SELECT freshet.expose('em.any_back', public => true);
CREATE FUNCTION a_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
SELECT freshet.expose('em.a_trigger', public => true);
CREATE FUNCTION a_cursor() RETURNS refcursor LANGUAGE plpgsql AS 'DECLARE c refcursor; BEGIN OPEN c FOR SELECT 1; RETURN c; END';
SELECT freshet.expose('em.a_cursor', public => true);
CREATE FUNCTION takes_cursor(c refcursor) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
SELECT freshet.expose('em.takes_cursor', public => true);
CREATE FUNCTION takes_record(r record) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
SELECT freshet.expose('em.takes_record', public => true);
CREATE FUNCTION one_record() RETURNS record STABLE LANGUAGE sql AS 'SELECT 1, 2';
SELECT freshet.expose('em.one_record', public => true);
CREATE FUNCTION many(VARIADIC n int[]) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(x)::bigint FROM unnest(n) x';
SELECT freshet.expose('em.many', public => true);
SELECT freshet.expose('em.many', public => true, cardinality => 'many');
CREATE FUNCTION a_set() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT 1';
SELECT freshet.expose('em.a_set', public => true, cardinality => 'one');
CREATE FUNCTION in_target() RETURNS int STABLE LANGUAGE sql AS 'SELECT generate_series(1, 3)';
SELECT freshet.expose('em.in_target', public => true);
-- the order of pages
CREATE FUNCTION whole_rows() RETURNS SETOF item STABLE LANGUAGE sql AS 'SELECT i FROM em.item i ORDER BY id';
SELECT freshet.expose('em.whole_rows', public => true, max_page => 5);
-- half a declaration
CREATE FUNCTION doc() RETURNS jsonb STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN '{}'; END $$;
SELECT freshet.expose('em.doc', public => true, returns => '(id int, PRIMARY KEY (id))');
SELECT freshet.expose('em.doc', public => true, returns => $${"kind": "'a' 'b'"}$$);
SELECT freshet.expose('em.doc', public => true, returns => $${"kind": "'a"}$$);
CREATE FUNCTION patch(patch jsonb) RETURNS jsonb STABLE LANGUAGE sql AS 'SELECT patch';
SELECT freshet.expose('em.patch', public => true, args => '{"patch": "partial em.item(title"}');
SELECT freshet.expose('em.patch', public => true, args => '{"patch": "partial em.item(\"title)"}');
-- a search_path that is another one for everybody
SET search_path = "$user", em;
SELECT freshet.expose('em.doc', public => true);
SET search_path = em;
-- tenants: the remedies
CREATE FUNCTION all_items() RETURNS SETOF item STABLE LANGUAGE sql AS 'SELECT * FROM em.item ORDER BY id LIMIT 5';
SELECT freshet.expose('em.all_items', public => true);
CREATE FUNCTION some_items(t text) RETURNS bigint STABLE LANGUAGE plpgsql AS $$ DECLARE n bigint; BEGIN EXECUTE 'SELECT count(*) FROM ' || t INTO n; RETURN n; END $$;
SELECT freshet.expose('em.some_items', public => true);
SELECT path, code, message, remedy FROM freshet.check('tenant_id') WHERE code LIKE '%tenant%' ORDER BY path;
-- arguments of a variadic are an array
RESET ROLE;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT value, error::jsonb -> 'problems' AS problems FROM freshet.run_queries('[{"path":"em.many","args":{"n":[1,2,3]}},{"path":"em.many","args":{"n":1}},{"path":"em.in_target"}]') WHERE ordinal > 0;
COMMIT;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA em CASCADE;
DROP ROLE regress_messages_owner;
