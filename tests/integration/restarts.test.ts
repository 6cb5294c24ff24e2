import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { explain, useStack } from '../harness/stack.ts';
import { ProtocolViolation } from '../harness/transition.ts';
import type { SyncClient } from '../harness/sync_client.ts';

/** Reconnects until it is taken, as an SDK does. */
const reconnect = (client: SyncClient): Promise<unknown> =>
  eventually('the gateway takes the client back', () => client.connect(3000), { within: 30_000, every: 100 });

/** Lets a stopped process go on, if it is still there. */
const resume = (pid: number): void => {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has ended: so much the better.
  }
};

describe('after a fault every subscriber holds what a fresh run gives', () => {
  const stack = useStack({ fixture: 'notes', cluster: { durable: true } });

  const add = (list: number, body: string): Promise<void> =>
    stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (${list}, '${body}')`);

  test('gateway killed: the session is resumed, what is held is not sent again, what was missed is', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    await add(1, 'before');
    const list = await client.live('notes.in_list', { list: 1 });
    const still = await client.live('notes.in_list', { list: 111 });
    const session = client.welcome?.session;
    await stack.gateway.stop('SIGKILL');
    await add(1, 'while it was away');
    await stack.gateway.boot();
    await reconnect(client);
    expect(client.welcome).toMatchObject({ session, resumed: true });
    await client.until('what was missed', () => (list.value as unknown[]).length === 2);
    const after = still.results;
    await client.until('the quiet one is confirmed', () => still.results > 1 || after > 1);
    const transition = client.transitions.findLast((sent) => sent.changes.some((change) => change.id === still.id));
    expect(transition?.changes.find((change) => change.id === still.id)).toHaveProperty('same', true);
  });

  test('gateway asked to stop: answers what it has begun, says 1001 or 1012, exits with 0', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    await client.live('notes.in_list', { list: 2 });
    const answer = client.mutate('notes.add', { list: 2, body: 'last words' });
    await client.until('the mutation arrived', async () =>
      (await stack.cluster.rows('owner', 'SELECT count(*) FROM app.note WHERE list = 2'))[0]?.[0] === '1');
    const end = await stack.gateway.stop('SIGTERM');
    expect(end).toEqual({ code: 0, signal: null });
    expect((await answer).error).toBeUndefined();
    expect([1001, 1012]).toContain((await client.until('the close', () => client.closed)).code);
    await stack.gateway.boot();
    await reconnect(client);
  });

  test.each(['fast', 'immediate'] as const)('Postgres restarted (%s): one consistent transition, then live again', async (mode) => {
    explain(stack);
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: mode === 'fast' ? 3 : 4 });
    const count = await client.live('notes.count_in', { list: mode === 'fast' ? 3 : 4 });
    client.onTransition = (transition) => {
      if (transition.stale !== true && list.error === undefined && count.error === undefined && (list.value as unknown[]).length !== count.value) {
        client.violation = new ProtocolViolation('list and count disagree');
      }
    };
    await stack.cluster.halt(mode);
    await stack.cluster.boot();
    await add(mode === 'fast' ? 3 : 4, 'before the gateway was back');
    await client.until('the missed row', () => count.value === 1, { within: 30_000 });
    await add(mode === 'fast' ? 3 : 4, 'after');
    await client.until('the next row', () => count.value === 2);
    expect(client.closed).toBeUndefined();
  });

  test('walsender terminated: noticed, a new slot, all live queries run again', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 5 });
    for (let round = 1; round <= 3; round++) {
      await stack.cluster.sql('admin', `BEGIN; INSERT INTO app.note (list, body) VALUES (5, 'x');
        SELECT pg_terminate_backend(pid) FROM pg_stat_replication; COMMIT`);
      await client.until('the row in the gap', () => (list.value as unknown[]).length === 2 * round - 1, { within: 20_000 });
      await add(5, 'y');
      await client.until('the row after', () => (list.value as unknown[]).length === 2 * round, { within: 20_000 });
    }
  });

  test('all backends of the gateway terminated at once', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 6 });
    await stack.cluster.sql('admin', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('freshet_call', 'freshet_stream')`);
    await add(6, 'x');
    await client.until('the row', () => (list.value as unknown[])?.length === 1, { within: 20_000 });
    await client.mutateAndSee('notes.add', { list: 6, body: 'y' });
    expect(list.value).toHaveLength(2);
  });

  test('the slot is temporary: nothing holds WAL back when the gateway is gone', async () => {
    await stack.gateway.stop('SIGKILL');
    await eventually('no slot is left', async () =>
      (await stack.cluster.rows('admin', 'SELECT count(*) FROM pg_replication_slots'))[0]?.[0] === '0');
    await eventually('no backend is left', async () =>
      (await stack.cluster.rows('admin', `SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'freshet_call' OR usename = 'freshet_stream'`))[0]?.[0] === '0');
    await stack.gateway.boot();
  });
});

describe('a slot that is lost to max_slot_wal_keep_size', () => {
  const stack = useStack({
    fixture: 'notes',
    cluster: { settings: { max_slot_wal_keep_size: '1MB', max_wal_size: '32MB', min_wal_size: '32MB' } },
  });

  test('is replaced, and the writes in the gap arrive', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 1 });
    const [row] = await stack.cluster.rows('admin', 'SELECT active_pid FROM pg_replication_slots');
    // The reader cannot keep up when its walsender does not run at all.
    const walsender = Number(row?.[0]);
    process.kill(walsender, 'SIGSTOP');
    try {
      await stack.cluster.sql('admin', `CREATE TABLE public.ballast AS SELECT repeat(md5(i::text), 30) t FROM generate_series(1, 60000) i`);
      await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (1, 'in the gap')`);
      const checkpoint = stack.cluster.sql('admin', 'SELECT pg_switch_wal(); CHECKPOINT');
      // The checkpoint ends the walsender and waits until it has gone.
      resume(walsender);
      await checkpoint;
    } finally {
      resume(walsender);
    }
    await client.until('the row in the gap', () => (list.value as unknown[]).length === 1, { within: 30_000 });
    await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (1, 'after')`);
    await client.until('the row after', () => (list.value as unknown[]).length === 2);
  });
});
