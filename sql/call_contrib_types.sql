-- hstore and citext, which come with PostgreSQL and live in any schema.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_contrib_owner;
CREATE SCHEMA contrib_types;
CREATE EXTENSION hstore SCHEMA contrib_types;
CREATE EXTENSION citext SCHEMA contrib_types;
CREATE SCHEMA contrib AUTHORIZATION regress_contrib_owner;
GRANT USAGE ON SCHEMA contrib_types TO regress_contrib_owner;
SET ROLE regress_contrib_owner;
SET search_path = contrib, contrib_types;
CREATE TABLE account (name citext PRIMARY KEY, tags hstore);
INSERT INTO account VALUES ('Ann', 'a=>1, "q\"uote"=>"x => y", n=>NULL'), ('bob', ''), ('Cy', NULL);
CREATE FUNCTION by_name(name citext) RETURNS SETOF account STABLE LANGUAGE sql AS 'SELECT * FROM account a WHERE a.name = by_name.name';
CREATE FUNCTION all_of_them() RETURNS TABLE (names citext[], tags hstore[]) STABLE LANGUAGE sql AS 'SELECT array_agg(a.name ORDER BY a.name), array_agg(a.tags ORDER BY a.name) FROM account a';
CREATE FUNCTION echo(tags hstore DEFAULT NULL, names citext[] DEFAULT NULL, lists hstore[] DEFAULT NULL) RETURNS TABLE (tags hstore, names citext[], lists hstore[]) STABLE LANGUAGE sql AS 'SELECT $1, $2, $3';
CREATE FUNCTION tagged(tags hstore) RETURNS SETOF citext STABLE LANGUAGE sql AS 'SELECT a.name FROM account a WHERE a.tags @> tagged.tags';
SELECT count(*) FROM freshet.expose_module('contrib', public => true);
RESET ROLE;
RESET search_path;
CREATE FUNCTION contrib.try(path text, args text) RETURNS TABLE (answer text) LANGUAGE sql AS $$
  SELECT COALESCE(value, error::jsonb ->> 'code' || ' ' || COALESCE(error::jsonb ->> 'problems', error::jsonb ->> 'message'))
    FROM freshet.run_queries(format('[{"path":"contrib.%s","args":%s}]', path, args)) WHERE ordinal = 1 $$;
\pset format unaligned
\pset tuples_only on
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT contrib.try('by_name', '{"name":"ANN"}');
SELECT contrib.try('by_name', '{"name":"BOB"}');
SELECT contrib.try('by_name', '{"name":"cy"}');
SELECT contrib.try('all_of_them', '{}');
SELECT contrib.try('echo', '{"tags":{"a":"1","":"empty key","b":null,"c":"\"\\ => ,","é":"😀"},"names":["x",null],"lists":[{"k":"v"},null,{}]}');
SELECT contrib.try('echo', '{}');
SELECT contrib.try('tagged', '{"tags":{"a":"1"}}');
SELECT contrib.try('tagged', '{"tags":{"a":1}}');
SELECT contrib.try('tagged', '{"tags":["a"]}');
SELECT contrib.try('tagged', '{"tags":"a=>1"}');
SELECT contrib.try('echo', '{"names":[1]}');
-- a value that differs by case alone is the same key to the read set, not the same argument
SELECT count(DISTINCT read_set) FROM freshet.run_queries('[{"path":"contrib.by_name","args":{"name":"ANN"}},{"path":"contrib.by_name","args":{"name":"ann"}}]') WHERE ordinal > 0;
COMMIT;
SELECT f ->> 'path', f -> 'args' -> 0 -> 'schema', f #> '{result,schema}' FROM jsonb_array_elements(freshet.catalog() -> 'functions') f WHERE f ->> 'path' LIKE 'contrib.%' ORDER BY 1;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA contrib CASCADE;
DROP SCHEMA contrib_types CASCADE;
DROP ROLE regress_contrib_owner;
