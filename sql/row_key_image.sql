-- The image of a value is that of its bytes, however it is stored, and differs where equality does not.
\set ECHO none
\i sql/support/row_key.psql
\set ECHO all
CREATE TABLE stored (how text, value text);
ALTER TABLE stored ALTER value SET STORAGE plain;
INSERT INTO stored VALUES ('plain', repeat('abc', 900)), ('short', 'abc');
ALTER TABLE stored ALTER value SET STORAGE extended;
INSERT INTO stored VALUES ('compressed', repeat('abc', 900));
ALTER TABLE stored ALTER value SET STORAGE external;
INSERT INTO stored VALUES ('external', repeat('abc', 900));
SELECT how, pg_column_size(value) < 100 AS compressed, image(value) = image(repeat('abc', 900)) AS same_image
FROM stored ORDER BY how;
SELECT image(value) = image('abc'::text) AS short_header FROM stored WHERE how = 'short';
CREATE TABLE big (c text, e text);
ALTER TABLE big ALTER e SET STORAGE external;
INSERT INTO big SELECT string_agg(md5(i::text), ''), string_agg(md5(i::text), '') FROM generate_series(1, 2000) i;
SELECT image(c) = image(e) AS out_of_line, image(c) = image((SELECT string_agg(md5(i::text), '') FROM generate_series(1, 2000) i)) AS as_computed
FROM big;

-- Equal is not the same.
SELECT image(1.0) = image(1.00) AS numeric_scale, image(float8 '0') = image(float8 '-0') AS zero_sign,
       image('a '::char(3)) = image('a'::char(2)) AS padding, image('a'::text) = image('A'::text) AS text_case,
       image(interval '1 month') = image(interval '30 days') AS interval_unit;
-- Another key, another image.
SELECT image('a'::text) = image('a'::text, 'ff0102030405060708090a0b0c0d0e0f') AS other_key,
       image('a'::text) = image('a'::text) AS one_key;
-- The published vector of SipHash-2-4-128 for the empty message under the key 00 … 0f.
SELECT image(''::text);
-- Each kind of storage: by value, fixed length, cstring, varlena.
SELECT image(true) = image(true) AS by_value, image(1::int2) <> image(1::int4) AS of_its_length,
       image('08:00:2b:01:02:03'::macaddr) = image('08:00:2b:01:02:03'::macaddr) AS fixed,
       image('x'::name) = image('x'::name) AS name;

-- Postgres' own hashes can be made to collide by whoever writes the data; images cannot.
SELECT image(0::float8) = image(0::int8) AS same_bytes, image(1::int8) = image(2::int8) AS different_bytes;
SET client_min_messages = warning;
DROP SCHEMA row_key_test CASCADE;
