import { WebSocket } from 'ws';
import { afterEach, describe, expect, test } from 'vitest';
import { FreshetClient, functionReference, watchPages, type PagedResult, type WebSocketConstructor } from '../../client-sdk/packages/core/src/index.ts';
import { eventually } from '../harness/deadline.ts';
import { Random, seedFromEnvironment } from '../harness/random.ts';
import { explain, useStack } from '../harness/stack.ts';

interface Item {
  id: number;
}

const query = (name: string) => functionReference<'query', { section: number }, readonly Item[]>('query', `items.${name}`);

/** What orders the rows of each query in plain SQL: the full read that the pages are held to. */
const orders = {
  ranked: 'rank DESC NULLS LAST, name, id',
  newest: 'id DESC',
  opaque: 'rank NULLS FIRST, id DESC',
} as const;

// The list of the SDK, through the gateway, against the whole query that the same client holds: after every transition the pages are the first
// so many rows of it, whatever was written meanwhile.
describe('a list of pages', () => {
  const stack = useStack({ fixture: 'pages' });
  const clients: FreshetClient[] = [];
  afterEach(() => clients.splice(0).forEach((client) => client.close()));

  const openClient = () => {
    const client = new FreshetClient(stack.gateway.syncUrl, { webSocket: WebSocket as unknown as WebSocketConstructor, lingerMs: 0, backoff: { firstMs: 5, maxMs: 50 } });
    clients.push(client);
    return client;
  };

  const ids = (rows: readonly Item[] | undefined): string => (rows ?? []).map(({ id }) => id).join(' ');

  const used = new Set<number>();
  /** An id that no row ever had, anywhere among those of the others. */
  const freshId = (random: Random): number => {
    for (;;) {
      const id = random.below(100_000_000);
      if (!used.has(id)) {
        used.add(id);
        return id;
      }
    }
  };

  /** One random write as SQL; several rows at once now and then, so that ranges have to be split. */
  const write = (random: Random, section: number): string => {
    const one = `(SELECT id FROM app.item WHERE section = ${section} ORDER BY md5(id::text || '${random.below(1_000_000)}') LIMIT 1)`;
    const rank = () => (random.chance(0.3) ? 'NULL' : String(random.below(4)));
    const name = () => `'${random.pick(['a', 'B', 'b', 'ä', 'z', ''])}${random.below(3)}'`;
    return random.weighted([
      [6, `INSERT INTO app.item (id, section, rank, name) VALUES (${freshId(random)}, ${section}, ${rank()}, ${name()})`],
      [4, `UPDATE app.item SET rank = ${rank()} WHERE id = ${one}`],
      [3, `UPDATE app.item SET name = ${name()} WHERE id = ${one}`],
      [2, `UPDATE app.item SET id = ${freshId(random)} WHERE id = ${one}`],
      [2, `UPDATE app.item SET note = md5(random()::text) WHERE id = ${one}`],
      [5, `DELETE FROM app.item WHERE id = ${one}`],
      [1, `INSERT INTO app.item (id, section, rank, name) VALUES ${Array.from({ length: random.between(5, 12) }, () => `(${freshId(random)}, ${section}, ${rank()}, ${name()})`).join(', ')}`],
      [1, `DELETE FROM app.item WHERE section = ${section} AND id % 3 = ${random.below(3)}`],
      [1, `UPDATE app.item SET section = -section WHERE id = ${one}`],
    ]);
  };

  const seed = seedFromEnvironment();
  for (const [stream, name] of (['ranked', 'newest', 'opaque'] as const).entries()) {
    test(`is the first rows of items.${name} after every transition (seed ${seed})`, async () => {
      explain(stack);
      const random = new Random(seed, stream);
      const section = 1000 + stream;
      for (let row = 0; row < 12; row++) await stack.cluster.sql('owner', `INSERT INTO app.item (id, section, rank, name) VALUES (${freshId(random)}, ${section}, ${row % 3}, 'a')`);
      const client = openClient();
      const pages = watchPages(client, query(name), { section }, { pageSize: 3 });
      // The function that is paged by a declared order has another one of its own: its rows are compared as sets, their order with the database's.
      const whole = client.watch(query(name), { section });
      const wrong: string[] = [];
      let transitions = 0;
      const inOrder = (rows: readonly Item[]) => (name === 'opaque' ? [...rows].sort((a, b) => byRank(a, b)) : rows);
      client.onTransition(() => {
        const { status, results } = pages.current();
        const all = whole.current().data;
        if (all === undefined || status === 'loading-first') return;
        transitions++;
        const expected = inOrder(all);
        const isPrefix = ids(results) === ids(expected.slice(0, results.length));
        // The last range keeps as many rows as were asked for last, one at least; those before it may be emptied.
        const isEnough = results.length === all.length || (results.length >= 1 && status !== 'exhausted');
        if (!isPrefix || !isEnough || status === 'error') wrong.push(`${status}: ${ids(results)} of ${ids(expected)} ${pages.current().error?.message ?? ''}`);
      });
      for (let step = 0; step < 60; step++) {
        if (random.chance(0.25)) pages.loadMore(random.between(1, 5));
        const writes = Array.from({ length: random.between(1, 3) }, () => write(random, section));
        for (const sql of random.chance(0.3) ? [writes.join(';')] : writes) await stack.cluster.sql('owner', sql);
        if (random.chance(0.4)) await settled(stack, name, section, whole, pages);
        if (random.chance(0.05)) dropSocket(client);
      }
      const end = await settled(stack, name, section, whole, pages);
      expect(wrong.slice(0, 3), `seed ${seed}`).toEqual([]);
      expect(transitions).toBeGreaterThan(20);
      expect(ids(end.results), `seed ${seed}`).toBe((await fullRead(stack, name, section)).slice(0, end.results.length).join(' '));
    });
  }

  test('shows all rows once it was asked for all of them, and says that it is exhausted', async () => {
    explain(stack);
    await stack.cluster.sql('owner', `INSERT INTO app.item (id, section, rank, name) SELECT 100000000 + i, 9, i % 3, 'n' || i % 7 FROM generate_series(1, 25) i`);
    const pages = watchPages(openClient(), query('ranked'), { section: 9 }, { pageSize: 4 });
    for (let loaded = 0; loaded < 10 && pages.current().status !== 'exhausted'; loaded++) {
      await eventually('a page', () => ['can-load-more', 'exhausted'].includes(pages.current().status));
      pages.loadMore();
    }
    expect(pages.current().status).toBe('exhausted');
    expect(ids(pages.current().results)).toBe((await fullRead(stack, 'ranked', 9)).join(' '));
  });

  test('keeps what was loaded when hundreds of rows come at its head, and splits the range until it is small again', async () => {
    explain(stack);
    await stack.cluster.sql('owner', `INSERT INTO app.item (id, section, name) SELECT 100900000 + i, 8, 'n' FROM generate_series(1, 10) i`);
    const pages = watchPages(openClient(), query('newest'), { section: 8 }, { pageSize: 5 });
    await eventually('the first page', () => pages.current().status === 'can-load-more');
    pages.loadMore();
    await eventually('the second page', () => pages.current().results.length === 10);
    const lengths = new Set<number>();
    pages.onChange(() => lengths.add(pages.current().results.length));
    await stack.cluster.sql('owner', `INSERT INTO app.item (id, section, name) SELECT 100901000 + i, 8, 'n' FROM generate_series(1, 200) i`);
    await eventually('all rows', () => pages.current().results.length === 210);
    expect([...lengths]).toEqual([210]);
    expect(ids(pages.current().results)).toBe((await fullRead(stack, 'newest', 8)).join(' '));
    const subscriptions = () => stack.gateway.metric('freshet_live_subscriptions');
    await eventually('ranges of at most ten rows', async () => (await subscriptions()) >= 21);
    await stack.cluster.sql('owner', `DELETE FROM app.item WHERE id = 100901100`);
    await eventually('one row less', () => pages.current().results.length === 209);
  });

  test('shows no more than what is without a gap while more rows came than a query may return', async () => {
    explain(stack);
    await stack.cluster.sql('owner', `INSERT INTO app.item (id, section, name) SELECT 100800000 + i, 7, 'n' FROM generate_series(1, 10) i`);
    const pages = watchPages(openClient(), query('newest'), { section: 7 }, { pageSize: 5 });
    await eventually('the first page', () => pages.current().status === 'can-load-more');
    pages.loadMore();
    await eventually('the second page', () => pages.current().results.length === 10);
    const shown: string[] = [];
    pages.onChange(() => shown.push(ids(pages.current().results)));
    // max_rows of items.newest is 500.
    await stack.cluster.sql('owner', `INSERT INTO app.item (id, section, name) SELECT 100801000 + i, 7, 'n' FROM generate_series(1, 1200) i`);
    await eventually('all rows', () => pages.current().results.length === 1210, { within: 30_000 });
    const all = (await fullRead(stack, 'newest', 7)).join(' ');
    expect(shown.every((rows) => all.startsWith(rows))).toBe(true);
    expect(ids(pages.current().results)).toBe(all);
  });
});

