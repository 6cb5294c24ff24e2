/** freshet push: SQL files into a database, in one transaction. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshet, startFreshet, type Said } from '../harness/cli.ts';
import { Cluster } from '../harness/cluster.ts';
import { eventually } from '../harness/deadline.ts';

let cluster: Cluster;
let root: string;
let folder: string;
let counter = 0;

beforeAll(async () => void (cluster = await Cluster.start()));
afterAll(() => cluster?.remove());

// Each test has a folder, and schemas, of its own.
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'freshet-push-'));
  folder = join(root, `app${++counter}`);
  mkdirSync(folder);
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const push = (...args: string[]): Promise<Said> => freshet(['push', folder, '--functions-only', ...args], { FRESHET_OWNER_URL: cluster.url('owner') });
const pushed = async (...args: string[]): Promise<string> => {
  const said = await push(...args);
  expect(said.err).toBe('');
  expect(said.code).toBe(0);
  return said.out;
};
const sql = (text: string): Promise<void> => cluster.sql('owner', text);
const one = async (text: string): Promise<unknown> => (await cluster.rows('admin', text))[0]?.[0];

describe('functions', () => {
  test('are made and exposed, and left alone when nothing has changed', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS p1; CREATE FUNCTION p1.f(n int) RETURNS int STABLE LANGUAGE sql AS $$ SELECT n + 1 $$;
      SELECT freshet.expose('p1.f', public => true);`);
    const first = await pushed();
    expect(first).toMatch(/created +p1\.f\(n integer\) +.*a\.sql:1/);
    expect(first).toMatch(/exposed +p1\.f/);
    const before = await one(`SELECT xmin::text || ctid FROM pg_proc WHERE oid = 'p1.f(int)'::regprocedure`);
    const second = await pushed();
    expect(second).toContain('1 function unchanged');
    expect(second).not.toMatch(/created|replaced|exposed/);
    expect(await one(`SELECT xmin::text || ctid FROM pg_proc WHERE oid = 'p1.f(int)'::regprocedure`)).toBe(before);
  });

  test('may use what files behind them define', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS p2; CREATE FUNCTION p2.first() RETURNS p2.pair STABLE BEGIN ATOMIC SELECT * FROM p2.later(); END;`);
    write('b.sql', `CREATE FUNCTION p2.later() RETURNS p2.pair STABLE LANGUAGE sql AS 'SELECT 1, 2'`);
    await sql('CREATE SCHEMA p2; CREATE TYPE p2.pair AS (a int, b int)');
    const said = await pushed();
    expect(said).toContain('created   p2.first()');
    expect(said).toContain('created   p2.later()');
  });

  test('with another result are replaced, and keep exposure, rights, comment and owner', async () => {
    const text = (result: string, body: string): string =>
      `CREATE SCHEMA IF NOT EXISTS p3; CREATE FUNCTION p3.f(n int) RETURNS ${result} STABLE LANGUAGE sql AS $$ SELECT ${body} $$;`;
    write('a.sql', text('int', 'n'));
    await pushed();
    await sql(`SELECT freshet.expose('p3.f', public => true, deadline_ms => 1234); COMMENT ON FUNCTION p3.f IS 'says';
      REVOKE ALL ON FUNCTION p3.f FROM PUBLIC; GRANT EXECUTE ON FUNCTION p3.f TO freshet_stream WITH GRANT OPTION`);
    write('a.sql', text('TABLE (a int, b text)', "n, 'x'"));
    expect(await pushed()).toMatch(/replaced +p3\.f\(n integer\) +\(its result changed\)/);
    expect(await one(`SELECT problem FROM freshet.functions WHERE path = 'p3.f'`)).toBe(null);
    expect(await one(`SELECT options ->> 'deadline_ms' || (options ->> 'cardinality') FROM freshet.exposures() WHERE path = 'p3.f'`)).toBe('1234many');
    expect(await one(`SELECT obj_description('p3.f(int)'::regprocedure)`)).toBe('says');
    expect(await one(`SELECT proacl::text FROM pg_proc WHERE proname = 'f' AND pronamespace = 'p3'::regnamespace`)).toBe(
      '{freshet_owner=X/freshet_owner,freshet_stream=X*/freshet_owner}',
    );
  });

  test('with other arguments take the place of what was pushed before, and keep exposure and rights', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS p4; CREATE FUNCTION p4.f(n int) RETURNS int STABLE LANGUAGE sql AS $$ SELECT n $$;`);
    await pushed();
    await sql(`SELECT freshet.expose('p4.f', public => true); REVOKE ALL ON FUNCTION p4.f FROM PUBLIC`);
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS p4; CREATE FUNCTION p4.f(n int, m text) RETURNS int STABLE LANGUAGE sql AS $$ SELECT n + length(m) $$;`);
    expect(await pushed()).toMatch(/dropped +p4\.f\(n integer\) +\(its arguments changed\)/);
    expect(await one(`SELECT count(*) FROM pg_proc WHERE pronamespace = 'p4'::regnamespace`)).toBe('1');
    expect(await one(`SELECT problem FROM freshet.functions WHERE path = 'p4.f'`)).toBe(null);
    expect(await one(`SELECT has_function_privilege('freshet_stream', 'p4.f(int, text)', 'EXECUTE')`)).toBe(false);
  });

  test('that others depend on are refused, with their names', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS p5; CREATE FUNCTION p5.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1'`);
    await pushed();
    await sql('CREATE VIEW p5.seen AS SELECT p5.f()');
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS p5; CREATE FUNCTION p5.f() RETURNS text STABLE LANGUAGE sql AS 'SELECT 1::text'`);
    const said = await push();
    expect(said.code).toBe(1);
    expect(said.err).toContain('other objects depend on it');
    expect(said.err).toContain('view p5.seen');
    expect(await one('SELECT p5.f()')).toBe(1);
  });

  test('that are gone from the files are told, and dropped with --prune; others are left alone', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS p6; CREATE FUNCTION p6.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION p6.g() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1'; SELECT freshet.expose('p6.g', public => true);`);
    await pushed();
    await sql(`CREATE FUNCTION p6.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS p6; CREATE FUNCTION p6.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1'`);
    expect(await pushed()).toMatch(/kept +p6\.g\(\) .*--prune/);
    expect(await pushed('--prune')).toMatch(/dropped +p6\.g\(\)/);
    expect(await one(`SELECT string_agg(proname, ',' ORDER BY proname) FROM pg_proc WHERE pronamespace = 'p6'::regnamespace`)).toBe('f,mine');
    expect(await one(`SELECT count(*) FROM freshet.functions WHERE path = 'p6.g'`)).toBe('0');
  });
});

