-- Values that are equal for their type have one equality hash, and keys sort as the type's btree operators do.
\set ECHO none
\i sql/support/row_key.psql
\set ECHO all
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok';
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN small AS int CHECK (VALUE < 1000);
CREATE DOMAIN smaller AS small;

SELECT type, c.* FROM (VALUES
  ('bool', '{t,f}'),
  ('int2', '{0,-1,1,32767,-32768}'),
  ('int4', '{0,-1,1,255,256,2147483647,-2147483648}'),
  ('int8', '{0,-1,1,65536,9223372036854775807,-9223372036854775808}'),
  ('oid', '{0,1,2147483647,2147483648,4294967295}'),
  ('regclass', '{pg_class,pg_type,pg_proc}'),
  ('xid8', '{0,1,18446744073709551615}'),
  ('pg_lsn', '{0/0,1/0,0/FFFFFFFF,FFFFFFFF/0}'),
  ('"char"', '{a,b,Z,"\\200","\\377",""}'),
  ('float4', '{0,-0,1,-1,NaN,Infinity,-Infinity,1e-40,-1e-40,3.4e38,1.5}'),
  ('float8', '{0,-0,1,-1,NaN,Infinity,-Infinity,5e-324,-5e-324,1.7e308,0.1,1.5}'),
  ('numeric', '{0,-0,0.0,0.00,1,1.0,1.00,-1,-1.0,-1.00000001,-1.0001,10000,9999,9999.9999,10000.0001,-9999,-10000,1e-30,-1e-30,
                1e300,-1e300,123456789012345678901234567890.123,0.0001,0.00010,0.00011,1.00010001,1.0001,NaN,Infinity,-Infinity}'),
  ('money', '{0,1,-1,92233720368547758.07}'),
  ('date', '{2026-11-22,1999-12-31,infinity,-infinity,4713-01-01 BC,5874897-01-01}'),
  ('timestamp', '{2026-11-22 10:00,2026-11-22 10:00:00.000001,infinity,-infinity,1969-12-31}'),
  ('timestamptz', '{2026-11-22 10:00+00,2026-11-22 11:00+01,infinity,-infinity,1969-12-31}'),
  ('time', '{00:00,24:00,12:34:56.789}'),
  ('timetz', '{10:00+00,11:00+01,10:00+01,09:00-01,23:59-15:59,00:00+15:59}'),
  ('interval', '{1 month,30 days,720 hours,29 days,-1 month,1 day,24:00,25:00,178000000 years,-178000000 years,0}'),
  ('uuid', '{00000000-0000-0000-0000-000000000000,80000000-0000-0000-0000-000000000000,7fffffff-ffff-ffff-ffff-ffffffffffff}'),
  ('bytea', '{"",\\x00,\\x0000,\\x01,\\xff,\\xff00,\\x7f}'),
  ('text', '{"",a,ab,"a ",b,A,B,"a\t","é","aa"}'),
  ('varchar(5)', '{"",a,ab,"a ",b,A}'),
  ('char(5)', '{"",a,"a ","a   ",ab,b,A," "}'),
  ('name', '{"",a,ab,b,A}'),
  ('mood', '{sad,meh,ok,happy}'),
  ('macaddr', '{08:00:2b:01:02:03,08:00:2b:01:02:04,00:00:00:00:00:00,ff:ff:ff:ff:ff:ff}'),
  ('macaddr8', '{08:00:2b:01:02:03:04:05,ff:ff:ff:ff:ff:ff:ff:ff,00:00:00:00:00:00:00:00}'),
  ('smaller', '{1,-5,999}'),
  ('pair', '{"(1,a)","(1,b)","(1,)","(,)"}'),
  ('int[]', '{"{}","{1}","{1,2}","{NULL}"}'),
  ('numeric[]', '{"{1.0}","{1.00}","{1}","{2}"}'),
  ('pair[]', '{"{}","{\"(1,a)\"}","{\"(2,a)\"}"}'),
  ('int4range', '{empty,"[1,2]","[1,3)","(,)","[1,)"}'),
  ('int4multirange', '{"{}","{[1,2]}","{[1,3)}","{[1,3),[5,6)}"}'),
  ('numrange', '{"[1.0,2.0)","[1,2)","[1,2]"}'),
  ('jsonb', '{"{}","{\"a\": 1.0}","{\"a\": 1.00}","{\"a\": 1}","[1]","null"}'),
  ('inet', '{10.0.0.0/8,10.0.0.0/16,10.0.0.1,::1,::1/128,192.168.0.1/32}'),
  ('cidr', '{10.0.0.0/8,10.0.0.0/16}')
) AS t(type, vals), LATERAL check_type(type, vals::text[]) c;

