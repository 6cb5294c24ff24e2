-- What is known of the old row under each replica identity.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE by_key (id int PRIMARY KEY, a int NOT NULL, b text);
CREATE TABLE by_full (id int PRIMARY KEY, a int NOT NULL, b text);
ALTER TABLE by_full REPLICA IDENTITY FULL;
CREATE TABLE by_index (id int PRIMARY KEY, a int NOT NULL, b text);
CREATE UNIQUE INDEX by_index_a ON by_index (a);
ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_a;
CREATE TABLE by_nothing (id int PRIMARY KEY, a int NOT NULL, b text);
ALTER TABLE by_nothing REPLICA IDENTITY NOTHING;
CREATE TABLE no_key (id int, a int NOT NULL, b text);
CREATE TABLE deferrable_key (id int PRIMARY KEY DEFERRABLE, a int NOT NULL, b text);
CREATE TABLE two_columns (b text, a int, id int, PRIMARY KEY (id, a));
CREATE FUNCTION all_changes(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO %s (id, a, b) VALUES (1, 1, ''x'')', target);
  EXECUTE format('UPDATE %s SET b = NULL', target);
  EXECUTE format('UPDATE %s SET id = 2', target);
  EXECUTE format('UPDATE %s SET a = 2', target);
  EXECUTE format('DELETE FROM %s', target);
END $$;
SELECT skip();

SELECT announce('{by_key,by_full,by_index,by_nothing,no_key,deferrable_key,two_columns}');
SELECT all_changes('by_key');
SELECT * FROM changes();
SELECT announce('{by_full}');
SELECT all_changes('by_full');
SELECT * FROM changes();
SELECT announce('{by_index}');
SELECT all_changes('by_index');
SELECT * FROM changes();
SELECT announce('{by_nothing}');
SELECT all_changes('by_nothing');
SELECT * FROM changes();
SELECT announce('{no_key}');
SELECT all_changes('no_key');
SELECT * FROM changes();
SELECT announce('{deferrable_key}');
SELECT all_changes('deferrable_key');
SELECT * FROM changes();
SELECT announce('{two_columns}');
SELECT all_changes('two_columns');
SELECT * FROM changes();

-- The old key of a key update is that of the row before, in every way.
SELECT announce('{by_key}');
INSERT INTO by_key VALUES (1, 1, 'x');
UPDATE by_key SET id = 2;
UPDATE by_key SET b = 'y';
SELECT r->>'kind' AS kind, (r->>'old_key') = first_value(r->>'new_key') OVER (ORDER BY n) AS old_is_inserted,
       r->'old'->0->>'eq' = lpad(to_hex(eq(1)), 16, '0') AS old_eq_1, r->'old'->0->>'eq' = lpad(to_hex(eq(2)), 16, '0') AS old_eq_2,
       r->'new'->0->>'eq' = lpad(to_hex(eq(2)), 16, '0') AS new_eq_2
FROM raw_changes() WHERE r->>'record' = 'row' ORDER BY n;

-- An identity that changes within a transaction counts from there on.
BEGIN;
SELECT announce('{by_key}');
UPDATE by_key SET b = 'z';
ALTER TABLE by_key REPLICA IDENTITY FULL;
UPDATE by_key SET b = 'w';
COMMIT;
SELECT * FROM changes();
\i sql/support/change_set_end.psql
