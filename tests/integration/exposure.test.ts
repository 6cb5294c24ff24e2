import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
import { explain, useStack } from '../harness/stack.ts';
import type { Subscription, SyncClient } from '../harness/sync_client.ts';

// What may be called, by whom and with which rights changes while results are live. Open subscriptions follow; a new guard holds
// from the very snapshot that sees it, whatever the gateway has read of the catalog by then.
const sql = `
  CREATE SCHEMA app; CREATE SCHEMA lent; CREATE SCHEMA f;
  CREATE TABLE app.doc (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, body text NOT NULL);
  CREATE TABLE app.reader (name text PRIMARY KEY);
  INSERT INTO app.doc (body) VALUES ('old');
  INSERT INTO app.reader VALUES ('ann');
  CREATE FUNCTION app.may_read() RETURNS boolean STABLE LANGUAGE sql AS
    $$ SELECT EXISTS (SELECT FROM app.reader r WHERE r.name = freshet.user_id()) $$;
  CREATE FUNCTION f.docs() RETURNS TABLE (id int, body text) STABLE LANGUAGE sql AS $$ SELECT d.id, d.body FROM app.doc d ORDER BY d.id $$;
  CREATE FUNCTION f.few(most int DEFAULT 1) RETURNS SETOF text STABLE LANGUAGE sql AS $$ SELECT d.body FROM app.doc d ORDER BY d.id LIMIT most $$;
  CREATE TABLE app.private (id int PRIMARY KEY, who text NOT NULL);
  INSERT INTO app.private VALUES (1, 'ann'), (2, 'bob');
  ALTER TABLE app.private ENABLE ROW LEVEL SECURITY;
  ALTER TABLE app.private FORCE ROW LEVEL SECURITY;
  CREATE POLICY own ON app.private USING (who = freshet.user_id());
  CREATE FUNCTION f.private() RETURNS bigint STABLE LANGUAGE sql AS $$ SELECT count(*) FROM app.private $$;
  SELECT freshet.expose('f.docs', public => true);
  SELECT freshet.expose('f.few', public => true);
  SELECT freshet.expose('f.private', public => true, row_security => 'bypass');`;

const bodies = (held: Subscription): string[] => (held.value as { body: string }[] | undefined)?.map((doc) => doc.body) ?? [];
const saw = (client: SyncClient, text: string): boolean => client.frames.some((frame) => !frame.out && frame.text.includes(text));

