/**
 * Two tenants on one gateway, and every shape of query that there is: what one of them may see is told from what the other may only by a
 * claim, deep inside of the views that all shapes read. No byte of one's rows may ever reach the other, whatever is shared, cached or spliced.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { Random, seedFromEnvironment } from '../harness/random.ts';
import { explain, fixture, Stack } from '../harness/stack.ts';
import type { Subscription, SyncClient } from '../harness/sync_client.ts';
import { freshRun, type Truth } from './fresh_run.ts';
import { createShape, exposeShape, shapes } from './shapes.ts';

const seed = seedFromEnvironment();
const tenants = ['a', 'b'] as const;
type Tenant = (typeof tenants)[number];
// Nothing else about them differs.
const claims = { a: { sub: 'ann', team: 1, tenant: 'a' }, b: { sub: 'ann', team: 1, tenant: 'b' } };
const other = { a: 'b', b: 'a' } as const;

interface Asked {
  path: string;
  guarded: boolean;
  args: Record<Tenant, Record<string, unknown>>;
}

describe(`two tenants and ${shapes.length} shapes of live query`, () => {
  const stack = new Stack();
  const random = new Random(seed, 7);
  const asked: Asked[] = [];
  const equal: string[] = [];
  let call: pg.Client;

  const truth = (asking: readonly { path: string; guarded: boolean; args: Record<string, unknown> }[], tenant: Tenant): Promise<Truth[]> =>
    freshRun(call, asking.map(({ path, guarded, args }) => ({ path, guarded, args, identity: claims[tenant] })));

  /** Arguments for which the two see something, and not the same. */
  const choose = async (shape: (typeof shapes)[number]): Promise<Asked | undefined> => {
    const path = `m.${shape.name}`;
    const guarded = shape.guard !== undefined;
    for (let attempt = 0; attempt < 60; attempt++) {
      const given = shape.args?.(random) ?? {};
      // The one argument that is compared with a text that carries the canary.
      const args = shape.name === 'by_citext' ? { a: { name: 'NAME2 CANARY-A' }, b: { name: 'NAME2 CANARY-B' } } : { a: given, b: given };
      const [[one], [two]] = [await truth([{ path, guarded, args: args.a }], 'a'), await truth([{ path, guarded, args: args.b }], 'b')];
      if (JSON.stringify(one) !== JSON.stringify(two)) return { path, guarded, args };
    }
    return undefined;
  };

  beforeAll(async () => {
    console.log(`tenants: FRESHET_SEED=${seed}`);
    const model = readFileSync(new URL('./schema.sql', import.meta.url), 'utf8');
    await stack.start({ sql: [model, fixture('tenants_of_the_model'), ...shapes.map(createShape), ...shapes.map(exposeShape)].join('\n') });
    call = await stack.cluster.connect('call');
    for (const shape of shapes) {
      const found = await choose(shape);
      if (found === undefined) equal.push(shape.name);
      else asked.push(found);
    }
  });
  afterAll(async () => {
    await call?.end();
    await stack.stop();
  });

  test('have other results for every shape', () => {
    // Without that, a result given to the wrong one would look right.
    expect(equal).toEqual([]);
  });

  test('see their own rows in every transition, and not a byte of the other', async () => {
    explain(stack);
    const clients: Record<Tenant, SyncClient[]> = { a: [], b: [] };
    for (const tenant of tenants) clients[tenant] = [await stack.gateway.client(claims[tenant]), await stack.gateway.client(claims[tenant])];
    const stranger = await stack.gateway.client();
    const turncoat = await stack.gateway.client(claims.a);
    const held: { client: SyncClient; tenant: Tenant; asking: Asked; subscription: Subscription }[] = [];
    const subscribe = (client: SyncClient, tenant: Tenant, asking: Asked): void => {
      held.push({ client, tenant, asking, subscription: client.subscribe(asking.path, asking.args[tenant]) });
    };
    const all = [...asked, ...['m.failing', 'm.broken'].map((path) => ({ path, guarded: false, args: { a: {}, b: {} } }))];
    for (const asking of all) {
      // Whoever asks first makes what the next may be given.
      const first = random.pick(tenants);
      for (const tenant of [first, other[first]]) for (const client of clients[tenant]) subscribe(client, tenant, asking);
      stranger.subscribe(asking.path, asking.args.a);
      turncoat.subscribe(asking.path, asking.args.a);
    }
    const everybody = [...clients.a, ...clients.b, stranger, turncoat];
    for (const client of everybody) {
      await client.until('every first result', () => [...client.subscriptions.values()].every(({ results }) => results > 0), { within: 60_000 });
    }

    const markers = new Map(held.filter(({ asking }) => asking.path === 'm.marker').map(({ client, subscription }) => [client, subscription]));
    let switched = -1;
    for (let round = 1; round <= 6; round++) {
      for (const statement of writes(round)) await stack.cluster.sql('admin', statement);
      for (const tenant of tenants) {
        const reply = await clients[tenant][0]!.mutateAndSee('m.rename', { id: round * 2, label: `round ${round}` });
        expect(reply.value).toBe(`round ${round} canary-${tenant}`);
        // The same arguments once more over HTTP, for what is served from what is held.
        for (let n = 0; n < 12; n++) {
          const { path, args } = random.pick(asked);
          const { body } = await stack.gateway.http('/api/query', { path, args: args[tenant] }, { as: claims[tenant] });
          expect(JSON.stringify(body), path).not.toContain(`canary-${other[tenant]}`);
        }
      }
      await stack.cluster.sql('admin', 'UPDATE store.marker SET n = n + 1');
      for (const [client, marker] of markers) {
        const tenant = clients.a.includes(client) ? 0 : 1000;
        await client.until(`round ${round}`, () => marker.value === tenant + round);
      }
      for (const tenant of tenants) {
        const truths = await truth(all.map(({ path, guarded, args }) => ({ path, guarded, args: args[tenant] })), tenant);
        for (const { asking, subscription } of held.filter((one) => one.tenant === tenant)) {
          const { value, failed } = truths[all.indexOf(asking)]!;
          expect({ path: asking.path, failed: subscription.error !== undefined }).toEqual({ path: asking.path, failed });
          if (!failed) expect(subscription.value, `${asking.path} of ${tenant}`).toEqual(value);
        }
      }
      if (round === 3) {
        turncoat.auth(stack.gateway.token(claims.b));
        await turncoat.until('the other identity', () => (turncoat.auths.at(-1)?.identity as { tenant?: string } | undefined)?.tenant === 'b');
        switched = turncoat.frames.findLastIndex(({ out, text }) => !out && text.startsWith('{"type":"auth"'));
      }
    }
    await turncoat.until('a row of the tenant that it turned to', () => received(turncoat, switched).some((text) => text.includes('canary-b')));

    for (const tenant of tenants) {
      for (const client of clients[tenant]) {
        expect(received(client).some((text) => text.includes(`canary-${tenant}`))).toBe(true);
        expect(received(client).filter((text) => text.includes(`canary-${other[tenant]}`))).toEqual([]);
      }
    }
    expect(received(stranger).filter((text) => /canary-[ab]/.test(text))).toEqual([]);
    expect(received(turncoat, switched).filter((text) => text.includes('canary-a'))).toEqual([]);
    // An error that the function makes carries its text; one of the database is hidden altogether.
    const failures = held.filter(({ asking, tenant }) => asking.path === 'm.failing' && tenant === 'a').map(({ subscription }) => subscription.error);
    expect(failures).toEqual(failures.map(() => expect.objectContaining({ code: 'application', message: expect.stringContaining('canary-a') as string })));
  });
});

