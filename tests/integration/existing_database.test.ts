/** A database that was there before: looked at, used and migrated without one of its tables being altered for us. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main as codegen } from '../../client-sdk/packages/codegen/src/cli.ts';
import { runAside } from '../harness/child.ts';
import { databaseEnvironment, freshet } from '../harness/cli.ts';
import { Cluster } from '../harness/cluster.ts';
import { Gateway } from '../harness/gateway.ts';
import { explain, fixture, Stack } from '../harness/stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const BIN = process.env['FRESHET_PG_BIN'] ?? `/usr/lib/postgresql/${process.env['FRESHET_PG_MAJOR'] ?? '15'}/bin`;

const stack = new Stack();
let before: string;
let folder: string;

const dump = () =>
  runAside(`${BIN}/pg_dump`, ['--schema-only', ...['rental', 'crm', 'fleet', 'ops'].flatMap((schema) => ['-n', schema]), stack.cluster.url('admin')], '');
/** Object by object: functions that name a table's row type change the order. Newer versions write a token that is another one each time. */
const comparable = (text: string) =>
  text
    .replace(/^\\(un)?restrict .*$/gm, '')
    .replace(/^SET default_.*$/gm, '')
    .split(/^--\n-- Name: /m)
    .map((object) => object.trim())
    .sort()
    .join('\n');
const owner = (sql: string) => stack.cluster.sql('owner', sql);
const init = (...args: string[]) => freshet(['init', ...args], databaseEnvironment(stack.cluster, 'admin'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'freshet-existing-'));
  stack.cluster = await Cluster.start({ extension: false });
  await stack.cluster.sql('admin', fixture('rental'));
  before = comparable(await dump());
}, 180_000);
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true });
});

describe('freshet init, before anything of ours is there', () => {
  test('reports each table and what live queries can expect', async () => {
    const said = await init();
    expect(said.code, said.err).toBe(0);
    for (const line of [
      /^rental\.film +table +200 +film_id +key +\d+ +- +touch +- +row by row$/m,
      /^rental\.payment +partitioned table +300 +payment_id, customer_id, paid_at +key +\d+ +- +- +3 by RANGE \(paid_at\) +row by row$/m,
      /^rental\.film_note +table .* none .* inserts only$/m,
      /^rental\.film_list +view .* by its tables$/m,
      /^ops\.sales +materialized view .* as a whole$/m,
      /^ops\.cache +unlogged table .* polled$/m,
      /^crm\.note +table .* note_of_author \(all\) /m,
    ])
      expect(said.out).toMatch(line);
    for (const advice of [
      'ops.audit.audit_id: its sequence stands at 8000000000000000, 89 % of 2^53',
      'ops.legacy_counter.counter_id: its sequence stands at 2000000000, 93 % of what integer can hold',
      'ops.import: has no replica identity',
      'ALTER TABLE ops.import REPLICA IDENTITY USING INDEX import_code;',
      'rental.film: columns whose types have no JSON: fulltext (tsvector)',
      'crm.address: columns whose types have no JSON: location (point)',
      'ops.import: columns whose types have no JSON: payload (xml)',
      'fleet.device: has 1 tables that inherit it',
      'CREATE EXTENSION freshet;',
    ])
      expect(said.out).toContain(advice);
    expect(said.out).not.toMatch(/payment_2025|reading_0/);
  });

  test('gives the same as JSON, of one schema when asked', async () => {
    const all = JSON.parse((await init('--json')).out);
    expect(all.tables.length).toBeGreaterThanOrEqual(60);
    const fleet = JSON.parse((await init('--json', '--schema', 'fleet')).out);
    expect(fleet.tables.map((table: { name: string }) => table.name)).toEqual([
      'fleet.device', 'fleet.device_kind', 'fleet.firmware', 'fleet.maintenance', 'fleet.projector', 'fleet.reading',
    ]);
  });

  test('changes nothing', async () => {
    expect(comparable(await dump())).toBe(before);
    const [[made]] = (await stack.cluster.rows('admin', `SELECT count(*)::int FROM pg_extension WHERE extname = 'freshet'`)) as [[number]];
    expect(made).toBe(0);
  });
});

