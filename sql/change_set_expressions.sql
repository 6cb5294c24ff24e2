-- What an index computes is reported of a row like a column, where all that it is computed from is known.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE FUNCTION expression(regclass, int) RETURNS bigint STRICT LANGUAGE c AS 'freshet', 'freshet_test_expression';
CREATE FUNCTION announce_expressions(target regclass, count int) RETURNS void LANGUAGE sql AS $$
  SELECT send(seal('000102030405060708090a0b0c0d0e0f', 'I', var(1) || byte(0) || var(1) || var(target::oid::bigint) || var(count)
                   || (SELECT string_agg(var(expression(target, i)) || byte(3), '') FROM generate_series(1, count) i))) $$;
CREATE TABLE person (id int PRIMARY KEY, email text, data jsonb, n int);
CREATE INDEX ON person (lower(email));
CREATE INDEX ON person ((data->>'status'), id) WHERE id > 0;
CREATE INDEX ON person ((id * 2));
CREATE INDEX ON person ((10 / n)) WHERE n <> 0;
CREATE FUNCTION mine(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE INDEX ON person (mine(n));
\echo those that may be computed anywhere, by number: another index with the same expression has the same
SELECT count(DISTINCT expression('person', i)) FROM generate_series(1, 10) i;
CREATE INDEX ON person (lower(email) DESC);
SELECT count(DISTINCT expression('person', i)) FROM generate_series(1, 10) i;
SELECT skip();
SELECT announce_expressions('person', 5);
INSERT INTO person VALUES (1, 'Ab', '{"status": "open"}', 1);
UPDATE person SET email = NULL, n = 2 WHERE id = 1;
UPDATE person SET id = 2;
DELETE FROM person;
SELECT * FROM changes();
\echo the value is that of the query
SELECT announce_expressions('person', 5);
INSERT INTO person VALUES (1, 'Ab', '{"status": "open"}', 2);
SELECT c->>'eq' = lpad(to_hex(eq(v)), 16, '0') AS lower, c->>'eq' = lpad(to_hex(eq('open'::text)), 16, '0') AS status,
       c->>'eq' = lpad(to_hex(eq(2)), 16, '0') AS twice, c->>'eq' = lpad(to_hex(eq(5)), 16, '0') AS quotient
FROM raw_changes(), (VALUES ('ab'::text)) v (v), json_array_elements(r->'new') c WHERE r->>'record' = 'row' ORDER BY (c->>'column')::bigint = expression('person', 1), 1, 2, 3, 4;
\echo all of an old row that is known by all its values; a long value that was not logged is unknown
ALTER TABLE person REPLICA IDENTITY FULL;
SELECT skip();
SELECT announce_expressions('person', 5);
UPDATE person SET email = 'X';
ALTER TABLE person ALTER email SET STORAGE EXTERNAL;
ALTER TABLE person REPLICA IDENTITY DEFAULT;
UPDATE person SET email = repeat('x', 4000);
SELECT skip();
SELECT announce_expressions('person', 5);
UPDATE person SET n = 1;
SELECT * FROM changes();
\echo a row that is not in the index for a reason
SELECT announce_expressions('person', 5);
UPDATE person SET n = 0;
SELECT * FROM changes();
\i sql/support/change_set_end.psql
