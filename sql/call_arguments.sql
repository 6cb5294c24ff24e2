-- JSON arguments against the signature: what is taken, and every way to be wrong, all at once and each with its path.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_arguments_owner;
CREATE SCHEMA arguments AUTHORIZATION regress_arguments_owner;
SET ROLE regress_arguments_owner;
SET search_path = arguments;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE DOMAIN short AS varchar(3);
CREATE DOMAIN must AS int NOT NULL;
CREATE TYPE pair AS (a int, b email, c varchar(3));
CREATE FUNCTION echo_scalars(b bool DEFAULT NULL, i2 int2 DEFAULT NULL, i4 int DEFAULT NULL, i8 int8 DEFAULT NULL, f4 real DEFAULT NULL, f8 float8 DEFAULT NULL,
    n numeric DEFAULT NULL, t text DEFAULT NULL, u uuid DEFAULT NULL, m mood DEFAULT NULL, e email DEFAULT NULL, s short DEFAULT NULL) RETURNS jsonb
  STABLE LANGUAGE sql AS $$ SELECT jsonb_strip_nulls(jsonb_build_object('b', b, 'i2', i2, 'i4', i4, 'i8', i8::text, 'f4', f4, 'f8', f8, 'n', n::text, 't', t, 'u', u, 'm', m, 'e', e, 's', s)) $$;
CREATE FUNCTION echo_times(z timestamptz DEFAULT NULL, p timestamp DEFAULT NULL, d date DEFAULT NULL, t time DEFAULT NULL, i interval DEFAULT NULL)
  RETURNS TABLE (z timestamptz, p timestamp, d date, t time, i interval) STABLE LANGUAGE sql
  AS 'SELECT echo_times.z, echo_times.p, echo_times.d, echo_times.t, echo_times.i';
CREATE FUNCTION echo_others(b bytea DEFAULT NULL, j json DEFAULT NULL, jb jsonb DEFAULT NULL, r int4range DEFAULT NULL, ip inet DEFAULT NULL, a int[] DEFAULT NULL, ja jsonb[] DEFAULT NULL, ma mood[] DEFAULT NULL, p pair DEFAULT NULL, pp pair[] DEFAULT NULL)
  RETURNS TABLE (b bytea, j json, jb jsonb, r int4range, ip inet, a int[], ja jsonb[], ma mood[], p pair, pp pair[]) STABLE LANGUAGE sql
  AS 'SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10';
CREATE FUNCTION required(a int, _b int DEFAULT 5, p_c int DEFAULT NULL, d int DEFAULT 1 + 1) RETURNS text STABLE LANGUAGE sql
  AS $$ SELECT format('%s %s %s %s', a, _b, p_c, d) $$;
CREATE FUNCTION variadic_sum(VARIADIC numbers int[]) RETURNS bigint STABLE LANGUAGE sql AS 'SELECT sum(n) FROM unnest(numbers) n';
CREATE FUNCTION needs(m must) RETURNS int STABLE LANGUAGE sql AS 'SELECT m';
SELECT count(*) FROM freshet.expose_module('arguments', public => true);
RESET ROLE;
CREATE FUNCTION arguments.try(path text, args text) RETURNS TABLE (answer text) LANGUAGE sql AS $$
  SELECT COALESCE(value, error::jsonb ->> 'code' || COALESCE(E'\n  ' || (SELECT string_agg(p::text, E'\n  ') FROM jsonb_array_elements(error::jsonb -> 'problems') p), ': ' || (error::jsonb ->> 'message')))
    FROM freshet.run_queries(format('[{"path":"arguments.%s","args":%s}]', path, args)) WHERE ordinal = 1 $$;
