-- Tables of the model test: every kind of key, replica identity and dependence that a write can travel along.
CREATE EXTENSION citext;
CREATE SCHEMA app;
CREATE SCHEMA m;

CREATE TABLE app.marker (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO app.marker VALUES (1, 0);

CREATE TABLE app.person (id int PRIMARY KEY, name citext NOT NULL, team int, score numeric NOT NULL DEFAULT 0);
CREATE TABLE app.item (
  id int PRIMARY KEY,
  owner int REFERENCES app.person ON DELETE CASCADE ON UPDATE CASCADE,
  kind text NOT NULL,
  price numeric(12, 2),
  qty int NOT NULL DEFAULT 0,
  doubled int GENERATED ALWAYS AS (qty * 2) STORED,
  tags text[] NOT NULL DEFAULT '{}',
  meta jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL DEFAULT '2024-01-01',
  big text,
  CONSTRAINT qty_bound CHECK (qty BETWEEN -100000 AND 100000)
);
CREATE INDEX item_kind ON app.item (kind);
CREATE INDEX item_owner ON app.item (owner);
CREATE INDEX item_qty ON app.item (qty);

CREATE TABLE app.link (a int, b int, weight int NOT NULL DEFAULT 1, PRIMARY KEY (a, b));
CREATE TABLE app.tree (id int PRIMARY KEY, parent int REFERENCES app.tree ON DELETE SET NULL, label text NOT NULL);

CREATE TABLE app.heap (k int, v text);
CREATE TABLE app.full_row (k int, v text);
ALTER TABLE app.full_row REPLICA IDENTITY FULL;
CREATE TABLE app.no_identity (k int PRIMARY KEY, v text);
ALTER TABLE app.no_identity REPLICA IDENTITY NOTHING;
CREATE TABLE app.by_index (k int NOT NULL, u int NOT NULL, v text);
CREATE UNIQUE INDEX by_index_u ON app.by_index (u);
ALTER TABLE app.by_index REPLICA IDENTITY USING INDEX by_index_u;

CREATE TABLE app.part (id int, region text NOT NULL, amount int NOT NULL, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE app.part_north PARTITION OF app.part FOR VALUES IN ('north');
CREATE TABLE app.part_south PARTITION OF app.part FOR VALUES IN ('south') PARTITION BY RANGE (id);
CREATE TABLE app.part_south_low PARTITION OF app.part_south FOR VALUES FROM (MINVALUE) TO (50);
CREATE TABLE app.part_south_high PARTITION OF app.part_south FOR VALUES FROM (50) TO (MAXVALUE);
CREATE TABLE app.part_rest PARTITION OF app.part DEFAULT;

CREATE TABLE app.base (id int PRIMARY KEY, v int NOT NULL);
CREATE TABLE app.derived (extra int NOT NULL DEFAULT 0) INHERITS (app.base);

CREATE TABLE app.audit (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, item int NOT NULL, what text NOT NULL);
CREATE FUNCTION app.write_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO app.audit (item, what) VALUES (coalesce(NEW.id, OLD.id), TG_OP);
  RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON app.item FOR EACH ROW WHEN (pg_trigger_depth() < 2) EXECUTE FUNCTION app.write_audit();

CREATE TABLE app.secret (id int PRIMARY KEY, reader text NOT NULL, body text NOT NULL);
ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.secret FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON app.secret USING (reader = freshet.user_id()) WITH CHECK (true);

CREATE VIEW app.owned AS SELECT i.id, i.kind, i.qty, p.name FROM app.item i JOIN app.person p ON p.id = i.owner;
CREATE RULE person_gone AS ON DELETE TO app.person DO ALSO UPDATE app.marker SET n = n WHERE id = 0;

CREATE TABLE app.membership (who text NOT NULL, team int NOT NULL, private boolean NOT NULL DEFAULT false, PRIMARY KEY (who, team));
CREATE TABLE app.note (
  id int PRIMARY KEY,
  author text,
  team int NOT NULL,
  body text NOT NULL DEFAULT '',
  stars int NOT NULL DEFAULT 0,
  words tsvector GENERATED ALWAYS AS (to_tsvector('simple', body)) STORED
);
CREATE INDEX note_words ON app.note USING gin (words);
CREATE INDEX note_team ON app.note (team, stars DESC, id);
CREATE INDEX note_starred ON app.note (stars) WHERE stars > 3;
CREATE VIEW app.starred WITH (security_barrier) AS SELECT n.id, n.team, n.body FROM app.note n WHERE n.stars > 3;
CREATE TABLE app.room (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE app.booking (
  id int PRIMARY KEY,
  room int REFERENCES app.room ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
  during int4range NOT NULL
);
CREATE INDEX booking_during ON app.booking USING gist (during);
CREATE TYPE app.level AS ENUM ('low', 'mid', 'high');
CREATE TABLE app.trap (id int PRIMARY KEY, c char(3), f float8, i interval, e app.level, j jsonb);
CREATE INDEX trap_f ON app.trap (f);
CREATE INDEX trap_c ON app.trap (c);
CREATE MATERIALIZED VIEW app.tally AS SELECT n.team, count(*) AS n FROM app.note n GROUP BY 1;
CREATE FUNCTION app.depth_of(who int) RETURNS int STABLE LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT count(*) FROM app.tree t WHERE t.parent = who) + coalesce((SELECT max(l.weight) FROM app.link l WHERE l.a = who), 0);
END $$;
CREATE FUNCTION app.require_member(in_team int) RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT EXISTS (SELECT FROM app.membership m WHERE m.who = freshet.user_id() AND m.team = in_team) $$;

CREATE FUNCTION app.require_person(who int) RETURNS boolean STABLE LANGUAGE sql AS $$
  SELECT freshet.require(EXISTS (SELECT FROM app.person p WHERE p.id = who), 'forbidden', 'nobody') $$;

INSERT INTO app.person SELECT i, 'name' || i, i % 4, i FROM generate_series(1, 12) i;
INSERT INTO app.item (id, owner, kind, price, qty, tags, meta)
  SELECT i, 1 + i % 12, (ARRAY['a', 'b', 'c', 'd'])[1 + i % 4], i * 1.10, i % 20, ARRAY['t' || i % 5, 't' || i % 3], jsonb_build_object('k', i % 6)
  FROM generate_series(1, 60) i;
INSERT INTO app.link SELECT i, (i * 7) % 13 FROM generate_series(1, 12) i;
INSERT INTO app.tree SELECT i, nullif(i / 2, 0), 'n' || i FROM generate_series(1, 20) i;
INSERT INTO app.part SELECT i, (ARRAY['north', 'south', 'east'])[1 + i % 3], i FROM generate_series(1, 60) i;
INSERT INTO app.base SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO app.derived SELECT i, i, i FROM generate_series(11, 20) i;
INSERT INTO app.heap SELECT i % 10, 'h' || i FROM generate_series(1, 30) i;
INSERT INTO app.full_row SELECT i % 10, 'f' || i FROM generate_series(1, 30) i;
INSERT INTO app.no_identity SELECT i, 'n' || i FROM generate_series(1, 20) i;
INSERT INTO app.by_index SELECT i % 5, i, 'u' || i FROM generate_series(1, 20) i;
INSERT INTO app.membership VALUES ('ann', 1), ('ann', 2), ('ben', 2), ('cat', 3);
INSERT INTO app.note (id, author, team, body, stars)
  SELECT i, (ARRAY['ann', 'ben', 'cat', NULL])[1 + i % 4], 1 + i % 3, (ARRAY['red fox', 'green tree', 'blue red sky'])[1 + i % 3], i % 9
  FROM generate_series(1, 40) i;
INSERT INTO app.secret SELECT i, (ARRAY['ann', 'ben', 'cat'])[1 + i % 3], 's' || i FROM generate_series(1, 20) i;
INSERT INTO app.room SELECT i, 'r' || i FROM generate_series(1, 5) i;
INSERT INTO app.booking SELECT i, 1 + i % 5, int4range(i, i + 1 + i % 4) FROM generate_series(1, 25) i;
INSERT INTO app.trap SELECT i, (ARRAY['a', 'A', 'ab', NULL])[1 + i % 4], (ARRAY['0', '-0', 'NaN', '1.5', '1', NULL])[1 + i % 6]::float8,
    (ARRAY['1 day', '24 hours', '1 mon', '30 days', NULL])[1 + i % 5]::interval, (ARRAY['low', 'mid', 'high'])[1 + i % 3]::app.level,
    (ARRAY['{"a": 1}', '{"a": 1.0}', '[]', 'null'])[1 + i % 4]::jsonb
  FROM generate_series(1, 24) i;
REFRESH MATERIALIZED VIEW app.tally;
