-- Pages of a query: every order, NULLs, collations, kinds of functions; ranges; what is refused.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_pages_owner;
CREATE SCHEMA pages AUTHORIZATION regress_pages_owner;
GRANT USAGE ON SCHEMA pages TO PUBLIC;
SET ROLE regress_pages_owner;
SET search_path = pages;
CREATE TYPE mood AS ENUM ('sad', 'calm', 'happy');
CREATE COLLATION backwards (provider = icu, locale = 'und-u-kf-upper');
CREATE TABLE item (
  id    int PRIMARY KEY,
  owner text NOT NULL,
  a     int,
  b     text,
  c     text COLLATE "C" NOT NULL,
  mood  mood,
  at    timestamptz NOT NULL,
  price numeric
);
INSERT INTO item
SELECT i, CASE WHEN i % 2 = 0 THEN 'ann' ELSE 'bob' END, nullif(i % 4, 3), nullif((ARRAY['x','Y','z','é',''])[1 + i % 5], ''),
       (ARRAY['b','A','a','B'])[1 + i % 4], (ARRAY['happy','sad',NULL]::mood[])[1 + i % 3],
       '2024-01-01'::timestamptz + (i / 3) * interval '1 second' + (i % 3) * interval '1 microsecond', CASE WHEN i % 7 > 0 THEN i % 7 / 2.0 END
  FROM generate_series(1, 24) i;
CREATE INDEX ON item (at DESC, id);
-- orders that a body has
CREATE FUNCTION by_id() RETURNS SETOF item STABLE LANGUAGE sql AS 'SELECT * FROM pages.item ORDER BY id';
CREATE FUNCTION by_id_desc() RETURNS TABLE (id int) STABLE LANGUAGE sql AS 'SELECT i.id FROM pages.item i ORDER BY i.id DESC';
CREATE FUNCTION by_two_down() RETURNS TABLE (at timestamptz, id int) STABLE LANGUAGE sql AS 'SELECT i.at, i.id FROM pages.item i ORDER BY i.at DESC, i.id DESC';
CREATE FUNCTION by_mixed(owner text) RETURNS TABLE (id int, at timestamptz) STABLE LANGUAGE sql AS
  'SELECT i.id, i.at FROM pages.item i WHERE i.owner = by_mixed.owner ORDER BY i.at DESC, i.id';
CREATE FUNCTION by_nulls_last() RETURNS TABLE (a int, id int) STABLE LANGUAGE sql AS 'SELECT i.a, i.id FROM pages.item i ORDER BY i.a, i.id';
CREATE FUNCTION by_nulls_first() RETURNS TABLE (a int, id int) STABLE LANGUAGE sql AS 'SELECT i.a, i.id FROM pages.item i ORDER BY i.a NULLS FIRST, i.id DESC';
CREATE FUNCTION by_down_nulls_first() RETURNS TABLE (a int, id int) STABLE LANGUAGE sql AS 'SELECT i.a, i.id FROM pages.item i ORDER BY i.a DESC, i.id';
CREATE FUNCTION by_down_nulls_last() RETURNS TABLE (a int, id int) STABLE LANGUAGE sql AS 'SELECT i.a, i.id FROM pages.item i ORDER BY i.a DESC NULLS LAST, i.id';
CREATE FUNCTION by_null_in_the_middle() RETURNS TABLE (c text, a int, mood mood, id int) STABLE LANGUAGE sql AS
  'SELECT i.c, i.a, i.mood, i.id FROM pages.item i ORDER BY i.c, i.a DESC, i.mood NULLS FIRST, i.id';
CREATE FUNCTION by_null_at_the_end() RETURNS TABLE (id int, a int) STABLE LANGUAGE sql AS 'SELECT i.id, i.a FROM pages.item i ORDER BY i.id, i.a NULLS FIRST';
CREATE FUNCTION by_collation_of_the_column() RETURNS TABLE (c text, id int) STABLE LANGUAGE sql AS 'SELECT i.c, i.id FROM pages.item i ORDER BY i.c, i.id';
CREATE FUNCTION by_collation_of_the_body() RETURNS TABLE (b text, id int) STABLE LANGUAGE sql AS
  'SELECT i.b, i.id FROM pages.item i ORDER BY i.b COLLATE pages.backwards DESC, i.id';
CREATE FUNCTION by_group() RETURNS TABLE (owner text, a int, n bigint) STABLE LANGUAGE sql AS
  'SELECT i.owner, i.a, count(*) FROM pages.item i GROUP BY i.owner, i.a ORDER BY i.owner DESC, i.a';
CREATE FUNCTION by_union() RETURNS TABLE (id int) STABLE LANGUAGE sql AS
  'SELECT i.id FROM pages.item i WHERE i.id < 5 UNION SELECT -i.id FROM pages.item i WHERE i.id < 4 ORDER BY 1';
