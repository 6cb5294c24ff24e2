-- A reader that follows the change sets alone holds the images of exactly the rows that are there: random writes with
-- savepoints, key changes, TOAST, nulls and rolled back work, under each identity that names its rows.
\set ECHO none
\i sql/support/change_set.psql
\set ECHO all
CREATE TABLE by_key (id int PRIMARY KEY, n numeric, body text, tag text);
CREATE TABLE by_index (n numeric, id int NOT NULL UNIQUE, body text, tag text);
ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_id_key;
CREATE TABLE by_full (id int PRIMARY KEY, n numeric, body text, tag text);
ALTER TABLE by_full REPLICA IDENTITY FULL;
ALTER TABLE by_key ALTER body SET STORAGE external;
ALTER TABLE by_full ALTER body SET STORAGE external;

CREATE FUNCTION write_once(target text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  i int := (random() * 30)::int;
  body text := CASE (random() * 3)::int WHEN 0 THEN NULL WHEN 1 THEN 'short' || i
               ELSE (SELECT string_agg(md5(i::text || j || random()), '') FROM generate_series(1, 90) j) END;
BEGIN
  CASE (random() * 6)::int
    WHEN 0, 1 THEN EXECUTE format('INSERT INTO %s (id, n, body, tag) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET tag = excluded.tag', target) USING i, i / 2.0, body, 't' || i;
    WHEN 2 THEN EXECUTE format('UPDATE %s SET n = n + 1.0 WHERE id %% 3 = $1 %% 3', target) USING i;
    WHEN 3 THEN EXECUTE format('UPDATE %s SET body = $2 WHERE id = $1', target) USING i, body;
    WHEN 4 THEN EXECUTE format('UPDATE %s SET id = id + 31 WHERE id = $1 AND NOT EXISTS (SELECT FROM %1$s WHERE id = $1 + 31)', target) USING i;
    WHEN 5 THEN EXECUTE format('UPDATE %s SET tag = NULL WHERE id = $1', target) USING i;
    ELSE EXECUTE format('DELETE FROM %s WHERE id = $1 OR id = $1 + 31', target) USING i;
  END CASE;
  IF random() < 0.2 THEN RAISE EXCEPTION 'rolled back'; END IF;
END $$;
CREATE PROCEDURE write_much(rounds int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1..rounds LOOP
    BEGIN
      PERFORM write_once((ARRAY['by_key', 'by_index', 'by_full'])[1 + i % 3]);
    EXCEPTION WHEN raise_exception THEN NULL;
    END;
    IF random() < 0.3 THEN IF random() < 0.1 THEN ROLLBACK; ELSE COMMIT; END IF; END IF;
  END LOOP;
END $$;

-- What the reader knows: per row its images by column, found by key, or by the whole old row.
CREATE TABLE held (name text, key text, images jsonb);
CREATE FUNCTION images(columns json) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_object_agg(c->>'name', c->'image') FILTER (WHERE c->>'state' IN ('known', 'null')), '{}') FROM json_array_elements(columns) c $$;
CREATE FUNCTION follow(r json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  place tid;
  before jsonb := '{}';
BEGIN
  IF r->>'kind' <> 'insert' THEN
    SELECT h.ctid, h.images INTO STRICT place, before FROM held h
      WHERE h.name = r->>'name' AND (CASE WHEN (r->>'old_complete')::bool THEN h.images = images(r->'old') ELSE h.key = r->>'old_key' END);
    -- What the change says of the old row was so.
    IF NOT before @> images(r->'old') THEN RAISE EXCEPTION 'old row differs: %', r; END IF;
    DELETE FROM held h WHERE h.ctid = place;
  END IF;
  IF r->>'kind' <> 'delete' THEN
    INSERT INTO held VALUES (r->>'name', r->>'new_key', before || images(r->'new'));
  END IF;
END $$;
CREATE FUNCTION present(target regclass) RETURNS TABLE (name text, images jsonb) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format($q$SELECT %L::text, jsonb_build_object('id', encode(image(id), 'hex'), 'n', encode(image(n), 'hex'),
    'body', encode(image(body), 'hex'), 'tag', encode(image(tag), 'hex')) FROM %s$q$, 'cs.' || target, target);
END $$;
SELECT skip();
SELECT announce('{by_key,by_index,by_full}');
SELECT setseed(0.7);
CALL write_much(900);
SELECT count(*) > 500 AS enough, count(DISTINCT r->>'kind') AS kinds,
       count(*) FILTER (WHERE (r->'new')::text LIKE '%unchanged%') > 20 AS toast_left_alone, count(follow(r)) = count(*) AS all_followed
FROM (SELECT r FROM raw_changes() WHERE r->>'record' = 'row' ORDER BY n OFFSET 0) s;
WITH present AS (SELECT * FROM present('by_key') UNION ALL SELECT * FROM present('by_index') UNION ALL SELECT * FROM present('by_full')),
held AS (SELECT name, images FROM held)
SELECT (SELECT count(*) > 20 FROM present) AS rows,
       (SELECT count(*) FROM (TABLE present EXCEPT ALL TABLE held) d) AS missing, (SELECT count(*) FROM (TABLE held EXCEPT ALL TABLE present) d) AS too_many;
\i sql/support/change_set_end.psql
