import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pause } from '../harness/deadline.ts';
import { Stack } from '../harness/stack.ts';
import type { SyncClient } from '../harness/sync_client.ts';

// An asynchronous commit is visible before it is durable, and a crash takes it back. What a client was shown must not be
// taken back: either the value never reached it, or it is there after the crash.
describe('a value that a crash takes back', () => {
  const stack = new Stack();
  let client: SyncClient;

  beforeAll(async () => {
    await stack.start({
      fixture: 'notes',
      cluster: { durable: true, settings: { wal_writer_delay: '10s', checkpoint_timeout: '1h' } },
    });
  });
  afterAll(() => stack.stop());

  const survivors = async (): Promise<Set<string>> =>
    new Set((await stack.cluster.rows('owner', 'SELECT body FROM app.note')).map(([body]) => String(body)));
  const shown = (canary: string): boolean => client.frames.some((frame) => !frame.out && frame.text.includes(canary));

  // A slot begins when the record of running transactions is flushed: with this wal_writer_delay up to ten seconds after each start.
  test('never reached a live query that nothing else had made dirty', { timeout: 240_000 }, async () => {
    client = await stack.gateway.client();
    await client.live('notes.in_list', { list: 1 });
    let lost = 0;
    for (let round = 0; round < 3; round++) {
      const canary = `canary-quiet-${round}`;
      const writer = await stack.cluster.connect('owner', { settings: { synchronous_commit: 'off' } });
      await writer.query(`INSERT INTO app.note (list, body) VALUES (1, '${canary}')`);
      // Time for a gateway that does not wait for durability to be caught.
      await pause(250);
      await stack.cluster.restart('immediate');
      const kept = (await survivors()).has(canary);
      if (!kept) lost++;
      expect(shown(canary) && !kept, `${canary} was shown and is gone`).toBe(false);
      await stack.gateway.ready();
    }
    expect(lost, 'no round lost a commit: the test proves nothing').toBeGreaterThan(0);
  });

  test('never reached a query whose run could already see it', { timeout: 240_000 }, async () => {
    let lost = 0;
    for (let round = 0; round < 6; round++) {
      const canary = `canary-read-${round}`;
      client = await stack.gateway.client();
      const writer = await stack.cluster.connect('owner', { settings: { synchronous_commit: 'off' } });
      await writer.query(`INSERT INTO app.note (list, body) VALUES (${round + 10}, '${canary}')`);
      // A first run at a snapshot that sees the row; the crash comes at the first sight of the value, or soon.
      client.subscribe('notes.in_list', { list: round + 10 });
      const end = performance.now() + (round % 2 === 0 ? 1000 : 5);
      while (performance.now() < end && !shown(canary)) await pause(1);
      await stack.cluster.restart('immediate');
      const kept = (await survivors()).has(canary);
      if (!kept) lost++;
      expect(shown(canary) && !kept, `${canary} was shown and is gone`).toBe(false);
      await client.cut();
      await stack.gateway.ready();
    }
    console.log(`durability: ${lost} of 6 rounds lost the commit`);
  });
});