/** What came in, as it came. */
function received(client: SyncClient, from = 0): string[] {
  return client.frames.slice(from).filter(({ out }) => !out).map(({ text }) => text);
}

/** Writes that touch both tenants in one transaction, in every table that holds a canary; deletes among them. */
function writes(round: number): string[] {
  const both = `(VALUES ('a'), ('b')) t(tenant)`;
  return [
    `BEGIN; UPDATE store.item SET qty = qty + 1, big = 'round ${round} canary-' || tenant WHERE id % 6 = ${round % 6};
     DELETE FROM store.item WHERE id = ${round * 8};
     INSERT INTO store.item (id, owner, kind, price, qty, tags, meta, big, tenant)
       SELECT ${100 + round}, ${1 + round}, 'a', 1.10, 3, ARRAY['t1', 'canary-' || tenant], jsonb_build_object('k', 2, 'of', 'canary-' || tenant), NULL, tenant FROM ${both}; COMMIT`,
    `UPDATE store.note SET body = 'red green ${round} canary-' || tenant, stars = stars + 1 WHERE id % 5 = ${round % 5}; DELETE FROM store.note WHERE id = ${round * 5}`,
    `BEGIN; DELETE FROM store.membership WHERE who = 'ann' AND team = 1 AND tenant = '${round % 2 === 0 ? 'a' : 'b'}';
     INSERT INTO store.membership (who, team, tenant) SELECT 'ann', 1, '${round % 2 === 0 ? 'b' : 'a'}' ON CONFLICT DO NOTHING; COMMIT`,
    `UPDATE store.person SET name = name || '.' WHERE id = ${4 + round}; UPDATE store.secret SET body = 'round ${round} canary-' || tenant WHERE id % 3 = ${round % 3}; DELETE FROM store.secret WHERE id = ${round}`,
    `INSERT INTO store.heap (k, v, tenant) SELECT ${round}, 'new canary-' || tenant, tenant FROM ${both}; DELETE FROM store.full_row WHERE k = ${round};
     UPDATE store.no_identity SET v = 'round ${round} canary-' || tenant WHERE k = ${round}; UPDATE store.by_index SET v = 'round ${round} canary-' || tenant WHERE k = ${round % 5}`,
    round === 5 ? 'TRUNCATE store.link' : `UPDATE store.link SET weight = weight + 1 WHERE a = ${round}; UPDATE store.part SET region = 'west' WHERE id = ${round + 10}; UPDATE store.trap SET f = 1.5 WHERE id = ${round}`,
    ...(round === 4 ? ['REFRESH MATERIALIZED VIEW store.tally'] : []),
  ];
}
