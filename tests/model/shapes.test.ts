import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { Cluster } from '../harness/cluster.ts';
import { Random } from '../harness/random.ts';
import { createShape, shapes } from './shapes.ts';
import { ddl, transaction } from './writes.ts';

// The model is only as good as its parts: shapes that fail, or writes that the server refuses, would test nothing.
let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ extension: false, settings: { max_prepared_transactions: '20' } });
  await cluster.sql('admin', 'CREATE SCHEMA freshet AUTHORIZATION freshet_owner');
  await cluster.sql('owner', `CREATE FUNCTION freshet.user_id() RETURNS text STABLE LANGUAGE sql AS $$ SELECT 'ann' $$;
    CREATE FUNCTION freshet.claim(text) RETURNS text STABLE LANGUAGE sql AS $$ SELECT '2' $$;
    CREATE FUNCTION freshet.identity() RETURNS jsonb STABLE LANGUAGE sql AS $$ SELECT '{"sub": "ann"}'::jsonb $$;
    CREATE FUNCTION freshet.hide(text) RETURNS void LANGUAGE sql AS '';
    CREATE FUNCTION freshet.expose(text, public boolean) RETURNS void LANGUAGE sql AS '';
    CREATE FUNCTION freshet.require(boolean, text, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$ SELECT $1 $$`);
  await cluster.sql('owner', readFileSync(new URL('./schema.sql', import.meta.url), 'utf8'));
  await cluster.sql('owner', shapes.map(createShape).join('\n'));
});
afterAll(() => cluster?.remove());

test('there are at least seventy-five shapes, each of its own name', () => {
  expect(new Set(shapes.map((shape) => shape.name)).size).toBe(shapes.length);
  expect(shapes.length).toBeGreaterThanOrEqual(75);
});

test.each(shapes)('$name runs', async (shape) => {
  const random = new Random(1);
  for (let i = 0; i < 5; i++) {
    const values = Object.values(shape.args?.(random) ?? {});
    await cluster.rows('owner', `SELECT * FROM m.${shape.name}(${values.map((_, n) => `$${n + 1}`).join(', ')})`, values);
  }
});

test('nearly all random transactions are accepted', async () => {
  const writer = await cluster.connect('admin');
  const refusals: string[] = [];
  for (let i = 0; i < 400; i++) {
    try {
      for (const part of transaction(new Random(7, i), `t${i}`)) await writer.query(part);
    } catch (error) {
      refusals.push(String(error));
      await writer.query('ROLLBACK');
    }
  }
  expect(refusals.length, refusals.slice(0, 5).join('\n')).toBeLessThan(60);
});

test('all DDL is accepted', async () => {
  const owner = await cluster.connect('owner');
  for (const statements of ddl) for (const statement of statements) await owner.query(statement);
});
