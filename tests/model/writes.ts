/** Random writes in every form that SQL has. Each gives one statement, or several that belong together. */
import type { Random } from '../harness/random.ts';

type Write = (random: Random) => string;

const id = (r: Random): number => r.between(1, 80);
const person = (r: Random): number => r.between(1, 14);
const kind = (r: Random): string => r.pick(['a', 'b', 'c', 'd', 'e']);
const price = (r: Random): string => r.pick(['1.1', '1.10', '2.2', '3.30', '5', '5.00', 'NULL']);
const word = (r: Random): string => `w${r.below(1_000_000)}`;
const big = (r: Random): string => (r.chance(0.3) ? `repeat(md5('${word(r)}'), ${r.between(100, 400)})` : 'NULL');
const region = (r: Random): string => r.pick(['north', 'south', 'east', 'west']);
const owner = (r: Random): string => (r.chance(0.1) ? 'NULL' : `(SELECT id FROM app.person ORDER BY id LIMIT 1 OFFSET ${r.below(10)})`);
const item = (r: Random): string =>
  `(${id(r)}, ${owner(r)}, '${kind(r)}', ${price(r)}, ${r.between(-5, 30)}, ARRAY['t${r.below(6)}'], '{"k": ${r.below(8)}}', ${big(r)})`;
const itemColumns = '(id, owner, kind, price, qty, tags, meta, big)';
const author = (r: Random): string => r.pick([`'ann'`, `'ben'`, `'cat'`, 'NULL']);
const words = (r: Random): string => `'${r.pick(['red', 'green', 'blue'])} ${r.pick(['red', 'blue', 'fox'])} ${word(r)}'`;
const trap = {
  c: (r: Random): string => r.pick([`'a'`, `'A'`, `'ab'`, `'a  '`, 'NULL']),
  f: (r: Random): string => `${r.pick([`'0'`, `'-0'`, `'NaN'`, `'1.5'`, `'1'`, `'Infinity'`, 'NULL'])}::float8`,
  i: (r: Random): string => r.pick([`'1 day'`, `'24 hours'`, `'1 mon'`, `'30 days'`, `'720 hours'`, 'NULL']),
  e: (r: Random): string => r.pick([`'low'`, `'mid'`, `'high'`]),
  j: (r: Random): string => r.pick([`'{"a": 1}'`, `'{"a": 1.0}'`, `'{"a": 1.00, "b": null}'`, `'[]'`, `'null'`]),
};
const shadows = ['heap', 'full_row'] as const;

