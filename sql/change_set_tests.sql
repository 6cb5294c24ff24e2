-- The plugin evaluates the conditions that read sets bring along, where all that they are computed from is known.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE FUNCTION capture_start(bytea) RETURNS void STABLE LANGUAGE c AS '$libdir/freshet', 'freshet_test_capture_start';
CREATE FUNCTION capture_finish() RETURNS bytea STABLE LANGUAGE c AS '$libdir/freshet', 'freshet_test_capture_finish';
-- The one test in the read set of a query, as interest announces it: its number, the part `eq`, the expression.
CREATE FUNCTION test_of(query text) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE reads bytea; at int; size int;
BEGIN
  PERFORM capture_start('\x000102030405060708090a0b0c0d0e0f');
  EXECUTE query;
  reads := capture_finish();
  at := position('{'::bytea IN reads);
  size := (get_byte(reads, at - 3) & 127) + (get_byte(reads, at - 2) << 7);
  RETURN substring(reads FROM at - 12 FOR 9) || byte(1) || substring(reads FROM at - 2 FOR 2 + size);
END $$;
CREATE FUNCTION announce_tests(target regclass, VARIADIC queries text[]) RETURNS void LANGUAGE sql AS $$
  SELECT send(seal('000102030405060708090a0b0c0d0e0f', 'I', var(1) || byte(0) || var(1) || var(target::oid::bigint) || var(cardinality(queries))
                   || (SELECT string_agg(test_of(q), '') FROM unnest(queries) q))) $$;
CREATE FUNCTION outcomes(columns json) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(CASE WHEN c->>'state' = 'known' THEN CASE c->>'eq' WHEN '0000000000000001' THEN 'true' ELSE 'false' END ELSE c->>'state' END, ' ' ORDER BY (c->>'column')::bigint), '-')
  FROM json_array_elements(columns) c $$;
CREATE FUNCTION tested() RETURNS TABLE (kind text, old text, new text) LANGUAGE sql AS $$
  SELECT r->>'kind', outcomes(r->'old'), outcomes(r->'new') FROM raw_changes() WHERE r->>'record' = 'row' ORDER BY n $$;
CREATE TABLE item (id int PRIMARY KEY, tags text[], body text, n int);
SELECT skip();
SELECT announce_tests('item', 'SELECT FROM item WHERE tags @> ''{red}''');
INSERT INTO item VALUES (1, '{red,blue}'), (2, '{blue}'), (3, NULL);
UPDATE item SET tags = '{red}' WHERE id = 2;
DELETE FROM item WHERE id = 1;
SELECT * FROM tested();
\echo all of an old row that is known by all its values; a long value that was not logged is unknown
ALTER TABLE item REPLICA IDENTITY FULL;
SELECT skip();
SELECT announce_tests('item', 'SELECT FROM item WHERE tags @> ''{red}''');
UPDATE item SET tags = '{blue}' WHERE id = 2;
DELETE FROM item WHERE id = 3;
SELECT * FROM tested();
ALTER TABLE item ALTER body SET STORAGE EXTERNAL, REPLICA IDENTITY DEFAULT;
UPDATE item SET body = repeat('x', 4000) || 'y';
SELECT skip();
SELECT announce_tests('item', 'SELECT FROM item WHERE body LIKE ''%y''');
UPDATE item SET n = 1;
UPDATE item SET body = 'xy';
SELECT * FROM tested();
\echo an error leaves it unknown
SELECT announce_tests('item', 'SELECT FROM item WHERE 10 / (n - 5) > 1');
INSERT INTO item VALUES (7, NULL, NULL, 5), (8, NULL, NULL, 6);
SELECT * FROM tested();
\echo a column of another type, or none any more, leaves nothing to evaluate
SELECT announce_tests('item', 'SELECT FROM item WHERE n % 2 = 0');
ALTER TABLE item ALTER n TYPE bigint;
INSERT INTO item VALUES (9, NULL, NULL, 6);
SELECT * FROM tested();
\echo what nobody would send is not evaluated: a regular expression instead of a comparison
SELECT announce_tests('item', 'SELECT FROM item WHERE body LIKE ''%z''');
INSERT INTO item VALUES (10, NULL, 'z', 6);
SELECT * FROM tested();
SELECT send(seal('000102030405060708090a0b0c0d0e0f', 'I', var(1) || byte(0) || var(1) || var('item'::regclass::oid::bigint) || var(1)
  || substring(t FROM 1 FOR 12) || convert_to(regexp_replace(convert_from(substring(t FROM 13), 'UTF8'), ':opno 1209 :opfuncid 850', ':opno 0641 :opfuncid 000'), 'UTF8')))
FROM test_of('SELECT FROM item WHERE body LIKE ''%z''') t;
INSERT INTO item VALUES (11, NULL, 'z', 6);
SELECT * FROM tested();
\i sql/support/change_set_end.psql
