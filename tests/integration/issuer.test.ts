import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../harness/cluster.ts';
import { eventually } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { AUDIENCE, Issuer } from '../harness/issuer.ts';
import { fixture } from '../harness/stack.ts';
import { SyncClient } from '../harness/sync_client.ts';
import { ecKey, token } from '../harness/token.ts';

/** Without the key that the harness configures: the issuer is the only one. */
const none = { FRESHET_JWT_ALGORITHM: '', FRESHET_JWT_KEY: '' };

describe('tokens of a real issuer, found by discovery', () => {
  let issuer: Issuer;
  let cluster: Cluster;
  let gateway: Gateway;

  beforeAll(async () => {
    issuer = await Issuer.start();
    cluster = await Cluster.start();
    await cluster.sql('owner', fixture('tenants'));
    gateway = await Gateway.start(cluster, {
      settings: { ...none, FRESHET_OIDC_ISSUER: issuer.url, FRESHET_JWT_AUDIENCE: `${AUDIENCE},${AUDIENCE}?ttl=3`, FRESHET_JWT_TYPES: 'at+jwt' },
    });
  });
  afterAll(async () => {
    await gateway?.remove();
    await cluster?.remove();
    await issuer?.down();
  });

  const mine = async (bearer: string) =>
    gateway.http('/api/query', { path: 'docs.of_team', args: { team: 1 } }, { headers: { authorization: `Bearer ${bearer}` } });

  test('an access token tells who calls, over HTTP and on the socket', async () => {
    const alice = await issuer.token('alice');
    expect(await mine(alice)).toMatchObject({ status: 200, body: { value: [{ body: 'canary-alice-0' }] } });
    expect((await mine(await issuer.token('bob'))).status).toBe(403);
    const client = await SyncClient.open(gateway.syncUrl, { token: alice });
    await client.until('signed in', () => client.auths.length > 0);
    expect(client.auths[0]).toMatchObject({ ok: true, identity: { sub: 'alice', iss: issuer.url } });
    expect((await client.live('docs.of_team', { team: 1 })).value).toMatchObject([{ body: 'canary-alice-0' }]);
    await client.close();
  });

  test('what is sent right behind a token that has to wait for keys runs as who it says', async () => {
    await issuer.rotate();
    const client = await SyncClient.open(gateway.syncUrl, { token: await issuer.token('alice') });
    expect((await client.query('docs.of_team', { team: 1 })).value).toMatchObject([{ body: 'canary-alice-0' }]);
    await client.close();
  });

  test('a token for another audience is refused, and one of another type', async () => {
    expect((await mine(await issuer.token('alice', 'urn:somebody:else'))).status).toBe(401);
    const own = ecKey();
    expect((await mine(token(own, { iss: issuer.url, sub: 'alice', aud: AUDIENCE }, { typ: 'at+jwt', kid: 'key-1' }))).status).toBe(401);
  });

  test('keys that were taken back open nothing, and invented ones are asked for once a minute', async () => {
    const before = issuer.readings;
    const own = ecKey();
    for (let i = 0; i < 20; i++) {
      expect((await mine(token(own, { iss: issuer.url, sub: 'alice', aud: AUDIENCE }, { typ: 'at+jwt', kid: `invented-${i}` }))).status).toBe(401);
    }
    expect(issuer.readings - before).toBeLessThanOrEqual(1);
  });

  test('known keys serve while the issuer is away', async () => {
    const alice = await issuer.token('alice');
    await issuer.down();
    expect((await mine(alice)).status).toBe(200);
    await issuer.up();
  });

  test('an identity ends with its token, and the client may go on as nobody', async () => {
    const client = await SyncClient.open(gateway.syncUrl, { token: await issuer.token('alice', `${AUDIENCE}?ttl=3`) });
    const docs = await client.live('docs.of_team', { team: 1 });
    expect(docs.value).toMatchObject([{ body: 'canary-alice-0' }]);
    await client.until('the end of the identity', () => client.auths.some((auth) => !auth.ok), { within: 15_000 });
    expect(client.auths.at(-1)?.error).toMatchObject({ code: 'unauthenticated', details: { reason: 'expired' } });
    await client.until('the end of access', () => docs.error?.code === 'unauthenticated');
    expect(client.closed).toBeUndefined();
    client.auth(await issuer.token('alice'));
    await client.until('access again', () => docs.error === undefined);
    await client.close();
  });

  test('where nobody may be anonymous the socket ends with the token', async () => {
    const strict = await Gateway.start(cluster, {
      settings: { ...none, FRESHET_OIDC_ISSUER: issuer.url, FRESHET_REQUIRE_IDENTITY: 'true' },
    });
    try {
      const client = await SyncClient.open(strict.syncUrl, { token: await issuer.token('alice', `${AUDIENCE}?ttl=3`) });
      await eventually('the socket is closed', () => client.closed, { within: 15_000 });
      expect(client.closed).toMatchObject({ code: 4401 });
    } finally {
      await strict.remove();
    }
  });

  test('a gateway starts without its issuer, and serves its tokens when it comes', async () => {
    const alice = await issuer.token('alice');
    await issuer.down();
    const early = await Gateway.start(cluster, { settings: { ...none, FRESHET_OIDC_ISSUER: issuer.url } });
    try {
      const ask = () =>
        early.http('/api/query', { path: 'docs.of_team', args: { team: 1 } }, { headers: { authorization: `Bearer ${alice}` } });
      const refused = await ask();
      expect(refused).toMatchObject({ status: 503, body: { code: 'overloaded', retryable: true } });
      expect((await early.http('/api/query', { path: 'docs.mine' })).status).toBe(200);
      await issuer.up();
      await eventually('its keys are read', async () => (await ask()).status === 200, { within: 70_000, every: 200 });
    } finally {
      await early.remove();
    }
  });

  test('no token is in the log', async () => {
    const alice = await issuer.token('alice');
    await mine(alice);
    await mine(`${alice}x`);
    expect(gateway.log()).not.toContain(alice.split('.')[2]);
    expect(gateway.log()).not.toContain(alice.split('.')[1]);
  });
});