const writes: readonly (readonly [number, Write])[] = [
  [8, (r) => `INSERT INTO app.item ${itemColumns} VALUES ${item(r)} ON CONFLICT (id) DO UPDATE SET qty = excluded.qty, kind = excluded.kind`],
  [4, (r) => `INSERT INTO app.item ${itemColumns} VALUES ${item(r)}, ${item(r)} ON CONFLICT DO NOTHING`],
  [8, (r) => `UPDATE app.item SET qty = qty + ${r.between(-3, 3)} WHERE id = ${id(r)}`],
  [4, (r) => `UPDATE app.item SET kind = '${kind(r)}' WHERE id = ${id(r)}`],
  [3, (r) => `UPDATE app.item SET big = ${big(r)} WHERE id = ${id(r)}`],
  [3, (r) => `UPDATE app.item SET price = ${price(r)} WHERE qty BETWEEN ${r.below(10)} AND ${r.between(10, 12)}`],
  [2, (r) => `UPDATE app.item SET tags = tags || 't${r.below(6)}'::text, meta = meta || '{"k": ${r.below(8)}}' WHERE kind = '${kind(r)}' AND id % 5 = ${r.below(5)}`],
  [2, (r) => `UPDATE app.item SET id = id + 1000 WHERE id = ${id(r)}; UPDATE app.item SET id = id - 1000 WHERE id > 1000`],
  [3, (r) => `DELETE FROM app.item WHERE id = ${id(r)}`],
  [1, (r) => `DELETE FROM app.item WHERE kind = '${kind(r)}' AND qty > 20`],
  [3, (r) => `INSERT INTO app.person VALUES (${person(r)}, 'name${person(r)}', ${r.below(5)}, ${r.below(9)}) ON CONFLICT (id) DO UPDATE SET name = excluded.name, team = excluded.team`],
  [2, (r) => `UPDATE app.person SET name = ${r.chance(0.5) ? 'upper' : 'lower'}(name::text) WHERE id = ${person(r)}`],
  [2, (r) => `UPDATE app.person SET score = score + 0.10, team = ${r.chance(0.2) ? 'NULL' : r.below(5)} WHERE id = ${person(r)}`],
  // cascades to items, and through their trigger to the audit
  [1, (r) => `DELETE FROM app.person WHERE id = ${person(r)}`],
  [1, (r) => `UPDATE app.person SET id = id + 100 WHERE id = ${person(r)}; UPDATE app.person SET id = id - 100 WHERE id > 100`],
  [2, (r) => `INSERT INTO app.link VALUES (${person(r)}, ${person(r)}, ${r.below(6)}) ON CONFLICT (a, b) DO UPDATE SET weight = excluded.weight`],
  [1, (r) => `DELETE FROM app.link WHERE a = ${person(r)}`],
  [2, (r) => `UPDATE app.tree SET parent = ${r.chance(0.2) ? 'NULL' : r.between(1, 4)} WHERE id = ${r.between(5, 20)}`],
  [1, (r) => `WITH gone AS (DELETE FROM app.tree WHERE id = ${r.between(10, 20)} RETURNING id, label) INSERT INTO app.tree SELECT id, NULL, label || '!' FROM gone WHERE NOT EXISTS (SELECT FROM app.tree t WHERE t.id = -gone.id)`],
  [3, (r) => `INSERT INTO app.${r.pick(shadows)} VALUES (${r.below(11)}, '${word(r)}')`],
  [3, (r) => `UPDATE app.full_row SET k = ${r.below(11)} WHERE k = ${r.below(11)}`],
  // Postgres refuses UPDATE and DELETE only under a publication: without a key they are logged without the old row
  [2, (r) => `UPDATE app.heap SET k = ${r.below(11)} WHERE k = ${r.below(11)}`],
  [2, (r) => `DELETE FROM app.${r.pick(shadows)} WHERE k = ${r.below(11)}`],
  [2, (r) => `UPDATE app.no_identity SET v = '${word(r)}', k = CASE WHEN k < 100 THEN k ELSE k END WHERE k = ${r.below(20)}`],
  [1, (r) => `DELETE FROM app.no_identity WHERE k = ${r.below(20)}; INSERT INTO app.no_identity VALUES (${r.below(20)}, 'again') ON CONFLICT DO NOTHING`],
  [2, (r) => `UPDATE app.by_index SET k = ${r.below(6)} WHERE u = ${r.below(20)}`],
  [1, (r) => `DELETE FROM app.by_index WHERE u = ${r.below(20)}; INSERT INTO app.by_index VALUES (${r.below(6)}, ${r.between(20, 40)}, '${word(r)}') ON CONFLICT DO NOTHING`],
  [3, (r) => `INSERT INTO app.part VALUES (${id(r)}, '${region(r)}', ${r.below(50)}) ON CONFLICT (id, region) DO UPDATE SET amount = excluded.amount`],
  // moves a row between partitions
  [3, (r) => `UPDATE app.part p SET region = '${region(r)}' WHERE id = ${id(r)} AND NOT EXISTS (SELECT FROM app.part q WHERE q.id = p.id AND q.region <> p.region)`],
  [1, (r) => `DELETE FROM app.part WHERE id % 7 = ${r.below(7)} AND region = '${region(r)}'`],
  [2, (r) => `UPDATE app.base SET v = v + ${r.between(-4, 4)} WHERE id = ${r.between(1, 20)}`],
  [1, (r) => `UPDATE ONLY app.derived SET v = ${r.below(20)}, extra = 1 WHERE id = ${r.between(11, 20)}`],
  [2, (r) => `INSERT INTO app.secret VALUES (${id(r)}, '${r.pick(['ann', 'ben', 'cat'])}', '${word(r)}')`],
  [2, (r) => `MERGE INTO app.item t USING (SELECT ${id(r)} AS id, '${kind(r)}' AS kind) s ON t.id = s.id
      WHEN MATCHED AND t.qty > 10 THEN DELETE WHEN MATCHED THEN UPDATE SET kind = s.kind
      WHEN NOT MATCHED THEN INSERT (id, kind) VALUES (s.id, s.kind)`],
  [1, (r) => `DO $do$ DECLARE c CURSOR FOR SELECT * FROM app.item WHERE kind = '${kind(r)}' FOR UPDATE; row app.item;
      BEGIN OPEN c; FETCH c INTO row; IF FOUND THEN UPDATE app.item SET qty = 7 WHERE CURRENT OF c; END IF; END $do$`],
  [1, (r) => `UPDATE app.item SET qty = qty, kind = kind WHERE id % 4 = ${r.below(4)}`],
  [1, (r) => `SET LOCAL session_replication_role = replica; INSERT INTO app.item (id, kind) VALUES (${id(r)}, '${kind(r)}') ON CONFLICT DO NOTHING`],
  [1, () => `TRUNCATE app.link`],
  [1, (r) => `TRUNCATE app.${r.pick(shadows)}`],
  [1, (r) => `TRUNCATE app.part_${r.pick(['north', 'rest'])}; INSERT INTO app.part VALUES (${id(r)}, '${region(r)}', 1) ON CONFLICT DO NOTHING`],
  [4, (r) => `INSERT INTO app.note (id, author, team, body, stars) VALUES (${r.between(1, 60)}, ${author(r)}, ${r.between(1, 3)}, ${words(r)}, ${r.below(9)})
      ON CONFLICT (id) DO UPDATE SET stars = excluded.stars, body = excluded.body WHERE app.note.team = excluded.team`],
  [3, (r) => `UPDATE app.note SET stars = stars + ${r.between(-2, 2)} WHERE id = ${r.between(1, 60)}`],
  [2, (r) => `UPDATE app.note SET author = ${author(r)}, team = ${r.between(1, 3)} WHERE id = ${r.between(1, 60)}`],
  [1, (r) => `UPDATE app.note n SET stars = m.team FROM app.membership m WHERE m.who = n.author AND n.id % 9 = ${r.below(9)}`],
  [1, (r) => `DELETE FROM app.note n USING app.membership m WHERE m.who = n.author AND m.private AND n.id % 5 = ${r.below(5)}`],
  [1, (r) => `INSERT INTO app.note (id, author, team, body, stars) SELECT id + 30, author, team, body, stars FROM app.note WHERE id < 30 AND id % 6 = ${r.below(6)} ON CONFLICT DO NOTHING`],
  [1, (r) => `DELETE FROM app.note WHERE id = ${r.between(1, 60)}; TRUNCATE app.room CASCADE; INSERT INTO app.room SELECT i, 'r' FROM generate_series(1, 5) i;
      INSERT INTO app.booking SELECT i, 1 + i % 5, int4range(i, i + ${r.between(1, 6)}) FROM generate_series(1, 20) i`],
  [2, (r) => `INSERT INTO app.membership VALUES ('${r.pick(['ann', 'ben', 'cat'])}', ${r.between(1, 3)}, ${r.chance(0.3)}) ON CONFLICT (who, team) DO UPDATE SET private = excluded.private`],
  [2, (r) => `DELETE FROM app.membership WHERE who = '${r.pick(['ann', 'ben', 'cat'])}' AND team = ${r.between(1, 3)}`],
  [2, (r) => `UPDATE app.booking SET during = int4range(${r.below(20)}, ${r.between(20, 30)}), room = ${r.between(1, 5)} WHERE id = ${r.between(1, 25)}`],
  [1, (r) => `DELETE FROM app.room WHERE id = ${r.between(1, 5)}; INSERT INTO app.room SELECT i, 'again' FROM generate_series(1, 5) i ON CONFLICT DO NOTHING`],
  ...(['c', 'f', 'i', 'e', 'j'] as const).map((column) =>
    [2, (r: Random) => `UPDATE app.trap SET ${column} = ${trap[column](r)} WHERE id = ${r.between(1, 24)}`] as const),
  [1, (r) => `WITH moved AS (DELETE FROM app.secret WHERE id = ${id(r)} RETURNING id) INSERT INTO app.secret SELECT id + 100, '${r.pick(['ann', 'ben', 'cat'])}', 'moved' FROM moved ON CONFLICT DO NOTHING`],
  [1, (r) => `UPDATE app.secret SET reader = '${r.pick(['ann', 'ben', 'cat'])}' WHERE id % 7 = ${r.below(7)}`],
  [1, (r) => `SAVEPOINT outer_one; UPDATE app.item SET qty = qty + 1 WHERE kind = '${kind(r)}'; SAVEPOINT inner_one; DELETE FROM app.note WHERE team = ${r.between(1, 3)};
      ROLLBACK TO inner_one; UPDATE app.note SET stars = 0 WHERE id = ${r.between(1, 60)}; RELEASE outer_one`],
  [1, (r) => `LOCK TABLE app.trap IN SHARE ROW EXCLUSIVE MODE; DELETE FROM app.trap WHERE id = ${r.between(1, 24)}; INSERT INTO app.trap SELECT i FROM generate_series(1, 24) i ON CONFLICT DO NOTHING`],
];