describe('functions on it', () => {
  beforeAll(async () => {
    await stack.cluster.sql('admin', `CREATE EXTENSION freshet; SELECT freshet.grant_gateway('freshet_call', 'freshet_stream')`);
    await owner(fixture('rental_functions'));
    stack.gateway = await Gateway.start(stack.cluster);
  }, 120_000);

  type Row = Record<string, unknown>;
  const rows = (value: unknown): Row[] => value as Row[];

  test.each<[string, string, Row, string, (value: never) => boolean]>([
    ['full text', 'films.search', { words: 'lighthouse' }, `UPDATE rental.film SET description = 'A lighthouse' WHERE film_id = 3`, (value: Row[]) => value.some((row) => row['film_id'] === 3)],
    ['an enum and a generated column', 'films.by_rating', { rating: 'PG', most: 100 }, `UPDATE rental.film SET rating = 'PG', length_minutes = 90 WHERE film_id = 4`, (value: Row[]) => value.some((row) => row['film_id'] === 4 && row['hours'] === '1.50')],
    ['nested JSON', 'films.detail', { film: 7 }, `INSERT INTO rental.review (film_id, customer_id, stars, body) VALUES (7, 60, 5, 'moving')`, (value: Row[]) => (value[0]!['reviews'] as Row[]).some((review) => review['body'] === 'moving')],
    ['a view with a join and an aggregate', 'films.listed', { rating: 'R' }, `UPDATE rental.actor SET last_name = 'Renamed' WHERE actor_id IN (SELECT actor_id FROM rental.film_actor WHERE film_id = (SELECT min(film_id) FROM rental.film WHERE rating = 'R'))`, (value: Row[]) => value.some((row) => (row['actors'] as string[]).includes('Renamed'))],
    ['aggregates over a partitioned table', 'customers.overview', { store: 1 }, `INSERT INTO rental.payment (customer_id, amount, paid_at) VALUES (2, 1000, '2026-03-01')`, (value: Row[]) => value.some((row) => row['customer_id'] === 2 && Number(row['paid']) > 1000)],
    ['a partitioned table', 'customers.payments', { customer: 5 }, `INSERT INTO rental.payment_2026_rest (customer_id, amount, paid_at) VALUES (5, 77, '2026-04-01')`, (value: Row[]) => value.some((row) => row['amount'] === '77.00')],
    ['a row that moves between partitions', 'customers.payments', { customer: 6, since: '2026-06-01T00:00:00Z' }, `UPDATE rental.payment SET paid_at = '2026-07-01' WHERE payment_id = (SELECT min(payment_id) FROM rental.payment WHERE customer_id = 6)`, (value: Row[]) => value.length === 1],
    ['forced row policies', 'customers.complaints', { customer: 1 }, `INSERT INTO crm.complaint (customer_id, body) VALUES (1, 'again scratched')`, (value: Row[]) => value.length === 2],
    ['a table with policies, bypassed as said', 'customers.notes', { customer: 1 }, `INSERT INTO crm.note (customer_id, author, body) VALUES (1, 'mia', 'third')`, (value: Row[]) => value.length === 3],
    ['a materialized view', 'customers.best', { most: 1 }, `INSERT INTO rental.payment (customer_id, amount, paid_at) VALUES (9, 9999, '2025-12-01'); REFRESH MATERIALIZED VIEW ops.sales`, (value: Row[]) => value[0]!['customer_id'] === 9],
    ['inheritance, and types of the network', 'devices.list', {}, `INSERT INTO fleet.projector (kind_id, serial, mac, warranty) VALUES (1, 'P-2', '08:00:2b:01:02:04', '1 year')`, (value: Row[]) => value.some((row) => row['serial'] === 'P-2' && row['mac'] === '08:00:2b:01:02:04')],
  ])('are live: %s', async (_, path, args, write, holds) => {
    explain(stack);
    const client = await stack.gateway.client();
    const live = await client.live(path, args);
    expect(live.error).toBeUndefined();
    expect(holds(live.value as never)).toBe(false);
    for (const statement of write.split(';')) await owner(statement);
    await client.until(`${path} shows it`, () => live.error === undefined && holds(live.value as never));
    await client.close();
  });

  test('mutations run its triggers, deferred ones too, and what triggers write is live', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const points = await client.live('customers.points', { customer: 12 });
    const earned = points.value as number;
    const rented = await client.mutateAndSee('rentals.rent', { copy: 180, customer: 12 });
    expect(points.value).toBe(earned + 10);
    const history = await client.live('rentals.history', { rental: rented.value });
    expect(rows(history.value)).toEqual([{ state: 'out' }]);
    await client.mutateAndSee('rentals.give_back', { rental: rented.value });
    expect(rows(history.value)).toEqual([{ state: 'out' }, { state: 'returned' }]);
    const again = await client.mutate('rentals.give_back', { rental: rented.value });
    expect(again.error).toMatchObject({ code: 'application', details: { code: 'not_out' } });
    await client.close();
  });

  test('violations name the field of the form', async () => {
    const client = await stack.gateway.client();
    const twice = await client.mutate('customers.sign_up', { shop: 1, full_name: 'X', address: 'C1@EXAMPLE.org' });
    expect(twice.error).toMatchObject({ code: 'conflict', details: { kind: 'unique', constraint: 'customer_email_key', table: 'customer', columns: ['email'], argument: 'address' } });
    expect(JSON.stringify(twice.error)).not.toMatch(/example/i);
    const nowhere = await client.mutate('customers.sign_up', { shop: 99, full_name: 'X', address: 'new@example.org' });
    expect(nowhere.error).toMatchObject({ code: 'constraint_violation', details: { kind: 'foreign_key', columns: ['store_id'], argument: 'shop' } });
    await client.mutate('rentals.rent', { copy: 190, customer: 13 });
    const out = await client.mutate('rentals.rent', { copy: 190, customer: 14 });
    expect(out.error).toMatchObject({ code: 'conflict', details: { constraint: 'rental_once', argument: 'copy' } });
    const wrong = await client.mutate('customers.sign_up', { shop: 1, full_name: 'X', address: 'no address' });
    expect(wrong.error?.code).toBe('invalid_arguments');
    await client.close();
  });

  test('codegen types them', async () => {
    const said: string[] = [];
    const output = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
    expect(await codegen(['--url', stack.gateway.url, '--out', join(folder, 'api.ts')], output), said.join('')).toBe(0);
    await writeFile(join(folder, 'app.ts'), `
      import type { ArgsOf, ResultOf } from '@freshet/client';
      import { api } from './api';
      type Rated = ResultOf<typeof api.films.by_rating>[number];
      export const hours = (row: Rated): string | null => row.hours;
      export const args: ArgsOf<typeof api.films.by_rating> = { rating: 'PG-13' };
      // @ts-expect-error no such rating
      export const wrong: ArgsOf<typeof api.films.by_rating> = { rating: 'X' };`);
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({
      extends: join(root, 'client-sdk/tsconfig.base.json'),
      compilerOptions: { noEmit: true, types: [], paths: { '@freshet/client': [join(root, 'client-sdk/packages/core/src/index.ts')] } },
      files: ['app.ts'],
    }));
    const compiled = await promisify(execFile)(join(root, 'node_modules/.bin/tsc'), ['-p', folder]).then(() => '', (error: { stdout?: string }) => error.stdout || String(error));
    expect(compiled).toBe('');
  });

  test('no table was altered for all this', async () => {
    expect(comparable(await dump())).toBe(before);
  });

  describe('while an ORM migrates', () => {
    const check = () => freshet(['check'], databaseEnvironment(stack.cluster));

    test('a new column changes no result, and check has nothing to say', async () => {
      const client = await stack.gateway.client();
      const detail = await client.live('films.detail', { film: 8 });
      const held = JSON.stringify(detail.value);
      await owner(`ALTER TABLE "rental"."film" ADD COLUMN "slug" text DEFAULT '' NOT NULL`);
      await owner(`UPDATE rental.film SET title = title || '!' WHERE film_id = 8`);
      await client.until('the new title', () => rows(detail.value)[0]?.['title'] === 'Film 8!');
      expect(Object.keys(rows(detail.value)[0]!)).toEqual(Object.keys(JSON.parse(held)[0]));
      expect((await check()).out).not.toContain(': error: ');
      await client.close();
    });

    test('a column of SELECT * is there or the result is a typed error, never under another name', async () => {
      explain(stack);
      const client = await stack.gateway.client();
      const reviews = await client.live('films.reviews_of', { film: 9 });
      expect(Object.keys(rows(reviews.value)[0]!)).toEqual(['review_id', 'film_id', 'customer_id', 'stars', 'body']);
      const seen: unknown[] = [];
      client.onTransition = () => seen.push(reviews.error ?? reviews.value);
      await owner(`ALTER TABLE "rental"."review" DROP COLUMN "body"; ALTER TABLE "rental"."review" ADD COLUMN "helpful" integer DEFAULT 3 NOT NULL`);
      await owner(`INSERT INTO rental.review (film_id, customer_id, stars) VALUES (9, 59, 1)`);
      await client.until('the result as the table is now, or a typed error', () => reviews.error !== undefined || rows(reviews.value).some((row) => row['helpful'] === 3));
      for (const result of seen) {
        if (!Array.isArray(result)) expect((result as { code: string }).code).toBe('schema_changed');
        else for (const row of result as Row[]) expect('body' in row ? row['body'] === null || typeof row['body'] === 'string' : row['helpful']).toBe('body' in row ? true : 3);
      }
      await client.close();
    });

    test('a dropped column is a typed error for who needs it; check names the function; a new body mends it', async () => {
      explain(stack);
      const client = await stack.gateway.client();
      const detail = await client.live('films.detail', { film: 10 });
      expect(detail.error?.code).toBe('schema_changed');
      const found = await check();
      expect(found.code).toBe(1);
      expect(found.out).toMatch(/films\.detail.*error.*body/);
      await owner(`CREATE OR REPLACE FUNCTION films.detail(film bigint) RETURNS TABLE (film_id bigint, title text, language text, actors jsonb, reviews jsonb, copies bigint) STABLE LANGUAGE sql AS
        $$ SELECT f.film_id, f.title, 'English', '[]'::jsonb, '[]'::jsonb, 1::bigint FROM rental.film f WHERE f.film_id = film $$`);
      await client.until('a result again', () => detail.error === undefined);
      expect((await check()).out).not.toMatch(/films\.detail.*error/);
      await client.close();
    });

    test('names that two columns exchange are exchanged in the result', async () => {
      explain(stack);
      const client = await stack.gateway.client();
      const actor = await client.live('films.actor', { id: 2 });
      expect(rows(actor.value)).toEqual([{ first_name: 'First2', last_name: 'Last2' }]);
      await owner(`BEGIN; ALTER TABLE "rental"."actor" RENAME COLUMN "first_name" TO "tmp"; ALTER TABLE "rental"."actor" RENAME COLUMN "last_name" TO "first_name";
        ALTER TABLE "rental"."actor" RENAME COLUMN "tmp" TO "last_name"; COMMIT`);
      await client.until('exchanged', () => rows(actor.value)?.[0]?.['first_name'] === 'Last2' && rows(actor.value)[0]!['last_name'] === 'First2');
      await client.close();
    });

    test('a column of another type is converted or a typed error, for live queries that run', async () => {
      explain(stack);
      const client = await stack.gateway.client();
      const rated = await client.live('films.by_rating', { rating: 'G', most: 3 });
      const reviews = await client.live('films.reviews_of', { film: 11 });
      await owner(`ALTER TABLE "rental"."review" DROP CONSTRAINT "review_stars_check"; ALTER TABLE "rental"."review" ALTER COLUMN "stars" SET DATA TYPE text USING "stars"::text`);
      await owner(`INSERT INTO rental.review (film_id, customer_id, stars) VALUES (11, 58, 'five')`);
      await client.until('text, or a typed error', () => reviews.error?.code === 'schema_changed' || rows(reviews.value).some((row) => row['stars'] === 'five'));
      await owner(`ALTER TABLE "rental"."film" DROP COLUMN "hours"; ALTER TABLE "rental"."film" ALTER COLUMN "length_minutes" SET DATA TYPE bigint`);
      await client.until('a typed error', () => rated.error?.code === 'schema_changed');
      expect((await check()).out).toMatch(/films\.by_rating/);
      await client.close();
    });
  });
});
