-- A cursor brings every value of every type that has an order back as it was.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_pages_types_owner;
CREATE SCHEMA pages AUTHORIZATION regress_pages_types_owner;
CREATE SCHEMA kinds AUTHORIZATION regress_pages_types_owner;
GRANT USAGE ON SCHEMA pages TO PUBLIC;
CREATE EXTENSION citext SCHEMA kinds;
\i sql/support/page.psql
SET ROLE regress_pages_types_owner;
CREATE TYPE kinds.mood AS ENUM ('sad', 'calm', 'happy');
CREATE TYPE kinds.pair AS (a int, b text);
CREATE DOMAIN kinds.short AS varchar(8) CHECK (length(VALUE) < 8);
CREATE COLLATION kinds.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE kinds.value (id int PRIMARY KEY, i2 int2, i8 int8, f4 float4, f8 float8, n numeric, b bool, t text, v varchar(9), c char(4), name name, ci kinds.citext, cl text COLLATE kinds.caseless,
  d date, ts timestamp, tz timestamptz, tm time, iv interval, u uuid, by bytea, e kinds.mood, s kinds.short, ip inet, mac macaddr, bits varbit, r int4range, j jsonb, a int[], p kinds.pair, o oid, m money);
INSERT INTO kinds.value VALUES
  (1, -32768, -9007199254740991, '-Infinity', 'NaN', 'NaN', true, 'a', 'b', 'b ', 'x', 'Abc', 'STRASSE', '-infinity', 'infinity', 'infinity', '24:00', '-1 mon 3 days', '00000000-0000-0000-0000-000000000000', '\x00', 'calm', 'a', '10.0.0.1', '08:00:2b:01:02:03', B'101', '[1,5)', '{"a": 1}', '{1,NULL,3}', '(1,)', 1, -5),
  (2, 32767, 9007199254740991, '1e-45', '0.1', '1.50', false, '', '', '', '', 'aBD', 'strasse', '4713-01-01 BC', '0044-03-15 BC', '2024-02-29 12:00:00.000001+00', '00:00', '29 days 24:00', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '', 'sad', '', '10.0.0.0/8', '08:00:2b:01:02:04', B'', 'empty', '"x"', '{}', '(,"a,b")', 4294967295, 0.01),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, 0, 0, '0.1', '0.30000000000000004', '0.0000000000000000000000000000000000000001', true, E'line\nand "quote" \\ ''s', 'ä', 'ä', 'y', 'ä', 'Z', '2024-01-01', '2024-01-01 00:00:00.123456', '-infinity', '12:34:56.789', '1 year', 'a0000000-0000-0000-0000-000000000000', '\xff00', 'happy', 'zz', '::1', '00:00:00:00:00:00', B'1', '(,3]', '[1, 2, {"b": null}]', '{{1,2},{3,4}}', NULL, 0, 1234567.89),
  (5, 0, 0, '0.1', '0.3', '1.5', true, E'\u00e9', 'ä', 'ä', 'y', 'Ä', 'z', '2024-01-01', '2024-01-01 00:00:00.123456', '2024-01-01', '12:34:56.789', '12 mons', 'a0000000-0000-0000-0000-000000000000', '\xff', 'happy', 'ZZ', '::1/64', 'ff:ff:ff:ff:ff:ff', B'01', '[3,)', 'null', '{1}', '(1,"")', 2, 1234567.89);
DO $$
DECLARE
  c record;
BEGIN
  FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = 'kinds.value'::regclass AND attnum > 1 LOOP
    EXECUTE format('CREATE FUNCTION kinds.by_%1$s() RETURNS SETOF kinds.value STABLE LANGUAGE sql AS ''SELECT * FROM kinds.value ORDER BY %1$I, id''', c.attname);
    EXECUTE format('CREATE FUNCTION kinds.down_%1$s() RETURNS SETOF kinds.value STABLE LANGUAGE sql AS ''SELECT * FROM kinds.value ORDER BY %1$I DESC NULLS LAST, id''', c.attname);
    PERFORM freshet.expose('kinds.by_' || c.attname, public => true);
    PERFORM freshet.expose('kinds.down_' || c.attname, public => true);
  END LOOP;
END $$;
RESET ROLE;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT count(*) FROM freshet.functions WHERE path LIKE 'kinds.%';
SELECT f.path, size, pages.walk(f.path, '{}', size) FROM freshet.functions f, generate_series(1, 4) size
 WHERE f.path LIKE 'kinds.%' AND pages.walk(f.path, '{}', size) IS DISTINCT FROM (SELECT value::jsonb FROM freshet.run_queries(format('[{"path":"%s"}]', f.path)) WHERE ordinal = 1);
SELECT f.path, wrong.* FROM freshet.functions f, LATERAL pages.wrong_ranges(f.path, '{}') wrong WHERE f.path LIKE 'kinds.%';
COMMIT;
-- Other tests list what is exposed.
SELECT count(*) FILTER (WHERE freshet.hide(path)) > 0 AS hidden FROM freshet.functions WHERE path LIKE 'kinds.%';
SET client_min_messages = warning;
DROP SCHEMA pages, kinds CASCADE;