type Watch = { current(): { data: readonly Item[] | undefined } };
type List = { current(): PagedResult<Item> };

const fullRead = async (stack: ReturnType<typeof useStack>, name: keyof typeof orders, section: number): Promise<string[]> =>
  (await stack.cluster.rows('owner', `SELECT id FROM app.item WHERE section = ${section} ORDER BY ${orders[name]}`)).map(([id]) => String(id));

/** Until the client's whole query is what the database holds, and the list waits for nothing. */
async function settled(stack: ReturnType<typeof useStack>, name: keyof typeof orders, section: number, whole: Watch, pages: List): Promise<PagedResult<Item>> {
  const expected = await fullRead(stack, name, section);
  await eventually(`${name} has settled`, () => {
    const held = (whole.current().data ?? []).map(({ id }) => String(id));
    const { status, results, error } = pages.current();
    const isHeld = held.length === expected.length && new Set([...held, ...expected]).size === expected.length;
    if (!isHeld || status.startsWith('loading')) throw new Error(`${status} ${error?.message ?? ''}: ${results.length} shown, ${held.length} held of ${expected.length}`);
    return true;
  });
  return pages.current();
}

function byRank(a: Item, b: Item): number {
  const [x, y] = [a, b].map((row) => (row as { rank?: number | null }).rank ?? -1) as [number, number];
  return x - y || b.id - a.id;
}

/** The connection is lost, as a network loses it. */
function dropSocket(client: FreshetClient): void {
  (client as unknown as { connection: { reconnect(): void } }).connection.reconnect();
}
