import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type pg from 'pg';
import { eventually, pause } from '../harness/deadline.ts';
import { Random, seedFromEnvironment } from '../harness/random.ts';
import { explain, Stack } from '../harness/stack.ts';
import type { Subscription, SyncClient } from '../harness/sync_client.ts';

// Money moves between two shards and its sum never changes. Every client holds both shards in several forms; after each
// transition the forms must agree: one snapshot, or it shows.
const seed = seedFromEnvironment();
const wanted = Number(process.env['FRESHET_BANK_TRANSITIONS'] ?? 5_000);
const total = 40_000;
const sideTotal = 200;

class Teller {
  readonly client: SyncClient;
  transitions = 0;
  readonly disagreements: string[] = [];
  #totals: Subscription[] = [];
  #accounts: Subscription[] = [];
  #slow: Subscription | undefined;
  #side: Subscription | undefined;
  #random: Random;

  constructor(client: SyncClient, random: Random) {
    this.client = client;
    this.#random = random;
    client.recordFrames = false;
    client.onTransition = (transition) => {
      if (transition.to === null) return;
      this.transitions++;
      this.#check();
    };
  }

  start(slow: boolean): void {
    this.#totals = [0, 1].map((shard) => this.client.subscribe('bank.total', { shard }));
    this.#accounts = [0, 1].map((shard) => this.client.subscribe('bank.accounts', { shard }));
    // Some keep a slow query in step with the rest, some let it have its own time.
    if (slow) this.#slow = this.client.subscribe('bank.slow_total', { shard: 0 }, this.#random.chance(0.5) ? {} : { lockstep: false });
    this.#side = this.client.subscribe('bank.side_total', {});
  }

  churn(): void {
    const shard = this.#random.below(2);
    const old = this.#accounts[shard];
    if (old !== undefined) this.client.unsubscribe(old);
    this.#accounts[shard] = this.client.subscribe('bank.accounts', { shard });
  }

