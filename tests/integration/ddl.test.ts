import { describe, expect, test } from 'vitest';
import { explain, useStack } from '../harness/stack.ts';

type Note = { id: number; body: string; stars: number };

describe('DDL while queries are live', () => {
  const stack = useStack({ fixture: 'notes' });

  test('a function that is replaced gives its new result without a subscription anew', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const count = await client.live('notes.count_in', { list: 1 });
    await stack.cluster.sql('owner', `CREATE OR REPLACE FUNCTION notes.count_in(list int) RETURNS bigint STABLE LANGUAGE sql AS
      $$ SELECT 1000 + count(*) FROM app.note n WHERE n.list = count_in.list $$`);
    await client.until('the new body', () => count.value === 1000);
    await stack.cluster.sql('owner', `CREATE OR REPLACE FUNCTION notes.count_in(list int) RETURNS bigint STABLE LANGUAGE sql AS
      $$ SELECT count(*) FROM app.note n WHERE n.list = count_in.list $$`);
    await client.until('the old body', () => count.value === 0);
  });

  test.each([
    ['a column is added', 'ALTER TABLE app.note ADD COLUMN extra int DEFAULT 7'],
    ['an index is dropped', 'DROP INDEX app.note_list_idx'],
    ['an index is made', 'CREATE INDEX note_list_idx ON app.note (list)'],
    ['a column nobody reads is dropped', 'ALTER TABLE app.note DROP COLUMN unread_column'],
    ['the table is rewritten', 'ALTER TABLE app.note ALTER COLUMN stars TYPE bigint USING stars; ALTER TABLE app.note ALTER COLUMN stars TYPE int'],
    ['the table is clustered', 'CLUSTER app.note USING note_pkey'],
    ['the table is vacuumed full', 'VACUUM FULL app.note'],
    ['statistics are gathered', 'ANALYZE app.note'],
    ['the table is logged no more and again', 'ALTER TABLE app.note SET UNLOGGED; ALTER TABLE app.note SET LOGGED'],
    ['a trigger is made', `CREATE OR REPLACE FUNCTION app.shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body := upper(NEW.body); RETURN NEW; END $$;
       CREATE TRIGGER shout BEFORE INSERT ON app.note FOR EACH ROW WHEN (NEW.list = -999) EXECUTE FUNCTION app.shout()`],
    ['the replica identity changes', 'ALTER TABLE app.note REPLICA IDENTITY FULL'],
    ['the replica identity is nothing', 'ALTER TABLE app.note REPLICA IDENTITY NOTHING'],
    ['the replica identity is the key again', 'ALTER TABLE app.note REPLICA IDENTITY DEFAULT'],
    ['the schema is renamed twice', 'ALTER SCHEMA app RENAME TO app2; ALTER SCHEMA app2 RENAME TO app'],
  ])('writes after it are pushed: %s', async (_, ddl) => {
    explain(stack);
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 2 });
    const rows = (): Note[] => list.value as Note[];
    for (const statement of ddl.split(/;(?![^$]*\$\$)/)) if (statement.trim() !== '') await stack.cluster.sql('owner', statement);
    const body = `after ${Math.random()}`;
    await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (2, '${body}')`);
    await client.until('the insert', () => list.error === undefined && rows().some((note) => note.body === body));
    await stack.cluster.sql('owner', `UPDATE app.note SET stars = stars + 1 WHERE body = '${body}'`);
    await client.until('the update', () => rows().some((note) => note.body === body && note.stars === 1));
    await stack.cluster.sql('owner', `DELETE FROM app.note WHERE body = '${body}'`);
    await client.until('the delete', () => !rows().some((note) => note.body === body));
    await client.close();
  });

  test('TRUNCATE empties the result', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const list = await client.live('notes.in_list', { list: 3 });
    await stack.cluster.sql('owner', `INSERT INTO app.note (list, body) VALUES (3, 'x'), (3, 'y')`);
    await client.until('two rows', () => (list.value as Note[]).length === 2);
    await stack.cluster.sql('owner', 'TRUNCATE app.note');
    await client.until('no row', () => (list.value as Note[]).length === 0);
  });

  test('a function that is dropped becomes a typed error, and its return the value again', async () => {
    explain(stack);
    const { cluster, gateway } = stack;
    await cluster.sql('owner', `CREATE FUNCTION notes.passing() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 41 $$;
      SELECT freshet.expose('notes.passing', public => true)`);
    const client = await gateway.client();
    const held = await client.until('the new function is callable', async () => {
      const attempt = await client.live('notes.passing');
      if (attempt.error === undefined) return attempt;
      client.unsubscribe(attempt);
      return undefined;
    });
    expect(held.value).toBe(41);
    await cluster.sql('owner', 'DROP FUNCTION notes.passing()');
    await client.until('a typed error', () => ['not_found', 'schema_changed'].includes(held.error?.code ?? ''));
    await cluster.sql('owner', 'CREATE FUNCTION notes.passing() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 42 $$');
    await client.until('the value again', () => held.value === 42);
  });

  test('a function that is hidden is gone for its subscribers too', async () => {
    explain(stack);
    const { cluster, gateway } = stack;
    const client = await gateway.client();
    const held = await client.live('notes.divide', { by: 1 });
    expect(held.value).toBe(4711);
    await cluster.sql('owner', `SELECT freshet.hide('notes.divide')`);
    await client.until('a typed error', () => held.error?.code === 'not_found');
    await cluster.sql('owner', `SELECT freshet.expose('notes.divide', public => true)`);
    await client.until('the value again', () => held.value === 4711);
  });

  test('a column that a query needs and that is dropped gives an error, never wrong columns', async () => {
    explain(stack);
    const { cluster, gateway } = stack;
    const client = await gateway.client();
    const list = await client.live('notes.in_list', { list: 4 });
    await cluster.sql('owner', 'ALTER TABLE app.note DROP COLUMN stars');
    await client.until('an error', () => list.error !== undefined);
    await cluster.sql('owner', 'ALTER TABLE app.note ADD COLUMN stars int NOT NULL DEFAULT 0');
    await client.until('a result again', () => list.error === undefined);
  });

  test('is never blocked by live queries', async () => {
    const client = await stack.gateway.client();
    for (let i = 0; i < 20; i++) await client.live('notes.in_list', { list: 100 + i });
    const blocked = await stack.cluster.connect('owner', { settings: { lock_timeout: '1000' } });
    for (let i = 0; i < 10; i++) {
      await blocked.query(`ALTER TABLE app.note ADD COLUMN temp_${i} int`);
      await blocked.query(`ALTER TABLE app.note DROP COLUMN temp_${i}`);
    }
  });
});
