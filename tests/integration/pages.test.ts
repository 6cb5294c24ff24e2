import { describe, expect, test } from 'vitest';
import { explain, useStack } from '../harness/stack.ts';

interface Page {
  rows: { id: number; name: string }[];
  next: string | null;
  split: string | null;
}

const ids = (page: unknown): number[] => (page as Page).rows.map((row) => row.id);

describe('pages over the sync protocol', () => {
  const stack = useStack({ fixture: 'pages' });
  let section = 0;

  /** A section of its own with `count` items, and a client beside. */
  const items = async (count: number) => {
    section++;
    await stack.cluster.sql('owner', `INSERT INTO app.item (id, section, rank, name) SELECT ${section} * 1000 + i, ${section}, i % 3, 'n' || i FROM generate_series(1, ${count}) i`);
    return { section, first: section * 1000, client: await stack.gateway.client() };
  };
  const insert = (at: number, id: number) => stack.cluster.sql('owner', `INSERT INTO app.item (id, section, name) VALUES (${id}, ${at}, 'new')`);

  test('the first page is the newest rows and stays that', async () => {
    explain(stack);
    const { section, first, client } = await items(10);
    const page = await client.live('items.newest', { section }, { page: { limit: 3 } });
    expect(ids(page.value)).toEqual([10, 9, 8].map((i) => first + i));
    await insert(section, first + 11);
    await client.until('the new row', () => ids(page.value)[0] === first + 11);
    expect(ids(page.value)).toEqual([11, 10, 9].map((i) => first + i));
  });

  test('ranges side by side keep every row once while rows come, move and go', async () => {
    explain(stack);
    const { section, first, client } = await items(10);
    const head = await client.live('items.newest', { section }, { page: { limit: 3 } });
    const { next } = head.value as Page;
    const range = await client.live('items.newest', { section }, { page: { limit: 3, until: next } });
    const rest = await client.live('items.newest', { section }, { page: { limit: 20, after: next } });
    await stack.cluster.sql(
      'owner',
      `INSERT INTO app.item (id, section, name) VALUES (${first + 11}, ${section}, 'new');
       DELETE FROM app.item WHERE id = ${first + 9};
       UPDATE app.item SET id = ${first} WHERE id = ${first + 10}`,
    );
    await client.until('all three', () => ids(range.value)[0] === first + 11 && ids(rest.value).at(-1) === first);
    expect([...ids(range.value), ...ids(rest.value)]).toEqual([11, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((i) => first + i));
    expect((range.value as Page).next).toBe(next);
  });

  test('a page that lost a row travels as that, with its other members', async () => {
    const { section, first, client } = await items(10);
    const page = await client.live('items.newest', { section }, { page: { limit: 9 } });
    await stack.cluster.sql('owner', `DELETE FROM app.item WHERE id = ${first + 5}`);
    await client.until('the row is gone', () => !ids(page.value).includes(first + 5));
    expect((page.value as Page).next).toBeNull();
    const change = client.transitions.flatMap(({ changes }) => changes).filter(({ id }) => id === page.id).at(-1)!;
    expect(change).toMatchObject({ splice: [[5, 1, []], [8, 0, [{ id: first + 1 }]]], page: { next: null, split: null } });
  });

  test('a range beyond twice its limit says where to split it, in the transition in which it grew', async () => {
    const { section, first, client } = await items(4);
    const head = await client.live('items.newest', { section }, { page: { limit: 2 } });
    const until = (head.value as Page).next;
    const range = await client.live('items.newest', { section }, { page: { limit: 2, until } });
    await stack.cluster.sql('owner', `INSERT INTO app.item (id, section, name) SELECT ${first} + i, ${section}, 'new' FROM generate_series(11, 14) i`);
    await client.until('the range has grown', () => ids(range.value).length === 6);
    const { split, next } = range.value as Page;
    expect(next).toBe(until);
    const left = await client.live('items.newest', { section }, { page: { limit: 2, until: split } });
    const right = await client.live('items.newest', { section }, { page: { limit: 2, after: split, until } });
    expect([...ids(left.value), ...ids(right.value)]).toEqual(ids(range.value));
  });

  test('a change outside of a page does not run it again', async () => {
    explain(stack);
    const { section, first, client } = await items(100);
    const head = await client.live('items.newest', { section }, { page: { limit: 5 } });
    const { next } = head.value as Page;
    const middle = await client.live('items.newest', { section }, { page: { limit: 5, after: next } });
    const range = await client.live('items.newest', { section }, { page: { limit: 5, after: next, until: (middle.value as Page).next } });
    client.unsubscribe(head);
    client.unsubscribe(middle);
    const marker = await client.live('items.newest', { section: -section }, { page: { limit: 5 } });
    // A live query that nobody subscribes to any more is maintained for a while: neither may it be hit.
    const before = range.results;
    const hits = () => stack.gateway.metric('freshet_live_hits_total');
    await insert(-section, -first);
    await client.until('the marker', () => ids(marker.value).length === 1);
    const hitsOfTheMarker = await hits();
    await insert(section, first + 20 - 100_000);
    await insert(-section, -first - 1);
    await client.until('the second marker', () => ids(marker.value).length === 2);
    expect((await hits()) - hitsOfTheMarker).toBe(1);
    expect(range.results).toBe(before);
  });

  test('cursors of another list, another caller or a forger are a typed error', async () => {
    const { section } = await items(5);
    await stack.cluster.sql('owner', `UPDATE app.item SET owner = 'ann' WHERE section = ${section}`);
    const ask = async (path: string, page: object, as: string, args: object = { section }) =>
      (await stack.gateway.http('/api/query', { path, args, page }, { as: { sub: as } })).body as { value?: Page; code?: string; status?: number };
    const { next } = (await ask('items.mine', { limit: 2 }, 'ann')).value!;
    expect(ids((await ask('items.mine', { limit: 2, after: next }, 'ann')).value)).toHaveLength(2);
    expect(await ask('items.mine', { limit: 2, after: next }, 'bob')).toMatchObject({ code: 'invalid_cursor', status: 400 });
    expect(await ask('items.mine', { limit: 2, after: next }, 'ann', { section: 0 })).toMatchObject({ code: 'invalid_cursor' });
    expect(await ask('items.newest', { limit: 2, after: next }, 'ann')).toMatchObject({ code: 'invalid_cursor' });
    expect(await ask('items.mine', { limit: 2, after: `${next!.slice(0, -2)}xx` }, 'ann')).toMatchObject({ code: 'invalid_cursor' });
    expect(await ask('items.mine', { limit: 2, after: '' }, 'ann')).toMatchObject({ code: 'invalid_cursor' });
  });

  test('a cursor of one caller is no key to a page that another holds live', async () => {
    const { section } = await items(5);
    await stack.cluster.sql('owner', `UPDATE app.item SET owner = 'ann' WHERE section = ${section}`);
    const ann = await stack.gateway.client({ sub: 'ann' });
    const bob = await stack.gateway.client({ sub: 'bob' });
    const head = await ann.live('items.mine', { section }, { page: { limit: 2 } });
    const page = { limit: 2, after: (head.value as Page).next };
    await ann.live('items.mine', { section }, { page });
    expect((await bob.live('items.mine', { section }, { page })).error).toMatchObject({ code: 'invalid_cursor' });
  });

  test('members behind one guard share a page, and a page ends with the membership', async () => {
    explain(stack);
    const { section, first } = await items(5);
    await stack.cluster.sql('owner', `INSERT INTO app.member VALUES ('m1'), ('m2')`);
    const one = await stack.gateway.client({ sub: 'm1' });
    const two = await stack.gateway.client({ sub: 'm2' });
    const head = await one.live('items.guarded', { section }, { page: { limit: 2 } });
    const page = { limit: 2, after: (head.value as Page).next };
    const before = await one.live('items.guarded', { section }, { page });
    const shared = await two.live('items.guarded', { section }, { page });
    expect(ids(shared.value)).toEqual([first + 3, first + 4]);
    expect(shared.held.hash).toBe(before.held.hash);
    await stack.cluster.sql('owner', `DELETE FROM app.member WHERE sub = 'm2'`);
    await two.until('access has ended', () => shared.error?.code === 'forbidden');
    expect(before.error).toBeUndefined();
  });

  test('a function that is run as a whole is paged too', async () => {
    const { section, client } = await items(7);
    const head = await client.live('items.opaque', { section }, { page: { limit: 4 } });
    const rest = await client.live('items.opaque', { section }, { page: { limit: 4, after: (head.value as Page).next } });
    const seen = [...(head.value as { rows: { id: number; rank: number }[] }).rows, ...(rest.value as { rows: { id: number; rank: number }[] }).rows];
    expect(seen).toHaveLength(7);
    expect(seen).toEqual([...seen].sort((a, b) => a.rank - b.rank || b.id - a.id));
  });

  test('rows that the order does not tell apart are a typed error that ends with them', async () => {
    const { section, first, client } = await items(3);
    const page = await client.live('items.by_name', { section }, { page: { limit: 5 } });
    await stack.cluster.sql('owner', `UPDATE app.item SET name = 'n1' WHERE id = ${first + 2}`);
    await client.until('the error', () => page.error?.code === 'order_not_unique');
    await stack.cluster.sql('owner', `UPDATE app.item SET name = 'other' WHERE id = ${first + 2}`);
    await client.until('the rows', () => page.error === undefined);
    expect((page.value as { rows: { name: string }[] }).rows.map(({ name }) => name)).toEqual(['n1', 'n3', 'other']);
  });

  test('a limit that is none, or beyond max_page, is told with what was expected', async () => {
    for (const limit of [0, -1, 51, 1.5, '5', null]) {
      const reply = await stack.gateway.http('/api/query', { path: 'items.newest', args: { section: 1 }, page: { limit } });
      expect(reply.body).toMatchObject({ status: 400, code: 'invalid_arguments', details: [{ path: 'page.limit', expected: 'integer from 1 to 50' }] });
    }
  });
});
