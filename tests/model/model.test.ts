import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { Random, seedFromEnvironment } from '../harness/random.ts';
import { explain, Stack } from '../harness/stack.ts';
import { freshRun, type Question } from './fresh_run.ts';
import { createShape, exposeShape, shapes } from './shapes.ts';
import { Subscriber } from './subscriber.ts';
import { copyScript, ddl, transaction } from './writes.ts';

// Each round: writers and subscribers do what they like at the same time; then a marker is written after everything else,
// and the very transition that brings it to a subscriber must bring all of its results to the truth.
const seed = seedFromEnvironment();
const rounds = Number(process.env['FRESHET_MODEL_ROUNDS'] ?? 15);
const identities = [null, { sub: 'ann', team: 1 }, { sub: 'ben', team: 2 }, { sub: 'cat', team: 3 }, { sub: 'ann', team: 2 }, { sub: 'ben', team: 2 }];

describe(`random writes against ${shapes.length} shapes of live query`, () => {
  const stack = new Stack();
  const subscribers: Subscriber[] = [];
  let call: pg.Client;
  let marker = 0;

  beforeAll(async () => {
    console.log(`model: FRESHET_SEED=${seed} FRESHET_MODEL_ROUNDS=${rounds}`);
    await stack.start({
      sql: [readFileSync(new URL('./schema.sql', import.meta.url), 'utf8'), ...shapes.map(createShape), ...shapes.map(exposeShape)].join('\n'),
      cluster: { settings: { max_prepared_transactions: '20', deadlock_timeout: '200ms', lock_timeout: '10s' } },
    });
    call = await stack.cluster.connect('call');
    for (const [i, identity] of identities.entries()) {
      const subscriber = new Subscriber(identity, new Random(seed, 100 + i));
      await subscriber.start(stack.gateway, 25);
      subscribers.push(subscriber);
    }
  });
  afterAll(() => stack.stop());

  /** A writer's transactions; what the server refuses (deadlocks, conflicts) is rolled back and part of the game. */
  const write = async (random: Random, name: string, count: number): Promise<number> => {
    // A superuser, so that session_replication_role can be among the writes.
    const writer = await stack.cluster.connect('admin');
    let committed = 0;
    for (let i = 0; i < count; i++) {
      try {
        if (random.chance(0.05)) await stack.cluster.psql('owner', copyScript(random));
        else for (const part of transaction(random, `${name}-${i}`)) await writer.query(part);
        committed++;
      } catch {
        await writer.query('ROLLBACK').catch(() => undefined);
        await writer.query(`ROLLBACK PREPARED '${name}-${i}'`).catch(() => undefined);
      }
    }
    await writer.end();
    return committed;
  };

  const alter = async (random: Random): Promise<void> => {
    const owner = await stack.cluster.connect('owner');
    for (const statement of random.pick(ddl)) await owner.query(statement).catch(() => undefined);
    await owner.end();
  };

  /** What befalls gateway and server beside the writes; subscribers come back by themselves. */
  const befall = async (random: Random): Promise<void> => {
    await random.weighted<() => Promise<void>>([
      [70, async () => undefined],
      [12, async () => {
        await stack.gateway.stop('SIGKILL');
        await stack.gateway.boot();
      }],
      [12, async () => void (await stack.cluster.rows('admin', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'`))],
      [6, async () => void (await stack.cluster.rows('admin', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'freshet_call' AND application_name = 'freshet'`))],
    ])();
  };

  const compare = async (round: number): Promise<void> => {
    const held = subscribers.flatMap((subscriber) =>
      [...subscriber.client.subscriptions.values()].map((subscription) => ({ subscriber, subscription })),
    );
    const questions = held.map(({ subscriber, subscription }): Question => ({
      path: subscription.path,
      args: subscription.args,
      identity: subscriber.identity,
      guarded: shapes.find((shape) => `m.${shape.name}` === subscription.path)?.guard !== undefined,
    }));
    const truths = await freshRun(call, questions);
    for (const [i, { subscriber, subscription }] of held.entries()) {
      const where = `seed ${seed} round ${round} ${JSON.stringify(subscriber.identity)} ${subscription.path} ${JSON.stringify(subscription.args)}`;
      expect(subscription.error !== undefined, `${where}: ${JSON.stringify(subscription.error)}`).toBe(truths[i]?.failed);
      if (truths[i]?.failed !== true) expect(subscription.value, where).toEqual(truths[i]?.value);
    }
  };

  test(
    'leaves every subscriber with what a fresh run gives, in the transition that brings the last write',
    async () => {
      explain(stack);
      let committed = 0;
      let failed = 0;
      for (let round = 0; round < rounds; round++) {
        const random = new Random(seed, 1000 + round);
        const work: Promise<unknown>[] = [0, 1, 2].map(async (w) => {
          const done = await write(new Random(seed, round * 10 + w), `w${round}-${w}`, 12);
          committed += done;
          failed += 12 - done;
        });
        if (random.chance(0.5)) work.push(alter(random));
        work.push(befall(random));
        for (const subscriber of subscribers) {
          work.push((async () => {
            for (let i = 0; i < 3; i++) await subscriber.move();
          })());
        }
        await Promise.all(work);
        marker++;
        await stack.cluster.sql('owner', `UPDATE app.marker SET n = ${marker} WHERE id = 1`);
        await Promise.all(subscribers.map((subscriber) => subscriber.settle(marker)));
        await compare(round);
      }
      console.log(`model: ${committed} transactions committed, ${failed} refused, ${rounds} rounds`);
      expect(committed).toBeGreaterThan(failed);
    },
    60_000 + rounds * 20_000,
  );
});
