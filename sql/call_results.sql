-- The JSON form of every type that a result may have.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_results_owner;
CREATE SCHEMA results AUTHORIZATION regress_results_owner;
SET ROLE regress_results_owner;
SET search_path = results;
CREATE TYPE mood AS ENUM ('sad', 'so "so"', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FUNCTION scalars() RETURNS TABLE (yes bool, no bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, m money, t text, v varchar(5),
    c char(3), nm name, u uuid, e mood, d positive) STABLE LANGUAGE sql AS $$
  SELECT true, false, (-32768)::int2, 2147483647, 9007199254740991, 1.1::float4, 0.1::float8 + 0.2, 1.50, 12.5::numeric::money,
         E'quote " back \\ tab \t nl \n ctl \x01 ü €', 'v'::varchar, 'c'::char(3), 'nm'::name, '00000000-0000-0000-0000-000000000001'::uuid, 'so "so"'::mood, 5::positive $$;
CREATE FUNCTION floats() RETURNS SETOF float8 STABLE LANGUAGE sql AS
  $$ SELECT unnest(ARRAY['NaN', 'Infinity', '-Infinity', '-0', '1e300', '1e-7', '123456789']::float8[]) $$;
CREATE FUNCTION times() RETURNS TABLE (z timestamptz, p timestamp, d date, t time, i interval) STABLE LANGUAGE sql AS $$
  VALUES ('2024-02-29 12:30:00.5+02'::timestamptz, '2024-02-29 12:30:00.000001'::timestamp, '2024-02-29'::date, '23:59:59.999999'::time, '1 year 2 days 03:04:05.6'::interval),
         ('infinity', '-infinity', 'infinity', '24:00', '-1 mon'),
         ('0044-03-15 12:00:00 BC', '12024-01-01', '0044-03-15 BC', '00:00', '0') $$;
CREATE FUNCTION others() RETURNS TABLE (b bytea, b0 bytea, j json, jb jsonb, ip inet, net cidr, mac macaddr, bits bit(3), vb varbit, r int4range, tr tstzrange, mr int4multirange, o oid, rc regclass)
  STABLE LANGUAGE sql AS $$
  SELECT '\x00ff10'::bytea, ''::bytea, '{"a": 1.10,  "b":[1]}'::json, '{"a": 1.10, "n": 12345678901234567890.123}'::jsonb, '10.0.0.1/8'::inet, '10.0.0.0/8'::cidr,
         '08:00:2b:01:02:03'::macaddr,
         B'101'::bit(3), B'1'::varbit, '[1,5)'::int4range, '[2024-01-01 00:00+00,infinity)'::tstzrange, '{[1,2),[5,6)}'::int4multirange,
         42::oid, 'pg_class'::regclass $$;
CREATE FUNCTION arrays() RETURNS TABLE (a int[], b text[], empty int[], m int[], n mood[], p pair[], j jsonb[]) STABLE LANGUAGE sql AS $$
  SELECT ARRAY[1,NULL,3], ARRAY['a"b', NULL], '{}'::int[], ARRAY[[1,2],[3,4]], ARRAY['sad','happy']::mood[], ARRAY[(1,'x')::pair, NULL], ARRAY['{"a":1}'::jsonb, '[1]'] $$;
CREATE FUNCTION nulls() RETURNS TABLE (a int, b pair, c int[]) STABLE LANGUAGE sql AS 'SELECT NULL::int, NULL::pair, NULL::int[]';
CREATE FUNCTION scalar() RETURNS int STABLE LANGUAGE sql AS 'SELECT 7';
CREATE FUNCTION scalar_null() RETURNS int STABLE LANGUAGE sql AS 'SELECT NULL::int';
CREATE FUNCTION composite() RETURNS pair STABLE LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE FUNCTION composite_null() RETURNS pair STABLE LANGUAGE sql AS 'SELECT NULL::pair';
CREATE FUNCTION composite_of_nulls() RETURNS pair STABLE LANGUAGE sql AS 'SELECT NULL::int, NULL::text';
CREATE FUNCTION outs(OUT a int, OUT b text) STABLE LANGUAGE sql AS 'SELECT 1, ''x''';
CREATE FUNCTION one_out(OUT a int) STABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION one_column() RETURNS TABLE (a int) STABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION set_of_scalars() RETURNS SETOF int STABLE LANGUAGE sql AS 'VALUES (1), (NULL), (3)';
CREATE FUNCTION set_of_pairs() RETURNS SETOF pair STABLE LANGUAGE sql AS $$ VALUES (1, 'x'), (NULL, NULL) $$;
CREATE FUNCTION nothing() RETURNS SETOF pair STABLE LANGUAGE sql AS 'SELECT 1, ''x'' WHERE false';
CREATE FUNCTION void_result() RETURNS void STABLE LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION plpgsql_set(n int) RETURNS SETOF pair STABLE LANGUAGE plpgsql AS
  'BEGIN FOR i IN 1..n LOOP RETURN NEXT (i, i::text)::pair; END LOOP; END';
CREATE FUNCTION big() RETURNS TABLE (small int8, big int8) STABLE LANGUAGE sql AS 'SELECT -9007199254740991, 9007199254740992';
CREATE FUNCTION wide() RETURNS text STABLE LANGUAGE sql AS $$ SELECT repeat('x', 2000) $$;
CREATE FUNCTION styles() RETURNS TABLE (i interval, r tstzrange, f real) STABLE LANGUAGE plpgsql AS $$ BEGIN
  PERFORM set_config('IntervalStyle', 'iso_8601', false), set_config('TimeZone', 'Asia/Tokyo', false), set_config('extra_float_digits', '-5', false),
          set_config('DateStyle', 'German', false);
  RETURN QUERY SELECT '1 day'::interval, '[2024-01-01 00:00+00,)'::tstzrange, 0.123456789::real; END $$;
SELECT count(*) FROM freshet.expose_module('results', public => true);
SELECT freshet.expose('results.plpgsql_set', public => true, max_rows => 3);
CREATE FUNCTION pick(n int) RETURNS SETOF pair STABLE LANGUAGE sql AS 'SELECT i, i::text FROM generate_series(1, n) i';
CREATE FUNCTION pick_one(n int) RETURNS SETOF pair STABLE LANGUAGE sql AS 'SELECT i, i::text FROM generate_series(1, n) i';
SELECT freshet.expose('results.pick', public => true, cardinality => 'maybe');
SELECT freshet.expose('results.pick_one', public => true, cardinality => 'one');
RESET ROLE;
CREATE FUNCTION results.answers(requests text) RETURNS TABLE (ordinal int, value text, error text) LANGUAGE sql AS $$
  SELECT ordinal, value, error FROM freshet.run_queries(requests) WHERE ordinal > 0 $$;
\pset format unaligned
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT value FROM results.answers('[{"path":"results.scalars"},{"path":"results.floats"},{"path":"results.times"},{"path":"results.others"},
  {"path":"results.arrays"},{"path":"results.nulls"}]');
SELECT ordinal, value FROM results.answers('[{"path":"results.scalar"},{"path":"results.scalar_null"},{"path":"results.composite"},{"path":"results.composite_null"},
  {"path":"results.composite_of_nulls"},{"path":"results.outs"},{"path":"results.one_out"},{"path":"results.one_column"},{"path":"results.set_of_scalars"},{"path":"results.set_of_pairs"},
  {"path":"results.nothing"},{"path":"results.void_result"},{"path":"results.plpgsql_set","args":{"n":2}}]');
-- too many rows; a bigint beyond what JSON carries; settings changed by the function do not change how values are written
SELECT * FROM results.answers('[{"path":"results.plpgsql_set","args":{"n":4}},{"path":"results.big"},{"path":"results.styles"},{"path":"results.times"}]');
-- cardinality
SELECT * FROM results.answers('[{"path":"results.pick","args":{"n":0}},{"path":"results.pick","args":{"n":1}},{"path":"results.pick","args":{"n":2}},
  {"path":"results.pick_one","args":{"n":0}},{"path":"results.pick_one","args":{"n":1}}]');
COMMIT;
-- larger than a result may be
SET freshet.max_result_bytes = 1024;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT * FROM results.answers('[{"path":"results.set_of_scalars"},{"path":"results.wide"}]');
COMMIT;
RESET freshet.max_result_bytes;
\pset format aligned
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA results CASCADE;
DROP ROLE regress_results_owner;
