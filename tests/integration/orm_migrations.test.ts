/** Migrations that an ORM makes and runs, under live queries: what each client is told, and what `freshet check` says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseEnvironment, freshet } from '../harness/cli.ts';
import { Cluster } from '../harness/cluster.ts';
import { Drizzle } from '../harness/drizzle.ts';
import { Gateway } from '../harness/gateway.ts';
import { explain, fixture, Stack } from '../harness/stack.ts';
import type { Subscription, SyncClient } from '../harness/sync_client.ts';

type Row = Record<string, unknown>;

/** Functions that need a column; the first says how it is to be converted. */
const functions = (column: string, value = column) => `
  CREATE OR REPLACE FUNCTION shelf.listed() RETURNS TABLE (id bigint, born date) STABLE LANGUAGE sql AS
    $$ SELECT a.actor_id, a.${column}::date FROM rental.actor a WHERE a.actor_id < 4 ORDER BY a.actor_id $$;
  CREATE OR REPLACE FUNCTION shelf.first(lowest bigint) RETURNS TABLE (id bigint, born date) STABLE LANGUAGE plpgsql AS $$
  BEGIN
    RETURN QUERY
      SELECT a.actor_id, a.${value}
        FROM rental.actor a
       WHERE a.actor_id >= lowest ORDER BY a.actor_id LIMIT 1;
  END $$;
  CREATE OR REPLACE FUNCTION shelf.add(first text, last text, day date) RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE
    made bigint;
  BEGIN
    INSERT INTO rental.actor (first_name, last_name, ${column}) VALUES (first, last, day) RETURNING actor_id INTO made;
    RETURN made;
  END $$;`;

