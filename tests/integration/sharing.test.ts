/** What many callers of one function cost: the data is run once, and a guard only when something that it read has changed. */
import { expect, test, describe } from 'vitest';
import { explain, useStack } from '../harness/stack.ts';
import type { Subscription, SyncClient } from '../harness/sync_client.ts';

const sessions = Number(process.env['FRESHET_SHARING_SESSIONS'] ?? 300);

describe(`${sessions} sessions of different people behind one guard`, () => {
  const stack = useStack({
    sql: `
      CREATE SCHEMA app;
      CREATE SCHEMA chat;
      CREATE TABLE app.member (channel int, who text, PRIMARY KEY (channel, who));
      CREATE TABLE app.channel (id int PRIMARY KEY, is_open boolean NOT NULL DEFAULT true);
      CREATE TABLE app.message (id int PRIMARY KEY GENERATED ALWAYS AS IDENTITY, channel int NOT NULL, body text NOT NULL);
      CREATE INDEX ON app.message (channel);
      INSERT INTO app.channel VALUES (1), (2);
      INSERT INTO app.member SELECT c, 'user ' || i FROM generate_series(1, 2) c, generate_series(0, ${sessions - 1}) i;
      INSERT INTO app.message (channel, body) VALUES (1, 'first'), (2, 'first');
      CREATE FUNCTION app.require_member(in_channel int) RETURNS boolean STABLE LANGUAGE sql AS $$
        SELECT EXISTS (SELECT FROM app.member m WHERE m.channel = in_channel AND m.who = freshet.user_id()) $$;
      CREATE FUNCTION app.require_open(in_channel int) RETURNS boolean STABLE LANGUAGE sql AS $$
        SELECT c.is_open FROM app.channel c WHERE c.id = in_channel $$;
      CREATE FUNCTION chat.list(channel int) RETURNS TABLE (id int, body text) STABLE LANGUAGE sql AS $$
        SELECT m.id, m.body FROM app.message m WHERE m.channel = list.channel ORDER BY m.id $$;
      CREATE FUNCTION chat.newest(channel int) RETURNS text STABLE LANGUAGE sql AS $$
        SELECT m.body FROM app.message m WHERE m.channel = newest.channel ORDER BY m.id DESC LIMIT 1 $$;
      SELECT freshet.expose('chat.list', guard => 'app.require_member(channel)');
      SELECT freshet.expose('chat.newest', guard => 'app.require_open(channel)');`,
    gateway: { settings: { FRESHET_LOG_LEVEL: 'warn' } },
  });
  const people: { client: SyncClient; list: Subscription; newest: Subscription }[] = [];
  /**
   * A run begins with the request for the snapshot, before it is known whether the commit that made it necessary can be seen in it yet. Where it
   * can't, the run was in vain and comes again: it is counted as useless. A guard that is run without need is run for everybody.
   */
  const spent = async (before: Runs, least: number): Promise<void> => {
    const after = await runs();
    const cost = after.all - before.all;
    expect(cost).toBeGreaterThanOrEqual(least);
    expect(cost).toBeLessThanOrEqual(least + 6);
    expect(cost - (after.useless - before.useless)).toBeLessThanOrEqual(least);
  };
  type Runs = { all: number; useless: number };
  const runs = async (): Promise<Runs> => ({ all: await stack.gateway.metric('freshet_live_runs_total'), useless: await stack.gateway.metric('freshet_live_runs_useless_total') });
  const bodies = (list: Subscription): string[] => (list.value as { body: string }[]).map(({ body }) => body);
  const everybody = (what: string, holds: (one: (typeof people)[number], n: number) => boolean) =>
    people[0]!.client.until(what, () => people.every(holds), { within: 60_000 });

  test('a guard that reads who calls is run for each, one that does not for all, and the data once', async () => {
    explain(stack);
    const before = await runs();
    for (let n = 0; n < sessions; n += 50) {
      const clients = await Promise.all(Array.from({ length: Math.min(50, sessions - n) }, (_, i) => stack.gateway.client({ sub: `user ${n + i}`, exp: 4_000_000_000 - n - i })));
      for (const client of clients) people.push({ client, list: client.subscribe('chat.list', { channel: 1 }), newest: client.subscribe('chat.newest', { channel: 1 }) });
    }
    await everybody('the first results', ({ list, newest }) => list.results > 0 && newest.results > 0);
    expect(people.every(({ list, newest }) => bodies(list).length === 1 && newest.value === 'first')).toBe(true);
    // A guard for each person, and one more; the list, and the newest.
    await spent(before, sessions + 3);
  });

  test('an insert is one run of each query, and no guard is run', async () => {
    explain(stack);
    const before = await runs();
    await stack.cluster.sql('owner', `INSERT INTO app.message (channel, body) VALUES (1, 'second')`);
    await everybody('the second message', ({ list, newest }) => bodies(list).includes('second') && newest.value === 'second');
    await spent(before, 2);
  });

  test('who is no member any more loses the result, and nobody else is asked again or told anything', async () => {
    explain(stack);
    const before = await runs();
    const told = people.map(({ list }) => list.results);
    await stack.cluster.sql('owner', `DELETE FROM app.member WHERE channel = 1 AND who = 'user 7'`);
    await people[7]!.client.until('the end of access', () => people[7]!.list.error?.code === 'forbidden');
    await spent(before, 1);
    await stack.cluster.sql('owner', `INSERT INTO app.message (channel, body) VALUES (1, 'third')`);
    await everybody('the third message', ({ list }, n) => n === 7 || bodies(list).includes('third'));
    expect(people[7]!.list.error?.code).toBe('forbidden');
    expect(people[7]!.client.frames.some(({ out, text }) => !out && /"id":\d+,"body":"third"/.test(text))).toBe(false);
    expect(people.map(({ list }, n) => list.results - told[n]!)).toEqual(people.map(() => 1));
    // The guard of one, and both queries.
    await spent(before, 3);
  });

  test('a row that a shared guard read ends the result for all, at the cost of one run', async () => {
    explain(stack);
    const before = await runs();
    await stack.cluster.sql('owner', 'UPDATE app.channel SET is_open = false WHERE id = 1');
    await everybody('the end of access', ({ newest }) => newest.error?.code === 'forbidden');
    await spent(before, 1);
    expect(people.every(({ list }, n) => n === 7 || bodies(list).includes('third'))).toBe(true);
  });

  test('what changes in another channel asks nobody', async () => {
    explain(stack);
    const before = await runs();
    const newest = await people[0]!.client.live('chat.newest', { channel: 2 });
    await spent(before, 2);
    const asked = await runs();
    await stack.cluster.sql('owner', `DELETE FROM app.member WHERE channel = 2 AND who <> 'user 0'; UPDATE app.channel SET is_open = true WHERE id = 2;
      INSERT INTO app.message (channel, body) VALUES (2, 'elsewhere')`);
    await people[0]!.client.until('the message elsewhere', () => newest.value === 'elsewhere');
    // The one who looks there; an update to the same value is none.
    await spent(asked, 1);
  });
});
