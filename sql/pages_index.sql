-- A page reads its own rows and one more, along an index, wherever it lies; and depends on nothing else.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_pages_index_owner;
CREATE SCHEMA paged AUTHORIZATION regress_pages_index_owner;
SET ROLE regress_pages_index_owner;
SET search_path = paged;
CREATE TABLE author (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE message (id int PRIMARY KEY, channel int NOT NULL, author int NOT NULL REFERENCES author, at timestamptz NOT NULL, edited timestamptz, body text NOT NULL);
INSERT INTO author SELECT i, 'author ' || i FROM generate_series(1, 10) i;
INSERT INTO message
SELECT i, i % 2, 1 + i % 10, '2024-01-01'::timestamptz + (i / 4) * interval '1 second', CASE WHEN i % 5 = 0 THEN '2025-01-01'::timestamptz + (i % 1000) * interval '1 second' END, 'message ' || i
  FROM generate_series(1, 40000) i;
CREATE INDEX message_mixed ON message (channel, at DESC, id);
CREATE INDEX message_edited ON message (channel, edited, id);
CREATE INDEX message_body ON message (body COLLATE "C" text_ops, id);
ANALYZE author, message;
-- one way; the author and a count beside each row
CREATE FUNCTION newest(channel int) RETURNS TABLE (id int, at timestamptz, body text, author jsonb, written bigint) STABLE LANGUAGE sql AS $$
  SELECT m.id, m.at, m.body, jsonb_build_object('id', a.id, 'name', a.name), (SELECT count(*) FROM paged.author o WHERE o.id = m.author)
    FROM paged.message m JOIN paged.author a ON a.id = m.author
   WHERE m.channel = newest.channel
   ORDER BY m.at DESC, m.id DESC $$;
CREATE FUNCTION newest_up(channel int) RETURNS TABLE (id int, at timestamptz) STABLE LANGUAGE sql AS $$
  SELECT m.id, m.at FROM paged.message m WHERE m.channel = newest_up.channel ORDER BY m.at DESC, m.id $$;
CREATE FUNCTION edited(channel int) RETURNS TABLE (id int, edited timestamptz) STABLE LANGUAGE sql AS $$
  SELECT m.id, m.edited FROM paged.message m WHERE m.channel = edited.channel ORDER BY m.edited, m.id $$;
CREATE FUNCTION alphabetical() RETURNS TABLE (id int, body text) STABLE LANGUAGE sql AS $$
  SELECT m.id, m.body FROM paged.message m ORDER BY m.body COLLATE "C", m.id $$;
CREATE FUNCTION declared(channel int) RETURNS SETOF message STABLE LANGUAGE sql AS $$
  SELECT * FROM paged.message m WHERE m.channel = declared.channel $$;
CREATE FUNCTION all_by_id() RETURNS SETOF message STABLE LANGUAGE sql AS $$ SELECT * FROM paged.message m ORDER BY m.id $$;
SELECT count(*) FROM freshet.expose_module('paged', public => true);
SELECT freshet.expose('paged.declared', public => true, order_by => 'at desc, id');
RESET ROLE;
CREATE INDEX message_down ON paged.message (channel, at, id);
CREATE FUNCTION paged.ask(path text, args jsonb, page jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT COALESCE(value, error)::jsonb FROM freshet.run_queries(jsonb_build_array(jsonb_build_object('path', path, 'args', args, 'page', page))::text) WHERE ordinal = 1 $$;
-- Reads `size` rows behind the first `skipped`, then the same rows as a range, and counts what was fetched from the table of messages.
CREATE FUNCTION paged.cost(path text, args jsonb, skipped int, size int) RETURNS TABLE (rows int, fetched bigint, scanned bigint, range_rows int, range_fetched bigint) LANGUAGE plpgsql AS $$
DECLARE
  page jsonb;
  place text;
  before record;
  after record;
BEGIN
  IF skipped > 0 THEN place := paged.ask(path, args, jsonb_build_object('limit', skipped)) ->> 'next'; END IF;
  SELECT seq_tup_read, idx_tup_fetch INTO before FROM pg_stat_xact_user_tables WHERE relid = 'paged.message'::regclass;
  page := paged.ask(path, args, jsonb_build_object('limit', size, 'after', place));
  SELECT seq_tup_read, idx_tup_fetch INTO after FROM pg_stat_xact_user_tables WHERE relid = 'paged.message'::regclass;
  rows := jsonb_array_length(page -> 'rows');
  fetched := after.idx_tup_fetch - before.idx_tup_fetch;
  scanned := after.seq_tup_read - before.seq_tup_read;
  page := paged.ask(path, args, jsonb_build_object('limit', size, 'after', place, 'until', page ->> 'next'));
  range_rows := jsonb_array_length(page -> 'rows');
  SELECT seq_tup_read, idx_tup_fetch INTO before FROM pg_stat_xact_user_tables WHERE relid = 'paged.message'::regclass;
  range_fetched := before.idx_tup_fetch - after.idx_tup_fetch + before.seq_tup_read - after.seq_tup_read;
  RETURN NEXT;
END $$;
-- The planner itself may look at the ends of an index: at most four rows.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT path, skipped, rows, fetched <= rows + 1 + 4 AND scanned = 0 AS only_its_own, range_rows, range_fetched <= range_rows + 4 AS only_its_own
  FROM (VALUES ('newest', '{"channel":1}'), ('newest_up', '{"channel":1}'), ('edited', '{"channel":1}'), ('alphabetical', '{}'), ('declared', '{"channel":0}'), ('all_by_id', '{}')) f(path, args),
       unnest(ARRAY[0, 1500, 9990]) skipped, LATERAL paged.cost('paged.' || path, args::jsonb, skipped, 50) cost;
COMMIT;
-- What a page depends on: up to its last row and the one behind it, or the range.
CREATE TABLE paged.small (id int PRIMARY KEY, section int NOT NULL, rank int, name text NOT NULL);
CREATE INDEX small_id ON paged.small (section, id);
CREATE INDEX small_rank ON paged.small (section, rank, id);
INSERT INTO paged.small SELECT i, 1, nullif(i / 3, 2), 'n' FROM generate_series(1, 100) i;
CREATE FUNCTION paged.small_by_id(section int) RETURNS TABLE (id int) STABLE LANGUAGE sql AS 'SELECT s.id FROM paged.small s WHERE s.section = small_by_id.section ORDER BY s.id DESC';
CREATE FUNCTION paged.small_by_rank(section int) RETURNS TABLE (rank int, id int) STABLE LANGUAGE sql AS 'SELECT s.rank, s.id FROM paged.small s WHERE s.section = small_by_rank.section ORDER BY s.rank NULLS FIRST, s.id DESC';
ALTER FUNCTION paged.small_by_id OWNER TO regress_pages_index_owner;
ALTER FUNCTION paged.small_by_rank OWNER TO regress_pages_index_owner;
GRANT SELECT ON paged.small TO regress_pages_index_owner;
SET ROLE regress_pages_index_owner;
SELECT freshet.expose('paged.small_by_id', public => true);
SELECT freshet.expose('paged.small_by_rank', public => true);
RESET ROLE;
CREATE FUNCTION paged.reads(path text, page jsonb) RETURNS TABLE (entry text) LANGUAGE sql AS $$
  SELECT (e - 'columns' - 'table')::text FROM freshet.run_queries(jsonb_build_array(jsonb_build_object('path', path, 'args', '{"section":1}'::jsonb, 'page', page))::text) r,
         jsonb_array_elements(freshet.read_set_json(r.read_set) -> 'entries') e WHERE ordinal = 1 $$;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT f.path, reads.* FROM unnest(ARRAY['paged.small_by_id', 'paged.small_by_rank']) f(path), LATERAL paged.reads(path, '{"limit":5}') reads;
SELECT f.path, reads.* FROM unnest(ARRAY['paged.small_by_id', 'paged.small_by_rank']) f(path), LATERAL (SELECT paged.ask(path, '{"section":1}', '{"limit":5}') ->> 'next' AS place) p, LATERAL paged.reads(path, jsonb_build_object('limit', 5, 'after', place)) reads;
SELECT f.path, reads.* FROM unnest(ARRAY['paged.small_by_id', 'paged.small_by_rank']) f(path), LATERAL (SELECT paged.ask(path, '{"section":1}', '{"limit":5}') ->> 'next' AS place) p, LATERAL (SELECT paged.ask(path, '{"section":1}', '{"limit":9}') ->> 'next' AS last) l, LATERAL paged.reads(path, jsonb_build_object('limit', 5, 'after', place, 'until', last)) reads;
COMMIT;
-- Other tests list what is exposed.
RESET ROLE;
SELECT count(*) FILTER (WHERE freshet.hide(path)) > 0 AS hidden FROM freshet.functions WHERE path LIKE 'paged.%';
