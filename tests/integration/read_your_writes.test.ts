import { describe, expect, test } from 'vitest';
import { explain, useStack } from '../harness/stack.ts';

describe('a mutation', () => {
  const stack = useStack({ fixture: 'notes' });

  test('is in every lockstep result that the session holds when its promise resolves', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 1 });
    const count = await client.live('notes.count_in', { list: 1 });
    for (let i = 1; i <= 50; i++) {
      const reply = await client.mutateAndSee('notes.add', { list: 1, body: `note ${i}` });
      expect(reply.error).toBeUndefined();
      expect((list.value as { id: number }[]).at(-1)?.id).toBe(reply.value);
      expect(count.value).toBe(i);
    }
  });

  test('resolves at once for a session that holds nothing', async () => {
    const client = await stack.gateway.client();
    const reply = await client.mutateAndSee('notes.add', { list: 2, body: 'alone' });
    expect(reply.error).toBeUndefined();
    expect((await client.query('notes.count_in', { list: 2 })).value).toBe(1);
  });

  test('is included by a transition even when it changes nothing that the session holds', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const other = await client.live('notes.count_in', { list: 77 });
    await client.mutateAndSee('notes.add', { list: 3, body: 'elsewhere' });
    expect(other.results).toBe(1);
  });

  test('that is followed by a one-shot query is seen by it', async () => {
    const client = await stack.gateway.client();
    for (let i = 1; i <= 20; i++) {
      const reply = client.mutate('notes.add', { list: 4, body: 'x' });
      await reply;
      expect((await client.query('notes.count_in', { list: 4 })).value).toBe(i);
    }
  });

  test('mutations of one session run in order of arrival', async () => {
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 5 });
    const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => client.mutate('notes.add', { list: 5, body: `${i}` })));
    const ids = replies.map((reply) => reply.value as number);
    expect([...ids].sort((a, b) => a - b)).toEqual(ids);
    await client.until('all twenty', () => (list.value as unknown[]).length === 20);
    expect((list.value as { body: string }[]).map((note) => note.body)).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
  });

  test('that fails changes nothing and says why', async () => {
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 6 });
    await client.mutateAndSee('notes.add', { list: 6, body: 'first', slug: 'taken' });
    const conflict = await client.mutate('notes.add', { list: 6, body: 'second', slug: 'taken' });
    expect(conflict.error).toMatchObject({ code: 'conflict', retryable: false });
    const broken = await client.mutate('notes.add', { list: 6, body: 'x'.repeat(1001) });
    expect(broken.error).toMatchObject({ code: 'constraint_violation' });
    const refused = await client.mutate('notes.refuse', { reason: 'closed' });
    expect(refused.error).toMatchObject({ code: 'application', message: 'closed', details: { code: 'not_today' } });
    await client.mutateAndSee('notes.add', { list: 6, body: 'third' });
    expect((list.value as { body: string }[]).map((note) => note.body)).toEqual(['first', 'third']);
  });
});
