-- The plan of a page, for every form of order: an index is gone along, nothing is sorted and no table is read as a whole. And page 10,000 of a million rows
-- reads no more entries of the index than it has rows, and one more.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS freshet;
CREATE ROLE regress_pages_plans_owner;
CREATE SCHEMA pp AUTHORIZATION regress_pages_plans_owner;
SET ROLE regress_pages_plans_owner;
SET search_path = pp;
CREATE TABLE item (id int PRIMARY KEY, section int NOT NULL, at timestamptz NOT NULL, rank int, name text COLLATE "C" NOT NULL, title text COLLATE "en-x-icu" NOT NULL);
INSERT INTO item SELECT i, i % 2, '2024-01-01'::timestamptz + (i / 4) * interval '1 second', CASE WHEN i % 5 > 0 THEN i % 100 END, 'n' || i % 1000, 't' || i % 1000 FROM generate_series(1, 20000) i;
CREATE INDEX item_at ON item (section, at, id);
CREATE INDEX item_at_mixed ON item (section, at DESC, id);
CREATE INDEX item_rank ON item (section, rank, id);
CREATE INDEX item_rank_first ON item (section, rank NULLS FIRST, id);
CREATE INDEX item_name ON item (name, id);
CREATE INDEX item_title ON item (title, id);
CREATE INDEX item_four ON item (section, at, name, rank, id);
ANALYZE item;
CREATE FUNCTION up(section int) RETURNS TABLE (id int, at timestamptz, title text) STABLE LANGUAGE sql AS 'SELECT i.id, i.at, i.title FROM item i WHERE i.section = up.section ORDER BY i.at, i.id';
CREATE FUNCTION down(section int) RETURNS TABLE (id int, at timestamptz, title text) STABLE LANGUAGE sql AS 'SELECT i.id, i.at, i.title FROM item i WHERE i.section = down.section ORDER BY i.at DESC, i.id DESC';
CREATE FUNCTION mixed(section int) RETURNS TABLE (id int, at timestamptz, title text) STABLE LANGUAGE sql AS 'SELECT i.id, i.at, i.title FROM item i WHERE i.section = mixed.section ORDER BY i.at DESC, i.id';
CREATE FUNCTION nulls_last(section int) RETURNS TABLE (id int, rank int, title text) STABLE LANGUAGE sql AS 'SELECT i.id, i.rank, i.title FROM item i WHERE i.section = nulls_last.section ORDER BY i.rank, i.id';
CREATE FUNCTION nulls_first(section int) RETURNS TABLE (id int, rank int, title text) STABLE LANGUAGE sql AS 'SELECT i.id, i.rank, i.title FROM item i WHERE i.section = nulls_first.section ORDER BY i.rank NULLS FIRST, i.id';
CREATE FUNCTION by_name(section int DEFAULT 1) RETURNS TABLE (id int, name text, title text) STABLE LANGUAGE sql AS 'SELECT i.id, i.name, i.title FROM item i WHERE i.id > by_name.section ORDER BY i.name, i.id';
CREATE FUNCTION by_title(section int DEFAULT 1) RETURNS TABLE (id int, title text, at timestamptz) STABLE LANGUAGE sql AS 'SELECT i.id, i.title, i.at FROM item i WHERE i.id > by_title.section ORDER BY i.title, i.id';
CREATE FUNCTION four(section int) RETURNS TABLE (id int, at timestamptz, name text, rank int, title text) STABLE LANGUAGE sql AS 'SELECT i.id, i.at, i.name, i.rank, i.title FROM item i WHERE i.section = four.section ORDER BY i.at, i.name, i.rank, i.id';
SELECT count(*) FROM freshet.expose_module('pp', public => true);
RESET ROLE;
-- For the page behind row 5,000 what the plan goes along; the plans differ in nothing else from server to server.
CREATE FUNCTION pp.request(path text, page jsonb) RETURNS text LANGUAGE sql AS $$ SELECT jsonb_build_array(jsonb_build_object('path', 'pp.' || path, 'args', '{"section":1}'::jsonb, 'page', page))::text $$;
CREATE FUNCTION pp.place(path text, skipped int) RETURNS text LANGUAGE sql AS $$ SELECT value::jsonb ->> 'next' FROM freshet.run_queries(pp.request(path, jsonb_build_object('limit', skipped))) WHERE ordinal = 1 $$;
CREATE TABLE pp.plan (path text, kind text, request text);
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO pp.plan SELECT path, 'after', pp.request(path, jsonb_build_object('limit', 20, 'after', pp.place(path, 5000))) FROM unnest('{up,down,mixed,nulls_last,nulls_first,by_name,by_title,four}'::text[]) path;
INSERT INTO pp.plan SELECT path, 'range', pp.request(path, jsonb_build_object('limit', 20, 'after', pp.place(path, 5000), 'until', pp.place(path, 5030))) FROM unnest('{up,down,mixed,nulls_last,nulls_first,by_name,by_title,four}'::text[]) path;
INSERT INTO pp.plan SELECT path, 'first', pp.request(path, jsonb_build_object('limit', 20)) FROM unnest('{up,down,mixed,nulls_last,nulls_first,by_name,by_title,four}'::text[]) path;
COMMIT;
CREATE FUNCTION pp.show() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  p record;
BEGIN
  FOR p IN SELECT * FROM pp.plan ORDER BY path COLLATE "C", kind COLLATE "C" LOOP
    RAISE INFO 'page of %, %', p.path, p.kind;
    PERFORM FROM freshet.run_queries(p.request);
  END LOOP;