-- Random values, many of them close to each other.
SELECT setseed(0.25);
SELECT type, c.pairs, c.eq_wrong, c.order_wrong FROM (
  SELECT 'numeric' AS type, array_agg(((random() - 0.5) * 10 ^ (random() * 12)::int)::numeric(40, 9) * (10::numeric ^ ((random() * 40)::int - 20)) || '') AS vals
    FROM generate_series(1, 250)
  UNION ALL SELECT 'numeric', array_agg((CASE WHEN random() < 0.5 THEN '-' ELSE '' END) || (random() * 3)::int || '.' || repeat('0', (random() * 9)::int) || (random() * 2)::int)
    FROM generate_series(1, 250)
  UNION ALL SELECT 'float8', array_agg(((random() - 0.5) * 10 ^ ((random() * 60)::int - 30)) || '') FROM generate_series(1, 250)
  UNION ALL SELECT 'float4', array_agg(((random() - 0.5) * 10 ^ ((random() * 30)::int - 15))::float4 || '') FROM generate_series(1, 250)
  UNION ALL SELECT 'int8', array_agg(((random() - 0.5) * 2 ^ (random() * 63))::int8 || '') FROM generate_series(1, 250)
  UNION ALL SELECT 'interval', array_agg(((random() * 5)::int - 2) || ' months ' || ((random() * 90)::int - 45) || ' days ' || ((random() * 50)::int - 25) || ' hours')
    FROM generate_series(1, 250)
  UNION ALL SELECT 'timetz', array_agg(((random() * 23)::int) || ':00' || to_char((random() * 24)::int - 12, 'SG00')) FROM generate_series(1, 250)
  UNION ALL SELECT 'text', array_agg(left('aaé b', (random() * 5)::int) || left('ab', (random() * 2)::int)) FROM generate_series(1, 250)
  UNION ALL SELECT 'char(8)', array_agg(left('aa b', (random() * 4)::int) || left('  b', (random() * 3)::int)) FROM generate_series(1, 250)
  UNION ALL SELECT 'bytea', array_agg('\x' || left('00ff0001', 2 * (random() * 4)::int)) FROM generate_series(1, 250)
) AS t, LATERAL check_type(type, vals) c;

-- Types without a hash or without an exact key are refused, not guessed.
SELECT eq('1'::json) IS NULL AS json, eq('<a/>'::xml) IS NULL AS xml, eq(point '(1,2)') IS NULL AS point,
       ord(jsonb '1') IS NULL AS jsonb,ord(int4range '[1,2)') IS NULL AS range, ord('{1}'::int[]) IS NULL AS array;
CREATE TYPE with_point AS (a int, p point);
SELECT eq(ROW(1, '(1,2)')::with_point) IS NULL AS composite_of_unhashable,
       eq(ARRAY[point '(1,2)']) IS NULL AS array_of_unhashable;

-- An operator class whose hash function is not compiled code cannot be used while decoding.
CREATE TYPE odd;
CREATE FUNCTION odd_in(cstring) RETURNS odd IMMUTABLE STRICT LANGUAGE internal AS 'int4in';
CREATE FUNCTION odd_out(odd) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'int4out';
CREATE TYPE odd (INPUT = odd_in, OUTPUT = odd_out, LIKE = int4);
CREATE FUNCTION odd_eq(odd, odd) RETURNS bool IMMUTABLE STRICT LANGUAGE internal AS 'int4eq';
CREATE OPERATOR = (LEFTARG = odd, RIGHTARG = odd, FUNCTION = odd_eq, HASHES);
CREATE FUNCTION odd_hash(odd) RETURNS int IMMUTABLE STRICT LANGUAGE internal AS 'hashint4';
CREATE FUNCTION odd_hash_sql(odd, int8) RETURNS int8 IMMUTABLE STRICT LANGUAGE sql AS 'SELECT 1::int8';
SELECT eq('5'::odd) IS NULL AS before_the_class;
CREATE OPERATOR CLASS odd_ops DEFAULT FOR TYPE odd USING hash AS
  OPERATOR 1 =, FUNCTION 1 odd_hash(odd), FUNCTION 2 odd_hash_sql(odd, int8);
SELECT eq('5'::odd) IS NULL AS with_sql_function;
DROP OPERATOR CLASS odd_ops USING hash;
DROP OPERATOR FAMILY IF EXISTS odd_ops USING hash;
CREATE FUNCTION odd_hash_c(odd, int8) RETURNS int8 IMMUTABLE STRICT LANGUAGE internal AS 'hashint4extended';
CREATE OPERATOR CLASS odd_ops DEFAULT FOR TYPE odd USING hash AS
  OPERATOR 1 =, FUNCTION 1 odd_hash(odd), FUNCTION 2 odd_hash_c(odd, int8);
SELECT eq('5'::odd) = eq(5) AS with_compiled_function;

-- A new label in the middle is in its place at once; old keys stay.
SELECT ord('meh'::mood) AS meh, ord('ok'::mood) AS ok \gset
ALTER TYPE mood ADD VALUE 'so so' AFTER 'meh';
SELECT ord('so so'::mood) > :'meh'::bytea AND ord('so so'::mood) < :'ok'::bytea AS between;

-- Collations. A non-deterministic one equates what differs in bytes, and has no byte order.
CREATE COLLATION nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT * FROM check_type('text', '{a,A,b,"é","É","e\u0301"}', 'COLLATE nd');
SELECT * FROM check_type('text', '{a,A,b,é,z}', 'COLLATE "en-x-icu"');
SELECT eq('a'::text COLLATE nd) = eq('A'::text COLLATE nd) AS nd_equates,
       eq('a'::text COLLATE "C") = eq('A'::text COLLATE "C") AS c_equates;

-- A type of an extension: equality is its own, its order is not known.
CREATE EXTENSION citext SCHEMA row_key_test;
SELECT * FROM check_type('citext', '{a,A,b,""}');

-- Keys beyond the limit are refused.
SELECT length(ord(repeat('x', 1024))) AS at_limit, ord(repeat('x', 1025)) IS NULL AS beyond,
       ord(('1' || repeat('0', 3000) || '1')::numeric) IS NULL AS long_numeric;

SET client_min_messages = warning;
DROP SCHEMA row_key_test CASCADE;
