import { describe, expect, test } from 'vitest';
import { runAside } from '../harness/child.ts';
import { BIN, type Cluster } from '../harness/cluster.ts';
import { eventually } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { explain, useStack } from '../harness/stack.ts';
import { SyncClient } from '../harness/sync_client.ts';

describe('API keys of services', () => {
  const stack = useStack({ fixture: 'tenants' });

  const make = async (name: string, claims: unknown, scopes: string[], expires: string | null = null): Promise<string> => {
    const [[key]] = await stack.cluster.rows<[string]>(
      'admin',
      'SELECT freshet.create_api_key($1, $2::jsonb, $3::text[], CASE WHEN $4::text IS NULL THEN NULL ELSE now() + $4::interval END)',
      [name, JSON.stringify(claims), scopes, expires],
    ) as [[string]];
    return key;
  };
  const revoke = (name: string) => stack.cluster.rows('admin', 'SELECT freshet.revoke_api_key($1)', [name]);
  const http = (key: string, path: string, args: Record<string, unknown> = {}, kind = 'query') =>
    stack.gateway.http(`/api/${kind}`, { path, args }, { headers: { authorization: `Bearer ${key}` } });

  test('a key acts with its claims, through guards as everybody', async () => {
    const key = await make('acts', { sub: 'alice', team: 1 }, ['*']);
    expect(await http(key, 'docs.of_team', { team: 1 })).toMatchObject({ status: 200 });
    expect(await http(key, 'docs.of_team', { team: 2 })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect((await http(key, 'docs.add', { team: 1, body: 'by a service' }, 'mutation')).status).toBe(200);
    const client = await SyncClient.open(stack.gateway.syncUrl, { token: key });
    const docs = await client.live('docs.of_team', { team: 1 });
    expect(docs.error).toBeUndefined();
    expect(client.auths[0]).toMatchObject({ ok: true, identity: { sub: 'alice', api_key: key.split('_')[1] } });
    await client.close();
  });

  test('a key calls what its scopes name and nothing else', async () => {
    const key = await make('scoped', { sub: 'alice', team: 1 }, ['query:docs.of_team', 'docs.mine']);
    expect((await http(key, 'docs.of_team', { team: 1 })).status).toBe(200);
    expect(await http(key, 'docs.latest', { team: 1 })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(await http(key, 'docs.add', { team: 1, body: 'x' }, 'mutation')).toMatchObject({ status: 403 });
    const batch = await stack.gateway.http(
      '/api/batch',
      { queries: [{ path: 'docs.latest', args: { team: 1 } }, { path: 'docs.of_team', args: { team: 1 } }] },
      { headers: { authorization: `Bearer ${key}` } },
    );
    expect(batch.body).toMatchObject({ results: [{ error: { code: 'forbidden' } }, { value: expect.anything() }] });
    const client = await SyncClient.open(stack.gateway.syncUrl, { token: key });
    expect((await client.live('docs.latest', { team: 1 })).error).toMatchObject({ code: 'forbidden' });
    expect((await client.live('docs.of_team', { team: 1 })).error).toBeUndefined();
    expect((await client.query('docs.latest', { team: 1 })).error).toMatchObject({ code: 'forbidden' });
    expect((await client.mutate('docs.add', { team: 1, body: 'x' })).error).toMatchObject({ code: 'forbidden' });
    await client.close();
  });

  test('a key that is revoked is refused at once, and what is open in its name ends', async () => {
    explain(stack);
    const key = await make('revoked', { sub: 'alice', team: 1 }, ['*']);
    const client = await SyncClient.open(stack.gateway.syncUrl, { token: key });
    const docs = await client.live('docs.of_team', { team: 1 });
    expect((await http(key, 'docs.of_team', { team: 1 })).status).toBe(200);
    await revoke('revoked');
    await client.until('the end of the identity', () => client.auths.some((auth) => !auth.ok));
    expect(client.auths.at(-1)?.error).toMatchObject({ code: 'unauthenticated', details: { reason: 'revoked' } });
    expect((await http(key, 'docs.of_team', { team: 1 })).status).toBe(401);
    await client.until('the end of access', () => docs.error?.code === 'unauthenticated');
    expect((await client.mutate('docs.add', { team: 1, body: 'too late' })).error).toMatchObject({ code: 'unauthenticated' });
    await client.close();
  });

  test('nothing is shown to a key at a snapshot in which it is revoked, however long the database takes to say so', async () => {
    explain(stack);
    const key = await make('in one commit', { sub: 'alice', team: 1 }, ['*']);
    const other = await make('not revoked', { sub: 'alice', team: 1 }, ['*']);
    const revoked = await SyncClient.open(stack.gateway.syncUrl, { token: key });
    const kept = await SyncClient.open(stack.gateway.syncUrl, { token: other });
    const person = await stack.gateway.client({ sub: 'alice', team: 1 });
    const [docs, keptDocs, seen] = await Promise.all(
      [revoked, kept, person].map((client) => client.live('docs.latest', { team: 1 }))) as [
      Awaited<ReturnType<typeof revoked.live>>, Awaited<ReturnType<typeof revoked.live>>, Awaited<ReturnType<typeof revoked.live>>];
    const writer = await stack.cluster.connect('admin');
    const blocker = await stack.cluster.connect('admin');
    const canary = 'canary-of-the-same-commit';
    await writer.query('BEGIN');
    await writer.query(`SELECT freshet.revoke_api_key('in one commit')`);
    await writer.query('INSERT INTO app.doc (team, body) VALUES (1, $1)', [canary]);
    await blocker.query('BEGIN');
    // Next in line for the table: the gateway's question comes behind it.
    const locked = blocker.query('LOCK TABLE freshet.api_key IN ACCESS EXCLUSIVE MODE');
    await eventually('the lock is waited for', async () =>
      (await writer.query(`SELECT FROM pg_locks WHERE relation = 'freshet.api_key'::regclass AND NOT granted`)).rowCount === 1);
    await writer.query('COMMIT');
    await locked;
    await person.until('the commit is shown to a person', () => seen.value === canary);
    // What a key asks for now waits too.
    const query = revoked.query('docs.latest', { team: 1 });
    const mutation = revoked.mutate('docs.add', { team: 1, body: 'too late' });
    await person.mutateAndSee('docs.add', { team: 1, body: 'a commit later' });
    expect(docs.value).not.toBe(canary);
    expect(keptDocs.value).not.toBe(canary);
    expect(revoked.auths.every((auth) => auth.ok)).toBe(true);
    await blocker.query('COMMIT');
    await kept.until('the other key goes on', () => keptDocs.value === 'a commit later');
    await revoked.until('the end of access', () => docs.error?.code === 'unauthenticated');
    expect((await query).error).toMatchObject({ code: 'unauthenticated' });
    expect((await mutation).error).toMatchObject({ code: 'unauthenticated', details: { reason: 'revoked' } });
    expect(revoked.frames.some((frame) => !frame.out && frame.text.includes(canary))).toBe(false);
    expect((await kept.mutate('docs.add', { team: 1, body: 'by the other' })).error).toBeUndefined();
    expect(await stack.cluster.rows('admin', `SELECT count(*) FROM app.doc WHERE body = 'too late'`)).toEqual([['0']]);
    for (const client of [revoked, kept]) await client.close();
  });

  test('a key that is changed, deleted or truncated away ends too, and a change of another key ends nothing', async () => {
    explain(stack);
    const open = async (name: string) => {
      const client = await SyncClient.open(stack.gateway.syncUrl, { token: await make(name, { sub: 'alice', team: 1 }, ['*']) });
      const docs = await client.live('docs.of_team', { team: 1 });
      expect(docs.error).toBeUndefined();
      return { client, docs };
    };
    const ended = (one: { client: SyncClient; docs: { error?: { code: string } | undefined } }) =>
      one.client.until('the end of access', () => one.docs.error?.code === 'unauthenticated');
    const [changed, deleted, last] = [await open('changed'), await open('deleted'), await open('last')];
    await stack.cluster.sql('admin', `UPDATE freshet.api_key SET scopes = '{query:*}' WHERE name = 'changed'`);
    await ended(changed);
    await stack.cluster.sql('admin', `DELETE FROM freshet.api_key WHERE name = 'deleted'`);
    await ended(deleted);
    expect(last.client.auths.every((auth) => auth.ok)).toBe(true);
    await last.client.mutateAndSee('docs.add', { team: 1, body: 'still here' });
    await stack.cluster.sql('admin', 'TRUNCATE freshet.api_key');
    await ended(last);
    for (const { client } of [changed, deleted, last]) await client.close();
  });

  test('a key that was revoked while the stream was away ends when it is back', async () => {
    explain(stack);
    const client = await SyncClient.open(stack.gateway.syncUrl, { token: await make('unheard', { sub: 'alice', team: 1 }, ['*']) });
    const docs = await client.live('docs.of_team', { team: 1 });
    await stack.cluster.sql('admin', `
      BEGIN; SELECT freshet.revoke_api_key('unheard'); INSERT INTO app.doc (team, body) VALUES (1, 'canary-unheard');
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'; COMMIT`);
    await client.until('the end of access', () => docs.error?.code === 'unauthenticated', { within: 20_000 });
    expect(client.frames.some((frame) => !frame.out && frame.text.includes('canary-unheard'))).toBe(false);
    await client.close();
  });

  test('a key ends when it was said to', async () => {
    const key = await make('short', { sub: 'alice', team: 1 }, ['*'], '3 seconds');
    const client = await SyncClient.open(stack.gateway.syncUrl, { token: key });
    const docs = await client.live('docs.of_team', { team: 1 });
    expect(docs.error).toBeUndefined();
    await client.until('the end of access', () => docs.error?.code === 'unauthenticated', { within: 15_000 });
    expect((await http(key, 'docs.of_team', { team: 1 })).status).toBe(401);
    await client.close();
  });

  test('what is no key is refused, however much it looks like one', async () => {
    const key = await make('real', { sub: 'alice', team: 1 }, ['*']);
    const [, id, secret] = key.match(/^fk_([0-9a-f]{16})_(.{43})$/) as RegExpMatchArray;
    const other = `${secret?.slice(0, 42)}${secret?.at(42) === 'A' ? 'B' : 'A'}`;
    for (const forged of ['fk_', `fk_${id}`, `fk_${id}_`, `fk_${id}_${other}`, `fk_0123456789abcdef_${secret}`, `FK_${id}_${secret}`,
      `${key}x`, ` ${key}`, `fk_${id?.toUpperCase()}_${secret}`, `fk_${id}-${secret}`, `fk_${'x'.repeat(100_000)}`.slice(0, 8000)]) {
      expect((await http(forged, 'docs.of_team', { team: 1 })).status, forged).toBe(401);
    }
    expect((await http(key, 'docs.of_team', { team: 1 })).status).toBe(200);
  });

  test('neither the gateway\'s log nor the server\'s holds a key', async () => {
    const key = await make('logged', { sub: 'alice', team: 1 }, ['*']);
    await http(key, 'docs.of_team', { team: 1 });
    await http(`${key.slice(0, -1)}_`, 'docs.of_team', { team: 1 });
    const secret = key.slice(20, -1);
    expect(stack.gateway.log()).not.toContain(secret);
    expect(stack.cluster.log()).not.toContain(secret);
  });

  test('a key that was used says so', async () => {
    const key = await make('used', { sub: 'alice' }, ['*']);
    await http(key, 'docs.mine');
    expect(await stack.cluster.rows('admin', `SELECT count(*) FROM freshet.api_keys() WHERE name = 'used' AND last_used_at IS NOT NULL`)).toEqual([['1']]);
  });

  test('keys go on working after dump and restore, revoked ones stay revoked, and the dump holds hashes only', async () => {
    const { cluster } = stack;
    const key = await make('restored', { sub: 'alice', team: 1 }, ['query:docs.*']);
    const gone = await make('revoked before', { sub: 'alice', team: 1 }, ['*']);
    expect((await http(key, 'docs.of_team', { team: 1 })).status).toBe(200);
    await revoke('revoked before');
    const dump = await runAside(`${BIN}/pg_dump`, [cluster.url('admin')], '');
    expect(dump).toContain('restored');
    for (const secret of [key, gone]) expect(dump).not.toContain(secret.slice(20));

    await cluster.sql('admin', 'CREATE DATABASE copy OWNER freshet_owner');
    const copy = { url: (role: Parameters<Cluster['url']>[0]) => cluster.url(role, 'copy') } as Cluster;
    await runAside(`${BIN}/psql`, [copy.url('admin'), '-X', '-q', '-v', 'ON_ERROR_STOP=1'], dump);
    const gateway = await Gateway.start(copy);
    try {
      const ask = (bearer: string, path: string, kind = 'query') =>
        gateway.http(`/api/${kind}`, { path, args: { team: 1, ...(kind === 'query' ? {} : { body: 'x' }) } }, { headers: { authorization: `Bearer ${bearer}` } });
      expect(await ask(key, 'docs.of_team')).toMatchObject({ status: 200 });
      expect(await ask(key, 'docs.add', 'mutation')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      expect(await ask(gone, 'docs.of_team')).toMatchObject({ status: 401, body: { details: { reason: 'invalid' } } });
      // Revoked in the copy alone.
      const client = await SyncClient.open(gateway.syncUrl, { token: key });
      const docs = await client.live('docs.of_team', { team: 1 });
      const admin = await cluster.connect('admin', { database: 'copy' });
      expect((await admin.query(`SELECT FROM freshet.api_keys() WHERE name = 'restored' AND last_used_at IS NOT NULL`)).rowCount).toBe(1);
      await admin.query(`SELECT freshet.revoke_api_key('restored')`);
      await client.until('the end of access', () => docs.error?.code === 'unauthenticated');
      await client.close();
      await admin.end();
    } finally {
      await gateway.remove();
    }
    expect((await http(key, 'docs.of_team', { team: 1 })).status).toBe(200);
  });
});