\pset format unaligned
\pset tuples_only on
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
-- taken
SELECT arguments.try('echo_scalars', '{"b":true,"i2":-32768,"i4":2147483647,"i8":-9223372036854775808,"f4":1.5,"f8":1e300,"n":"1.50","t":"a\u00e9\ud83d\ude00\"","u":"00000000-0000-0000-0000-000000000001","m":"happy","e":"a@b","s":"abc"}');
SELECT arguments.try('echo_scalars', '{"n":12345678901234567890.12345678901234567890,"f8":"NaN","f4":"-Infinity","i4":null}');
SELECT arguments.try('echo_scalars', ' { } ');
SELECT arguments.try('echo_times', '{"z":"2024-02-29T12:30:00.500000+02:00","p":"2024-02-29T12:30:00","d":"0044-03-15 BC","t":"23:59:59.9","i":"1 day 02:00:00"}');
SELECT arguments.try('echo_times', '{"z":"infinity","p":"-infinity"}');
SELECT arguments.try('echo_others', '{"b":"AP8Q","j":{"a": 1.10},"jb":[1.10, null],"r":"[1,5)","ip":"10.0.0.1","a":[[1,2],[3,null]],"ja":[[1],{"a":1}],"ma":["sad","happy"],"p":{"a":1,"b":"x@y","c":"abc"},"pp":[{"a":1},null]}');
SELECT arguments.try('required', '{"a":1}');
SELECT arguments.try('required', '{"a":1,"b":2,"c":null,"d":4}');
SELECT arguments.try('variadic_sum', '{"numbers":[1,2,3]}');
SELECT arguments.try('needs', '{"m":1}');
-- names
SELECT arguments.try('required', '{"_b":1,"x":2,"d":null}');
SELECT arguments.try('required', '[1]');
SELECT arguments.try('required', '"x"');
-- wrong JSON type, all at once
SELECT arguments.try('echo_scalars', '{"b":1,"i2":"1","i4":1.0,"i8":true,"f4":"1","f8":[],"n":{},"t":1,"u":2,"m":3,"e":4,"s":5}');
-- out of range, bad labels, failed checks, all at once
SELECT arguments.try('echo_scalars', '{"i2":32768,"i4":-2147483649,"i8":9223372036854775808,"f4":1e60,"f8":1e400,"n":"1,5","u":"xyz","m":"angry","e":"nobody","s":"abcd"}');
SELECT arguments.try('echo_times', '{"z":"now","p":"tomorrow","d":"2024-02-30","t":"25:00","i":"one"}');
SELECT arguments.try('echo_others', '{"b":"***","jb":null,"r":"[5,1)","ip":"x","a":[[1,2],[3]],"ma":["sad","mad"],"p":{"a":"1","b":"x","d":1},"pp":[{"a":1},{"a":true},7]}');
SELECT arguments.try('echo_others', '{"a":[[]],"pp":{}}');
SELECT arguments.try('echo_others', '{"a":[1,[2]]}');
SELECT arguments.try('needs', '{"m":null}');
SELECT arguments.try('needs', '{}');
-- what is not JSON, or not the JSON that is taken
SELECT error FROM freshet.run_queries('[{"path":"arguments.needs","args":{"m":1,"m":2}}]') WHERE ordinal > 0;
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT error FROM freshet.call(NULL, NULL, NULL, 'arguments.x', '{"a":1,"a":2}', NULL);
SELECT error FROM freshet.call(NULL, NULL, NULL, 'arguments.x', '{"a":"\u0000"}', NULL);
SELECT error FROM freshet.call(NULL, NULL, NULL, 'arguments.x', '{"a":"\ud800"}', NULL);
SELECT error FROM freshet.call(NULL, NULL, NULL, 'arguments.x', '{"a":01}', NULL);
SELECT error FROM freshet.call(NULL, NULL, NULL, 'arguments.x', repeat('[', 65) || repeat(']', 65), NULL);
SELECT error FROM freshet.call(NULL, NULL, NULL, 'arguments.x', '{"a":1} x', NULL);
SELECT error FROM freshet.call(NULL, NULL, NULL, 'arguments.x', '{"a":"unterminated', NULL);
SELECT error FROM freshet.call(NULL, NULL, NULL, 'arguments.x', '', NULL);
COMMIT;
\pset tuples_only off
\pset format aligned
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA arguments CASCADE;
DROP ROLE regress_arguments_owner;
