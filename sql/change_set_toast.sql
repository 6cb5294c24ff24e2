-- Values stored out of line: what an update leaves alone is unchanged, never null, and never taken for anything else.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE FUNCTION big(seed int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
  SELECT string_agg(md5(seed::text || i::text), '') FROM generate_series(1, 300) i $$;
CREATE TABLE doc (id int PRIMARY KEY, n int, body text, small text);
ALTER TABLE doc ALTER body SET STORAGE external;
SELECT skip();

SELECT announce('{doc}');
INSERT INTO doc VALUES (1, 1, big(1), 's'), (2, 1, repeat('compressible', 1000), 's'), (3, 1, NULL, 's');
UPDATE doc SET n = 2 WHERE id = 1;
UPDATE doc SET n = 2 WHERE id = 2;
UPDATE doc SET n = 2 WHERE id = 3;
UPDATE doc SET body = big(2) WHERE id = 1;
UPDATE doc SET body = NULL WHERE id = 1;
UPDATE doc SET id = 5 WHERE id = 2;
DELETE FROM doc WHERE id = 5;
SELECT * FROM changes();

-- What is set is seen whole, also when the same bytes are set again.
SELECT announce('{doc}');
UPDATE doc SET body = big(3) WHERE id = 3;
UPDATE doc SET body = big(3) || '' WHERE id = 3;
SELECT r->>'kind' AS kind, c->>'state' AS state, c->>'image' = encode(image(big(3)), 'hex') AS image
FROM raw_changes(), json_array_elements(r->'new') c WHERE r->>'record' = 'row' AND c->>'name' = 'body' ORDER BY n;

-- With the whole old row the value is known after all.
ALTER TABLE doc REPLICA IDENTITY FULL;
SELECT announce('{doc}');
UPDATE doc SET n = 3 WHERE id = 3;
SELECT a->>'image' = b->>'image' AS unchanged, b->>'image' = encode(image(big(3)), 'hex') AS image
FROM raw_changes(), LATERAL (SELECT r->'old'->2 AS a, r->'new'->2 AS b) v WHERE r->>'record' = 'row';
SELECT announce('{doc}');
UPDATE doc SET n = 4 WHERE id = 3;
DELETE FROM doc WHERE id = 3;
SELECT * FROM changes();

-- A key that is stored out of line is logged by every update; it has not changed for that.
CREATE TABLE big_key (id text PRIMARY KEY, n int, pad text);
ALTER TABLE big_key ALTER id SET STORAGE external;
ALTER TABLE big_key ALTER pad SET STORAGE plain;
SELECT skip();
SELECT announce('{big_key}');
INSERT INTO big_key VALUES (left(big(4), 2400), 1, repeat('p', 1000));
UPDATE big_key SET n = 2;
UPDATE big_key SET id = left(big(5), 2400);
DELETE FROM big_key;
SELECT * FROM changes();
\i sql/support/change_set_end.psql