describe('what is wrong', () => {
  test.each([
    ['a column that is not there', 'SELECT n.nope FROM pg_class n', /a\.sql:3:9: error: column n\.nope does not exist \[42703\]/],
    ['what is no SQL', 'SELEC 1', /a\.sql:3:2: error: syntax error at or near "SELEC" \[42601\]/],
  ])('in a body has file, line, column, and nothing is changed: %s', async (_name, body, message) => {
    const schema = `q${++counter}`;
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS ${schema};\nCREATE FUNCTION ${schema}.f() RETURNS int STABLE LANGUAGE sql AS $$\n ${body}\n$$;`);
    const said = await push();
    expect(said.code).toBe(1);
    expect(said.err).toMatch(message);
    expect(said.err).toContain('nothing was changed');
    expect(await one(`SELECT to_regnamespace('${schema}')`)).toBe(null);
  });

  test('in PL/pgSQL has its line', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS q1;\n\nCREATE FUNCTION q1.f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n  RETRUN 1;\nEND $$;`);
    expect((await push()).err).toMatch(/a\.sql:5:3: error: syntax error at or near "RETRUN"/);
  });

  test('in a statement counts characters, and what was put in does not move it', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS q1; /* ä */ CREATE FUNCTION q1.ä(n int DEFAULT nosuch + 1) RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    expect((await push()).err).toMatch(/a\.sql:1:\d+: error: column "nosuch" does not exist/);
    const said = (await push()).err.split('\n');
    expect(said[2]?.indexOf('^')).toBe(said[1]?.indexOf('nosuch'));
  });

  test('every problem is told, not the first alone', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS q1; CREATE FUNCTION q1.f() RETURNS int LANGUAGE sql AS 'SELECT a';`);
    write('b.sql', `CREATE FUNCTION q1.g() RETURNS int LANGUAGE sql AS 'SELECT b';`);
    const said = await push();
    expect(said.err).toContain('a.sql:1');
    expect(said.err).toContain('b.sql:1');
    expect(said.err).toContain('2 errors');
  });

  test('an exposure that is refused names the line of the function', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS q1;\nCREATE FUNCTION q1.f(n int) RETURNS SETOF int STABLE LANGUAGE sql AS $$\n  SELECT 1\n$$;\nSELECT freshet.expose('q1.f', public => true);`);
    const said = await push();
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/a\.sql:\d+:\d+: error: .*\[RF013\]/);
  });

  test.each([
    ['BEGIN', /one transaction/],
    ['COPY t FROM STDIN', /COPY has no data here/],
    ['CREATE TABLE t (a int)', /CREATE TABLE would fail the second time/],
    ['CREATE VIEW v AS SELECT 1', /CREATE OR REPLACE VIEW/],
    ['INSERT INTO t VALUES (1)', /ON CONFLICT DO NOTHING/],
    ['DROP FUNCTION f()', /DROP … IF EXISTS/],
    ['ALTER TABLE t ADD COLUMN b int', /schema\.sql/],
    ["SET role = 'x'", /search_path/],
    ['\\i other.sql', /psql's own commands/],
    ["SELECT 'a", /a string is not closed/],
  ])('%s is refused, with a remedy', async (statement, message) => {
    write('a.sql', `${statement};`);
    const said = await push();
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/a\.sql:1:\d+: error: /);
    expect(said.err).toMatch(message);
  });

  test('a push that would break what others expose is refused', async () => {
    await sql(`CREATE SCHEMA q2; CREATE TABLE q2.t (a int); CREATE VIEW q2.v AS SELECT 1 AS a, 2 AS b;
      CREATE FUNCTION q2.f() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT b FROM q2.v LIMIT 3'; SELECT freshet.expose('q2.f', public => true)`);
    write('a.sql', 'DROP VIEW IF EXISTS q2.v; CREATE VIEW q2.v AS SELECT 1 AS a');
    const said = await push();
    expect(said.code).toBe(1);
    expect(said.err).toContain('q2.f');
    expect(said.err).toContain('this push would break it');
    expect(await one('SELECT b FROM q2.v')).toBe(2);
    await sql(`SELECT freshet.hide('q2.f')`);
  });
});