/**
 * One transaction: a few writes, perhaps with savepoints, rolled back, prepared, or committed without waiting. To be sent
 * string by string: COMMIT PREPARED must not share one with others.
 */
export function transaction(random: Random, name: string): string[] {
  const parts: string[] = ['BEGIN'];
  if (random.chance(0.2)) parts.push('SET LOCAL synchronous_commit = off');
  for (let i = random.between(1, 4); i > 0; i--) {
    const savepoint = random.below(6);
    if (savepoint < 2) parts.push('SAVEPOINT s');
    parts.push(random.weighted(writes)(random));
    if (savepoint === 0) parts.push('ROLLBACK TO s', random.weighted(writes)(random));
    if (savepoint === 1) parts.push('RELEASE s');
  }
  const end = random.below(12);
  if (end === 1) {
    return [[...parts, `PREPARE TRANSACTION '${name}'`].join(';\n'), `${random.chance(0.7) ? 'COMMIT' : 'ROLLBACK'} PREPARED '${name}'`];
  }
  return [[...parts, end === 0 ? 'ROLLBACK' : 'COMMIT'].join(';\n')];
}

/** What only psql can do. */
export function copyScript(random: Random): string {
  const rows = Array.from({ length: random.between(1, 20) }, () => `${random.below(11)}\t${word(random)}`);
  return `COPY app.${random.pick(shadows)} FROM STDIN;\n${rows.join('\n')}\n\\.\n`;
}