describe('drizzle', () => {
  const stack = new Stack();
  let orm: Drizzle;
  let client: SyncClient;
  const live: Record<string, Subscription> = {};
  const rows = (name: string): Row[] => live[name]!.value as Row[];
  const owner = (sql: string) => stack.cluster.sql('owner', sql);
  const check = () => freshet(['check'], databaseEnvironment(stack.cluster));
  /** Every state that the client was shown of a query, from now on. */
  const record = (): Record<string, unknown[]> => {
    const seen: Record<string, unknown[]> = Object.fromEntries(Object.keys(live).map((name) => [name, []]));
    client.onTransition = () => Object.entries(live).forEach(([name, one]) => seen[name]!.push(one.error ?? one.value));
    return seen;
  };
  /** Whatever was shown was a result, or an error that says that the schema changed. */
  const allTyped = (seen: Record<string, unknown[]>) =>
    expect(Object.values(seen).flat().filter((state) => !Array.isArray(state) && (state as { code: string }).code !== 'schema_changed')).toEqual([]);
  const failed = (name: string) => live[name]!.error?.code === 'schema_changed';

  beforeAll(async () => {
    stack.cluster = await Cluster.start({ extension: false });
    await stack.cluster.sql('admin', fixture('rental'));
    await stack.cluster.sql('admin', `CREATE EXTENSION freshet; SELECT freshet.grant_gateway('freshet_call', 'freshet_stream')`);
    await owner(`CREATE SCHEMA shelf; ${functions('born')}
      CREATE FUNCTION shelf.whole() RETURNS SETOF rental.actor STABLE LANGUAGE sql AS $$ SELECT * FROM rental.actor a WHERE a.actor_id < 4 ORDER BY a.actor_id $$;
      CREATE FUNCTION shelf.names() RETURNS TABLE (id bigint, name text) STABLE LANGUAGE sql AS $$ SELECT a.actor_id, a.last_name FROM rental.actor a ORDER BY a.actor_id LIMIT 5 $$;
      SELECT freshet.expose('shelf.' || f, public => true) FROM unnest('{listed,first,whole,names,add}'::text[]) f`);
    stack.gateway = await Gateway.start(stack.cluster);
    orm = await Drizzle.pull(stack.cluster, 'rental', ['actor']);
    await stack.cluster.sql('admin', 'CREATE SCHEMA orm AUTHORIZATION freshet_owner');
    await orm.migrate();
    client = await stack.gateway.client();
    live['listed'] = await client.live('shelf.listed', {});
    live['first'] = await client.live('shelf.first', { lowest: 1 });
    live['whole'] = await client.live('shelf.whole', {});
    live['names'] = await client.live('shelf.names', {});
  }, 180_000);
  afterAll(async () => {
    await stack.stop();
    await orm?.remove();
  });

  test('its first look changes nothing', async () => {
    explain(stack);
    expect((await check()).code).toBe(0);
    expect(Object.values(live).map((one) => one.error)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('a column that is added shows up where all columns are asked for, and nowhere else', async () => {
    explain(stack);
    const seen = record();
    const sql = await orm.change('add', (schema) => schema.replace(/(\n\s*born: date\(\),?)/, '$1\n\tagent: text().default("").notNull(),'));
    expect(sql).toMatch(/ADD COLUMN "agent" text DEFAULT '' NOT NULL/);
    await orm.migrate();
    await client.until('the new column', () => live['whole']!.error === undefined && rows('whole')[0]?.['agent'] === '');
    await owner(`UPDATE rental.actor SET born = '1960-01-02' WHERE actor_id < 4`);
    await client.until('what is written after it', () => ['listed', 'first', 'whole'].every((name) => rows(name)[0]?.['born'] === '1960-01-02'));
    expect(Object.keys(rows('listed')[0]!)).toEqual(['id', 'born']);
    expect((await check()).out).not.toContain(': error: ');
    allTyped(seen);
  });

  test('a column that is renamed is a typed error for who names it, found by check with its place, and mended by a new body', async () => {
    explain(stack);
    const seen = record();
    expect(await orm.change('rename', (schema) => schema.replace(/\bborn: date\(\)/, 'birthday: date()'), true)).toMatch(/RENAME COLUMN "born" TO "birthday"/);
    await orm.migrate();
    await client.until('typed errors, and the new name', () => failed('listed') && failed('first') && rows('whole')?.[0]?.['birthday'] === '1960-01-02');
    expect(live['names']!.error).toBeUndefined();
    const refused = await client.mutate('shelf.add', { first: 'A', last: 'B', day: '1970-01-01' });
    expect(refused.error?.code).toBe('schema_changed');
    const found = await check();
    expect(found.code).toBe(1);
    expect(found.out).toMatch(/shelf\.listed.*column a\.born does not exist/);
    expect(found.out).toMatch(/shelf\.first, RETURN QUERY: column a\.born does not exist/);
    expect(found.out).toMatch(/shelf\.add, SQL statement: column "born" of relation "actor" does not exist/);
    await owner(functions('birthday'));
    await client.until('results again', () => live['listed']!.error === undefined && live['first']!.error === undefined);
    expect((await check()).out).not.toContain(': error: ');
    const added = await client.mutateAndSee('shelf.add', { first: 'A', last: 'B', day: '1970-01-01' });
    expect(added.error).toBeUndefined();
    for (const state of [...seen['listed']!, ...seen['first']!]) if (Array.isArray(state)) for (const row of state as Row[]) expect(row['born']).toBe('1960-01-02');
    allTyped(seen);
  });

  test('a column of another type is converted where the body says so, and a typed error where it does not fit', async () => {
    explain(stack);
    const seen = record();
    expect(await orm.change('retype', (schema) => schema.replace(/\bbirthday: date\(\)/, 'birthday: text()'))).toMatch(/ALTER COLUMN "birthday" SET DATA TYPE text/);
    await orm.migrate();
    await owner(`UPDATE rental.actor SET birthday = '1961-01-02' WHERE actor_id < 4`);
    await client.until('a typed error, and the others', () => failed('first') && rows('listed')?.[0]?.['born'] === '1961-01-02' && rows('whole')?.[0]?.['birthday'] === '1961-01-02');
    const found = await check();
    expect(found.code).toBe(1);
    expect(found.out).toMatch(/shelf\.first, RETURN QUERY: structure of query does not match function result type: Returned type text does not match expected type date in column 2/);
    await owner(functions('birthday', 'birthday::date'));
    await client.until('a result again', () => live['first']!.error === undefined && rows('first')[0]!['born'] === '1961-01-02');
    allTyped(seen);
  });

  test('a column that is dropped is a typed error for who needs it, and gone where all are asked for', async () => {
    explain(stack);
    const seen = record();
    expect(await orm.change('drop', (schema) => schema.replace(/\n[^\n]*\bbirthday: text\(\),?/, ''))).toMatch(/DROP COLUMN "birthday"/);
    await orm.migrate();
    await client.until('typed errors', () => failed('listed') && failed('first') && live['whole']!.error === undefined && !('birthday' in rows('whole')[0]!));
    expect((await check()).out).toMatch(/shelf\.first, RETURN QUERY: column a\.birthday does not exist/);
    const late = await stack.gateway.client();
    expect((await late.live('shelf.first', { lowest: 2 })).error?.code).toBe('schema_changed');
    await owner(`CREATE OR REPLACE FUNCTION shelf.listed() RETURNS TABLE (id bigint, born date) STABLE LANGUAGE sql AS $$ SELECT a.actor_id, NULL::date FROM rental.actor a WHERE a.actor_id < 4 ORDER BY a.actor_id $$`);
    await client.until('a result again', () => live['listed']!.error === undefined && rows('listed')[0]!['born'] === null);
    expect(live['names']!.error).toBeUndefined();
    allTyped(seen);
    await late.close();
  });
});
