-- Small adverse tables: few distinct values, NULLs everywhere, every kind of index and identity.
DROP SCHEMA IF EXISTS fuzz CASCADE;
CREATE SCHEMA fuzz;
SET search_path = fuzz;

CREATE TABLE channel (id int PRIMARY KEY, name text, kind int, archived bool);
CREATE TABLE member (user_id int, channel_id int, last_read int NOT NULL DEFAULT 0, PRIMARY KEY (user_id, channel_id));
CREATE INDEX ON member (channel_id);
CREATE TABLE message (id bigint PRIMARY KEY, channel_id int, author int, seq int, body text, pinned bool,
  score numeric, at timestamptz, tag varchar(10), state text COLLATE "C");
CREATE INDEX message_seq ON message (channel_id, seq);
CREATE INDEX message_at ON message (channel_id, at DESC, id DESC);
CREATE INDEX message_author ON message (author);
CREATE INDEX message_state ON message (state);
CREATE INDEX message_pinned ON message (channel_id) WHERE pinned;
CREATE INDEX message_score ON message (score);
CREATE TABLE reading (region int, at int, value int, note text) PARTITION BY LIST (region);
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES IN (1);
CREATE TABLE reading_2 (note text, value int, at int, region int);
ALTER TABLE reading ATTACH PARTITION reading_2 FOR VALUES IN (2);
CREATE TABLE reading_rest PARTITION OF reading DEFAULT;
CREATE INDEX ON reading (at);
CREATE TABLE animal (id int, name text, weight int);
CREATE TABLE dog (breed int) INHERITS (animal);
CREATE INDEX ON dog (weight);
CREATE TABLE secret (id int PRIMARY KEY, owner int, level int, body text);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON secret USING (owner = current_setting('fuzz.reader_id')::int OR level < 2);
CREATE VIEW open_channel AS SELECT * FROM channel WHERE NOT archived;
CREATE VIEW channel_stats AS
  SELECT c.id, c.name, count(m.id) AS messages, max(m.seq) AS last FROM channel c LEFT JOIN message m ON m.channel_id = c.id GROUP BY c.id;

CREATE FUNCTION pl_loop(ch int) RETURNS int LANGUAGE plpgsql STABLE AS $$
DECLARE total int := 0; r record;
BEGIN
  FOR r IN SELECT * FROM fuzz.message WHERE channel_id = ch ORDER BY seq, id LOOP
    total := total + coalesce(r.author, 0);
    EXIT WHEN total > 4;
  END LOOP;
  RETURN total;
END $$;
CREATE FUNCTION pl_cursor(ch int, steps int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE c SCROLL CURSOR FOR SELECT id, seq FROM fuzz.message WHERE channel_id = ch ORDER BY seq, id; a record; b record;
BEGIN
  OPEN c;
  FOR i IN 0 .. steps LOOP FETCH c INTO a; END LOOP;
  IF steps % 2 = 0 THEN FETCH PRIOR FROM c INTO b; END IF;
  IF steps = 3 THEN FETCH FIRST FROM c INTO b; END IF;
  RETURN a::text || coalesce(b::text, '');
END $$;
CREATE FUNCTION pl_branch(u int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE k int;
BEGIN
  SELECT kind INTO k FROM fuzz.channel WHERE id = u;
  IF k = 1 THEN RETURN (SELECT count(*) FROM fuzz.member WHERE channel_id = u);
  ELSIF k IS NULL THEN RETURN (SELECT string_agg(name, ',' ORDER BY id) FROM fuzz.channel WHERE kind = u % 3);
  END IF;
  RETURN (SELECT count(*) FROM fuzz.message WHERE author = u * 2 - u AND seq > k);
END $$;
CREATE FUNCTION pl_exception(ch int) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE x int;
BEGIN
  BEGIN
    SELECT sum(10 / (seq - 3)) INTO x FROM fuzz.message WHERE channel_id = ch;
    RETURN x;
  EXCEPTION WHEN division_by_zero THEN
    RETURN (SELECT 'caught ' || count(*) FROM fuzz.member WHERE channel_id = ch);
  END;
END $$;
CREATE FUNCTION pl_dynamic(t text, ch int) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT body FROM fuzz.%I WHERE channel_id = $1 AND seq BETWEEN 1 AND 3', t) USING ch;
END $$;
CREATE FUNCTION sql_first(ch int) RETURNS text LANGUAGE sql STABLE SET search_path = fuzz AS
  'SELECT body FROM message WHERE channel_id = ch ORDER BY seq DESC NULLS LAST, id LIMIT 1';
CREATE FUNCTION sql_set(ch int) RETURNS SETOF fuzz.message LANGUAGE sql STABLE AS
  'SELECT * FROM fuzz.message WHERE channel_id = ch AND pinned IS NOT TRUE';

-- One tracked run: the rows as sorted text, and the read set. An error is a result like any other.
CREATE FUNCTION track(query text, OUT result text, OUT reads bytea) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM fuzz.capture_start(decode(nullif(current_setting('fuzz.image_key', true), ''), 'hex'));
  BEGIN
    EXECUTE 'SELECT string_agg(x::text, E''\n'' ORDER BY x::text) FROM (' || query || ') x' INTO result;
  EXCEPTION WHEN OTHERS THEN
    result := 'error ' || SQLSTATE;
  END;
  reads := fuzz.capture_finish();
END $$;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fuzz_reader') THEN CREATE ROLE fuzz_reader; END IF;
END $$;
GRANT USAGE ON SCHEMA fuzz TO fuzz_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA fuzz TO fuzz_reader;