describe('while results are live', () => {
  const stack = useStack({ sql });
  const owner = (text: string): Promise<void> => stack.cluster.sql('owner', text);

  test('a guard that a function is given holds for what is written with it and after it', async () => {
    explain(stack);
    const ann = await stack.gateway.client({ sub: 'ann' });
    const bob = await stack.gateway.client({ sub: 'bob' });
    const nobody = await stack.gateway.client();
    const held = [await ann.live('f.docs'), await bob.live('f.docs'), await nobody.live('f.docs')] as const;
    for (let round = 0; round < 8; round++) {
      await owner(`BEGIN; SELECT freshet.expose('f.docs', guard => 'app.may_read()');
        INSERT INTO app.doc (body) VALUES ('with the guard ${round}'); COMMIT`);
      await owner(`INSERT INTO app.doc (body) VALUES ('after the guard ${round}')`);
      await ann.until('what only readers may see', () => bodies(held[0]).includes(`after the guard ${round}`));
      await bob.until('a refusal', () => held[1].error?.code === 'forbidden');
      await nobody.until('a refusal', () => held[2].error?.code === 'unauthenticated');
      for (const client of [bob, nobody]) expect(saw(client, `the guard ${round}`), `round ${round}`).toBe(false);
      await owner(`DELETE FROM app.doc WHERE body <> 'old'`);
      await owner(`SELECT freshet.expose('f.docs', public => true)`);
      for (const [i, client] of [ann, bob, nobody].entries()) {
        await client.until('access without the guard', () => bodies(held[i] as Subscription).join() === 'old');
      }
    }
  });

  test('one-shot queries are held to a new guard too', async () => {
    explain(stack);
    const bob = await stack.gateway.client({ sub: 'bob' });
    await owner(`BEGIN; SELECT freshet.expose('f.docs', guard => 'app.may_read()'); INSERT INTO app.doc (body) VALUES ('for readers'); COMMIT`);
    // A result that is kept live may be of the snapshot before the commit, which had no guard, and no row for readers.
    await eventually('the refusal', async () => {
      const { error, value } = await bob.query('f.docs');
      if (error === undefined) expect(JSON.stringify(value)).not.toContain('for readers');
      return error?.code === 'forbidden';
    });
    for (let i = 0; i < 10; i++) expect((await bob.query('f.docs')).error?.code).toBe('forbidden');
    expect(saw(bob, 'for readers')).toBe(false);
    await owner(`DELETE FROM app.doc WHERE body <> 'old'; SELECT freshet.expose('f.docs', public => true)`);
  });

  test('another guard takes the place of the one before', async () => {
    explain(stack);
    await owner(`SELECT freshet.expose('f.docs', guard => 'true')`);
    const bob = await stack.gateway.client({ sub: 'bob' });
    const held = await eventually('the guard lets everybody in', async () => {
      const attempt = await bob.live('f.docs');
      return attempt.error === undefined ? attempt : undefined;
    });
    await owner(`BEGIN; SELECT freshet.expose('f.docs', guard => 'app.may_read()'); INSERT INTO app.doc (body) VALUES ('behind the second'); COMMIT`);
    await bob.until('a refusal', () => held.error?.code === 'forbidden');
    expect(saw(bob, 'behind the second')).toBe(false);
    await owner(`DELETE FROM app.doc WHERE body <> 'old'; SELECT freshet.expose('f.docs', public => true)`);
    await bob.until('access', () => bodies(held).join() === 'old');
  });

  test('another signature is an error until the arguments fit again', async () => {
    explain(stack);
    const client = await stack.gateway.client();
    const held = await client.live('f.few', { most: 1 });
    expect(held.value).toEqual(['old']);
    await owner(`BEGIN; DROP FUNCTION f.few(int); CREATE FUNCTION f.few(at_most text) RETURNS SETOF text STABLE LANGUAGE sql AS $$ SELECT at_most $$; COMMIT`);
    await client.until('a typed error', () => ['schema_changed', 'not_found'].includes(held.error?.code ?? ''));
    await owner(`BEGIN; SELECT freshet.hide('f.few'); SELECT freshet.expose('f.few', public => true); COMMIT`);
    await client.until('a typed error', () => held.error?.code === 'invalid_arguments');
    await owner(`BEGIN; SELECT freshet.hide('f.few'); DROP FUNCTION f.few(text);
      CREATE FUNCTION f.few(most int) RETURNS SETOF text STABLE LANGUAGE sql AS $$ SELECT 'new ' || most $$; SELECT freshet.expose('f.few', public => true); COMMIT`);
    await client.until('the value of the new one', () => JSON.stringify(held.value) === '["new 1"]');
  });

  test('a query that becomes a mutation is one no more', async () => {
    explain(stack);
    await owner(`CREATE FUNCTION f.turns() RETURNS int STABLE LANGUAGE sql AS $$ SELECT 1 $$; SELECT freshet.expose('f.turns', public => true)`);
    const client = await stack.gateway.client();
    const held = await client.live('f.turns');
    await client.until('the query', () => held.value === 1);
    await owner('ALTER FUNCTION f.turns() VOLATILE');
    await client.until('a typed error', () => ['schema_changed', 'not_found'].includes(held.error?.code ?? ''));
    await owner('ALTER FUNCTION f.turns() STABLE');
    await client.until('the query again', () => held.error === undefined && held.value === 1);
  });

  test.each([
    ['BYPASSRLS', 'ALTER ROLE freshet_owner BYPASSRLS', 'ALTER ROLE freshet_owner NOBYPASSRLS'],
    ['row security without FORCE', 'ALTER TABLE app.private NO FORCE ROW LEVEL SECURITY', 'ALTER TABLE app.private FORCE ROW LEVEL SECURITY'],
    ['another policy', 'DROP POLICY own ON app.private; CREATE POLICY own ON app.private USING (true)', 'DROP POLICY own ON app.private; CREATE POLICY own ON app.private USING (who = freshet.user_id())'],
  ])('what the owner of a function may see is looked at again: %s', async (_, more, less) => {
    explain(stack);
    const ann = await stack.gateway.client({ sub: 'ann' });
    const held = await ann.live('f.private');
    expect(held.value).toBe(1);
    await stack.cluster.sql('admin', more);
    // An owner whom policies do not bind runs nothing, unless it was said that he may.
    await ann.until('every row, or a refusal', () => held.value === 2 || held.error?.code === 'schema_changed', { within: 15_000 });
    await stack.cluster.sql('admin', less);
    await ann.until('his own row', () => held.error === undefined && held.value === 1, { within: 15_000 });
  });

  test.each([
    ['a right', 'GRANT SELECT ON lent.thing TO freshet_owner', 'REVOKE SELECT ON lent.thing FROM freshet_owner'],
    ['a membership', 'GRANT SELECT ON lent.thing TO lenders; GRANT lenders TO freshet_owner', 'REVOKE lenders FROM freshet_owner'],
    ['a superuser', 'ALTER ROLE freshet_owner SUPERUSER', 'ALTER ROLE freshet_owner NOSUPERUSER'],
  ])('a result ends with the right that it needs: %s', async (what, give, take) => {
    explain(stack);
    const superuser = what === 'a superuser';
    await stack.cluster.sql('admin', `CREATE TABLE IF NOT EXISTS lent.thing (id int); TRUNCATE lent.thing; INSERT INTO lent.thing VALUES (7);
      DO $$ BEGIN CREATE ROLE lenders; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT USAGE ON SCHEMA lent TO freshet_owner`);
    if (!superuser) await stack.cluster.sql('admin', give);
    await owner(`CREATE OR REPLACE FUNCTION f.lent() RETURNS SETOF int STABLE LANGUAGE sql AS $$ SELECT id FROM lent.thing $$`).catch(() => undefined);
    await owner(`SELECT freshet.expose('f.lent', public => true)`);
    const client = await stack.gateway.client();
    const held = await client.live('f.lent');
    if (superuser) {
      // Functions of superusers are not run at all.
      await stack.cluster.sql('admin', give);
      await client.until('an error', () => held.error?.code === 'schema_changed', { within: 15_000 });
      await stack.cluster.sql('admin', take);
      await client.until('what it was', () => held.error?.code !== 'schema_changed', { within: 15_000 });
      return;
    }
    await client.until('the row', () => JSON.stringify(held.value) === '[7]', { within: 15_000 });
    await stack.cluster.sql('admin', take);
    await client.until('an error', () => held.error !== undefined, { within: 15_000 });
    await stack.cluster.sql('admin', give);
    await client.until('the row again', () => held.error === undefined && JSON.stringify(held.value) === '[7]', { within: 15_000 });
    await stack.cluster.sql('admin', take);
  });
});