END $$;
\setenv PGDATABASE :DBNAME
\! psql -X -q -t -c "SET freshet.explain = on" -c "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" -c "SELECT pp.show()" 2>&1 | grep -E "page of|Scan|Sort|RROR" | sed -E "s/^ *(->)? *//; s/ +\(cost.*//; s/rank_first/rank/"
-- a million rows: what a page reads is counted by the index itself, whether the table is looked at or not
CREATE TABLE pp.million (id int NOT NULL, at int NOT NULL, body text);
INSERT INTO pp.million SELECT i, i / 3, CASE WHEN i % 100 = 0 THEN 'x' END FROM generate_series(1, 1000000) i;
CREATE UNIQUE INDEX million_at ON pp.million (at, id);
ALTER TABLE pp.million OWNER TO regress_pages_plans_owner;
VACUUM (ANALYZE) pp.million;
SET ROLE regress_pages_plans_owner;
CREATE FUNCTION pp.of_index() RETURNS TABLE (id int, at int) STABLE LANGUAGE sql AS 'SELECT m.id, m.at FROM pp.million m ORDER BY m.at, m.id';
CREATE FUNCTION pp.of_index_down() RETURNS TABLE (id int, at int) STABLE LANGUAGE sql AS 'SELECT m.id, m.at FROM pp.million m ORDER BY m.at DESC, m.id DESC';
CREATE FUNCTION pp.of_table() RETURNS TABLE (id int, at int, body text) STABLE LANGUAGE sql AS 'SELECT m.id, m.at, m.body FROM pp.million m ORDER BY m.at, m.id';
SELECT freshet.expose(f, public => true, max_rows => 1000000) FROM unnest('{pp.of_index,pp.of_index_down,pp.of_table}'::text[]) f;
RESET ROLE;
CREATE FUNCTION pp.page(path text, after text, size int) RETURNS jsonb LANGUAGE sql AS $$
  SELECT value::jsonb FROM freshet.run_queries(jsonb_build_array(jsonb_build_object('path', path, 'page', jsonb_build_object('limit', size, 'after', after)))::text) WHERE ordinal = 1 $$;
-- Walks to page 10,000 in strides, reads it and says what it took.
CREATE FUNCTION pp.cost(path text) RETURNS TABLE (rows int, first_id text, last_id text, entries_read bigint, rows_fetched bigint, read_as_a_whole bigint) LANGUAGE plpgsql AS $$
DECLARE
  place text;
  page jsonb;
  before bigint[];
BEGIN
  FOR stride IN 1..50 LOOP place := pp.page(path, place, 19998) ->> 'next'; END LOOP;
  before := ARRAY[pg_stat_get_xact_tuples_returned('pp.million_at'::regclass), pg_stat_get_xact_tuples_fetched('pp.million'::regclass), pg_stat_get_xact_tuples_returned('pp.million'::regclass)];
  page := pp.page(path, place, 100);
  rows := jsonb_array_length(page -> 'rows');
  first_id := page #>> '{rows,0,id}';
  last_id := page #>> '{rows,-1,id}';
  entries_read := pg_stat_get_xact_tuples_returned('pp.million_at'::regclass) - before[1];
  rows_fetched := pg_stat_get_xact_tuples_fetched('pp.million'::regclass) - before[2];
  read_as_a_whole := pg_stat_get_xact_tuples_returned('pp.million'::regclass) - before[3];
  RETURN NEXT;
END $$;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT path, rows, first_id, last_id, entries_read, entries_read <= rows + 1 AS page_and_one, rows_fetched <= rows + 1 AS no_row_more, read_as_a_whole
  FROM unnest('{pp.of_index,pp.of_index_down,pp.of_table}'::text[]) path, LATERAL pp.cost(path);
COMMIT;
RESET ROLE;
DELETE FROM freshet.exposed;
SET client_min_messages = error;
DROP SCHEMA pp CASCADE;
DROP ROLE regress_pages_plans_owner;
