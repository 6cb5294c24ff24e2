import { describe, expect, test } from 'vitest';
import { explain, useStack } from '../harness/stack.ts';

// Order is what is asserted, not time: the fast result must be there before the slow one, or together with it.
describe('a slow query', () => {
  const stack = useStack({ fixture: 'notes' });

  test('does not hold up a fast one of another session', async () => {
    explain(stack);
    const slow = await stack.gateway.client();
    const fast = await stack.gateway.client();
    const slowCount = await slow.live('notes.slow_count', { list: 1 });
    const count = await fast.live('notes.count_in', { list: 1 });
    for (let round = 1; round <= 3; round++) {
      await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (1, 'x')`);
      await fast.until('the fast count', () => count.value === round);
      expect(slowCount.value).toBe(round - 1);
      await slow.until('the slow count', () => slowCount.value === round, { within: 20_000 });
    }
  });

  test('keeps its session in lockstep: both change in one transition', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const slow = await client.live('notes.slow_count', { list: 2 });
    const fast = await client.live('notes.count_in', { list: 2 });
    client.onTransition = () => expect(slow.value).toBe(fast.value);
    await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (2, 'x')`);
    await client.until('both counts', () => fast.value === 1, { within: 20_000 });
    expect(slow.value).toBe(1);
    expect(client.violation).toBeUndefined();
  });

  test('on a timeline of its own lets the rest of its session go ahead', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const slow = await client.live('notes.slow_count', { list: 3 }, { lockstep: false });
    const fast = await client.live('notes.count_in', { list: 3 });
    await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (3, 'x')`);
    await client.until('the fast count', () => fast.value === 1);
    expect(slow.value).toBe(0);
    await client.until('the slow count', () => slow.value === 1, { within: 20_000 });
  });

  test('that is overtaken by writes while it runs misses none of them', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const slow = await client.live('notes.slow_count', { list: 4 }, { lockstep: false });
    for (let i = 0; i < 40; i++) await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (4, 'x')`);
    await client.until('the slow count has all', () => slow.value === 40, { within: 30_000 });
  });

  test('holds back no new subscription of another session', async () => {
    explain(stack);
    const slow = await stack.gateway.client();
    const pending = slow.subscribe('notes.slow_count', { list: 5 });
    const other = await stack.gateway.client();
    const fast = await other.live('notes.count_in', { list: 5 });
    expect(fast.value).toBe(0);
    expect(pending.results).toBe(0);
    await slow.until('its own result', () => pending.value === 0, { within: 20_000 });
  });
});
