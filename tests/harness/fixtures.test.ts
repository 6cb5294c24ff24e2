import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { Cluster } from './cluster.ts';
import { fixture } from './stack.ts';
import { freshRun } from '../model/fresh_run.ts';
import { createShape, exposeShape, shapes } from '../model/shapes.ts';
import { Random } from './random.ts';

// The parts that the other suites build on, without a gateway: what fails here would fail there as a riddle.
describe('fixtures load, and their functions run', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
  });
  afterAll(() => cluster?.remove());

  test.each(['notes', 'bank', 'tenants', 'ledger'])('%s', async (name) => {
    await cluster.sql('owner', fixture(name));
    await cluster.sql('owner', 'DROP SCHEMA app CASCADE');
    expect(await cluster.rows('owner', `SELECT path, problem FROM freshet.functions WHERE kind IS NULL`)).toEqual([]);
  });

  test('every shape of the model gives a fresh run', async () => {
    await cluster.sql('owner', readFileSync(new URL('../model/schema.sql', import.meta.url), 'utf8'));
    await cluster.sql('owner', [...shapes.map(createShape), ...shapes.map(exposeShape)].join('\n'));
    const call = await cluster.connect('call');
    const random = new Random(1);
    const questions = shapes.map((shape) => ({ path: `m.${shape.name}`, args: shape.args?.(random) ?? {}, identity: { sub: 'ann' }, guarded: false }));
    for (const [i, truth] of (await freshRun(call, questions)).entries()) expect(truth.failed, questions[i]?.path).toBe(false);
  });
});
