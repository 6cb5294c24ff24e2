import { describe, expect, test } from 'vitest';
import { eventually } from '../harness/deadline.ts';
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

  test('a key that is revoked is refused within seconds, and what is open in its name ends', async () => {
    explain(stack);
    const key = await make('revoked', { sub: 'alice', team: 1 }, ['*']);
    const client = await SyncClient.open(stack.gateway.syncUrl, { token: key });
    const docs = await client.live('docs.of_team', { team: 1 });
    expect((await http(key, 'docs.of_team', { team: 1 })).status).toBe(200);
    await revoke('revoked');
    await eventually('it is refused', async () => (await http(key, 'docs.of_team', { team: 1 })).status === 401, { within: 5_000 });
    await client.until('the end of the identity', () => client.auths.some((auth) => !auth.ok));
    expect(client.auths.at(-1)?.error).toMatchObject({ code: 'unauthenticated', details: { reason: 'revoked' } });
    await client.until('the end of access', () => docs.error?.code === 'unauthenticated');
    expect((await client.mutate('docs.add', { team: 1, body: 'too late' })).error).toMatchObject({ code: 'unauthenticated' });
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
});
