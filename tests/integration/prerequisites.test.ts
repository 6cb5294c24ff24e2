import { afterEach, describe, expect, test } from 'vitest';
import { Cluster } from '../harness/cluster.ts';
import { eventually } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { fixture } from '../harness/stack.ts';

/** What the gateway says when something is missing: one line, what it is and what mends it; no crash loop, no silence. */
describe('a missing prerequisite', () => {
  let cluster: Cluster | undefined;
  let gateway: Gateway | undefined;

  afterEach(async () => {
    await gateway?.remove();
    await cluster?.remove();
    gateway = cluster = undefined;
  });

  /** The reason shown by /ready, or the last lines of a gateway that refused to start. */
  const complaint = (pattern: RegExp): Promise<string> =>
    eventually(`a complaint like ${pattern}`, async () => {
      const text = gateway?.running === true
        ? await fetch(`${gateway.url}/ready`).then(async (reply) => (reply.ok ? '' : reply.text()))
        : (gateway?.log() ?? '');
      return pattern.test(text) ? text : undefined;
    }, { within: 20_000 });

  const prepared = async (options: Parameters<typeof Cluster.start>[0] = {}): Promise<Cluster> => {
    cluster = await Cluster.start(options);
    await cluster.sql('owner', fixture('notes'));
    return cluster;
  };

  test('the plugin is not allowed for the role: names the statement that allows it, and mends itself', async () => {
    const made = await prepared();
    const [known] = await made.rows('admin', `SELECT count(*) FROM pg_settings WHERE name = 'output_plugin_libraries'`);
    await made.sql('admin', 'ALTER ROLE freshet_stream RESET ALL');
    gateway = await Gateway.start(made, { unready: true });
    if (known?.[0] === '0') return gateway.ready();
    expect(await complaint(/output_plugin_libraries/)).toMatch(/ALTER ROLE|grant_gateway/);
    await made.sql('admin', `SELECT freshet.grant_gateway('freshet_call', 'freshet_stream')`);
    await gateway.ready();
  });

  test('wal_level is not logical', async () => {
    gateway = await Gateway.start(await prepared({ settings: { wal_level: 'replica' } }), { unready: true });
    await complaint(/wal_level/);
  });

  test('no free replication slot', async () => {
    const made = await prepared({ settings: { max_replication_slots: '1' } });
    await made.sql('admin', `SELECT pg_create_physical_replication_slot('other')`);
    gateway = await Gateway.start(made, { unready: true });
    await complaint(/max_replication_slots|slot/);
    await made.sql('admin', `SELECT pg_drop_replication_slot('other')`);
    await gateway.ready();
  });

  test('the extension is not there', async () => {
    cluster = await Cluster.start({ extension: false });
    gateway = await Gateway.start(cluster, { unready: true });
    await complaint(/CREATE EXTENSION/i);
  });

  test('the extension is of another version', async () => {
    const made = await prepared();
    await made.sql('admin', `UPDATE pg_extension SET extversion = '99.0.0' WHERE extname = 'freshet'`);
    gateway = await Gateway.start(made, { unready: true });
    expect(await complaint(/99\.0\.0/)).toMatch(/version/i);
  });

  test('the calling role lacks the grant', async () => {
    const made = await prepared();
    await made.sql('admin', 'REVOKE ALL ON SCHEMA freshet FROM freshet_call, PUBLIC; REVOKE ALL ON ALL FUNCTIONS IN SCHEMA freshet FROM freshet_call, PUBLIC');
    gateway = await Gateway.start(made, { unready: true });
    await complaint(/grant_gateway|permission/);
  });

  test('the password is wrong: said without the password', async () => {
    const made = await prepared();
    await made.sql('admin', `ALTER ROLE freshet_call PASSWORD 'changed'`);
    gateway = await Gateway.start(made, { unready: true });
    const said = await complaint(/password|authentication/);
    expect(said + gateway.log()).not.toContain(made.passwords.call);
  });

  test('slot creation is blocked by an open transaction: named, and one-shot calls work meanwhile', async () => {
    const made = await prepared({ settings: { max_prepared_transactions: '5' } });
    await made.sql('admin', `BEGIN; CREATE TABLE public.orphan (i int); PREPARE TRANSACTION 'orphan'`);
    gateway = await Gateway.start(made, { unready: true });
    await complaint(/orphan|transaction|block/i);
    const one = await gateway.http('/api/query', { path: 'notes.count_in', args: { list: 1 } });
    expect(one.body).toMatchObject({ value: 0 });
    await made.sql('admin', `ROLLBACK PREPARED 'orphan'`);
    await gateway.ready();
  });
});

describe('settings', () => {
  test('a wrong one is refused in one line that names it', async () => {
    const cluster = await Cluster.start({ extension: false });
    let gateway: Gateway | undefined;
    try {
      gateway = await Gateway.start(cluster, { unready: true, settings: { FRESHET_LISTEN: 'nowhere' } });
      expect((await gateway.ended()).code).not.toBe(0);
      expect(gateway.log()).toMatch(/listen/i);
      expect(gateway.log()).not.toContain(cluster.passwords.call);
    } finally {
      await gateway?.remove();
      await cluster.remove();
    }
  });
});
