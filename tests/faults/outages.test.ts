import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { eventually, pause } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { Proxy } from '../harness/proxy.ts';
import { explain, useStack } from '../harness/stack.ts';
import { SyncClient } from '../harness/sync_client.ts';

/** FRESHET_OUTAGE_SECONDS=60 for the long form. */
const outageSeconds = Number(process.env['FRESHET_OUTAGE_SECONDS'] ?? 8);

/** FRESHET_SESSIONS=10000 for the long form. */
const sessions = Number(process.env['FRESHET_SESSIONS'] ?? 300);

const residentMegabytes = (pid: number): number => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

describe('an outage of the database or of the network', () => {
  const stack = useStack({ fixture: 'notes', cluster: { durable: true, settings: { max_connections: '60' } } });

  const add = (list: number, body: string): Promise<void> =>
    stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (${list}, '${body}')`);

  const viaProxy = (port: number): { call: string; stream: string } => ({
    call: stack.cluster.url('call').replace(`:${stack.cluster.port}/`, `:${port}/`),
    stream: stack.cluster.url('stream').replace(`:${stack.cluster.port}/`, `:${port}/`),
  });

  test(`Postgres down for ${outageSeconds} s: stale, 503 with Retry-After, at most one attempt a second, then one consistent transition`, async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 1 });
    const count = await client.live('notes.count_in', { list: 1 });
    await stack.cluster.halt('immediate');
    await client.until('the results are stale', () => client.transitions.some((transition) => transition.stale === true), { within: 15_000 });
    const stale = client.transitions.length;
    const logged = stack.gateway.log().length;
    const began = performance.now();
    while (performance.now() - began < outageSeconds * 1000) {
      const reply = await stack.gateway.http('/api/query', { path: 'notes.count_in', args: { list: 1 } });
      expect(reply.status).toBe(503);
      expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await stack.gateway.http('/ready')).status).toBe(503);
      await pause(250);
    }
    const attempts = stack.gateway.log().slice(logged).split('\n').filter((line) => line.includes('refused') || line.includes('connect')).length;
    expect(attempts).toBeLessThanOrEqual(2 * (outageSeconds + 2));
    await stack.cluster.boot();
    await add(1, 'before the gateway was back');
    await client.until('the missed row', () => count.value === 1 && (list.value as unknown[]).length === 1, { within: 30_000 });
    // Both results moved in one transition, and nothing was told of a database that was away.
    const told = client.transitions.slice(stale).filter((transition) => transition.changes.length > 0);
    expect(told[0]?.changes.map((change) => change.id).sort()).toEqual([list.id, count.id].sort());
    expect(client.closed).toBeUndefined();
  });

  test('a database that answers no more, connections open: runs end by their deadlines, the stream is noticed, all is live again', async () => {
    explain(stack);
    const proxy = await Proxy.start(stack.cluster.port);
    const urls = viaProxy(proxy.port);
    const gateway = await Gateway.start(stack.cluster, { settings: { FRESHET_DATABASE_URL: urls.call, FRESHET_REPLICATION_URL: urls.stream, FRESHET_STREAM_SILENCE: '4000' } });
    try {
      const client = await gateway.client();
      const count = await client.live('notes.count_in', { list: 2 });
      proxy.freeze();
      await add(2, 'behind the silence');
      await client.until('the results are stale', () => client.transitions.some((transition) => transition.stale === true), { within: 60_000 });
      proxy.thaw();
      await client.until('the row behind the silence', () => count.value === 1, { within: 60_000 });
      await add(2, 'after it');
      await client.until('the row after it', () => count.value === 2, { within: 30_000 });
    } finally {
      await gateway.remove();
      await proxy.stop();
    }
  });

  test('a client that is there no more without a word: its socket is given up, its session resumes on another', async () => {
    explain(stack);
    const gateway = await Gateway.start(stack.cluster, { settings: { FRESHET_IDLE_TIMEOUT: '2000' } });
    const proxy = await Proxy.start(gateway.port);
    try {
    
      const client = await SyncClient.open(`ws://127.0.0.1:${proxy.port}/sync`);
      const count = await client.live('notes.count_in', { list: 3 });
      expect(await gateway.metric('freshet_live_sessions')).toBeGreaterThanOrEqual(1);
      proxy.freeze();
      await eventually('the gateway gives the socket up', async () => (await gateway.metric('freshet_live_sessions')) === 0, { within: 30_000, every: 100 });
      proxy.thaw();
      await add(3, 'while it was gone');
      await eventually('the session is resumed', () => client.connect(3000), { within: 30_000, every: 100 });
      await client.until('what was missed', () => count.value === 1);
      await client.cut();
    } finally {
      await gateway.remove();
      await proxy.stop();
    }
  });

  test('no connection left in the database: typed and retryable, and over when there is one', async () => {
    explain(stack);
    const hogs = [];
    try {
      for (;;) hogs.push(await stack.cluster.connect('owner'));
    } catch {
      // max_connections is reached.
    }
    const gateway = await Gateway.start(stack.cluster, { unready: true });
    try {
      const reply = await eventually('an answer', () => gateway.http('/api/query', { path: 'notes.count_in', args: { list: 1 } }), { within: 30_000 });
      expect(reply.status).toBe(503);
      expect(reply.body).toMatchObject({ code: 'overloaded', retryable: true });
      await eventually('readiness says why', async () => /connection slots|too many/.test(JSON.stringify((await gateway.http('/ready')).body)), { within: 30_000, every: 100 });
      for (const hog of hogs.splice(0)) await hog.end();
      await gateway.ready();
      expect((await gateway.http('/api/query', { path: 'notes.count_in', args: { list: 1 } })).status).toBe(200);
    } finally {
      for (const hog of hogs) await hog.end();
      await gateway.remove();
    }
  });

  test('a transaction of 300,000 rows and one of 20,000 savepoints: bounded memory, and commits beside them arrive', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const watched = await client.live('notes.count_in', { list: 500_000 });
    await client.live('notes.in_list', { list: 4 });
    const before = residentMegabytes(stack.gateway.pid);
    const big = stack.cluster.sql('owner', `INSERT INTO app.note (list, body) SELECT 4 + i % 2, 'row ' || i FROM generate_series(1, 300000) i`);
    const savepoints = stack.cluster.sql('owner', `DO $$ BEGIN FOR i IN 1..20000 LOOP BEGIN INSERT INTO app.note (list, body) VALUES (6, 'x'); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$`);
    for (let i = 1; i <= 20; i++) {
      await add(500_000, `beside ${i}`);
      await client.until(`commit ${i} beside them`, () => watched.value === i, { within: 30_000 });
    }
    await Promise.all([big, savepoints]);
    await add(500_000, 'last');
    await client.until('the commit after them', () => watched.value === 21, { within: 60_000 });
    const list = [...client.subscriptions.values()].find((subscription) => subscription.path === 'notes.in_list');
    // 150,000 rows are more than a result may have: an error, not a truncated list.
    await client.until('the long list', () => list?.error?.code === 'too_large', { within: 60_000 });
    expect(residentMegabytes(stack.gateway.pid) - before).toBeLessThan(300);
  });

  test('a storm of mutations on one row: every one takes effect once or is refused as serialization_failure', async () => {
    explain(stack);
    await stack.cluster.sql('owner', `INSERT INTO app.note (id, list, body) VALUES (7777777, 7, 'hot')`);
    const clients = await Promise.all(Array.from({ length: 16 }, () => stack.gateway.client()));
    const replies = (await Promise.all(clients.map(async (client) => {
      const mine = [];
      for (let i = 0; i < 12; i++) mine.push(await client.mutate('notes.star', { id: 7777777 }));
      return mine;
    }))).flat();
    const done = replies.filter((reply) => reply.error === undefined);
    for (const reply of replies) if (reply.error !== undefined) expect(reply.error).toMatchObject({ code: 'serialization_failure', retryable: true });
    expect((await stack.cluster.rows('owner', 'SELECT stars FROM app.note WHERE id = 7777777'))[0]?.[0]).toBe(done.length);
    expect(new Set(done.map((reply) => reply.value)).size).toBe(done.length);
    expect(done.length).toBeGreaterThan(replies.length / 2);
  });

  test(`${sessions} sessions come back at once: each is resumed and has what a fresh run gives; each distinct query ran at most twice`, async () => {
    explain(stack);
    const clients: SyncClient[] = [];
    while (clients.length < sessions) clients.push(...(await Promise.all(Array.from({ length: Math.min(100, sessions - clients.length) }, () => stack.gateway.client()))));
    for (const client of clients) client.recordFrames = false;
    const counts = await Promise.all(clients.map((client, i) => client.live('notes.count_in', { list: 1000 + (i % 50) })));
    const before = residentMegabytes(stack.gateway.pid);
    for (let again = 0; again < 3; again++) {
      await Promise.all(clients.map((client) => client.cut()));
      const ran = await stack.gateway.metric('freshet_live_runs_total');
      await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) SELECT 1000 + i, 'missed' FROM generate_series(0, 49) i`);
      await Promise.all(clients.map((client) => eventually('taken back', () => client.connect(5000), { within: 120_000, every: 50 })));
      await Promise.all(clients.map((client, i) => client.until('what was missed', () => counts[i]?.value === again + 1, { within: 120_000 })));
      expect((await stack.gateway.metric('freshet_live_runs_total')) - ran).toBeLessThanOrEqual(2 * 50);
    }
    expect(residentMegabytes(stack.gateway.pid) - before).toBeLessThan(100);
  }, 60_000 + 60 * sessions);
});