  #check(): void {
    const [low, high] = this.#totals;
    if (low === undefined || high === undefined || low.results === 0 || high.results === 0) return;
    const sum = Number(low.value) + Number(high.value);
    const where = `at ${this.client.epoch}`;
    if (sum !== total) this.disagreements.push(`${where}: ${String(low.value)} + ${String(high.value)} = ${sum}`);
    for (const [shard, held] of this.#accounts.entries()) {
      if (held.results === 0) continue;
      const rows = (held.value as { balance: number }[]).reduce((all, row) => all + row.balance, 0);
      if (rows !== Number(this.#totals[shard]?.value)) this.disagreements.push(`${where}: shard ${shard}: rows ${rows}, total ${String(this.#totals[shard]?.value)}`);
    }
    if (this.#side !== undefined && this.#side.results > 0 && this.#side.value !== sideTotal) {
      this.disagreements.push(`${where}: the side table adds up to ${String(this.#side.value)}`);
    }
    if (this.#slow !== undefined && this.#slow.lockstep && this.#slow.results > 0 && Number(this.#slow.value) !== Number(low.value)) {
      this.disagreements.push(`${where}: slow ${String(this.#slow.value)}, fast ${String(low.value)}`);
    }
  }
}

describe('lockstep', () => {
  const stack = new Stack();
  const tellers: Teller[] = [];
  let stop = false;

  beforeAll(async () => {
    console.log(`bank: FRESHET_SEED=${seed} FRESHET_BANK_TRANSITIONS=${wanted}`);
    await stack.start({ fixture: 'bank', cluster: { settings: { deadlock_timeout: '100ms' } } });
    for (let i = 0; i < 20; i++) {
      const teller = new Teller(await stack.gateway.client(), new Random(seed, i));
      teller.start(i % 5 === 0);
      tellers.push(teller);
    }
  });
  afterAll(() => stack.stop());

  const transferSql = (random: Random): string[] => {
    const amount = random.between(1, 50);
    const from = random.between(1, 40);
    const to = random.between(1, 40);
    const move = `UPDATE app.account SET balance = balance - ${amount} WHERE id = ${from}; UPDATE app.account SET balance = balance + ${amount} WHERE id = ${to}`;
    return random.weighted<() => string[]>([
      [5, () => [`BEGIN; ${move}; COMMIT`]],
      [3, () => [`BEGIN; SET LOCAL synchronous_commit = off; ${move}; COMMIT`]],
      [3, () => [`BEGIN; SAVEPOINT a; UPDATE app.account SET balance = balance - ${amount} WHERE id = ${from}; SAVEPOINT b; UPDATE app.account SET balance = balance + ${amount} WHERE id = ${to}; RELEASE b; SAVEPOINT c; UPDATE app.account SET balance = 0; ROLLBACK TO c; COMMIT`]],
      [1, () => [`BEGIN; ${move}; ROLLBACK`]],
      [2, () => [`UPDATE app.account SET balance = CASE id WHEN ${from} THEN balance - ${amount} ELSE balance + ${amount} END WHERE id IN (${from}, ${to}) AND ${from} <> ${to}`]],
      [1, () => [`UPDATE app.account SET shard = 1 - shard WHERE id = ${from}`]],
      [2, () => [`BEGIN; TRUNCATE app.side; INSERT INTO app.side SELECT i, i % 2, 10 FROM generate_series(1, 20) i; ${move}; COMMIT`]],
    ])();
  };

  const plainWriter = async (random: Random): Promise<void> => {
    const client = await stack.cluster.connect('owner');
    while (!stop) {
      for (const text of transferSql(random)) await client.query(text).catch(() => client.query('ROLLBACK').catch(() => undefined));
      await pause(random.below(8));
    }
    await client.end();
  };

  const mutator = async (random: Random): Promise<void> => {
    const client = await stack.gateway.client();
    while (!stop) {
      const source = random.between(1, 40);
      await client.mutate('bank.transfer', { source, target: (source % 40) + 1, amount: random.between(1, 20) });
      await pause(random.below(8));
    }
  };

  const rewriter = async (random: Random): Promise<void> => {
    const client = (await stack.cluster.connect('owner', { settings: { lock_timeout: '2000' } })) as pg.Client;
    while (!stop) {
      await client.query(random.pick(['VACUUM FULL app.side', 'ALTER TABLE app.side ALTER COLUMN amount TYPE bigint USING amount::bigint', 'CLUSTER app.side USING side_pkey', 'UPDATE app.side SET shard = 1 - shard', 'VACUUM FULL app.account'])).catch(() => undefined);
      await pause(random.between(50, 300));
    }
  };

  test(
    `holds in ${wanted} transitions of 20 clients`,
    async () => {
      explain(stack);
      const writers = [
        plainWriter(new Random(seed, 101)),
        plainWriter(new Random(seed, 102)),
        mutator(new Random(seed, 103)),
        mutator(new Random(seed, 104)),
        rewriter(new Random(seed, 105)),
      ];
      const churn = new Random(seed, 106);
      const count = (): number => tellers.reduce((sum, teller) => sum + teller.transitions, 0);
      const broken = (): string[] => tellers.flatMap((teller) => [...teller.disagreements, ...(teller.client.violation === undefined ? [] : [String(teller.client.violation)])]);
      try {
        await eventually(
          `${wanted} transitions`,
          async () => {
            await pause(20);
            churn.pick(tellers).churn();
            return count() >= wanted || broken().length > 0;
          },
          { within: 60_000 + wanted * 20, every: 5 },
        );
      } finally {
        stop = true;
        await Promise.all(writers);
      }
      console.log(`bank: ${count()} transitions, ${broken().length} disagreeing`);
      expect(broken()).toEqual([]);
      for (const teller of tellers) expect(teller.client.closed).toBeUndefined();
      expect(await stack.cluster.rows('owner', 'SELECT sum(balance) FROM app.account')).toEqual([[String(total)]]);
    },
    120_000 + wanted * 30,
  );
});
