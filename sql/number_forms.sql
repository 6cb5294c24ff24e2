-- In which form clients are given bigint and numeric: declared by database, column and function, one in description and result, and no digit is lost without a word.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_numbers_owner;
CREATE ROLE regress_numbers_other;
CREATE SCHEMA nf AUTHORIZATION regress_numbers_owner;
\set SHOW_CONTEXT never
SET ROLE regress_numbers_owner;
SET search_path = nf;
CREATE DOMAIN amount AS numeric(20, 2);
CREATE TABLE event (id bigint PRIMARY KEY, parent bigint REFERENCES event, total amount, plain bigint, path bigint[], doc jsonb) PARTITION BY RANGE (id);
CREATE TABLE event_all PARTITION OF event DEFAULT;
CREATE TABLE comment (id bigint PRIMARY KEY, event bigint NOT NULL REFERENCES event, body text);
CREATE TYPE pair AS (a bigint, b numeric);
INSERT INTO event VALUES (9007199254740993, NULL, 12.50, 7, '{1,9007199254740993}', '{"n": 9007199254740993}'), (2, 9007199254740993, NULL, NULL, '{}', NULL);
INSERT INTO comment VALUES (5, 9007199254740993, 'first'), (6, 2, 'second');
CREATE VIEW events AS SELECT e.id AS event_id, e.total FROM event e;
CREATE FUNCTION of_table() RETURNS SETOF event STABLE LANGUAGE sql AS 'SELECT * FROM event ORDER BY id LIMIT 10';
CREATE FUNCTION of_table_plpgsql() RETURNS SETOF event STABLE LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT * FROM nf.event ORDER BY id; END';
CREATE FUNCTION joined() RETURNS TABLE (id bigint, event bigint, next bigint, of_view bigint, most bigint, ids bigint[]) STABLE LANGUAGE sql AS $$
  SELECT c.id, c.event, e.id + 0, v.event_id, (SELECT max(x.id) FROM event x WHERE x.id = e.id), ARRAY(SELECT x.id FROM event x WHERE x.id = e.id)
    FROM comment c JOIN event e ON e.id = c.event JOIN events v ON v.event_id = e.id WHERE e.id < 10 ORDER BY c.id LIMIT 10 $$;
CREATE FUNCTION nested() RETURNS jsonb STABLE LANGUAGE sql AS $$
  SELECT jsonb_build_object('event', jsonb_build_object('id', e.id, 'total', e.total, 'plain', e.plain), 'comments',
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'event', c.event, 'body', c.body) ORDER BY c.id), '[]') FROM comment c WHERE c.event = e.id), 'row', to_jsonb(v), 'quote', 'a "9007199254740993"')
    FROM event e JOIN events v ON v.event_id = e.id WHERE e.id > 2 $$;
CREATE FUNCTION unions(k int) RETURNS jsonb STABLE LANGUAGE sql AS $$
  SELECT CASE k WHEN 1 THEN jsonb_build_object('kind', 'event', 'id', e.id) WHEN 2 THEN jsonb_build_object('kind', 'number', 'id', 3) ELSE to_jsonb(e.id) END FROM event e WHERE e.id > 2 $$;