CREATE FUNCTION values_of() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT i.id FROM pages.item i ORDER BY i.id';
CREATE FUNCTION atomic() RETURNS TABLE (a int, id int) STABLE LANGUAGE sql BEGIN ATOMIC SELECT i.a, i.id FROM pages.item i ORDER BY i.a, i.id; END;
SELECT count(*) FROM freshet.expose_module('pages', public => true);
-- orders that are declared
CREATE FUNCTION unordered() RETURNS SETOF item STABLE LANGUAGE sql AS 'SELECT * FROM pages.item';
CREATE FUNCTION in_plpgsql(low int DEFAULT 0) RETURNS SETOF item STABLE LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM pages.item WHERE id >= low; END';
CREATE FUNCTION strictly(low int) RETURNS SETOF item STABLE STRICT LANGUAGE sql AS 'SELECT * FROM pages.item WHERE id >= low ORDER BY a, id';
CREATE FUNCTION with_set() RETURNS SETOF item STABLE SET work_mem = '1MB' LANGUAGE sql AS 'SELECT * FROM pages.item ORDER BY a, id';
CREATE FUNCTION definer() RETURNS SETOF item STABLE SECURITY DEFINER LANGUAGE sql AS 'SELECT * FROM pages.item ORDER BY a, id';
CREATE FUNCTION otherwise() RETURNS SETOF item STABLE LANGUAGE sql AS 'SELECT * FROM pages.item ORDER BY price, id';
CREATE FUNCTION values_down() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT i.id FROM pages.item i';
SET client_min_messages = notice;
SELECT freshet.expose('pages.unordered', public => true, order_by => 'price desc nulls last, b collate "C", mood, id desc');
SELECT freshet.expose('pages.in_plpgsql', public => true, max_page => 10, order_by => 'a desc, id');
SELECT freshet.expose('pages.strictly', public => true, max_page => 10);
SELECT freshet.expose('pages.with_set', public => true, max_page => 10);
SELECT freshet.expose('pages.definer', public => true, max_page => 10);
SELECT freshet.expose('pages.otherwise', public => true, order_by => 'a, id');
SELECT freshet.expose('pages.values_down', public => true, order_by => 'value desc');
SET client_min_messages = warning;
RESET ROLE;
\i sql/support/page.psql
SELECT function -> 'path' AS path, function -> 'page' AS page FROM jsonb_path_query(freshet.catalog(), '$.functions[*] ? (@.schema == "pages")') function;
SELECT freshet.describe('pages.by_mixed') -> 'page' AS page;

-- every page size gives the full read, and every range its part of it
CREATE VIEW pages.called AS
SELECT f.path, CASE f.path WHEN 'pages.by_mixed' THEN '{"owner":"ann"}'::jsonb WHEN 'pages.strictly' THEN '{"low":3}' ELSE '{}' END AS args
  FROM freshet.functions f WHERE f.path LIKE 'pages.%';
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT path, size, pages.walk(path, args, size) AS walked
  FROM pages.called, unnest(ARRAY[1, 2, 5, 10]) size,
       LATERAL (SELECT value::jsonb AS whole FROM freshet.run_queries(jsonb_build_array(jsonb_build_object('path', path, 'args', args))::text) WHERE ordinal = 1) read
 WHERE pages.walk(path, args, size) <> whole AND path NOT IN ('pages.unordered', 'pages.in_plpgsql', 'pages.otherwise', 'pages.values_down');
SELECT path, wrong.* FROM pages.called, LATERAL pages.wrong_ranges(path, args) wrong
 WHERE path NOT IN ('pages.unordered', 'pages.in_plpgsql', 'pages.otherwise', 'pages.values_down', 'pages.strictly', 'pages.with_set', 'pages.definer');
-- those that the page sorts
SELECT r ->> 'id' AS id, r -> 'a' AS a FROM jsonb_array_elements(pages.walk('pages.in_plpgsql', '{"low":15}', 3)) r;
SELECT array_agg((r ->> 'id')::int) = (SELECT array_agg(id ORDER BY price DESC NULLS LAST, b COLLATE "C", mood, id DESC) FROM pages.item) AS same
  FROM jsonb_array_elements(pages.walk('pages.unordered', '{}', 4)) r;
SELECT array_agg((r ->> 'id')::int) = (SELECT array_agg(id ORDER BY a, id) FROM pages.item) AS same
  FROM jsonb_array_elements(pages.walk('pages.otherwise', '{}', 4)) r;
SELECT pages.walk('pages.values_down', '{}', 10);
COMMIT;
-- Other tests list what is exposed.
RESET ROLE;
SELECT count(*) FILTER (WHERE freshet.hide(path)) > 0 AS hidden FROM freshet.functions WHERE path LIKE 'pages.%';
SET client_min_messages = warning;
DROP SCHEMA pages CASCADE;
