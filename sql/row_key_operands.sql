-- Operands of another type are coded as the column is, or refused.
\set ECHO none
\i sql/support/row_key.psql
\set ECHO all
-- Integers of any width.
SELECT operand_eq(1::int8, 5::int4) = eq(5::int8) AS int4_for_int8, operand_eq(1::int4, 5::int8) = eq(5::int4) AS int8_for_int4,
       operand_eq(1::int2, (-5)::int8) = eq((-5)::int2) AS int8_for_int2;
SELECT bool_and((a < b) = (ord(a) < operand_ord(a, b))) AS ordered
FROM unnest('{-32768,-1,0,1,32767}'::int2[]) a, unnest('{-9223372036854775808,-32769,-1,0,1,32768,9223372036854775807}'::int8[]) b;
-- Floats of both widths.
SELECT bool_and((a < b) = (ord(a) < operand_ord(a, b))) AS ordered,
       bool_and(a <> b OR eq(a) = operand_eq(a, b)) AS equal
FROM unnest('{-Infinity,-1.5,-0,0,0.1,1.5,NaN,Infinity}'::float4[]) a,
     unnest('{-Infinity,-1.5,-0,0,0.1,0.10000000149011612,1.5,NaN,Infinity}'::float8[]) b;
-- Text, varchar and name.
SELECT operand_eq('x'::text, 'x'::varchar) = eq('x'::text) AS varchar_for_text,
       operand_eq('x'::name, 'x'::text) = eq('x'::name) AS text_for_name,
       operand_eq('x'::text, 'x'::name) = eq('x'::text) AS name_for_text,
       operand_ord('x'::name, 'x'::text) = ord('x'::name) AS ordered;
CREATE COLLATION nd (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT operand_eq('x'::text COLLATE nd, 'X'::text) = eq('x'::text COLLATE nd) AS nd_text,
       operand_eq('x'::text COLLATE nd, 'x'::name) IS NULL AS nd_name_refused;
-- Domains count as what they are made of.
CREATE DOMAIN small AS int2;
SELECT operand_eq(7::int8, 7::small) = eq(7::int8) AS domain_operand, operand_eq(7::small, 7::int8) = eq(7::int8) AS domain_column;
-- What does not compare exactly is refused: the caller widens.
SELECT operand_ord(date '2026-01-01', timestamp '2026-01-01') IS NULL AS date_timestamp,
       operand_eq(date '2026-01-01', timestamp '2026-01-01') IS NULL AS date_timestamp_eq,
       operand_ord(timestamp '2026-01-01', timestamptz '2026-01-01') IS NULL AS timestamp_timestamptz,
       operand_ord(1::int8, 1.0::numeric) IS NULL AS int_numeric, operand_eq(1::int8, 1.0::numeric) IS NULL AS int_numeric_eq,
       operand_ord(1::int8, 1.0::float8) IS NULL AS int_float, operand_eq('x'::text, 'x'::char(3)) IS NULL AS text_bpchar,
       operand_ord(1::oid, 1::int4) IS NULL AS oid_int;
CREATE TYPE m1 AS ENUM ('a'); CREATE TYPE m2 AS ENUM ('a');
SELECT operand_ord('a'::m1, 'a'::m2) IS NULL AS other_enum;

-- Which operators mean what.
SELECT is_equality('int8', 0, '=(int8,int8)', 0) AS own, is_equality('int8', 0, '=(int8,int4)', 0) AS cross_width,
       is_equality('int8', 0, '=(int4,int8)', 0) AS column_on_the_right, is_equality('int8', 0, '<(int8,int8)', 0) AS less,
       is_equality('int8', 0, '=(numeric,numeric)', 0) AS other_family;
SELECT is_equality('text', 'nd'::regcollation, '=(text,text)', 'nd'::regcollation) AS same_nd,
       is_equality('text', 'nd'::regcollation, '=(text,text)', '"C"'::regcollation) AS nd_column_c_expression,
       is_equality('text', '"C"'::regcollation, '=(text,text)', 'nd'::regcollation) AS c_column_nd_expression,
       is_equality('text', '"C"'::regcollation, '=(text,text)', '"en-x-icu"'::regcollation) AS both_deterministic;
SELECT strategy('int8', 0, '<(int8,int4)', 0) AS lt, strategy('int8', 0, '<=(int8,int8)', 0) AS le, strategy('int8', 0, '=(int8,int8)', 0) AS eq,
       strategy('int8', 0, '>=(int8,int2)', 0) AS ge, strategy('int8', 0, '>(int8,int8)', 0) AS gt, strategy('int8', 0, '<(int4,int8)', 0) AS column_on_the_right,
       strategy('jsonb', 0, '<(jsonb,jsonb)', 0) AS no_key;
SELECT strategy('text', '"C"'::regcollation, '<(text,text)', '"C"'::regcollation) AS c,
       strategy('text', '"C"'::regcollation, '<(text,text)', '"en-x-icu"'::regcollation) AS icu_expression,
       strategy('text', '"en-x-icu"'::regcollation, '<(text,text)', '"C"'::regcollation) AS icu_column,
       strategy('text', '"C"'::regcollation, '~<~(text,text)', '"C"'::regcollation) AS pattern_operator;
SET client_min_messages = warning;
DROP SCHEMA row_key_test CASCADE;
