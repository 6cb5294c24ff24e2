-- A cursor is good for what it was given for and nothing else; what cannot be paged, and what a page may ask for.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_cursors_owner;
CREATE SCHEMA cursors AUTHORIZATION regress_cursors_owner;
SET ROLE regress_cursors_owner;
SET search_path = cursors;
CREATE TABLE note (id int PRIMARY KEY, owner text, tag text NOT NULL, doc jsonb, raw json);
INSERT INTO note SELECT i, CASE WHEN i % 2 = 0 THEN 'ann' ELSE 'bob' END, 'tag' || i / 3, '{}', '{}' FROM generate_series(1, 12) i;
CREATE FUNCTION all_notes(tag text DEFAULT NULL, opts jsonb DEFAULT NULL) RETURNS SETOF note STABLE LANGUAGE sql AS
  'SELECT * FROM cursors.note n WHERE (all_notes.tag IS NULL OR n.tag = all_notes.tag) AND all_notes.opts IS NULL OR true ORDER BY id';
CREATE FUNCTION other_notes() RETURNS SETOF note STABLE LANGUAGE sql AS 'SELECT * FROM cursors.note ORDER BY id';
CREATE FUNCTION mine() RETURNS TABLE (id int) STABLE LANGUAGE sql AS 'SELECT n.id FROM cursors.note n WHERE n.owner = freshet.user_id() OR freshet.claim(''role'') = ''admin'' ORDER BY n.id';
CREATE FUNCTION whole() RETURNS TABLE (id int, who jsonb) STABLE LANGUAGE sql AS 'SELECT n.id, freshet.identity() FROM cursors.note n ORDER BY n.id';
CREATE FUNCTION sometimes() RETURNS TABLE (id int, role text) STABLE LANGUAGE sql AS 'SELECT n.id, CASE WHEN n.id > 4 THEN freshet.claim(''role'') END FROM cursors.note n ORDER BY n.id';
CREATE FUNCTION by_tag() RETURNS TABLE (tag text, id int) STABLE LANGUAGE sql AS 'SELECT n.tag, n.id FROM cursors.note n ORDER BY n.tag';
CREATE FUNCTION repeated() RETURNS TABLE (id int) STABLE LANGUAGE sql AS 'SELECT n.id FROM cursors.note n, cursors.note o WHERE n.id < 4 AND o.id < 3 ORDER BY n.id';
CREATE FUNCTION unordered() RETURNS TABLE (id int) STABLE LANGUAGE sql AS 'SELECT n.id FROM cursors.note n';
CREATE FUNCTION limited() RETURNS TABLE (id int) STABLE LANGUAGE sql AS 'SELECT n.id FROM cursors.note n ORDER BY n.id LIMIT 5';
CREATE FUNCTION skipping() RETURNS TABLE (id int) STABLE LANGUAGE sql AS 'SELECT n.id FROM cursors.note n ORDER BY n.id OFFSET 5';
CREATE FUNCTION hidden_order() RETURNS TABLE (tag text) STABLE LANGUAGE sql AS 'SELECT n.tag FROM cursors.note n ORDER BY n.id';
CREATE FUNCTION by_expression() RETURNS TABLE (id int) STABLE LANGUAGE sql AS 'SELECT n.id FROM cursors.note n ORDER BY -n.id';
CREATE FUNCTION by_operator() RETURNS TABLE (tag text, id int) STABLE LANGUAGE sql AS 'SELECT n.tag, n.id FROM cursors.note n ORDER BY n.tag USING ~<~, n.id';
CREATE FUNCTION one() RETURNS note STABLE LANGUAGE sql AS 'SELECT * FROM cursors.note ORDER BY id';
CREATE FUNCTION in_plpgsql() RETURNS SETOF note STABLE LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM cursors.note; END';
CREATE FUNCTION long_keys() RETURNS TABLE (tag text, id int) STABLE LANGUAGE sql AS 'SELECT repeat(n.tag, 5000), n.id FROM cursors.note n ORDER BY 1, 2';
CREATE FUNCTION add() RETURNS SETOF note VOLATILE LANGUAGE sql AS 'SELECT * FROM cursors.note ORDER BY id';
SELECT count(*) FROM freshet.expose_module('cursors', public => true);
SELECT freshet.expose('cursors.all_notes', public => true, max_page => 5);
RESET ROLE;
CREATE FUNCTION cursors.ask(path text, page jsonb, args jsonb DEFAULT '{}', identity jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$
  SELECT COALESCE(jsonb_path_query_array(value::jsonb, '$.rows[*].id'),
                  jsonb_build_array(error::jsonb -> 'code', COALESCE(error::jsonb -> 'problems', error::jsonb -> 'message')))
    FROM freshet.run_queries(jsonb_build_array(jsonb_build_object('path', 'cursors.' || path, 'args', args, 'page', page, 'identity', identity))::text)
   WHERE ordinal = 1 $$;
CREATE FUNCTION cursors.next(path text, size int, args jsonb DEFAULT '{}', identity jsonb DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT value::jsonb ->> 'next'
    FROM freshet.run_queries(jsonb_build_array(jsonb_build_object('path', 'cursors.' || path, 'args', args, 'page', jsonb_build_object('limit', size), 'identity', identity))::text)
   WHERE ordinal = 1 $$;
\pset format unaligned
\pset tuples_only on
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
-- what a page may ask for
SELECT cursors.ask('all_notes', page) FROM unnest(ARRAY['{"limit":5}', '{"limit":6}', '{"limit":0}', '{"limit":-1}', '{"limit":2.0}', '{"limit":"2"}', '{"limit":null}', '{}', '[]', '"x"', '7',
  '{"limit":99999999999999999999}', '{"limit":2,"offset":4}', '{"limit":2,"after":7,"until":[]}', '{"limit":2,"after":null,"until":null}']::jsonb[]) page;
SELECT cursors.ask('all_notes', '{"limit":0,"x":1}', '{"nothing":1,"tag":2}');
SELECT COALESCE(value, error) FROM freshet.run_queries('[{"path":"cursors.all_notes","page":{"limit":2,"limit":3}}]') WHERE ordinal = 1;
SELECT COALESCE(value, error) FROM freshet.run_queries('[{"path":"cursors.other_notes","page":null}]') WHERE ordinal = 1;
-- what cannot be paged
SELECT name, cursors.ask(name, '{"limit":2}') FROM unnest(ARRAY['unordered', 'limited', 'skipping', 'hidden_order', 'by_expression', 'by_operator', 'one', 'in_plpgsql', 'long_keys', 'add', 'nothing']) name;
-- rows that the order does not tell apart
SELECT size, cursors.ask('by_tag', jsonb_build_object('limit', size)) FROM generate_series(1, 4) size;
SELECT cursors.ask('repeated', '{"limit":10}');
-- a cursor is the same for the same place, and goes on behind it
SELECT cursors.next('all_notes', 2) = cursors.next('all_notes', 2), cursors.next('all_notes', 2) <> cursors.next('all_notes', 3), cursors.next('other_notes', 12) IS NULL;
SELECT cursors.ask('all_notes', jsonb_build_object('limit', 3, 'after', cursors.next('all_notes', 2)));
-- tampered ones: each character another one, cut, longer, of no alphabet at all
SELECT DISTINCT cursors.ask('all_notes', jsonb_build_object('limit', 2, 'after', overlay(c PLACING CASE substr(c, i, 1) WHEN 'A' THEN 'B' ELSE 'A' END FROM i FOR 1)))
  FROM cursors.next('all_notes', 2) c, generate_series(1, length(c)) i;
SELECT DISTINCT cursors.ask('all_notes', jsonb_build_object('limit', 2, 'until', left(c, i))) FROM cursors.next('all_notes', 2) c, generate_series(0, length(c) - 1) i;
SELECT DISTINCT cursors.ask('all_notes', jsonb_build_object('limit', 2, 'after', bad))
  FROM cursors.next('all_notes', 2) c, unnest(ARRAY[c || 'A', c || '=', ' ' || c, 'x', '%', 'AA', repeat('A', 5000), repeat('A', 100000), repeat('_', 400), translate(c, '-_', '+/') || '+', 'é']) bad;
-- names of claims that are no text (a version byte, any MAC, one name of two bytes)
SELECT cursors.ask('all_notes', jsonb_build_object('limit', 2, 'after', 'AQAAAAAAAAAAAAAAAAAAAAABAv__AQABMQ'));
-- foreign ones: of another function, other arguments, another caller
SELECT cursors.ask('other_notes', jsonb_build_object('limit', 2, 'after', cursors.next('all_notes', 2)));
SELECT cursors.ask('all_notes', jsonb_build_object('limit', 2, 'after', cursors.next('all_notes', 2)), '{"tag":"tag1"}');
SELECT cursors.ask('all_notes', jsonb_build_object('limit', 2, 'after', cursors.next('all_notes', 2, '{"opts":{"a":1,"b":2}}')), '{"opts":{"b":2,"a":1}}');
SELECT who, cursors.ask('mine', jsonb_build_object('limit', 2, 'after', cursors.next('mine', 2, '{}', '{"sub":"ann"}')), '{}', who::jsonb)
  FROM unnest(ARRAY['{"sub":"ann"}', '{"exp":5,"sub":"ann"}', '{"sub":"ann","role":null}', '{"sub":"bob"}', '{"sub":"ann","role":"admin"}', '{}', NULL]) who;
SELECT who, cursors.ask('whole', jsonb_build_object('limit', 2, 'after', cursors.next('whole', 2, '{}', '{"sub":"ann","org":{"a":1,"b":2},"exp":1}')), '{}', who::jsonb)
  FROM unnest(ARRAY['{"org":{"b":2,"a":1},"sub":"ann","exp":9}', '{"sub":"ann"}', '{"sub":"ann","org":{"a":1,"b":2},"x":1}']) who;
-- a claim that only later rows ask for
SELECT cursors.ask('sometimes', jsonb_build_object('limit', 4, 'after', cursors.next('sometimes', 3, '{}', '{"role":"x"}')), '{}', '{"role":"x"}');
SELECT cursors.ask('sometimes', jsonb_build_object('limit', 4, 'after', cursors.next('sometimes', 3, '{}', '{"role":"x"}')), '{}', '{"role":"y"}');
SELECT cursors.ask('sometimes', jsonb_build_object('limit', 4, 'after', cursors.next('sometimes', 7, '{}', '{"role":"x"}')), '{}', '{"role":"y"}');
-- claims that a cursor names belong to what the run read, good or not
SELECT claims, error::jsonb ->> 'code' FROM cursors.next('mine', 2, '{}', '{"sub":"ann"}') c, LATERAL freshet.run_queries(jsonb_build_array(
         jsonb_build_object('path', 'cursors.mine', 'identity', '{"sub":"ann","x":1}'::jsonb, 'page', jsonb_build_object('limit', 2, 'after', c)),
         jsonb_build_object('path', 'cursors.mine', 'identity', '{"sub":"bob","x":1}'::jsonb, 'page', jsonb_build_object('limit', 2, 'after', c)),
         jsonb_build_object('path', 'cursors.other_notes', 'identity', '{"sub":"bob","x":1}'::jsonb, 'page', jsonb_build_object('limit', 2, 'after', c)))::text) WHERE ordinal > 0;
-- a range that ends before it begins, and one without rows
SELECT cursors.ask('all_notes', jsonb_build_object('limit', 2, 'after', cursors.next('all_notes', 4), 'until', cursors.next('all_notes', 2)));
SELECT cursors.ask('all_notes', jsonb_build_object('limit', 2, 'after', cursors.next('all_notes', 4), 'until', cursors.next('all_notes', 4)));
COMMIT;
-- a cursor outlives its row, but not its order, nor the type of a column of it
CREATE TABLE cursors.kept (name text PRIMARY KEY, cursor text);
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO cursors.kept VALUES ('all_notes', cursors.next('all_notes', 2)), ('other_notes', cursors.next('other_notes', 5));
COMMIT;
DELETE FROM cursors.note WHERE id IN (2, 5);
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT name, cursors.ask(name, jsonb_build_object('limit', 3, 'after', cursor)) FROM cursors.kept ORDER BY name;
COMMIT;
SELECT freshet.expose('cursors.other_notes', public => true, order_by => 'id desc');
ALTER TABLE cursors.note ALTER COLUMN id TYPE bigint;
CREATE OR REPLACE FUNCTION cursors.all_notes(tag text DEFAULT NULL, opts jsonb DEFAULT NULL) RETURNS SETOF cursors.note STABLE LANGUAGE sql AS 'SELECT * FROM cursors.note ORDER BY id';
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT name, cursors.ask(name, jsonb_build_object('limit', 3, 'after', cursor)) FROM cursors.kept ORDER BY name;
COMMIT;
-- ranges: split when they have grown, and cut at what the function may return
SELECT freshet.expose('cursors.other_notes', public => true, max_rows => 9, max_page => 3);
INSERT INTO cursors.note SELECT i, 'ann', 'x', NULL, NULL FROM generate_series(100, 140) i;
CREATE FUNCTION cursors.place(path text, at int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE c text; BEGIN FOR i IN 1..at LOOP SELECT value::jsonb ->> 'next' INTO c FROM freshet.run_queries(jsonb_build_array(jsonb_build_object('path', path, 'page', jsonb_build_object('limit', 1, 'after', c)))::text) WHERE ordinal = 1; END LOOP; RETURN c; END $$;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT size, last, jsonb_array_length(page -> 'rows') AS rows, page ->> 'next' = place AS to_its_end,
       (SELECT i FROM generate_series(1, 40) i WHERE cursors.place('cursors.other_notes', i) = page ->> 'split') AS split,
       (SELECT i FROM generate_series(1, 40) i WHERE cursors.place('cursors.other_notes', i) = page ->> 'next') AS next
  FROM (VALUES (2, 4), (2, 5), (1, 9), (3, 10), (1, 20)) f(size, last), LATERAL cursors.place('cursors.other_notes', last) place,
       LATERAL (SELECT value::jsonb AS page FROM freshet.run_queries(jsonb_build_array(jsonb_build_object('path', 'cursors.other_notes', 'page', jsonb_build_object('limit', size, 'until', place)))::text) WHERE ordinal = 1) p;
COMMIT;
-- what expose refuses when pages are asked for
\set VERBOSITY terse
SET ROLE regress_cursors_owner;
SELECT freshet.expose('cursors.limited', public => true, max_page => 10);
SELECT freshet.expose('cursors.limited', public => true, order_by => 'id');
SELECT freshet.expose('cursors.unordered', public => true, max_page => 10);
SELECT freshet.expose('cursors.one', public => true, max_page => 10);
SELECT freshet.expose('cursors.add', public => true, max_page => 10);
SELECT freshet.expose('cursors.hidden_order', public => true, max_page => 10);
SELECT freshet.expose('cursors.in_plpgsql', public => true, max_page => 10);
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'id desc, raw');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'nothing');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'id, id desc');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'id collate "C"');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'tag collate nothing, id');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'lower(tag), id');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => '1');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'id using <');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => '');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'id LIMIT 1');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'id; DROP TABLE cursors.note');
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => 'id FOR UPDATE');
SET client_min_messages = notice;
\set VERBOSITY default
SELECT freshet.expose('cursors.by_tag', public => true, max_page => 10);
SELECT freshet.expose('cursors.in_plpgsql', public => true, order_by => '"tag", id -- and nothing else');
-- Other tests list what is exposed.
RESET ROLE;
SELECT count(*) FILTER (WHERE freshet.hide(path)) > 0 AS hidden FROM freshet.functions WHERE path LIKE 'cursors.%';
