import { describe, expect, test } from 'vitest';
import { explain, useStack } from '../harness/stack.ts';

type Note = { body: string };
const bodies = (value: unknown): string[] => (value as Note[]).map((note) => note.body);

describe('a commit that is decoded before it is visible', () => {
  const stack = useStack({ fixture: 'notes' });

  // Commits are decoded before they are visible, and in another order: T1 hangs in its commit for a standby that never
  // comes, T2 does not wait for one. Nothing but the release tells that T1 became visible.
  test('is pushed within a second of becoming visible, with no further write', async () => {
    explain(stack);
    const { cluster, gateway } = stack;
    const client = await gateway.client();
    const list = await client.live('notes.in_list', { list: 1 });
    const other = await client.live('notes.count_in', { list: 2 });

    await cluster.sql('admin', `ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
    await cluster.sql('admin', 'SELECT pg_reload_conf()');
    const waiting = await cluster.connect('owner');
    const [pid] = (await waiting.query({ text: 'SELECT pg_backend_pid()', rowMode: 'array' })).rows[0] as [number];
    const first = waiting.query(`INSERT INTO app.note (list, body) VALUES (1, 'first'), (2, 'first')`);
    await client.until('T1 hangs in its commit', async () => {
      const [row] = await cluster.rows('admin', `SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = ${pid}`);
      return row?.[0] === true;
    });

    const local = await cluster.connect('owner', { settings: { synchronous_commit: 'local' } });
    await local.query(`INSERT INTO app.note (list, body) VALUES (1, 'second')`);
    // T2 stands behind T1 in the WAL: once it has arrived, the gateway has decoded T1 too.
    await client.until('T2 arrives', () => bodies(list.value).includes('second'));
    expect(bodies(list.value)).toEqual(['second']);
    expect(other.value).toBe(0);

    await cluster.sql('admin', 'ALTER SYSTEM RESET synchronous_standby_names');
    await cluster.sql('admin', 'SELECT pg_reload_conf()');
    await first;
    await client.until('T1 arrives', () => bodies(list.value).includes('first'), { within: 1000 });
    expect(bodies(list.value).sort()).toEqual(['first', 'second']);
    expect(other.value).toBe(1);
  });

  test('holds nothing of a savepoint that was rolled back', async () => {
    explain(stack);
    const { cluster, gateway } = stack;
    const client = await gateway.client();
    const list = await client.live('notes.in_list', { list: 3 });
    await cluster.sql('owner', `BEGIN; INSERT INTO app.note (list, body) VALUES (3, 'kept');
      SAVEPOINT s; INSERT INTO app.note (list, body) VALUES (3, 'rolled back'); ROLLBACK TO s; COMMIT`);
    await client.until('the kept row', () => bodies(list.value).includes('kept'));
    expect(client.frames.some((frame) => frame.text.includes('rolled back'))).toBe(false);
  });
});

describe('two-phase commit', () => {
  const stack = useStack({ fixture: 'notes', cluster: { settings: { max_prepared_transactions: '10' } } });

  test('shows at COMMIT PREPARED and not before', async () => {
    explain(stack);
    const { cluster, gateway } = stack;
    const client = await gateway.client();
    const list = await client.live('notes.in_list', { list: 1 });
    await cluster.sql('owner', `BEGIN; INSERT INTO app.note (list, body) VALUES (1, 'prepared'); PREPARE TRANSACTION 'two'`);
    await cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (1, 'beside')`);
    await client.until('the row beside', () => bodies(list.value).includes('beside'));
    expect(bodies(list.value)).toEqual(['beside']);
    await cluster.sql('owner', `COMMIT PREPARED 'two'`);
    await client.until('the prepared row', () => bodies(list.value).includes('prepared'));
  });
});
