/** The commands for people: what they print, and how they end. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseEnvironment, freshet, startFreshet } from '../harness/cli.ts';
import { eventually } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { explain, fixture, useStack } from '../harness/stack.ts';

const ADMIN_TOKEN = 'a token for operators only';

const functions = `
  CREATE FUNCTION notes.chatty(n int) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN
    RAISE NOTICE 'counting to %', n; RAISE LOG 'for the log'; RAISE DEBUG 'not said'; RETURN n; END $$;
  CREATE FUNCTION notes.raises(n int) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'secret %', n USING HINT = 'a hint', DETAIL = 'a detail'; END $$;
  CREATE FUNCTION notes.mine() RETURNS TABLE (id int) STABLE LANGUAGE sql AS
    $$ SELECT n.id FROM app.note n WHERE n.list = freshet.user_id()::int AND freshet.claim('org') IS NULL ORDER BY n.id $$;
  CREATE FUNCTION app.is_seven() RETURNS boolean STABLE LANGUAGE sql AS $$ SELECT freshet.user_id() = '7' $$;
  CREATE FUNCTION notes.guarded() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT count(*) FROM app.note $$;
  CREATE FUNCTION notes.big() RETURNS jsonb STABLE LANGUAGE sql AS $$ SELECT '{"n": 123456789012345678901234567890.10}'::jsonb $$;
  CREATE FUNCTION notes.paged(list int) RETURNS TABLE (id int, body text) STABLE LANGUAGE sql AS
    $$ SELECT n.id, n.body FROM app.note n WHERE n.list = paged.list ORDER BY n.body, n.id $$;
  SELECT freshet.expose('notes.paged', public => true, max_page => 10);
  SELECT freshet.expose('notes.chatty', public => true), freshet.expose('notes.raises', public => true), freshet.expose('notes.mine', public => true),
         freshet.expose('notes.guarded', guard => 'app.is_seven()'), freshet.expose('notes.big', public => true);
  INSERT INTO app.note (list, body) VALUES (7, 'seventh'), (7, 'another');`;

const stack = useStack({
  sql: `${fixture('notes')}${functions}`,
  gateway: { settings: { FRESHET_ADMIN_TOKEN: ADMIN_TOKEN, FRESHET_LOG_LEVEL: 'debug' } },
});
let folder: string;
const run = (...args: string[]) => freshet(['run', ...args], databaseEnvironment(stack.cluster));
const onGateway = () => ({ FRESHET_GATEWAY_URL: `http://127.0.0.1:${stack.gateway.port}`, FRESHET_ADMIN_TOKEN: ADMIN_TOKEN });

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'freshet-commands-'))));
afterAll(() => rmSync(folder, { recursive: true }));

describe('freshet run', () => {
  test('prints the value on standard output and nothing else', async () => {
    const said = await run('notes.in_list', '{"list": 7}');
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(said.out)).toEqual([
      { id: 1, body: 'seventh', stars: 0 },
      { id: 2, body: 'another', stars: 0 },
    ]);
  });

  test('keeps every digit', async () => {
    expect((await run('notes.big')).out).toContain('123456789012345678901234567890.10');
  });

  test('runs as whom --as names', async () => {
    expect(JSON.parse((await run('notes.mine', '{}', '--as', '{"sub": "7"}')).out)).toHaveLength(2);
    expect(JSON.parse((await run('notes.mine')).out)).toEqual([]);
    expect(JSON.parse((await run('notes.mine', '{}', '--as', '{"sub": "7", "org": "x"}')).out)).toEqual([]);
  });

  test('is held to the guard', async () => {
    expect(await run('notes.guarded', '{}', '--as', '{"sub": "7"}')).toMatchObject({ code: 0, out: '2\n' });
    const refused = await run('notes.guarded', '{}', '--as', '{"sub": "8"}');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('forbidden');
  });

  test('shows what the function raised, as it comes, on standard error', async () => {
    const said = await run('notes.chatty', '{"n": 3}');
    expect(said).toMatchObject({ code: 0, out: '3\n' });
    expect(said.err).toBe('NOTICE: counting to 3\nLOG: for the log\n');
  });

  test('shows an error whole, and what a client sees of it', async () => {
    const said = await run('notes.raises', '{"n": 5}');
    expect(said).toMatchObject({ code: 1, out: '' });
    for (const part of ['P0001: secret 5', 'detail: a detail', 'hint: a hint', 'context: PL/pgSQL function notes.raises(integer)', '"message":"internal error"'])
      expect(said.err).toContain(part);
  });

  test('--explain tells plans, rows, time and what was read', async () => {
    const said = await run('notes.mine', '{}', '--as', '{"sub": "7"}', '--explain');
    for (const part of [/plan of: .*notes\.mine/, /Index .*Scan.*\(actual time=/s, /result: 2 rows, \d+ B/, /time in the database: \d/, /reads app\.note \(.*\) where list = one value/, /claims read: (org, sub|sub, org)/])
      expect(said.err).toMatch(part);
  });

  test('--json is one object with all of it', async () => {
    const said = await run('notes.chatty', '{"n": 3}', '--json', '--explain');
    expect(said).toMatchObject({ code: 0, err: '' });
    const all = JSON.parse(said.out);
    expect(all).toMatchObject({ path: 'notes.chatty', kind: 'query', value: 3, claims_read: {} });
    expect(all.notices).toMatchObject([{ severity: 'NOTICE', message: 'counting to 3' }, { severity: 'LOG' }]);
    expect(all.plans[0].plan).toContain('actual time');
    const failed = JSON.parse((await run('notes.raises', '{"n": 5}', '--json')).out);
    expect(failed).toMatchObject({ error: { sqlstate: 'P0001', message: 'secret 5' }, client_error: { code: 'internal' } });
  });

  test('a mutation takes effect, and with --dry-run it does not', async () => {
    const count = async () => (await run('notes.count_in', '{"list": 55}')).out.trim();
    expect((await run('notes.add', '{"list": 55, "body": "x"}', '--dry-run')).code).toBe(0);
    expect(await count()).toBe('0');
    expect((await run('notes.add', '{"list": 55, "body": "x"}')).code).toBe(0);
    expect(await count()).toBe('1');
  });

  test('--explain tells what a mutation read and wrote, triggers included, and with --dry-run what it would have', async () => {
    await stack.cluster.sql('owner', `
      CREATE TABLE app.shelf (id int PRIMARY KEY, open boolean NOT NULL);
      CREATE TABLE app.copy (id int PRIMARY KEY, shelf int NOT NULL REFERENCES app.shelf ON DELETE CASCADE);
      CREATE TABLE app.journal (at timestamptz NOT NULL DEFAULT now(), what text NOT NULL);
      INSERT INTO app.shelf VALUES (1, true), (2, false);
      INSERT INTO app.copy VALUES (1, 1), (2, 1), (3, 2);
      CREATE FUNCTION app.note_shelf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.journal (what) VALUES (OLD.id); RETURN OLD; END $$;
      CREATE TRIGGER noted AFTER DELETE ON app.shelf FOR EACH ROW EXECUTE FUNCTION app.note_shelf();
      CREATE FUNCTION notes.drop_shelf(shelf int) RETURNS void LANGUAGE sql AS $$ DELETE FROM app.shelf s WHERE s.id = drop_shelf.shelf AND s.open $$;
      SELECT freshet.expose('notes.drop_shelf', public => true)`);
    const rehearsed = await run('notes.drop_shelf', '{"shelf": 1}', '--explain', '--dry-run');
    expect(rehearsed).toMatchObject({ code: 0, out: 'null\n' });
    for (const part of [/plan of: /, /^reads app\.shelf \(.*\) where/m, /^writes app\.copy: 2 deleted$/m, /^writes app\.journal: 1 inserted$/m, /^writes app\.shelf: 1 deleted$/m, /rolled back/])
      expect(rehearsed.err).toMatch(part);
    expect(await stack.cluster.rows('owner', 'SELECT count(*) FROM app.shelf')).toEqual([['2']]);
    const said = JSON.parse((await run('notes.drop_shelf', '{"shelf": 1}', '--explain', '--json')).out);
    expect(said.writes).toEqual([
      { table: 'app.copy', inserted: 0, updated: 0, deleted: 2 }, { table: 'app.journal', inserted: 1, updated: 0, deleted: 0 }, { table: 'app.shelf', inserted: 0, updated: 0, deleted: 1 }]);
    expect(JSON.stringify(said.reads)).toContain('shelf');
    const idle = await run('notes.drop_shelf', '{"shelf": 2}', '--explain');
    expect(idle.err).toMatch(/^writes nothing$/m);
    expect(JSON.parse((await run('notes.drop_shelf', '{"shelf": 2}', '--json')).out)).not.toHaveProperty('writes');
  });

  test('a page is asked for as clients do', async () => {
    for (const body of ['a', 'b', 'c']) await run('notes.add', JSON.stringify({ list: 57, body }));
    const first = JSON.parse((await run('notes.paged', '{"list": 57}', '--page', '{"limit": 2}')).out);
    expect(first.rows.map((row: { body: string }) => row.body)).toEqual(['a', 'b']);
    const rest = JSON.parse((await run('notes.paged', '{"list": 57}', '--page', JSON.stringify({ limit: 2, after: first.next }))).out);
    expect(rest).toMatchObject({ rows: [{ body: 'c' }], next: null });
    const wrong = await run('notes.paged', '{"list": 57}', '--page', '{"limit": 0}');
    expect(wrong.err).toContain('"code":"invalid_arguments"');
    expect(await run('notes.add', '{"list": 57, "body": "x"}', '--page', '{"limit": 2}')).toMatchObject({ code: 2, err: expect.stringContaining('--page is for queries') });
  });

  test('names the argument of a violated constraint', async () => {
    await run('notes.add', '{"list": 56, "body": "x", "slug": "taken"}');
    const said = JSON.parse((await run('notes.add', '{"list": 56, "body": "x", "slug": "taken"}', '--json')).out);
    expect(said.client_error).toMatchObject({ code: 'conflict', details: { constraint: 'one_slug', table: 'note', columns: ['slug'], argument: 'slug' } });
  });

  test.each([
    [['run'], 'path is required'],
    [['run', 'notes.in_list', '[1]'], 'the arguments must be a JSON object'],
    [['run', 'notes.in_list', '{"list":'], 'the arguments: '],
    [['run', 'notes.in_list', '{}', '--as', '7'], '--as must be a JSON object'],
    [['run', 'notes.in_list', '{}', '--page', '7'], '--page must be a JSON object'],
    [['watch', 'notes.in_list', '{}', '--page', '{'], '--page: '],
    [['watch', 'notes.in_list', '{}', '--page', '[]'], '--page must be a JSON object'],
    [['run', 'notes.in_list', '{}', '--pain'], 'there is no flag --pain'],
  ])('%j: says what is wrong, and ends with 2', async (args, message) => {
    const said = await freshet(args, databaseEnvironment(stack.cluster));
    expect(said.code).toBe(2);
    expect(said.err).toContain(message);
  });

  test('says that a function is not exposed, and that there is no database', async () => {
    expect((await run('notes.hidden')).err).toContain('no function notes.hidden is exposed');
    const away = await freshet(['run', 'notes.in_list', '{}'], { FRESHET_DATABASE_URL: 'postgresql://u:hidden-secret@127.0.0.1:1/x' });
    expect(away.code).toBe(1);
    expect(away.err).not.toContain('hidden-secret');
    expect((await freshet(['run', 'notes.in_list'])).err).toContain('--database-url (FRESHET_DATABASE_URL) is missing');
  });
});

describe('freshet watch', () => {
  test('shows a page, its rows as they come and go, and what follows', async () => {
    explain(stack);
    for (const body of ['b', 'd']) await run('notes.add', JSON.stringify({ list: 171, body }));
    const watching = startFreshet(['watch', 'notes.paged', '{"list": 171}', '--page', '{"limit": 2}'], databaseEnvironment(stack.cluster), join(folder, 'watch-page.log'));
    const says = (what: RegExp) => eventually(`watch says ${what}`, () => what.test(watching.log()), { within: 40_000 });
    await says(/"body":"b"[^]*"body":"d"[^]*\n {2}nothing follows\n/);
    await run('notes.add', '{"list": 171, "body": "a"}');
    await says(/ {2}2 rows\n[^]* {2}- \[1\] [^\n]*"body":"d"[^]* {2}\+ \[0\] [^\n]*"body":"a"[^]*\n {2}more after "/);
    watching.signal('SIGINT');
    expect(await watching.exited).toMatchObject({ code: 0 });
  });

  test('shows the result and then each change, as claims allow', async () => {
    explain(stack);
    const watching = startFreshet(['watch', 'notes.in_list', '{"list": 70}'], databaseEnvironment(stack.cluster), join(folder, 'watch.log'));
    const says = (what: string) => eventually(`watch says ${what}`, () => watching.log().includes(what), { within: 40_000 });
    await says('[]');
    await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (70, 'watched')`);
    await says('"body":"watched"');
    expect(watching.log()).toMatch(/ {2}1 rows\n {2}\+ \[0\] \{"id":\d+,"body":"watched","stars":0\}/);
    await stack.cluster.sql('owner', `UPDATE app.note SET stars = 5 WHERE list = 70`);
    await says('"stars":5');
    expect(watching.log()).toMatch(/- \[0\] \{"id":\d+,"body":"watched","stars":0\}\n {2}\+ \[0\] \{"id":\d+,"body":"watched","stars":5\}/);
    expect(await watching.stop('SIGINT')).toMatchObject({ code: 0 });
  });

  test('--count ends it, --json gives what clients get; an error is a result', async () => {
    const said = await freshet(['watch', 'notes.count_in', '{"list": 71}', '--count', '1', '--json'], databaseEnvironment(stack.cluster));
    expect(said).toMatchObject({ code: 0 });
    expect(JSON.parse(said.out)).toMatchObject({ value: 0 });
    const refused = await freshet(['watch', 'notes.guarded', '{}', '--count', '1', '--as', '{"sub": "8"}'], databaseEnvironment(stack.cluster));
    expect(refused.out).toContain('forbidden');
  });
});

describe('freshet top and freshet why', () => {
  test('show what runs, why, and what it reads', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 80 });
    const [[id]] = (await stack.cluster.rows('owner', `INSERT INTO app.note (list, body) VALUES (80, 'first') RETURNING id`)) as [[number]];
    await client.until('the row', () => (list.value as unknown[]).length === 1);
    await stack.cluster.sql('owner', `UPDATE app.note SET stars = 9 WHERE id = ${id}`);
    await client.until('the stars', () => (list.value as { stars: number }[])[0]?.stars === 9);

    const top = await freshet(['top', '--once'], onGateway());
    expect(top.code, top.err).toBe(0);
    expect(top.out).toMatch(/ID +SUBS +RUNS +LAST/);
    expect(top.out).toMatch(/1 +\d+ .*notes\.in_list \{"list":80\} .*update of app\.note \(stars\)/);
    const page = JSON.parse((await freshet(['top', '--once', '--json'], onGateway())).out);
    const query = page.queries.find((each: { args: { list?: number } }) => each.args.list === 80);
    expect(query).toMatchObject({ path: 'notes.in_list', subscribers: 1, last_cause: { kind: 'row', table: 'app.note', change: 'update', columns: ['stars'] } });

    expect(query.runs).toBeGreaterThanOrEqual(3);

    const why = await freshet(['why', String(query.id)], onGateway());
    expect(why.code).toBe(0);
    expect(why.out).toMatch(/reads app\.note \(.*\) where list = one value/);
    expect(why.out).toMatch(/insert into app\.note where list = one value \(transaction \d+, committed \d{4}-.*Z\)/);
    expect(why.out).toMatch(/first run/);
    expect((await freshet(['why', 'notes.in_list'], onGateway())).out).toContain(`live query ${query.id}: notes.in_list {"list":80}`);

    await stack.cluster.sql('owner', 'TRUNCATE app.note');
    await client.until('nothing', () => (list.value as unknown[]).length === 0);
    expect((await freshet(['why', String(query.id)], onGateway())).out).toContain('app.note as a whole: truncate');
    await client.close();
  });

  test('the log tells each re-run, with names and without arguments', async () => {
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 81 });
    await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (81, 'logged body')`);
    await client.until('the row', () => (list.value as unknown[]).length === 1);
    await eventually('the log has it', () => /rerun of notes\.in_list \[live query \d+\]: .*"table":"app\.note","change":"insert"/.test(stack.gateway.log()));
    expect(stack.gateway.log()).not.toContain('logged body');
    await client.close();
  });

  test('are for operators: no page without the token, none for a client', async () => {
    const wrong = await freshet(['top', '--once'], { ...onGateway(), FRESHET_ADMIN_TOKEN: 'another token of some length' });
    expect(wrong).toMatchObject({ code: 1, out: '' });
    expect(wrong.err).toContain('--admin-token');
    expect((await freshet(['top', '--once'], { FRESHET_GATEWAY_URL: onGateway().FRESHET_GATEWAY_URL })).code).toBe(2);
    const url = `${onGateway().FRESHET_GATEWAY_URL}/admin/live-queries`;
    expect((await fetch(url)).status).toBe(401);
    expect((await fetch(url, { headers: { authorization: `Bearer ${stack.gateway.token({ sub: '7' })}` } })).status).toBe(401);
    expect((await freshet(['why', '999999'], onGateway())).code).toBe(1);
    expect((await freshet(['top', '--sort', 'colour'], onGateway())).code).toBe(2);
  });
});

describe('freshet check', () => {
  const check = (...args: string[]) => freshet(['check', ...args], databaseEnvironment(stack.cluster));

  test('is silent about what is well, and names file and line of what a migration broke', async () => {
    writeFileSync(join(folder, 'v1.sql'), `-- CREATE FUNCTION shop.total() in a comment\nCREATE TABLE x (y text DEFAULT 'CREATE FUNCTION shop.total()');\n`);
    const body = `CREATE OR REPLACE FUNCTION shop.total(item int)\n  RETURNS bigint STABLE LANGUAGE sql\n  AS $$\n  SELECT sum(s.price)\n  FROM shop.sale s WHERE s.item = total.item $$;`;
    writeFileSync(join(folder, 'v2.sql'), `\n\n${body}\n`);
    await stack.cluster.sql('owner', `CREATE SCHEMA shop; CREATE TABLE shop.sale (item int, price int); ${body}
      SELECT freshet.expose('shop.total', public => true)`);
    const before = await check('--source', folder);
    expect(before.out).not.toContain(': error: ');
    expect(before.code).toBe(0);
    await stack.cluster.sql('owner', 'ALTER TABLE shop.sale RENAME price TO amount');
    const after = await check('--source', folder);
    expect(after.code).toBe(1);
    expect(after.out).toMatch(new RegExp(`^${join(folder, 'v2.sql')}:\\d+: error: shop\\.total: .*price`, 'm'));
    const json = JSON.parse((await check('--json')).out) as { path: string; severity: string }[];
    expect(json).toEqual(expect.arrayContaining([expect.objectContaining({ path: 'shop.total', severity: 'error' })]));
    await stack.cluster.sql('owner', `SELECT freshet.hide('shop.total'); DROP SCHEMA shop CASCADE`);
  });

  test('--tenant finds functions that forget the tenant; a lint fails with --strict alone', async () => {
    await stack.cluster.sql('owner', `CREATE SCHEMA shop; CREATE TABLE shop.sale (tenant int, price int);
      CREATE FUNCTION shop.all_of_it() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT sum(s.price) FROM shop.sale s $$;
      SELECT freshet.expose('shop.all_of_it', public => true)`);
    expect((await check('--tenant', 'tenant')).out).toMatch(/shop\.all_of_it: .*\[no_tenant\]/);
    expect((await check('--tenant', 'tenant', '--strict')).code).toBe(1);
    await stack.cluster.sql('owner', `SELECT freshet.hide('shop.all_of_it'); DROP SCHEMA shop CASCADE`);
  });

  test('a folder that is not there is a wrong argument', async () => {
    expect((await check('--source', '/nowhere')).code).toBe(2);
  });
});

describe('what functions raise', () => {
  const messages = (reply: unknown) => ((reply as { notices?: { message: string }[] }).notices ?? []).map((notice) => notice.message);

  test('stays inside of a gateway', async () => {
    const client = await stack.gateway.client();
    expect(messages(await client.query('notes.chatty', { n: 1 }))).toEqual([]);
    const raised = await client.query('notes.raises', { n: 1 });
    expect(raised.error).toMatchObject({ code: 'internal', message: 'internal error' });
    expect(raised.error).not.toHaveProperty('details');
    expect(stack.gateway.log()).not.toContain('counting to');
    await client.close();
  });

  test('with --dev is logged and told to the caller, and so is why something is internal', async () => {
    explain(stack);
    const { cluster } = stack;
    await cluster.sql('owner', `CREATE FUNCTION notes.tells() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'told by a mutation' USING HINT = 'h'; RETURN 1; END $$;
      CREATE FUNCTION notes.gives_up() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'before'; RAISE EXCEPTION 'gave up'; END $$;
      SELECT freshet.expose('notes.tells', public => true), freshet.expose('notes.gives_up', public => true)`);
    const developer = await Gateway.start(cluster, { settings: { FRESHET_DEV: 'true' } });
    try {
      const client = await developer.client();
      expect(messages(await client.query('notes.chatty', { n: 4 }))).toEqual(['counting to 4', 'for the log']);
      expect(messages(await client.mutate('notes.tells'))).toEqual(['told by a mutation']);
      expect((await client.query('notes.raises', { n: 1 })).error).toMatchObject({ code: 'internal', details: { sqlstate: 'P0001', message: 'secret 1', hint: 'a hint' } });
      expect((await client.mutate('notes.gives_up')).error).toMatchObject({ code: 'internal', details: { message: 'gave up', notices: [{ message: 'before' }] } });
      const live = await client.live('notes.chatty', { n: 5 });
      expect(live.value).toBe(5);
      expect(developer.log()).toMatch(/NOTICE of a function: counting to 5 \| PL\/pgSQL function notes\.chatty/);
      const http = await fetch(`${developer.url}/api/mutation`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"path":"notes.tells"}' });
      expect(messages(await http.json())).toEqual(['told by a mutation']);
    } finally {
      await developer.remove();
    }
  });
});

test.each(['run', 'watch', 'why', 'top', 'check', 'init', 'serve', 'call', 'doctor'])('freshet %s --help shows flags; for people also examples', async (command) => {
  const said = await freshet([command, '--help']);
  expect(said.code).toBe(0);
  expect(said.out).toContain('--config');
  if (!['serve', 'call', 'doctor'].includes(command)) expect(said.out).toMatch(new RegExp(`Examples:\\n +freshet ${command}`));
});

test('one file of settings serves all commands', async () => {
  const file = join(folder, 'freshet.conf');
  writeFileSync(file, `database-url = "${stack.cluster.url('call')}"\nlisten = "127.0.0.1:1"\nadmin-token = "${ADMIN_TOKEN}"\n`);
  expect((await freshet(['run', 'notes.count_in', '{"list": 1}', '--config', file])).code).toBe(0);
  writeFileSync(file, 'lisen = "127.0.0.1:1"\n');
  expect((await freshet(['run', 'notes.count_in', '--config', file])).err).toContain(`there is no setting 'lisen'`);
});
