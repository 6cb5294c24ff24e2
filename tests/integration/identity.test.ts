import { describe, expect, test } from 'vitest';
import { explain, useStack } from '../harness/stack.ts';
import type { SyncClient } from '../harness/sync_client.ts';

const alice = { sub: 'alice', team: 1 };
const bob = { sub: 'bob', team: 2 };

const saw = (client: SyncClient, canary: string): boolean =>
  client.frames.some((frame) => !frame.out && frame.text.includes(canary));
const bodies = (value: unknown): string[] => (value as { body: string }[]).map((doc) => doc.body);

const shapes = ['docs.mine', 'docs.mine_by_claim', 'docs.mine_plpgsql', 'docs.mine_folded'];

describe('two tenants on one gateway', () => {
  const stack = useStack({ fixture: 'tenants' });

  test.each(shapes)('%s gives each his own rows, whoever asks first', async (path) => {
    explain(stack);
    for (const [first, second] of [[alice, bob], [bob, alice]] as const) {
      const one = await stack.gateway.client(first);
      const two = await stack.gateway.client(second);
      const held = await one.live(path);
      const other = await two.live(path);
      expect(bodies(held.value).every((body) => body.includes(first.sub)), JSON.stringify(held.value)).toBe(true);
      expect(bodies(other.value).every((body) => body.includes(second.sub)), JSON.stringify(other.value)).toBe(true);
      expect(bodies(held.value).length).toBeGreaterThan(0);
      await one.close();
      await two.close();
    }
  });

  test.each(shapes)('%s fails for one without a token', async (path) => {
    const stranger = await stack.gateway.client();
    const held = await stranger.live(path);
    expect(held.error?.code ?? (held.value as unknown[]).length).toSatisfy((got: unknown) => got === 'unauthenticated' || got === 0);
  });

  test('no frame to one ever holds a byte of the other, deletes included', async () => {
    explain(stack);
    const clients = { alice: await stack.gateway.client(alice), bob: await stack.gateway.client(bob) };
    for (const client of Object.values(clients)) {
      for (const path of shapes) await client.live(path);
      for (const team of [1, 2]) {
        await client.live('docs.of_team', { team });
        await client.live('docs.latest', { team });
      }
    }
    for (let round = 1; round <= 10; round++) {
      await clients.alice.mutateAndSee('docs.add', { team: 1, body: `canary-alice-${round}` });
      await clients.bob.mutateAndSee('docs.add', { team: 2, body: `canary-bob-${round}` });
      await stack.cluster.sql('owner', `UPDATE app.doc SET body = body || '-edited' WHERE body LIKE 'canary-%-${round}';
        DELETE FROM app.doc WHERE body LIKE 'canary-%-${round - 3}-edited'`);
    }
    await clients.alice.until('the last edit', () => saw(clients.alice, 'canary-alice-10-edited'));
    await clients.bob.until('the last edit', () => saw(clients.bob, 'canary-bob-10-edited'));
    expect(saw(clients.alice, 'canary-bob')).toBe(false);
    expect(saw(clients.bob, 'canary-alice')).toBe(false);
  });

  test('a guard refuses before anything that is cached is given out', async () => {
    const one = await stack.gateway.client(alice);
    expect((await one.live('docs.of_team', { team: 1 })).error).toBeUndefined();
    const two = await stack.gateway.client(bob);
    const refused = await two.live('docs.of_team', { team: 1 });
    expect(refused.error).toMatchObject({ code: 'forbidden' });
    expect(saw(two, 'canary-alice')).toBe(false);
    expect((await two.query('docs.of_team', { team: 1 })).error).toMatchObject({ code: 'forbidden' });
    expect((await two.mutate('docs.add', { team: 1, body: 'intruder' })).error).toMatchObject({ code: 'forbidden' });
  });

  test('access that ends turns the result into an error, and nothing written after it is sent', async () => {
    explain(stack);
    await stack.cluster.sql('owner', `INSERT INTO app.member VALUES ('carol', 1)`);
    const carol = await stack.gateway.client({ sub: 'carol', team: 1 });
    const docs = await carol.live('docs.of_team', { team: 1 });
    expect(docs.error).toBeUndefined();
    await stack.cluster.sql('owner', `BEGIN; DELETE FROM app.member WHERE user_name = 'carol';
      INSERT INTO app.doc (team, body) VALUES (1, 'written-after-carol-left'); COMMIT`);
    await carol.until('the end of access', () => docs.error?.code === 'forbidden');
    expect(saw(carol, 'written-after-carol-left')).toBe(false);
    await stack.cluster.sql('owner', `INSERT INTO app.member VALUES ('carol', 1)`);
    await carol.until('access again', () => docs.error === undefined && bodies(docs.value).includes('written-after-carol-left'));
  });

  test('another token on the same socket changes what every subscription holds', async () => {
    explain(stack);
    const client = await stack.gateway.client(alice);
    const mine = await client.live('docs.mine');
    client.auth(stack.gateway.token(bob));
    await client.until('the rows of bob', () => mine.error === undefined && bodies(mine.value).some((body) => body.includes('bob')));
    expect(bodies(mine.value).some((body) => body.includes('alice'))).toBe(false);
    client.auth(null);
    await client.until('nothing for nobody', () => mine.error?.code === 'unauthenticated' || (mine.value as unknown[]).length === 0);
  });

  test('a request id used again by another principal is a conflict and not an execution', async () => {
    explain(stack);
    const client = await stack.gateway.client(alice, { ack: false });
    const reply = await client.mutate('docs.add', { team: 1, body: 'replayed' });
    expect(reply.error).toBeUndefined();
    const again = await client.again(reply.id, 'docs.add', { team: 1, body: 'replayed' }, stack.gateway.token(bob));
    expect(again.error).toMatchObject({ code: 'conflict' });
    expect(await stack.cluster.rows('owner', `SELECT count(*) FROM app.doc WHERE body = 'replayed'`)).toEqual([['1']]);
  });
});