describe('trying it', () => {
  const text = `CREATE SCHEMA IF NOT EXISTS r1; CREATE FUNCTION r1.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1'; SELECT freshet.expose('r1.f', public => true);`;

  test('--dry-run shows what would be done and does nothing', async () => {
    write('a.sql', text);
    expect(await pushed('--dry-run')).toMatch(/created +r1\.f\(\)[^]*nothing was changed/);
    expect(await one(`SELECT to_regnamespace('r1')`)).toBe(null);
  });

  test('--emit-sql writes a script that does the same', async () => {
    write('a.sql', text);
    const script = await pushed('--emit-sql', '-');
    expect(await one(`SELECT to_regnamespace('r1')`)).toBe(null);
    await sql(`BEGIN; ${script} COMMIT`);
    expect(await one(`SELECT path FROM freshet.functions WHERE path = 'r1.f'`)).toBe('r1.f');
    expect(await pushed()).toContain('1 function unchanged');
  });
});

describe('together with others', () => {
  test('of two pushes at once the second waits for the first', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS s1; CREATE FUNCTION s1.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';`);
    await pushed();
    write('b.sql', `DO $$ BEGIN PERFORM pg_sleep(60); END $$;`);
    const slow = startFreshet(['push', folder], { FRESHET_OWNER_URL: cluster.url('owner') }, join(root, 'slow.log'));
    await eventually('the first push is at work', async () => (await one(`SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)) === '1');
    write('b.sql', '');
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS s1; CREATE FUNCTION s1.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT 2';`);
    const second = push();
    await eventually('the second waits', async () => (await one(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)) === '1');
    // Killed in the middle: the server takes back what it did.
    await slow.stop('SIGKILL');
    await cluster.rows('admin', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
    const said = await second;
    expect(said.err).toContain('another push is under way');
    expect(said.code).toBe(0);
    expect(await one('SELECT s1.f()')).toBe(2);
  });

  test('a push that is killed leaves what was there', async () => {
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS s2; CREATE FUNCTION s2.f() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';`);
    await pushed();
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS s2; CREATE FUNCTION s2.f() RETURNS text STABLE LANGUAGE sql AS 'SELECT 2::text';`);
    write('b.sql', `DO $$ BEGIN PERFORM pg_sleep(60); END $$;`);
    const slow = startFreshet(['push', folder], { FRESHET_OWNER_URL: cluster.url('owner') }, join(root, 'slow.log'));
    await eventually('the push is in the middle', async () => (await one(`SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)) === '1');
    await slow.stop('SIGKILL');
    await cluster.rows('admin', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
    expect(await one('SELECT s2.f()')).toBe(1);
  });
});