export const ddl: readonly string[][] = [
  ['ALTER TABLE app.item ADD COLUMN extra int DEFAULT 5', 'ALTER TABLE app.item DROP COLUMN extra'],
  ['DROP INDEX IF EXISTS app.item_kind', 'CREATE INDEX IF NOT EXISTS item_kind ON app.item (kind)'],
  ['VACUUM FULL app.item'],
  ['CLUSTER app.item USING item_pkey'],
  ['ANALYZE app.item'],
  ['VACUUM app.item'],
  ['ALTER TABLE app.item REPLICA IDENTITY FULL'],
  ['ALTER TABLE app.item REPLICA IDENTITY DEFAULT'],
  ['ALTER TABLE app.heap REPLICA IDENTITY FULL', 'ALTER TABLE app.heap REPLICA IDENTITY DEFAULT'],
  ['ALTER TABLE app.full_row ALTER COLUMN k TYPE bigint', 'ALTER TABLE app.full_row ALTER COLUMN k TYPE int'],
  [`CREATE TABLE app.part_west (LIKE app.part INCLUDING ALL)`, `INSERT INTO app.part_west VALUES (901, 'west', 9)`, `DELETE FROM app.part WHERE region = 'west'`, `ALTER TABLE app.part ATTACH PARTITION app.part_west FOR VALUES IN ('west')`],
  ['ALTER TABLE app.part DETACH PARTITION app.part_west', 'DROP TABLE app.part_west'],
  ['ALTER TABLE app.link SET UNLOGGED', `INSERT INTO app.link VALUES (1, 99, 5) ON CONFLICT DO NOTHING`, 'ALTER TABLE app.link SET LOGGED'],
  ['ALTER POLICY own ON app.secret USING (reader = freshet.user_id() AND id > 20)', 'ALTER POLICY own ON app.secret USING (reader = freshet.user_id())'],
  [`ALTER FUNCTION m.range(int) SET work_mem = '1MB'`, 'ALTER FUNCTION m.range(int) RESET ALL'],
  ['CREATE OR REPLACE VIEW app.owned AS SELECT i.id, i.kind, i.qty, p.name FROM app.item i JOIN app.person p ON p.id = i.owner WHERE i.qty > 0'],
  ['CREATE OR REPLACE VIEW app.owned AS SELECT i.id, i.kind, i.qty, p.name FROM app.item i JOIN app.person p ON p.id = i.owner'],
  ['ALTER TABLE app.tree RENAME TO tree2', 'ALTER TABLE app.tree2 RENAME TO tree'],
  ['REFRESH MATERIALIZED VIEW app.tally'],
  ['ALTER TABLE app.note RENAME COLUMN stars TO points', 'ALTER TABLE app.note RENAME COLUMN points TO stars'],
  ['ALTER TABLE app.note REPLICA IDENTITY FULL'],
  ['ALTER TABLE app.note REPLICA IDENTITY NOTHING'],
  ['ALTER TABLE app.note REPLICA IDENTITY DEFAULT'],
  ['DROP INDEX app.note_team', 'CREATE INDEX note_team ON app.note (team, stars DESC, id)'],
  ['ALTER TABLE app.item DISABLE TRIGGER audit', 'ALTER TABLE app.item ENABLE TRIGGER audit'],
  [`CREATE OR REPLACE FUNCTION app.depth_of(who int) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM app.link l WHERE l.b = who); END $$`],
  [`CREATE OR REPLACE FUNCTION app.require_member(in_team int) RETURNS boolean STABLE LANGUAGE sql AS $$ SELECT EXISTS (SELECT FROM app.membership m WHERE m.who = freshet.user_id() AND m.team = in_team AND NOT m.private) $$`],
  [`CREATE OR REPLACE FUNCTION m.filtered() RETURNS TABLE (team int, starred bigint, sum bigint) STABLE LANGUAGE sql AS $$ SELECT n.team, count(*) FILTER (WHERE n.stars > 4), max(n.stars)::bigint FROM app.note n GROUP BY n.team ORDER BY 1 $$`],
  [`SELECT freshet.hide('m.kinds')`, `SELECT freshet.expose('m.kinds', public => true)`],
  ['DROP POLICY own ON app.secret', 'CREATE POLICY own ON app.secret USING (reader = freshet.user_id()) WITH CHECK (true)'],
  ['ALTER TABLE app.secret DISABLE ROW LEVEL SECURITY', 'ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY'],
  ['ALTER TYPE app.level ADD VALUE IF NOT EXISTS \'top\''],
  ['ALTER TABLE app.derived NO INHERIT app.base', 'ALTER TABLE app.derived INHERIT app.base'],
];
