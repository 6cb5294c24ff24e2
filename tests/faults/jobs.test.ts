import { describe, expect, test } from 'vitest';
import { eventually, pause } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { Random } from '../harness/random.ts';
import { explain, useStack } from '../harness/stack.ts';

/** FRESHET_JOBS=10000 FRESHET_KILLS=60 for the long form. */
const jobs = Number(process.env['FRESHET_JOBS'] ?? 1500);
const kills = Number(process.env['FRESHET_KILLS'] ?? 10);
const seed = Number(process.env['FRESHET_SEED'] ?? Date.now() % 100_000_000);

describe('jobs over deaths', () => {
  const stack = useStack({ fixture: 'jobs', cluster: { durable: true }, gateway: { settings: { FRESHET_JOB_WORKERS: '3' } } });

  test(`${jobs} jobs, two gateways, ${kills} deaths (seed ${seed}): each takes effect exactly once`, async () => {
    explain(stack);
    const random = new Random(seed);
    const second = await Gateway.start(stack.cluster, { settings: { FRESHET_JOB_WORKERS: '3' } });
    const gateways = [stack.gateway, second];
    try {
      // Half of them write a row of their own, every tenth all the same one.
      const scheduling = stack.cluster.sql(
        'owner',
        `DO $$ BEGIN FOR i IN 1..${jobs} LOOP
           PERFORM freshet.schedule(CASE WHEN i % 10 = 0 THEN 'work.bump' ELSE 'work.note' END, jsonb_build_object('n', i), after => i % 7 * interval '200 ms');
           IF i % 50 = 0 THEN COMMIT; END IF;
         END LOOP; END $$`,
      );
      const failpoints = ['job_before_commit=crash@', 'job_after_commit=crash@'];
      for (let death = 0; death < kills; death++) {
        const victim = gateways[random.below(2)] as Gateway;
        if (random.below(2) === 0) {
          // At a moment of the clock's choosing …
          await pause(100 + random.below(400));
          if (victim.running) await victim.stop('SIGKILL');
          await victim.boot();
        } else {
          // … and around a commit, where it hurts; a gateway with nothing left to do does not get there.
          if (victim.running) await victim.stop('SIGKILL');
          // It may die before it is ready.
          await victim.boot({ FRESHET_FAILPOINTS: `${failpoints[random.below(2)]}${1 + random.below(20)}` }).catch(() => undefined);
          await Promise.race([victim.ended(), pause(3000)]);
          if (victim.running) await victim.stop('SIGKILL');
          await victim.boot();
        }
      }
      await scheduling;
      const left = async (): Promise<number> => Number((await stack.cluster.rows<[string]>('owner', `SELECT count(*) FROM freshet.jobs WHERE state = 'scheduled'`))[0]?.[0]);
      await eventually('every job is done', async () => (await left()) === 0, { within: 60_000 + jobs * 20, every: 200 });
      const [[done, effects, distinct, counter]] = (await stack.cluster.rows<[string, string, string, number]>('owner', `
        SELECT (SELECT count(*) FROM freshet.jobs WHERE state = 'done'), count(*), count(DISTINCT n), (SELECT value FROM app.counter) FROM app.effect`)) as [[string, string, string, number]];
      expect({ done: Number(done), effects: Number(effects), distinct: Number(distinct), counter }).toEqual({ done: jobs, effects: jobs, distinct: jobs, counter: Math.floor(jobs / 10) });
    } finally {
      await second.remove();
    }
  }, 120_000 + kills * 10_000 + jobs * 30);
});
