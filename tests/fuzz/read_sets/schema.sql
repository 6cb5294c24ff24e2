-- Small adverse tables: few distinct values, NULLs everywhere, every kind of column, index and identity.
DROP SCHEMA IF EXISTS fuzz CASCADE;
CREATE SCHEMA fuzz;
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS btree_gist;
SET search_path = fuzz, public;

CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE TYPE pair AS (a int, b text);

-- Theme chat.
CREATE TABLE channel (id int PRIMARY KEY, name text, kind int, archived bool);
CREATE TABLE member (user_id int, channel_id int, last_read int NOT NULL DEFAULT 0, PRIMARY KEY (user_id, channel_id));
CREATE INDEX ON member (channel_id);
CREATE TABLE message (id bigint PRIMARY KEY, channel_id int, author int, seq int, body text, pinned bool,
  score numeric, at timestamptz, tag varchar(10), state text COLLATE "C", version int NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX message_identity ON message (version, id);
CREATE INDEX message_seq ON message (channel_id, seq);
CREATE INDEX message_at ON message (channel_id, at DESC, id DESC);
CREATE INDEX message_author ON message (author NULLS FIRST) INCLUDE (body);
CREATE INDEX message_state ON message (state);
CREATE INDEX message_pinned ON message (channel_id) WHERE pinned;
CREATE INDEX message_score ON message (score);
CREATE INDEX message_lower ON message (lower(body));
CREATE INDEX message_late ON message (coalesce(seq, 0), id);
CREATE INDEX message_tag ON message USING hash (tag);
CREATE INDEX message_brin ON message USING brin (at);

-- Theme parts: partitions (list, range, hash, sub-partitions, default, other column orders) and inheritance.
CREATE TABLE reading (region int, at int, value int, note text) PARTITION BY LIST (region);
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES IN (1);
CREATE TABLE reading_2 (note text, value int, at int, region int);
ALTER TABLE reading ATTACH PARTITION reading_2 FOR VALUES IN (2);
CREATE TABLE reading_rest PARTITION OF reading DEFAULT;
CREATE INDEX ON reading (at);
CREATE TABLE event (id int NOT NULL, day int NOT NULL, zone int NOT NULL, kind text COLLATE "C", amount numeric,
  PRIMARY KEY (id, day, zone)) PARTITION BY RANGE (day);
CREATE TABLE event_low PARTITION OF event FOR VALUES FROM (MINVALUE) TO (3);
CREATE TABLE event_mid PARTITION OF event FOR VALUES FROM (3) TO (6) PARTITION BY HASH (zone);
CREATE TABLE event_mid_0 PARTITION OF event_mid FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE event_mid_1 PARTITION OF event_mid FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE event_rest PARTITION OF event DEFAULT PARTITION BY LIST (zone);
CREATE TABLE event_rest_1 PARTITION OF event_rest FOR VALUES IN (1, 2);
CREATE TABLE event_rest_2 PARTITION OF event_rest DEFAULT;
CREATE INDEX ON event (day, amount);
CREATE INDEX ON event (kind);
CREATE TABLE animal (id int, name text, weight int);
CREATE TABLE dog (breed int) INHERITS (animal);
CREATE TABLE puppy (months int) INHERITS (dog);
CREATE INDEX ON dog (weight);
CREATE INDEX ON puppy (weight DESC);

-- Theme secure: row policies, views, security barriers.
CREATE TABLE secret (id int PRIMARY KEY, owner int, level int, body text);
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON secret USING (owner = current_setting('fuzz.reader_id')::int OR level < 2);
CREATE TABLE vault (id int PRIMARY KEY, channel_id int, level int NOT NULL DEFAULT 0, body text, UNIQUE (level, id));
CREATE INDEX ON vault (channel_id);
CREATE INDEX ON vault (body) WHERE level < 4;
ALTER TABLE vault ENABLE ROW LEVEL SECURITY;
CREATE POLICY membership ON vault USING (EXISTS (SELECT FROM fuzz.member u
  WHERE u.channel_id = vault.channel_id AND u.user_id = current_setting('fuzz.reader_id')::int));
CREATE POLICY not_top ON vault AS RESTRICTIVE USING (level < 4);
CREATE VIEW open_channel AS SELECT * FROM channel WHERE NOT archived;
CREATE VIEW channel_stats AS
  SELECT c.id, c.name, count(m.id) AS messages, max(m.seq) AS last FROM channel c LEFT JOIN message m ON m.channel_id = c.id GROUP BY c.id;
CREATE VIEW low_secret WITH (security_barrier) AS SELECT id, owner, body FROM secret WHERE level < 3;
CREATE VIEW own_vault WITH (security_invoker) AS SELECT id, channel_id, body FROM vault;

-- Theme types: a column of every kind.
CREATE TABLE sample (id int PRIMARY KEY, i2 int2, i4 int4, i8 int8, num numeric, f4 float4, f8 float8,
  txc text COLLATE "C", txd text, txi text COLLATE folded, vc varchar(10), ch char(5), ci citext, uid uuid, by bytea,
  da date, ti time, tt timetz, ts timestamp, tz timestamptz, iv interval, bo bool, mo mood, dom small, ia int[], ta text[], j jsonb,
  rg int4range, mr int4multirange, ip inet, nt cidr, mac macaddr, pt pair, tv tsvector, bt bit(4), vb varbit, cash money, oi oid, nm name,
  js json, xy point, tag int NOT NULL DEFAULT 0, twice int GENERATED ALWAYS AS (i4 * 2) STORED);
CREATE UNIQUE INDEX sample_identity ON sample (tag, id);
CREATE INDEX ON sample (i2 DESC, id);
CREATE INDEX ON sample (i4) INCLUDE (txc);
CREATE INDEX ON sample (i8 NULLS FIRST, i4 DESC NULLS LAST, id);
CREATE INDEX ON sample (num DESC NULLS LAST, id);
CREATE INDEX ON sample (f4, id);
CREATE INDEX ON sample (f8 DESC, id);
CREATE INDEX ON sample (txc, id);
CREATE INDEX ON sample (txd, id);
CREATE INDEX ON sample (txi);
CREATE INDEX ON sample (vc varchar_pattern_ops);
CREATE INDEX ON sample (ch, id);
CREATE INDEX ON sample (ci, id);
CREATE INDEX ON sample USING hash (uid);
CREATE INDEX ON sample (uid, id);
CREATE INDEX ON sample (by, id);
CREATE INDEX ON sample USING brin (da);
CREATE INDEX ON sample (da, id);
CREATE INDEX ON sample (ti DESC);
CREATE INDEX ON sample (tt);
CREATE INDEX ON sample (ts, id);
CREATE INDEX ON sample (tz DESC, id);
CREATE INDEX ON sample (iv);
CREATE INDEX ON sample (bo, id) WHERE i4 > 1;
CREATE INDEX ON sample (mo, id);
CREATE INDEX ON sample (dom, id);
CREATE INDEX ON sample USING gin (ia);
CREATE INDEX ON sample USING gin (ta);
CREATE INDEX ON sample USING gin (j);
CREATE INDEX ON sample ((j ->> 'k'));
CREATE INDEX ON sample USING gist (rg);
CREATE INDEX ON sample USING gist (mr);
CREATE INDEX ON sample USING gist (ip inet_ops);
CREATE INDEX ON sample (ip, id);
CREATE INDEX ON sample (pt);
CREATE INDEX ON sample USING gin (tv);
CREATE INDEX ON sample (bt);
CREATE INDEX ON sample (cash);
CREATE INDEX ON sample (oi);
CREATE INDEX ON sample USING gin (txc gin_trgm_ops);
CREATE INDEX ON sample USING gist (xy);
CREATE INDEX ON sample (twice);
CREATE TABLE bare (k int, v text, n numeric);
CREATE INDEX ON bare (k);
CREATE TABLE late_key (id int, v int, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED);

-- Theme tree: cascades, triggers, a generated column, a unique identity beside the key.
CREATE TABLE project (id int PRIMARY KEY, parent int, name text, open_tasks int NOT NULL DEFAULT 0);
CREATE INDEX ON project (parent);
CREATE TABLE task (id int PRIMARY KEY, project int NOT NULL REFERENCES project ON DELETE CASCADE ON UPDATE CASCADE, title text, done bool,
  rank float8, due date, low_title text GENERATED ALWAYS AS (lower(title)) STORED);
CREATE UNIQUE INDEX task_identity ON task (project, id);
CREATE INDEX ON task (project, rank);
CREATE INDEX ON task (due) WHERE NOT done;
CREATE INDEX ON task (low_title);
CREATE INDEX ON task (upper(title), id);
CREATE INDEX ON task ((rank * 2));
CREATE TABLE label (id int PRIMARY KEY, task int REFERENCES task ON DELETE SET NULL ON UPDATE CASCADE, name text);
CREATE INDEX ON label (task, name);
CREATE FUNCTION count_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE fuzz.project SET open_tasks = (SELECT count(*) FROM fuzz.task t WHERE t.project = project.id AND t.done IS NOT TRUE)
  WHERE id IN (OLD.project, NEW.project);
  RETURN NULL;
END $$;
CREATE TRIGGER count_open AFTER INSERT OR UPDATE OR DELETE ON task FOR EACH ROW EXECUTE FUNCTION count_open();

-- Theme docs: text search, trigrams, a value that is stored out of line.
CREATE TABLE doc (id int PRIMARY KEY, owner int, title text, body text,
  words tsvector GENERATED ALWAYS AS (to_tsvector('simple', coalesce(title, '') || ' ' || coalesce(left(body, 200), ''))) STORED);
ALTER TABLE doc ALTER body SET STORAGE EXTERNAL;
CREATE INDEX ON doc USING gin (words);
CREATE INDEX ON doc USING gin (title gin_trgm_ops);
CREATE INDEX ON doc USING gist (title gist_trgm_ops);
CREATE INDEX ON doc USING gin (owner, words);
CREATE INDEX ON doc (owner, id DESC);
CREATE INDEX ON doc (length(title));

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fuzz_reader') THEN CREATE ROLE fuzz_reader; END IF;
END $$;
