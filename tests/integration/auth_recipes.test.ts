/**
 * The recipes of docs/auth.md, as they stand there: each block is a gateway's settings, with the provider's address replaced by
 * that of a server of ours which has its paths. Tokens have the header and the claims that the provider documents.
 */
import { createPublicKey, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { createAuthClient } from 'better-auth/client';
import { jwtClient } from 'better-auth/client/plugins';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../harness/cluster.ts';
import { eventually } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { fixture } from '../harness/stack.ts';
import { SyncClient } from '../harness/sync_client.ts';
import { Authority, Endpoint } from '../harness/tls.ts';
import { ecKey, hmacKey, rsaKey, token, type Claims, type SigningKey } from '../harness/token.ts';

const page = readFileSync(new URL('../../docs/auth.md', import.meta.url), 'utf8');

/** The settings of the block under `**title**`. */
function recipe(title: string): Record<string, string> {
  const from = page.indexOf(`\n**${title}**`);
  if (from < 0) throw new Error(`docs/auth.md has no recipe "${title}"`);
  const block = /\n((?: {4}FRESHET_.*\n)+)/.exec(page.slice(from));
  const lines = (block?.[1] ?? '').trim().split('\n');
  return Object.fromEntries(lines.map((line) => /^\s*(FRESHET_\w+)=(\S+)/.exec(line)?.slice(1) as [string, string]));
}

const titles = [...page.slice(page.indexOf('## Recipes'), page.indexOf('## API keys')).matchAll(/^\*\*(.+?)\*\*/gm)].map((match) => match[1] as string);

const rsa = rsaKey();
const ec = ecKey();
const jwkOf = (key: SigningKey): object => createPublicKey(key.verifyWith).export({ format: 'jwk' });
const signedBy = (key: SigningKey) => (claims: Claims, header: Claims = {}): string => token(key, claims, header);

interface Provider {
  /** What stands for the provider in the recipe. */
  origin: string;
  /** Its answers by path, given its origin here. */
  paths: (origin: string) => Record<string, unknown>;
  /** A token of somebody, and the claims of it that a function must see. */
  honest: (origin: string, secret: string) => { bearer: string; claims: Claims };
  /** Tokens of the same provider that are for something else. */
  others: (origin: string, secret: string) => Record<string, string>;
}

const now = (): number => Math.floor(Date.now() / 1000);

const clerk = (template: boolean): Provider => {
  const kid = 'ins_2bCdEfGhIjKlMnOpQrStUvWxYz0';
  const header = { cat: 'cl_B7d4PD111AAA', kid };
  const session = (iss: string): Claims => ({
    azp: 'https://app.example.org', exp: now() + 60, fva: [7, -1], iat: now(), iss, nbf: now() - 10, o: { id: 'org_123', rol: 'admin', slg: 'team' },
    pla: 'u:free', sid: 'sess_2vTkYn', sts: 'active', sub: 'user_2xhFjEI5X2qWRvtV13BzSj8H6Dk', v: 2,
  });
  const made = (iss: string): Claims => ({
    azp: 'https://app.example.org', exp: now() + 60, iat: now(), iss, jti: randomUUID(), nbf: now() - 5, sub: 'user_2xhFjEI5X2qWRvtV13BzSj8H6Dk', aud: 'freshet', org: 'org_123',
  });
  const sign = signedBy(rsa);
  return {
    origin: 'https://YOUR-FRONTEND-API.clerk.accounts.dev',
    paths: (origin) => ({
      '/.well-known/openid-configuration': {
        issuer: origin, authorization_endpoint: `${origin}/oauth/authorize`, token_endpoint: `${origin}/oauth/token`,
        jwks_uri: `${origin}/.well-known/jwks.json`, response_types_supported: ['code'], subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      },
      '/.well-known/jwks.json': { keys: [{ use: 'sig', ...jwkOf(rsa), kid, alg: 'RS256' }] },
    }),
    honest: (origin) => {
      const claims = template ? made(origin) : session(origin);
      return { bearer: sign(claims, template ? { kid, cat: 'cl_B7d4PD111AAA' } : header), claims: template ? { org: 'org_123', aud: 'freshet' } : { o: { id: 'org_123', rol: 'admin', slg: 'team' }, sts: 'active' } };
    },
    others: (origin) => ({
      ...(template ? { 'a session token, which is for no audience': sign(session(origin), header), 'a template of another service': sign({ ...made(origin), aud: 'elsewhere' }, header) } : {}),
      'another instance': sign({ ...made('https://other.clerk.accounts.dev') }, header),
    }),
  };
};

const auth0 = (profile: 'auth0' | 'rfc9068'): Provider => {
  const kid = 'NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg';
  const key = signedBy(rsa);
  const sign = (claims: Claims, typ: string): string => key(claims, { kid, typ });
  const access = (iss: string, kind: 'auth0' | 'rfc9068'): Claims => ({
    iss, sub: 'auth0|507f1f77bcf86cd799439011', aud: ['https://api.example.org', `${iss}userinfo`], iat: now(), exp: now() + 86_400, scope: 'openid profile email',
    ...(kind === 'auth0' ? { azp: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja' } : { client_id: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja', jti: '73WakrfVbNJBaAmhQtEeDv' }),
    permissions: ['read:docs'],
  });
  return {
    origin: 'https://YOUR-TENANT.eu.auth0.com',
    paths: (origin) => ({
      '/.well-known/openid-configuration': {
        issuer: `${origin}/`, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/oauth/token`, userinfo_endpoint: `${origin}/userinfo`,
        jwks_uri: `${origin}/.well-known/jwks.json`, id_token_signing_alg_values_supported: ['HS256', 'RS256', 'PS256'],
      },
      '/.well-known/jwks.json': { keys: [{ ...jwkOf(rsa), use: 'sig', kid, x5t: 'dGVzdA', x5c: ['MIIC'], alg: 'RS256' }, { ...jwkOf(rsaKey()), use: 'sig', kid: 'the-next-one', alg: 'RS256' }] },
    }),
    honest: (origin) => ({ bearer: sign(access(`${origin}/`, profile), profile === 'auth0' ? 'JWT' : 'at+jwt'), claims: { permissions: ['read:docs'], scope: 'openid profile email' } }),
    others: (origin) => ({
      'an ID token': sign({ iss: `${origin}/`, sub: 'auth0|507f1f77bcf86cd799439011', aud: 'K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja', nickname: 'alice', sid: 'x' }, 'JWT'),
      'an opaque token': 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..Xq0rA3Zb.N2o.c2lnbg',
      'an issuer without its slash': sign({ ...access(`${origin}/`, profile), iss: origin }, profile === 'auth0' ? 'JWT' : 'at+jwt'),
      ...(profile === 'rfc9068' ? { 'a token of the other profile': sign(access(`${origin}/`, 'auth0'), 'JWT') } : {}),
    }),
  };
};

const supabase = (legacy: boolean): Provider => {
  const kid = 'b81269f1-21d8-4f2e-b719-c2240a840d90';
  const user = (origin: string): Claims => ({
    aal: 'aal1', amr: [{ method: 'password', timestamp: now() }], app_metadata: { provider: 'email', providers: ['email'] }, aud: 'authenticated', email: 'alice@example.org',
    exp: now() + 3600, iat: now(), is_anonymous: false, iss: `${origin}/auth/v1`, phone: '', role: 'authenticated', session_id: '4b938a09-5372-4177-a314-cfa292099ea2',
    sub: 'cf2c8a1e-6d3b-4a0f-9f2e-0f6e0f0d9c11', user_metadata: { email_verified: true },
  });
  const sign = (claims: Claims, secret: string): string => (legacy ? token(hmacKey(secret), claims) : token(ec, claims, { kid }));
  return {
    origin: 'https://YOUR-PROJECT.supabase.co',
    paths: () => ({ '/auth/v1/.well-known/jwks.json': { keys: legacy ? [] : [{ ...jwkOf(ec), alg: 'ES256', ext: true, key_ops: ['verify'], kid, use: 'sig' }] } }),
    honest: (origin, secret) => ({ bearer: sign(user(origin), secret), claims: { role: 'authenticated', is_anonymous: false, app_metadata: { provider: 'email', providers: ['email'] } } }),
    others: (origin, secret) => ({
      'the anon key': token(hmacKey(secret), { iss: 'supabase', ref: 'YOUR-PROJECT', role: 'anon' }),
      'the service_role key': token(hmacKey(secret), { iss: 'supabase', ref: 'YOUR-PROJECT', role: 'service_role' }),
      'a project signing for nobody': sign({ ...user(origin), aud: 'anon' }, secret),
      'another project': sign(user('https://other.supabase.co'), secret),
      ...(legacy ? {} : { 'a legacy token of the same project': token(hmacKey(secret), user(origin)) }),
    }),
  };
};

const providers: Record<string, Provider> = {
  Clerk: clerk(true),
  'Clerk, session tokens without a template': clerk(false),
  Auth0: auth0('auth0'),
  'Auth0, an API with the RFC 9068 profile': auth0('rfc9068'),
  'Supabase Auth': supabase(false),
  'Supabase Auth, a project that signs with its legacy secret': supabase(true),
};

describe('the recipes of docs/auth.md', () => {
  let cluster: Cluster;
  let authority: Authority;
  const running: { remove?: () => Promise<void>; down?: () => Promise<void> }[] = [];
  const secret = 'super-secret-jwt-token-with-at-least-32-characters-long';

  beforeAll(async () => {
    authority = new Authority();
    writeFileSync(join(authority.directory, 'secret'), `${secret}\n`);
    cluster = await Cluster.start();
    await cluster.sql('owner', `${fixture('tenants')}
      CREATE FUNCTION docs.me() RETURNS jsonb STABLE LANGUAGE sql AS $$ SELECT freshet.identity() $$;
      SELECT freshet.expose('docs.me', public => true);`);
  });
  afterAll(async () => {
    for (const one of running) await (one.remove?.() ?? one.down?.());
    await cluster?.remove();
    authority?.remove();
  });

  const serve = async (answer: RequestListener): Promise<Endpoint> => {
    const endpoint = await Endpoint.start(answer, authority.certificate());
    running.push(endpoint);
    return endpoint;
  };
  const start = async (title: string, from: string, to: string): Promise<Gateway> => {
    const settings = Object.fromEntries(Object.entries(recipe(title)).map(([name, value]) => [name, value.replace(from, to)]));
    expect(Object.keys(settings).length).toBeGreaterThan(1);
    if (settings['FRESHET_JWT_KEY_FILE'] !== undefined) settings['FRESHET_JWT_KEY_FILE'] = join(authority.directory, 'secret');
    else settings['FRESHET_JWT_CA_FILE'] = authority.file;
    const gateway = await Gateway.start(cluster, { settings: { FRESHET_JWT_KEY: '', FRESHET_JWT_ALGORITHM: '', ...settings } });
    running.push(gateway);
    return gateway;
  };
  const ask = (gateway: Gateway, bearer: string, path: string, args = {}) =>
    gateway.http('/api/query', { path, args }, { headers: { authorization: `Bearer ${bearer}` } });
  const accepted = async (gateway: Gateway, bearer: string, sub: string, claims: Claims): Promise<void> => {
    await cluster.rows('owner', 'INSERT INTO app.member VALUES ($1, 1) ON CONFLICT DO NOTHING', [sub]);
    await eventually('its keys are read', async () => (await ask(gateway, bearer, 'docs.me')).status === 200);
    expect((await ask(gateway, bearer, 'docs.me')).body).toMatchObject({ value: { ...claims, sub } });
    expect(await ask(gateway, bearer, 'docs.of_team', { team: 1 })).toMatchObject({ status: 200 });
    expect(await ask(gateway, bearer, 'docs.of_team', { team: 2 })).toMatchObject({ status: 403 });
    const client = await SyncClient.open(gateway.syncUrl, { token: bearer });
    expect((await client.live('docs.of_team', { team: 1 })).value).toMatchObject([{ body: 'canary-alice-0' }]);
    expect(client.auths[0]).toMatchObject({ ok: true, identity: { sub } });
    await client.close();
  };

  test('every recipe of the page is one that is tried here', () => {
    expect(titles).toEqual([...Object.keys(providers), 'better-auth']);
  });

  test.each(Object.keys(providers))('%s', async (title) => {
    const provider = providers[title] as Provider;
    const answers = new Map<string, unknown>();
    const endpoint = await serve((request, response) => {
      const answer = answers.get(request.url ?? '');
      if (answer === undefined) response.writeHead(404).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    const origin = `https://localhost:${endpoint.port}`;
    for (const [path, answer] of Object.entries(provider.paths(origin))) answers.set(path, answer);
    const gateway = await start(title, provider.origin, origin);
    const { bearer, claims } = provider.honest(origin, secret);
    const sub = (JSON.parse(Buffer.from(bearer.split('.')[1] as string, 'base64url').toString()) as { sub: string }).sub;
    await accepted(gateway, bearer, sub, claims);
    for (const [what, other] of Object.entries(provider.others(origin, secret))) {
      expect(await ask(gateway, other, 'docs.me'), what).toMatchObject({ status: 401, body: { code: 'unauthenticated', details: { reason: 'invalid' } } });
    }
  });

  test('better-auth', async () => {
    let handler: RequestListener = (_, response) => void response.writeHead(503).end();
    const endpoint = await serve((request, response) => handler(request, response));
    const baseURL = `https://localhost:${endpoint.port}`;
    const auth = betterAuth({
      baseURL,
      secret: randomUUID() + randomUUID(),
      database: memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] }),
      emailAndPassword: { enabled: true },
      plugins: [jwt()],
      telemetry: { enabled: false },
    });
    handler = toNodeHandler(auth) as RequestListener;
    const signed = await auth.api.signUpEmail({ body: { name: 'Alice', email: 'alice@example.org', password: 'a long password' }, returnHeaders: true });
    const cookie = signed.headers.getSetCookie().map((set) => set.split(';')[0]).join('; ');
    const authClient = createAuthClient({
      baseURL,
      plugins: [jwtClient()],
      fetchOptions: { headers: { cookie }, customFetchImpl: (url, init) => auth.handler(new Request(url as string, init)) },
    });
    const bearer = (await authClient.token()).data?.token ?? '';
    const gateway = await start('better-auth', 'https://app.example.org', baseURL);
    await accepted(gateway, bearer, signed.response.user.id, { email: 'alice@example.org', aud: baseURL, iss: baseURL });

    const [header, payload] = bearer.split('.') as [string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
    const others = {
      'its claims changed': `${header}.${Buffer.from(JSON.stringify({ ...claims, sub: 'bob' })).toString('base64url')}.${bearer.split('.')[2]}`,
      'a session cookie': cookie.split('=')[1] ?? '',
      'a key pair of somebody else': token(ec, claims),
    };
    for (const [what, other] of Object.entries(others)) expect((await ask(gateway, other, 'docs.me')).status, what).toBe(401);
  });
});
