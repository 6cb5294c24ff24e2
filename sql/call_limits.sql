-- The ends of what is taken and given: sizes, rows, numbers, and types that change under a running backend.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_limits_owner;
CREATE SCHEMA limits AUTHORIZATION regress_limits_owner;
SET ROLE regress_limits_owner;
SET search_path = limits;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION size(t text) RETURNS int STABLE LANGUAGE sql AS 'SELECT length(t)';
CREATE FUNCTION rows(n int) RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT i FROM generate_series(1, n) i';
CREATE FUNCTION rows_allowed(n int) RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT i FROM generate_series(1, n) i';
CREATE FUNCTION rows_plpgsql(n int) RETURNS SETOF int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN QUERY SELECT i FROM generate_series(1, n) i; END';
CREATE FUNCTION int8(n int8) RETURNS int8 STABLE LANGUAGE sql AS 'SELECT n';
CREATE FUNCTION int8_text(n int8) RETURNS text STABLE LANGUAGE sql AS 'SELECT n::text';
CREATE FUNCTION float8(f float8) RETURNS float8 STABLE LANGUAGE sql AS 'SELECT f';
CREATE FUNCTION float4(f float4) RETURNS float4 STABLE LANGUAGE sql AS 'SELECT f';
CREATE FUNCTION exact(n numeric) RETURNS numeric STABLE LANGUAGE sql AS 'SELECT n';
CREATE FUNCTION cube(a int[]) RETURNS int[] STABLE LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION texts(a text[]) RETURNS text[] STABLE LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION feel(m mood, ms mood[] DEFAULT '{}') RETURNS TABLE (m mood, ms mood[]) STABLE LANGUAGE sql AS 'SELECT feel.m, feel.ms';
SELECT count(*) FROM freshet.expose_module('limits', public => true);
SELECT freshet.expose('limits.rows_allowed', public => true, max_rows => 100000);
RESET ROLE;
CREATE FUNCTION limits.try(path text, args text) RETURNS TABLE (answer text) LANGUAGE sql AS $$
  SELECT COALESCE(CASE WHEN length(value) > 200 THEN length(value) || ' bytes' ELSE value END,
                  error::jsonb ->> 'sqlstate' || ' ' || COALESCE(error::jsonb ->> 'problems', error::jsonb ->> 'message'))
    FROM freshet.run_queries(format('[{"path":"limits.%s","args":%s}]', path, args)) WHERE ordinal = 1 $$;
\pset format unaligned
\pset tuples_only on
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
-- arguments: 4 MB by default, more where that is allowed
SELECT limits.try('size', format('{"t":"%s"}', repeat('x', 1000000)));
SELECT limits.try('size', format('{"t":"%s"}', repeat('x', 10000000)));
SET LOCAL freshet.max_argument_bytes = '20MB';
SELECT limits.try('size', format('{"t":"%s"}', repeat('x', 10000000)));
SELECT limits.try('size', format('{"t":"%s"}', repeat('\u00e9', 1500000)));
-- rows
SELECT limits.try('rows', '{"n":100000}');
SELECT limits.try('rows_plpgsql', '{"n":100000}');
SELECT limits.try('rows_allowed', '{"n":100000}');
SELECT limits.try('rows_allowed', '{"n":100001}');
SELECT limits.try('rows', '{"n":0}');
-- numbers
SELECT limits.try('int8', n) FROM unnest('{"{\"n\":9007199254740991}","{\"n\":-9007199254740991}","{\"n\":9007199254740992}","{\"n\":-9223372036854775808}"}'::text[]) n;
SELECT limits.try('int8_text', n) FROM unnest('{"{\"n\":9223372036854775807}","{\"n\":-9223372036854775808}","{\"n\":9223372036854775808}","{\"n\":1e3}","{\"n\":-0}","{\"n\":1.5}"}'::text[]) n;
SELECT limits.try('float8', f) FROM unnest('{"{\"f\":\"NaN\"}","{\"f\":\"Infinity\"}","{\"f\":\"-Infinity\"}","{\"f\":1.7976931348623157e308}","{\"f\":5e-324}","{\"f\":1e309}","{\"f\":-0.0}","{\"f\":\"inf\"}","{\"f\":\"1\"}"}'::text[]) f;
SELECT limits.try('float4', f) FROM unnest('{"{\"f\":\"NaN\"}","{\"f\":3.4028235e38}","{\"f\":1e39}","{\"f\":1e-50}"}'::text[]) f;
SELECT limits.try('exact', n) FROM unnest('{"{\"n\":\"NaN\"}","{\"n\":\"Infinity\"}","{\"n\":1e131071}","{\"n\":1e131072}","{\"n\":0.10}","{\"n\":\"-0\"}"}'::text[]) n;
-- arrays of several dimensions
SELECT limits.try('cube', a) FROM unnest(ARRAY['{"a":[[[1,2],[3,4]],[[5,6],[7,null]]]}', '{"a":[[1],[2,3]]}', '{"a":[[],[]]}', '{"a":[[1],2]}', '{"a":[[[[[[[1]]]]]]]}', '{"a":[[[[[[1]]]]]]}']) a;
SELECT limits.try('texts', '{"a":[["a","{\"b\"}"],["\\",null]]}');
-- a label that is renamed or added while this backend remembers the old ones
SELECT limits.try('feel', '{"m":"sad","ms":["happy","sad"]}');
COMMIT;
ALTER TYPE limits.mood RENAME VALUE 'sad' TO 'gloomy';
ALTER TYPE limits.mood ADD VALUE 'calm';
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT limits.try('feel', '{"m":"gloomy","ms":["happy","calm"]}');
SELECT limits.try('feel', '{"m":"sad","ms":["sad"]}');
COMMIT;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA limits CASCADE;
DROP ROLE regress_limits_owner;
