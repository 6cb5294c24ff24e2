-- What the catalog says of types: precise where a SQL body shows it, nullable where nobody can know.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_catalog_owner;
CREATE SCHEMA cat AUTHORIZATION regress_catalog_owner;
SET ROLE regress_catalog_owner;
SET search_path = cat;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN must AS int NOT NULL;
CREATE TYPE pair AS (a int, b must);
CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL, nick text);
CREATE TABLE parent (id int NOT NULL);
CREATE TABLE child (note text) INHERITS (parent);
CREATE TABLE post (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, author int NOT NULL REFERENCES person, body text NOT NULL, score int);
CREATE VIEW loud AS SELECT id, upper(body) AS body, score FROM post;
CREATE FUNCTION plain() RETURNS TABLE (id bigint, body text, score int) STABLE LANGUAGE sql AS 'SELECT id, body, score FROM post';
CREATE FUNCTION outer_join() RETURNS TABLE (id int, name text, post bigint, body text, posts bigint) STABLE LANGUAGE sql
  AS 'SELECT a.id, a.name, p.id, COALESCE(p.body, ''''), count(*) OVER () FROM person a LEFT JOIN post p ON p.author = a.id';
CREATE FUNCTION right_join() RETURNS TABLE (name text, body text) STABLE LANGUAGE sql
  AS 'SELECT a.name, p.body FROM person a RIGHT JOIN post p ON p.author = a.id';
CREATE FUNCTION full_join() RETURNS TABLE (name text, body text) STABLE LANGUAGE sql
  AS 'SELECT a.name, p.body FROM person a FULL JOIN post p ON p.author = a.id';
CREATE FUNCTION grouped() RETURNS TABLE (author int, posts bigint, best int, last bigint) STABLE LANGUAGE sql
  AS 'SELECT author, count(*), max(score), max(id) FROM post GROUP BY author';
CREATE FUNCTION grouping_sets() RETURNS TABLE (author int, posts bigint) STABLE LANGUAGE sql AS 'SELECT author, count(*) FROM post GROUP BY ROLLUP (author)';
CREATE FUNCTION from_view() RETURNS TABLE (id bigint, body text, score int) STABLE LANGUAGE sql AS 'SELECT * FROM loud';
CREATE FUNCTION from_cte() RETURNS TABLE (id bigint, total int) STABLE LANGUAGE sql AS 'WITH c AS (SELECT id, score + 1 AS s FROM post) SELECT id, s FROM c';
CREATE FUNCTION inherited() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT id FROM parent';
CREATE FUNCTION united() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT id FROM person UNION ALL SELECT NULL';
CREATE FUNCTION nested() RETURNS TABLE (id bigint, author jsonb, comments jsonb, tags text[]) STABLE LANGUAGE sql AS $$
  SELECT p.id, jsonb_build_object('id', a.id, 'nick', a.nick, 'deep', jsonb_build_object('x', 1)),
         COALESCE((SELECT jsonb_agg(jsonb_build_object('id', q.id, 'body', q.body) ORDER BY q.id) FROM post q WHERE q.author = p.author), '[]'),
         ARRAY(SELECT name FROM person)
  FROM post p JOIN person a ON a.id = p.author $$;
CREATE FUNCTION opaque(k text) RETURNS jsonb STABLE LANGUAGE sql AS 'SELECT jsonb_build_object(k, 1)';
CREATE FUNCTION total() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM post';
CREATE FUNCTION maybe_name(id int) RETURNS text STABLE LANGUAGE sql AS 'SELECT p.name FROM person p WHERE p.id = maybe_name.id';
CREATE FUNCTION the_name(id int) RETURNS text STABLE LANGUAGE sql AS 'SELECT p.name FROM person p WHERE p.id = the_name.id';
CREATE FUNCTION whole_row(id int) RETURNS person STABLE LANGUAGE sql AS 'SELECT * FROM person p WHERE p.id = whole_row.id';
CREATE FUNCTION procedural() RETURNS TABLE (a int, m mood, p pair, f float8, j json) STABLE LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION add(author int, body text, score int DEFAULT NULL, m mood DEFAULT 'sad', tags text[] DEFAULT '{}') RETURNS bigint LANGUAGE sql
  AS 'INSERT INTO post (author, body, score) VALUES (author, body || m || tags[1], score) RETURNING id';
CREATE FUNCTION add_if(author int) RETURNS bigint LANGUAGE sql AS 'INSERT INTO post (author, body) SELECT add_if.author, ''x'' WHERE add_if.author > 0 RETURNING id';
CREATE FUNCTION clear() RETURNS void LANGUAGE sql AS 'DELETE FROM post';
SELECT count(*) FROM freshet.expose_module('cat', public => true);
SELECT freshet.expose('cat.the_name', public => true, cardinality => 'one', max_rows => 5, deadline_ms => 100, lockstep => false, errors => '{gone}');
RESET ROLE;
\pset format unaligned
\pset tuples_only on
SELECT f ->> 'path', f #> '{result,cardinality}', f #> '{result,schema}' FROM jsonb_array_elements(freshet.catalog() -> 'functions') f;
SELECT jsonb_pretty(f - 'result') FROM jsonb_array_elements(freshet.catalog() -> 'functions') f WHERE f ->> 'path' IN ('cat.add', 'cat.the_name');
-- the hash follows what clients see, and nothing else
SELECT freshet.catalog() ->> 'hash' AS hash \gset
CREATE OR REPLACE FUNCTION cat.total() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM cat.post WHERE true';
SELECT freshet.catalog() ->> 'hash' = :'hash';
ALTER TABLE cat.post ALTER score SET NOT NULL;
SELECT freshet.catalog() ->> 'hash' = :'hash';
-- a function that is gone says so and has no types
DROP FUNCTION cat.total();
SELECT f -> 'problem', f -> 'args', f -> 'result' FROM jsonb_array_elements(freshet.catalog() -> 'functions') f WHERE f ->> 'path' = 'cat.total';
-- a body that cannot be analysed any more makes one function's problem, not the catalog's
ALTER TABLE cat.person DROP COLUMN nick;
SELECT f -> 'path', f -> 'problem' FROM jsonb_array_elements(freshet.catalog() -> 'functions') f WHERE f ->> 'problem' IS NOT NULL;
\pset tuples_only off
\pset format aligned
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA cat CASCADE;
DROP ROLE regress_catalog_owner;