CREATE FUNCTION by_id(id bigint, ids bigint[] DEFAULT '{}') RETURNS bigint STABLE LANGUAGE sql AS 'SELECT e.id FROM event e WHERE e.id = by_id.id OR e.id = ANY (by_id.ids) LIMIT 1';
CREATE FUNCTION listed() RETURNS TABLE (id bigint, event bigint) STABLE LANGUAGE sql AS 'SELECT c.id, c.event FROM comment c ORDER BY c.event, c.id';
CREATE FUNCTION sums() RETURNS TABLE (total numeric, n bigint, average numeric) STABLE LANGUAGE sql AS 'SELECT sum(total), count(*), avg(total) FROM event';
CREATE FUNCTION pairs() RETURNS pair STABLE LANGUAGE sql AS $$ SELECT ROW(9007199254740993, 1.50)::nf.pair $$;
CREATE FUNCTION opaque() RETURNS jsonb STABLE LANGUAGE sql AS 'SELECT doc FROM event WHERE id > 2';
CREATE FUNCTION declared() RETURNS jsonb STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN '{"id": 9007199254740993, "note": "x"}'; END $$;
CREATE FUNCTION odd(n numeric) RETURNS numeric STABLE LANGUAGE sql AS 'SELECT n';
CREATE FUNCTION put(patch jsonb) RETURNS jsonb STABLE LANGUAGE sql AS 'SELECT patch';
SELECT freshet.expose('nf.' || f, public => true) FROM unnest('{of_table,of_table_plpgsql,joined,listed,unions,by_id,sums,pairs,opaque,odd}'::text[]) f;
SELECT freshet.expose('nf.nested', public => true, cardinality => 'one');
SELECT freshet.expose('nf.declared', public => true, returns => '{"id": "bigint", "note": "text"}');
SELECT freshet.expose('nf.put', public => true, args => '{"patch": "partial nf.event(parent, total, plain)"}');
RESET ROLE;
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION nf.ask(VARIADIC paths text[]) RETURNS TABLE (path text, answer text) LANGUAGE sql AS $$
  SELECT p.path, coalesce(r.value, r.error::jsonb ->> 'code' || ' ' || coalesce(r.error::jsonb ->> 'column', '')) FROM unnest(paths) WITH ORDINALITY p(path, n)
    JOIN freshet.run_queries((SELECT jsonb_agg(jsonb_build_object('path', 'nf.' || split_part(a, ' ', 1), 'args', coalesce(nullif(substr(a, strpos(a || ' ', ' ') + 1), ''), '{}')::jsonb)) FROM unnest(paths) a)::text) r ON r.ordinal = p.n $$;
\set begin 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
-- nothing declared: what a number cannot carry is out_of_range, inside of json too; json of unknown shape goes digit for digit
:begin
SELECT * FROM nf.ask('of_table', 'of_table_plpgsql', 'joined', 'nested', 'unions {"k":1}', 'unions {"k":2}', 'unions {"k":3}', 'sums', 'pairs', 'opaque', 'declared', 'by_id {"id":2}', 'by_id {"id":"2"}', 'by_id {"id":9007199254740993}', 'by_id {"id":"9007199254740993"}');
SELECT * FROM nf.ask('by_id {"id":"9223372036854775808"}', 'by_id {"id":""}', 'by_id {"id":"-"}', 'by_id {"id":" 2"}', 'by_id {"id":"2.0"}', 'by_id {"id":2.0}', 'by_id {"id":0,"ids":["2"]}');
COMMIT;
-- a column, and what refers to it
SET ROLE regress_numbers_owner;
SELECT freshet.numbers_as('nf.event.id', 'string');
RESET ROLE;
:begin
SELECT * FROM nf.ask('of_table', 'of_table_plpgsql', 'joined', 'nested', 'unions {"k":1}', 'unions {"k":2}', 'unions {"k":3}', 'sums', 'opaque', 'by_id {"id":"9007199254740993"}');
COMMIT;
SELECT path, freshet.describe(path) -> 'args' -> 'properties', freshet.describe(path) -> 'result' FROM unnest('{nf.joined,nf.nested,nf.by_id,nf.put,nf.of_table_plpgsql}'::text[]) path;
-- a function, and a column of its result
SET ROLE regress_numbers_owner;
SELECT freshet.expose('nf.sums', public => true, numbers => '{"total": "number", "bigint": "string"}');
SELECT freshet.expose('nf.pairs', public => true, numbers => '{"bigint": "string", "numeric": "number"}');
SELECT freshet.expose('nf.declared', public => true, returns => '{"id": "bigint", "note": "text"}', numbers => '{"bigint": "string"}');
SELECT freshet.expose('nf.odd', public => true, numbers => '{"numeric": "number"}', not_null => '{*}');
SELECT freshet.expose('nf.of_table', public => true, numbers => '{"id": "number", "path": "string", "total": "number"}');
SELECT freshet.expose('nf.nested', public => true, cardinality => 'one', numbers => '{"numeric": "string"}');
RESET ROLE;
:begin
SELECT * FROM nf.ask('sums', 'pairs', 'declared', 'of_table', 'nested', 'odd {"n":"12.50"}', 'odd {"n":"NaN"}', 'odd {"n":"-Infinity"}', 'odd {"n":"9007199254740991.5"}', 'odd {"n":"-9007199254740992"}', 'odd {"n":12345678901234567890}', 'odd {"n":0.1234567890123456789}');
COMMIT;
SELECT path, freshet.describe(path) -> 'result' FROM unnest('{nf.sums,nf.pairs,nf.odd,nf.declared}'::text[]) path;
-- the whole database; a column and a function say more
SELECT freshet.numbers_as('bigint', 'string'), freshet.numbers_as('numeric', 'number');
SET ROLE regress_numbers_owner;
SELECT freshet.numbers_as('nf.comment.id', 'number');
SELECT freshet.expose('nf.of_table', public => true);
RESET ROLE;
:begin
SELECT * FROM nf.ask('of_table', 'joined', 'sums', 'nested', 'odd {"n":1}', 'by_id {"id":2}');
-- pages
SELECT coalesce(value::jsonb -> 'rows', error::jsonb) FROM freshet.run_queries('[{"path":"nf.listed","page":{"limit":1}}]') WHERE ordinal = 1;
SELECT next.value::jsonb -> 'rows' FROM freshet.run_queries('[{"path":"nf.listed","page":{"limit":1}}]') first,
  LATERAL freshet.run_queries(jsonb_build_array(jsonb_build_object('path', 'nf.listed', 'page', jsonb_build_object('limit', 1, 'after', first.value::jsonb ->> 'next')))::text) next WHERE first.ordinal = 1 AND next.ordinal = 1;
