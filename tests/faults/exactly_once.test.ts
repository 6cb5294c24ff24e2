import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, pause } from '../harness/deadline.ts';
import { Random, seedFromEnvironment } from '../harness/random.ts';
import { explain, Stack } from '../harness/stack.ts';
import type { Reply, SyncClient } from '../harness/sync_client.ts';

const seed = seedFromEnvironment();
const kills = Number(process.env['FRESHET_KILLS'] ?? 12);
const failpoints = ['mutation_before_begin', 'mutation_before_commit', 'mutation_after_commit', 'mutation_before_response', 'epoch_after_snapshot', 'stream_message'];

/** Sends mutations one after the other, comes back after every cut, and keeps what it was told of each. */
class Author {
  readonly told = new Map<string, Reply>();
  readonly sent: string[] = [];
  client!: SyncClient;
  stopped = false;
  #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  async write(stack: Stack): Promise<void> {
    this.client = await stack.gateway.client({ sub: this.#name });
    this.client.recordFrames = false;
    // Without a live query the gateway would open no epoch, and the crashes in one would never come.
    this.client.subscribe('ledger.count', {});
    // Until the last answer is there: who is away when the writing ends has to come back for it.
    let answered = false;
    const supervise = (async () => {
      while (!answered) {
        if (this.client.closed !== undefined) await this.client.connect(2_000).catch(() => pause(50));
        await pause(10);
      }
    })();
    for (let i = 0; !this.stopped; i++) {
      const key = `${this.#name}-${i}`;
      this.sent.push(key);
      this.told.set(key, await this.client.mutate('ledger.add', { key }));
    }
    answered = true;
    await supervise;
  }
}

describe('exactly once', () => {
  const stack = new Stack();

  beforeAll(async () => {
    console.log(`exactly once: FRESHET_SEED=${seed} FRESHET_KILLS=${kills}`);
    await stack.start({ fixture: 'ledger', cluster: { durable: true } });
  });
  afterAll(() => stack.stop());

  const audit = async (authors: Author[]): Promise<{ acknowledged: number; unknown: number; failed: number }> => {
    const counts = new Map((await stack.cluster.rows<[string, string]>('owner', 'SELECT key, count(*) FROM app.entry GROUP BY key')).map(([key, n]) => [key, Number(n)]));
    const result = { acknowledged: 0, unknown: 0, failed: 0 };
    for (const author of authors) {
      for (const key of author.sent) {
        const reply = author.told.get(key);
        const times = counts.get(key) ?? 0;
        expect(times, `${key} took effect ${times} times`).toBeLessThanOrEqual(1);
        if (reply !== undefined && reply.error === undefined) {
          expect(times, `${key} was acknowledged`).toBe(1);
          result.acknowledged++;
        } else if (reply?.error?.code === 'outcome_unknown' || reply === undefined) {
          result.unknown++;
        } else {
          expect(times, `${key} was refused with ${reply.error?.code}`).toBe(0);
          result.failed++;
        }
      }
      // Two acknowledged mutations never got the same place in the ledger.
      const places = [...author.told.values()].filter((reply) => reply.error === undefined).map((reply) => reply.value);
      expect(new Set(places).size).toBe(places.length);
    }
    return result;
  };

  test(
    `holds over ${kills} deaths of the gateway, at random moments and at failpoints`,
    async () => {
      explain(stack);
      const random = new Random(seed);
      const authors = Array.from({ length: 6 }, (_, i) => new Author(`author${i}`));
      const writing = authors.map((author) => author.write(stack));
      const acknowledged = (): number => authors.reduce((sum, author) => sum + author.told.size, 0);
      for (let death = 0; death < kills; death++) {
        const before = acknowledged();
        await eventually('mutations go on', () => acknowledged() > before + 5, { within: 30_000 });
        if (random.chance(0.5)) {
          await pause(random.below(60));
          await stack.gateway.stop('SIGKILL');
          await stack.gateway.boot();
        } else {
          const failpoint = `${random.pick(failpoints)}=crash@${random.between(1, 15)}`;
          await stack.gateway.stop('SIGKILL');
          // The crash may come before the gateway has ever been ready.
          await stack.gateway.boot({ FRESHET_FAILPOINTS: failpoint }).catch(() => undefined);
          await eventually(`the crash at ${failpoint}`, () => !stack.gateway.running, { within: 10_000 }).catch(() => stack.gateway.stop('SIGKILL'));
          await stack.gateway.boot();
        }
      }
      const before = acknowledged();
      await eventually('mutations go on', () => acknowledged() > before + 5, { within: 30_000 });
      for (const author of authors) author.stopped = true;
      await Promise.all(writing);
      const result = await audit(authors);
      console.log(`exactly once: ${JSON.stringify(result)} over ${kills} deaths`);
      expect(result.acknowledged).toBeGreaterThan(kills);
      // The sessions were always resumed, so nothing stayed unknown.
      expect(result.unknown).toBe(0);
      const [[entries, counter]] = await stack.cluster.rows<[string, string]>('owner', 'SELECT (SELECT count(*) FROM app.entry), (SELECT n::text FROM app.counter)') as [[string, string]];
      expect(entries).toBe(counter);
    },
    // Each death may use the deadlines within; this is only a net below them.
    60_000 + kills * 30_000,
  );

  const times = async (key: string): Promise<number> => Number((await stack.cluster.rows('owner', 'SELECT count(*) FROM app.entry WHERE key = $1', [key]))[0]?.[0]);

  test('a replay gives the recorded answer', async () => {
    const client = await stack.gateway.client({ sub: 'alice' }, { ack: false });
    const first = await client.mutate('ledger.add', { key: 'replayed' });
    const again = await client.again(first.id, 'ledger.add', { key: 'replayed' });
    expect(again).toMatchObject({ value: first.value, replayed: true });
    expect(await times('replayed')).toBe(1);
  });

  test('a replay with other arguments is a conflict', async () => {
    const client = await stack.gateway.client({ sub: 'alice' }, { ack: false });
    const first = await client.mutate('ledger.add', { key: 'first' });
    expect((await client.again(first.id, 'ledger.add', { key: 'other' })).error).toMatchObject({ code: 'conflict' });
    expect(await times('other')).toBe(0);
  });

  test('a replay after signing in as somebody else is a conflict', async () => {
    const client = await stack.gateway.client({ sub: 'alice' }, { ack: false });
    const first = await client.mutate('ledger.add', { key: 'alices' });
    const bob = stack.gateway.token({ sub: 'bob' });
    expect((await client.again(first.id, 'ledger.add', { key: 'alices' }, bob)).error).toMatchObject({ code: 'conflict' });
    expect(await times('alices')).toBe(1);
  });

  test('a replay after the record was pruned is outcome_unknown and no execution', async () => {
    explain(stack);
    const client = await stack.gateway.client({ sub: 'alice' }, { ack: false });
    const first = await client.mutate('ledger.add', { key: 'pruned' });
    client.raw(JSON.stringify({ type: 'ack', upto: first.id }));
    await eventually('pruned', async () => (await stack.cluster.rows('call', 'SELECT freshet.session_floor($1)', [client.welcome?.session]))[0]?.[0] === String(first.id), { within: 40_000 });
    expect((await client.again(first.id, 'ledger.add', { key: 'pruned' })).error).toMatchObject({ code: 'outcome_unknown' });
    expect(await times('pruned')).toBe(1);
  });

  test('a session that the server has forgotten is not resumed', async () => {
    const client = await stack.gateway.client({ sub: 'alice' }, { ack: false });
    await client.mutate('ledger.add', { key: 'forgotten' });
    await client.cut();
    await stack.gateway.stop('SIGKILL');
    await stack.cluster.sql('call', `SELECT freshet.prune('0 seconds')`);
    await stack.gateway.boot();
    const welcome = await eventually('back', () => client.connect());
    expect(welcome.resumed).toBe(false);
    expect(await times('forgotten')).toBe(1);
  });

  test('a session id made up by a client is not resumed', async () => {
    const client = await stack.gateway.client();
    await client.cut();
    client.welcome = { ...(client.welcome ?? { epoch: '', floor: 0, resumed: false, server: { name: '', version: '', limits: {} } }), session: 'A'.repeat(22) };
    expect((await client.connect()).resumed).toBe(false);
  });
});
