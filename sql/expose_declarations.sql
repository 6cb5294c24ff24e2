-- What people declare of arguments and results, what it makes of the types, and that calls are held to it.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_declared_owner;
CREATE ROLE regress_declared_bound;
GRANT regress_declared_bound TO regress_declared_owner;
CREATE ROLE regress_declared_other;
CREATE SCHEMA dc AUTHORIZATION regress_declared_owner;
GRANT USAGE ON SCHEMA dc TO regress_declared_bound;
\set SHOW_CONTEXT never
SET ROLE regress_declared_owner;
SET search_path = dc;
CREATE TYPE state AS ENUM ('open', 'closed');
CREATE DOMAIN must AS int NOT NULL;
CREATE TYPE pair AS (a int, b text);
CREATE TABLE usr (id uuid PRIMARY KEY);
CREATE TABLE issue (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title varchar(8) NOT NULL, state state NOT NULL DEFAULT 'open', assignee uuid REFERENCES usr, upper_title text GENERATED ALWAYS AS (upper(title)) STORED);
-- what the body cannot tell
CREATE FUNCTION doc(doc jsonb) RETURNS jsonb STABLE LANGUAGE sql AS 'SELECT doc';
CREATE FUNCTION rows(kind text) RETURNS TABLE (id bigint, note text, doc jsonb) STABLE LANGUAGE plpgsql AS $$ BEGIN
  RETURN QUERY SELECT 1::bigint, 'first', '{"a": 1, "b": "x"}'::jsonb UNION ALL SELECT CASE WHEN kind <> 'no id' THEN 2 END, CASE WHEN kind <> 'no note' THEN 'n' END,
    CASE kind WHEN 'bad doc' THEN '{"a": "x", "b": null}' WHEN 'no doc' THEN NULL ELSE '{"a": null, "b": null}' END::jsonb; END $$;
CREATE FUNCTION value(v text DEFAULT NULL) RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN RETURN v; END';
CREATE FUNCTION domain_rows(v int DEFAULT NULL) RETURNS TABLE (m must) STABLE LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT t.m FROM (VALUES (1)) x LEFT JOIN (SELECT v::must AS m WHERE v IS NOT NULL) t ON true; END';
CREATE FUNCTION patch(patch jsonb) RETURNS jsonb STABLE LANGUAGE sql AS 'SELECT patch';
CREATE FUNCTION whose(who uuid) RETURNS uuid STABLE LANGUAGE plpgsql AS 'BEGIN RETURN who; END';
CREATE FUNCTION me() RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN RETURN current_user; END';
CREATE FUNCTION nothing() RETURNS void STABLE LANGUAGE plpgsql AS 'BEGIN END';
SELECT freshet.expose('dc.doc', public => true, cardinality => 'one', returns => '{"id": "bigint", "tags": ["text"], "author": {"name": "text?"}, "kind": "''a'' | ''b''", "state?": "state", "amount": "numeric", "p?": "pair?"}');
SELECT freshet.expose('dc.rows', public => true, returns => '(id bigint NOT NULL, doc pair)', not_null => '{note}');
SELECT freshet.expose('dc.value', public => true, not_null => '{*}');
SELECT freshet.expose('dc.domain_rows', public => true);
SELECT freshet.expose('dc.patch', public => true, args => '{"patch": "partial dc.issue(title, state, assignee)"}');
SELECT freshet.expose('dc.whose', public => true, args => '{"who": "dc.usr.id"}');
SELECT freshet.expose('dc.me', public => true, run_as => 'regress_declared_bound');
RESET ROLE;
\pset format unaligned
\pset tuples_only on
SELECT path, freshet.describe(path) -> 'args' -> 'properties', freshet.describe(path) -> 'result' FROM freshet.functions ORDER BY path COLLATE "C";
CREATE FUNCTION dc.answers(path text, VARIADIC args text[]) RETURNS TABLE (value text, error text) LANGUAGE sql AS $$
  SELECT value, error::jsonb - 'sqlstate' FROM freshet.run_queries((SELECT jsonb_agg(jsonb_build_object('path', path, 'args', a::jsonb)) FROM unnest(args) a)::text) WHERE ordinal > 0 $$;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM dc.answers('dc.doc', '{"doc": {"id": 1, "tags": ["x"], "author": {"name": null}, "kind": "a", "amount": 1.5}}',
  '{"doc": {"id": 1, "tags": [], "author": {"name": "n"}, "kind": "b", "state": "closed", "amount": "NaN", "p": {"a": 1, "b": null}}}',
  '{"doc": {"id": "1", "tags": [], "author": {"name": "n"}, "kind": "b", "amount": 1}}', '{"doc": {"id": 1, "tags": ["x", null], "author": {"name": "n"}, "kind": "b", "amount": 1}}',
  '{"doc": {"id": 1, "tags": [], "author": {}, "kind": "b", "amount": 1}}', '{"doc": {"id": 1, "tags": [], "author": {"name": "n"}, "kind": "c", "amount": 1}}',
  '{"doc": {"id": 1, "tags": [], "author": {"name": "n"}, "kind": "b", "amount": 1, "extra": 1}}', '{"doc": {"id": 1.5, "tags": [], "author": {"name": "n"}, "kind": "b", "amount": 1}}',
  '{"doc": {"id": 1, "tags": [], "author": {"name": "n"}, "kind": "b", "state": "ajar", "amount": 1}}', '{"doc": []}');
