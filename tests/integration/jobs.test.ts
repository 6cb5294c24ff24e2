import { describe, expect, test } from 'vitest';
import { eventually, pause } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { explain, useStack } from '../harness/stack.ts';

interface Effect {
  n: number;
  word: string;
}

describe('jobs', () => {
  const stack = useStack({ fixture: 'jobs' });

  const value = async <T>(sql: string): Promise<T> => (await stack.cluster.rows<[T]>('owner', sql))[0]?.[0] as T;
  const schedule = (path: string, n: number, more = ''): Promise<string> => value(`SELECT freshet.schedule('${path}', '{"n": ${n}}'${more})`);
  const effects = (n: number): Promise<string[]> => stack.cluster.rows<[string]>('owner', 'SELECT word FROM app.effect WHERE n = $1', [n]).then((rows) => rows.map(([word]) => word));
  const state = (job: string): Promise<string> => value(`SELECT state FROM freshet.jobs WHERE id = ${job}`);
  const becomes = (job: string, wanted: string): Promise<boolean> =>
    eventually(`job ${job} is ${wanted}`, async () => (await state(job)) === wanted, { within: 20_000, every: 20 });

  test('a mutation schedules one for its caller; status and effect are live, and come in one transition', async () => {
    explain(stack);
    const client = await stack.gateway.client({ sub: 'ann' });
    const shown = await client.live('work.effects');
    const reply = await client.mutateAndSee('work.remind_me', { n: 1, seconds: 0.5 });
    const job = await client.live('work.job', { job: reply.value });
    expect(job.value).toEqual([{ state: 'scheduled', attempt: 0, result: null, error: null }]);
    client.onTransition = () => {
      const done = (job.value as { state: string }[])[0]?.state === 'done';
      const there = (shown.value as Effect[]).some(({ n }) => n === 1);
      if (done !== there) client.violation ??= new Error(`done is ${done}, its effect is ${there ? 'there' : 'not there'}`);
    };
    await client.until('the reminder', () => (shown.value as Effect[]).some(({ n, word }) => n === 1 && word === 'for ann'));
    expect(job.value).toEqual([{ state: 'done', attempt: 0, result: 1, error: null }]);
  });

  test('a transaction that fails has scheduled nothing', async () => {
    explain(stack);
    const client = await stack.gateway.client({ sub: 'ann' });
    const before = await value<string>('SELECT count(*) FROM freshet.jobs');
    expect((await client.mutate('work.remind_and_fail', { n: 2 })).error).toBeDefined();
    expect(await value('SELECT count(*) FROM freshet.jobs')).toBe(before);
  });

  test('internal functions do not exist for clients', async () => {
    explain(stack);
    const client = await stack.gateway.client({ sub: 'ann' });
    expect((await client.mutate('work.note', { n: 3 })).error).toMatchObject({ code: 'not_found' });
    expect(JSON.stringify((await stack.gateway.http('/openapi.json')).body)).not.toContain('work.note');
  });

  test('what psql schedules runs; cancelled before its time it never does', async () => {
    explain(stack);
    const late = await schedule('work.note', 4, `, after => '1 hour'`);
    const soon = await schedule('work.note', 5);
    await becomes(soon, 'done');
    expect(await value(`SELECT freshet.cancel(${late})`)).toBe(true);
    expect(await effects(5)).toEqual(['plain']);
    expect(await state(late)).toBe('cancelled');
  });

  test('a job that fails is tried again after a while, and done in the end; one that refuses is failed, and can be retried', async () => {
    explain(stack);
    const flaky = await schedule('work.flaky', 6);
    await becomes(flaky, 'done');
    expect(await effects(6)).toEqual(['at last']);
    expect(await value(`SELECT attempt FROM freshet.jobs WHERE id = ${flaky}`)).toBe(2);
    const refused = await schedule('work.refuse', 7);
    await becomes(refused, 'failed');
    expect(await effects(7)).toEqual([]);
    expect(await value(`SELECT error ->> 'message' FROM freshet.jobs WHERE id = ${refused}`)).toBe('the issue is gone');
    expect(await value(`SELECT freshet.retry(${refused})`)).toBe(true);
    await becomes(refused, 'failed');
  });

  test('a queue runs no more at once than was said, over two gateways, and the others go on', async () => {
    explain(stack);
    const second = await Gateway.start(stack.cluster, { settings: { FRESHET_JOB_WORKERS: '4' } });
    try {
      await stack.cluster.sql('admin', `SELECT freshet.set_queue('one', concurrency => 1)`);
      const slow = await Promise.all(Array.from({ length: 5 }, () => schedule('work.slowly', 8, `, queue => 'one'`)));
      const other = await schedule('work.note', 9);
      await becomes(other, 'done');
      for (const job of slow) await becomes(job, 'done');
      const began = (await effects(8)).map((word) => Date.parse(word.slice('began '.length))).sort((a, b) => a - b);
      expect(began).toHaveLength(5);
      for (let i = 1; i < began.length; i++) expect((began[i] as number) - (began[i - 1] as number)).toBeGreaterThanOrEqual(300);
      await stack.cluster.sql('admin', `SELECT freshet.set_queue('one', paused => true)`);
      const waits = await schedule('work.note', 10, `, queue => 'one'`);
      await becomes(await schedule('work.note', 11), 'done');
      expect(await state(waits)).toBe('scheduled');
      await stack.cluster.sql('admin', `SELECT freshet.set_queue('one')`);
      await becomes(waits, 'done');
    } finally {
      await second.remove();
    }
  });

  test('a schedule runs its mutation again and again until it is ended, once each time though two gateways watch', async () => {
    explain(stack);
    const second = await Gateway.start(stack.cluster);
    try {
      await stack.cluster.sql('owner', `SELECT freshet.cron('tick', 'every 1 second', 'work.note', '{"n": 12, "word": "tick"}')`);
      await eventually('three ticks', async () => (await effects(12)).length >= 3, { within: 20_000, every: 50 });
      expect(await value(`SELECT freshet.uncron('tick')`)).toBe(true);
      expect(await value(`SELECT count(*) - count(DISTINCT run_at) FROM freshet.jobs WHERE cron = 'tick'`)).toBe('0');
    } finally {
      await second.remove();
    }
  });

  test('nothing is asked for while nothing is due, and at once when something is', async () => {
    explain(stack);
    await schedule('work.note', 13, `, after => '1 hour'`);
    await becomes(await schedule('work.note', 14), 'done');
    const questions = (): Promise<number> => stack.gateway.metric('freshet_jobs_questions_total');
    let asked = await questions();
    await eventually('the last commit was looked for', async () => asked === (asked = await questions()), { within: 20_000, every: 1200 });
    for (let look = 0; look < 10; look++) {
      await pause(150);
      expect(await questions()).toBe(asked);
    }
    await becomes(await schedule('work.note', 15), 'done');
  });
});