test.each([
  [{ FRESHET_OIDC_ISSUER: 'http://id.example' }, '--oidc-issuer: issuer: must begin with https://'],
  [{ FRESHET_JWT_JWKS_URL: 'https://user:canary@id.example/', FRESHET_JWT_ISSUER: 'x' }, 'user and password have no place'],
  [{ FRESHET_JWT_JWKS_URL: 'https://id.example/' }, 'with jwks_url and discovery `issuer` is needed'],
  [{ FRESHET_JWT_JWKS_URL: 'https://id.example/', FRESHET_JWT_ISSUER: 'x', FRESHET_JWT_ALGORITHM: 'HS256' }, 'HS256, HS384 and HS512 take a secret'],
  [{ FRESHET_ISSUER: '{"issuer":"x","keys":[{"algorithm":"HS256","key":"canary"}]}' }, 'an HS256 secret needs at least 32 bytes'],
  [{ FRESHET_ISSUER: '[{"issuer":"x","discovry":true}]' }, '--issuer[0]: discovry: there is no such member'],
  [{ FRESHET_ISSUER: '{"issuer":"https://id.example","discovery":true,"jwks_file":"/x"}' }, 'exactly one of'],
  [{ FRESHET_ISSUER: '{"issuer":' }, '--issuer: '],
  [{ FRESHET_JWT_ALGORITHM: 'none', FRESHET_JWT_KEY: 'canary' }, '--jwt-algorithm: expected HS256'],
])('settings that make no sense end the start by name: %j', async (settings, said) => {
  const unused = { url: () => 'host=127.0.0.1 port=1' } as unknown as Cluster;
  const gateway = await Gateway.start(unused, { unready: true, settings: { ...none, ...settings } });
  try {
    expect((await gateway.ended()).code).toBe(2);
    await eventually('its reason', () => gateway.log().includes(said));
    expect(gateway.log()).not.toContain('canary');
  } finally {
    await gateway.remove();
  }
});