SELECT * FROM dc.answers('dc.rows', '{"kind": "good"}', '{"kind": "no id"}', '{"kind": "no note"}', '{"kind": "bad doc"}', '{"kind": "no doc"}');
SELECT * FROM dc.answers('dc.value', '{"v": "x"}', '{}');
SELECT * FROM dc.answers('dc.domain_rows', '{"v": 1}', '{}');
-- absent and null differ; every member is checked
SELECT * FROM dc.answers('dc.patch', '{"patch": {}}', '{"patch": {"assignee": null}}', '{"patch": {"title": "t", "state": "closed"}}', '{"patch": {"title": null, "id": 1, "state": "ajar", "assignee": "x"}}',
  '{"patch": {"title": "longer than it may be"}}', '{"patch": "x"}', '{"patch": null}');
SELECT * FROM dc.answers('dc.me', '{}');
COMMIT;
\pset tuples_only off
\pset format aligned
-- declarations that cannot be
SET ROLE regress_declared_owner;
SELECT freshet.expose('dc.doc', public => true, returns => '(id bigint); DROP TABLE issue');
SELECT freshet.expose('dc.doc', public => true, returns => '(id bigint PRIMARY KEY)');
SELECT freshet.expose('dc.doc', public => true, returns => '(id no_such_type)');
SELECT freshet.expose('dc.doc', public => true, returns => '(id point)');
SELECT freshet.expose('dc.doc', public => true, returns => '{"id": 1}');
SELECT freshet.expose('dc.doc', public => true, returns => '["int", "text"]');
SELECT freshet.expose('dc.doc', public => true, returns => '{"id": "int"');
SELECT freshet.expose('dc.doc', public => true, returns => '');
SELECT freshet.expose('dc.rows', public => true, returns => '(id int)');
SELECT freshet.expose('dc.rows', public => true, returns => '(no_such bigint)');
SELECT freshet.expose('dc.rows', public => true, returns => 'bigint');
SELECT freshet.expose('dc.rows', public => true, not_null => '{no_such}');
SELECT freshet.expose('dc.value', public => true, returns => 'int');
SELECT freshet.expose('dc.nothing', public => true, not_null => '{*}');
SELECT freshet.expose('dc.patch', public => true, args => '[]');
SELECT freshet.expose('dc.patch', public => true, args => '{"no_such": "dc.usr.id"}');
SELECT freshet.expose('dc.patch', public => true, args => '{"patch": 1}');
SELECT freshet.expose('dc.patch', public => true, args => '{"patch": "partial dc.no_such(a)"}');
SELECT freshet.expose('dc.patch', public => true, args => '{"patch": "partial issue(title)"}');
SELECT freshet.expose('dc.patch', public => true, args => '{"patch": "partial dc.issue(no_such)"}');
SELECT freshet.expose('dc.patch', public => true, args => '{"patch": "partial dc.issue(upper_title)"}');
SELECT freshet.expose('dc.whose', public => true, args => '{"who": "partial dc.issue(title)"}');
SELECT freshet.expose('dc.whose', public => true, args => '{"who": "dc.issue.title"}');
SELECT freshet.expose('dc.me', public => true, run_as => 'regress_declared_other');
SELECT freshet.expose('dc.me', public => true, run_as => 'no_such_role');
RESET ROLE;
-- a role that is taken from the owner, a column that is dropped
REVOKE regress_declared_bound FROM regress_declared_owner;
ALTER TABLE dc.issue DROP COLUMN state;
SELECT path, problem FROM freshet.functions WHERE problem IS NOT NULL ORDER BY path;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA dc CASCADE;
DROP ROLE regress_declared_owner, regress_declared_bound, regress_declared_other;