COMMIT;
SELECT count(*) > 0 FROM jsonb_path_query(freshet.catalog(), '$.functions[*] ? (@.path == "nf.by_id").args[*].schema ? (@.type == "string")');
-- mutations
SET ROLE regress_numbers_owner;
CREATE FUNCTION add(id bigint) RETURNS bigint LANGUAGE sql AS 'INSERT INTO comment VALUES (add.id, 2, NULL) RETURNING comment.event';
SELECT freshet.expose('nf.add', public => true);
RESET ROLE;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT value, error FROM freshet.call(NULL, NULL, '', 'nf.add', '{"id":"77"}', NULL);
COMMIT;
-- taken back
SELECT freshet.numbers_as('bigint', NULL), freshet.numbers_as('numeric', NULL);
SET ROLE regress_numbers_owner;
SELECT freshet.numbers_as('nf.comment.id', NULL), freshet.numbers_as('nf.event.id', NULL);
RESET ROLE;
SELECT count(*) FROM freshet.number_forms;
:begin
SELECT * FROM nf.ask('joined', 'of_table_plpgsql');
COMMIT;
\pset tuples_only off
\pset format aligned
-- what cannot be declared
SET ROLE regress_numbers_owner;
SELECT freshet.numbers_as('bigint', 'string');
SELECT freshet.numbers_as('int8', 'string');
SELECT freshet.numbers_as('nf.event', 'string');
SELECT freshet.numbers_as('nf.event.nothing', 'string');
SELECT freshet.numbers_as('nf.comment.body', 'string');
SELECT freshet.numbers_as('nf.event.id', 'text');
SELECT freshet.numbers_as(NULL, 'string');
SELECT freshet.expose('nf.sums', public => true, numbers => '[]');
SELECT freshet.expose('nf.sums', public => true, numbers => '{"nothing": "string"}');
SELECT freshet.expose('nf.sums', public => true, numbers => '{"total": "text"}');
SELECT freshet.expose('nf.odd', public => true, numbers => '{"value": 1}');
SET ROLE regress_numbers_other;
SELECT freshet.numbers_as('nf.event.id', 'string');
INSERT INTO freshet.number_forms VALUES ('bigint', 'string');
RESET ROLE;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA nf CASCADE;
DROP ROLE regress_numbers_owner, regress_numbers_other;