describe('tables', () => {
  const database = 'tables';
  const url = (role: 'owner' | 'admin'): string => cluster.url(role).replace(/\/app$/, `/${database}`);
  const tables = (...args: string[]): Promise<Said> => freshet(['push', folder, '--app', 'tables', ...args], { FRESHET_OWNER_URL: url('owner'), FRESHET_SCRATCH_URL: url('admin'), HOME: '/nonexistent' });
  const ask = async (text: string): Promise<unknown> => {
    const client = await cluster.connect('admin', { database });
    try {
      return (await client.query({ text, rowMode: 'array' })).rows[0]?.[0];
    } finally {
      await client.end();
    }
  };
  const schema = (columns: string, rest = ''): string => `CREATE SCHEMA shop; CREATE TABLE shop.item (id int PRIMARY KEY, ${columns}); ${rest}`;

  beforeAll(async () => {
    await cluster.sql('admin', `CREATE DATABASE ${database} OWNER freshet_owner`);
    const client = await cluster.connect('admin', { database });
    await client.query(`CREATE EXTENSION citext; CREATE EXTENSION freshet; SELECT freshet.grant_gateway('freshet_call', 'freshet_stream')`);
    await client.end();
  });

  test('of an empty database are made by running schema.sql', async () => {
    write('schema.sql', schema('name citext NOT NULL, price int'));
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS items; CREATE OR REPLACE VIEW shop.cheap AS SELECT id FROM shop.item WHERE price < 10;
      CREATE FUNCTION items.names() RETURNS SETOF citext STABLE LANGUAGE sql AS $$ SELECT name FROM shop.item ORDER BY name LIMIT 9 $$; SELECT freshet.expose('items.names', public => true);`);
    const said = await tables();
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(await ask('INSERT INTO shop.item VALUES (1, $$rye$$, 4) RETURNING id')).toBe(1);
  });

  test('come to what schema.sql declares; what function files and others made stays', async () => {
    await ask('CREATE SCHEMA other');
    await ask('CREATE TABLE other.mine (a int)');
    write('schema.sql', schema('name citext NOT NULL, price int, stock int NOT NULL DEFAULT 3', `CREATE INDEX ON shop.item (stock); COMMENT ON TABLE shop.item IS 'goods';
      CREATE DOMAIN shop.code AS text CHECK (VALUE <> ''); CREATE TABLE shop.sale (code shop.code, item int REFERENCES shop.item);`));
    write('a.sql', `CREATE SCHEMA IF NOT EXISTS items; CREATE OR REPLACE VIEW shop.cheap AS SELECT id FROM shop.item WHERE price < 10;
      CREATE FUNCTION items.names() RETURNS SETOF citext STABLE LANGUAGE sql AS $$ SELECT name FROM shop.item WHERE stock > 0 ORDER BY name LIMIT 9 $$; SELECT freshet.expose('items.names', public => true);`);
    const said = await tables();
    expect(said.code).toBe(0);
    expect(said.out).toMatch(/schema +alter table "shop"\."item" add column "stock"/);
    expect(await ask('SELECT stock FROM shop.item')).toBe(3);
    expect(await ask(`SELECT count(*) FROM shop.cheap`)).toBe('1');
    expect(await ask(`SELECT to_regclass('other.mine')`)).toBe('other.mine');
    expect(await ask(`SELECT obj_description('shop.item'::regclass)`)).toBe('goods');
    expect(await ask(`SELECT count(*) FROM pg_database WHERE datname LIKE 'freshet_scratch%'`)).toBe('0');
    expect(await tables()).toMatchObject({ code: 0, err: '' });
  });

  test('are not robbed of data without leave', async () => {
    write('schema.sql', schema('name citext NOT NULL, stock int NOT NULL DEFAULT 3', 'CREATE INDEX ON shop.item (stock);'));
    write('a.sql', 'DROP VIEW IF EXISTS shop.cheap');
    const said = await tables();
    expect(said.code).toBe(3);
    expect(said.err).toMatch(/drop table "shop"\."sale";  -- destroys data/);
    expect(said.err).toMatch(/--yes-destructive allows it/);
    expect(await ask('SELECT price FROM shop.item')).toBe(4);
    expect((await tables('--dry-run')).out).toMatch(/drop column "price" +\(destroys data\)/);
    expect(await ask('SELECT price FROM shop.item')).toBe(4);
  });

  test('a step that something stands in the way of changes nothing', async () => {
    write('schema.sql', schema('name citext NOT NULL, stock int NOT NULL DEFAULT 3', 'CREATE TABLE shop.more (a int);'));
    write('a.sql', `CREATE OR REPLACE VIEW shop.cheap AS SELECT id FROM shop.item WHERE price < 10`);
    const said = await tables('--yes-destructive');
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/a\.sql:1:\d+: error: column "price" does not exist/);
    expect(await ask(`SELECT to_regclass('shop.more')`)).toBe(null);
  });

  test('with leave, what is not declared is dropped', async () => {
    write('schema.sql', schema('name citext NOT NULL, stock int NOT NULL DEFAULT 3'));
    await ask('DROP VIEW shop.cheap');
    const said = await tables('--yes-destructive');
    expect(said.err).toBe('schema.sql has changed: finding out what that means for the tables\n');
    expect(said.code).toBe(0);
    expect(await ask(`SELECT count(*) FROM pg_attribute WHERE attrelid = 'shop.item'::regclass AND attname = 'price' AND NOT attisdropped`)).toBe('0');
  });

  test('rows do not belong into schema.sql', async () => {
    write('schema.sql', schema('name citext', 'INSERT INTO shop.item VALUES (1)'));
    expect((await tables()).err).toMatch(/schema\.sql:1:\d+: error: schema\.sql says what tables there are, not what is in them/);
  });
});

describe('around migrations of a team', () => {
  const functions = `CREATE SCHEMA IF NOT EXISTS t1; CREATE FUNCTION t1.f() RETURNS SETOF int STABLE LANGUAGE sql AS $$ SELECT b FROM t1.t ORDER BY b LIMIT 3 $$; SELECT freshet.expose('t1.f', public => true);`;

  test('their command runs first, with the URL of the database; functions follow', async () => {
    write('a.sql', functions);
    const said = await push('--around', `node -e "
      const pg = require('${new URL('../../node_modules/pg', import.meta.url).pathname}');
      const client = new pg.Client(process.env.DATABASE_URL);
      client.connect().then(() => client.query('CREATE SCHEMA t1 CREATE TABLE t (a int, b int)')).then(() => client.end());"`);
    expect(said.err).toMatch(/^running node/);
    expect(said.code).toBe(0);
    expect(said.out).toMatch(/created +t1\.f\(\)/);
  });

  test('when it fails its exit status is ours, and nothing is pushed', async () => {
    write('a.sql', functions.replace('LIMIT 3', 'LIMIT 4'));
    const said = await push('--around', 'exit 42');
    expect(said.code).toBe(42);
    expect(said.err).toContain('the functions are as they were');
    expect(await one(`SELECT prosrc FROM pg_proc WHERE oid = 't1.f()'::regprocedure`)).toContain('LIMIT 3');
  });

  test('a function that no longer fits is told with its place', async () => {
    write('a.sql', functions);
    const said = await push('--around', 'exit 0', '--dry-run');
    expect(said.code).toBe(2);
    await sql('ALTER TABLE t1.t RENAME b TO c');
    const broken = await push('--around', 'exit 0');
    expect(broken.code).toBe(1);
    expect(broken.err).toMatch(/a\.sql:1:\d+: error: column "b" does not exist/);
    expect(broken.err).toContain('what the command did to the tables stays');
  });
});
