import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../harness/cluster.ts';
import { Gateway } from '../harness/gateway.ts';
import { fixture } from '../harness/stack.ts';
import { SyncClient } from '../harness/sync_client.ts';

// What an attacker has: every public key, tokens of other issuers, other audiences and other times; and keys of his own.
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const partner = generateKeyPairSync('ed25519');
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const secret = 'a secret of the jobs, thirty-two bytes';

const b64 = (value: string | Buffer | object): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))).toString('base64url');
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();
const now = Math.floor(Date.now() / 1000);
const claims = { iss: 'main', aud: 'freshet', sub: 'alice', team: 1, iat: now, exp: now + 600 };

type Signer = (input: string) => Buffer;
const byRsa: Signer = (input) => sign('sha256', Buffer.from(input), rsa.privateKey);
const byOwn: Signer = (input) => sign('sha256', Buffer.from(input), own.privateKey);
const byEc: Signer = (input) => sign('sha256', Buffer.from(input), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' });
const byPartner: Signer = (input) => sign(null, Buffer.from(input), partner.privateKey);
const bySecret = (key: string | Buffer): Signer => (input) => createHmac('sha256', key).update(input).digest();

const make = (header: object | string, payload: object | string, signer: Signer): string => {
  const input = `${b64(header)}.${b64(payload)}`;
  return `${input}.${b64(signer(input))}`;
};
const rs = { alg: 'RS256', kid: 'rsa-1', typ: 'JWT' };
const good = make(rs, claims, byRsa);
const [goodHeader, goodPayload, goodSignature] = good.split('.') as [string, string, string];
const json = (extra: string): string => JSON.stringify(claims).replace(/}$/, `,${extra}}`);
const ownJwk = createPublicKey(own.privateKey).export({ format: 'jwk' });

const forged: Record<string, string> = {
  'no signature': `${goodHeader}.${goodPayload}.`,
  'two parts': `${goodHeader}.${goodPayload}`,
  'four parts': `${good}.${goodSignature}`,
  'alg none': `${b64({ ...rs, alg: 'none' })}.${goodPayload}.`,
  'alg None with the old signature': `${b64({ ...rs, alg: 'None' })}.${goodPayload}.${goodSignature}`,
  'the public key as a secret': make({ alg: 'HS256', kid: 'rsa-1' }, claims, bySecret(pem(rsa.publicKey))),
  'the public key as a secret, no kid': make({ alg: 'HS256' }, claims, bySecret(pem(rsa.publicKey))),
  'the public key as DER': make({ alg: 'HS256' }, claims, bySecret(rsa.publicKey.export({ type: 'spki', format: 'der' }))),
  'the modulus as a secret': make({ alg: 'HS256', kid: 'rsa-1' }, claims, bySecret(rsa.publicKey.export({ format: 'jwk' }).n as string)),
  'an empty secret': make({ alg: 'HS256' }, { ...claims, iss: 'jobs' }, bySecret('')),
  'a key of his own': make(rs, claims, byOwn),
  'his own key in jwk': make({ ...rs, jwk: ownJwk }, claims, byOwn),
  'his own key in jku': make({ ...rs, kid: 'own', jku: 'https://attacker.example/keys' }, claims, byOwn),
  'his own key in x5u': make({ ...rs, kid: 'own', x5u: 'https://attacker.example/cert' }, claims, byOwn),
  'his own key in x5c': make({ ...rs, kid: 'own', x5c: [own.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }, claims, byOwn),
  'a kid that is a path': make({ ...rs, kid: '../../../dev/null' }, claims, bySecret('')),
  'a kid that is SQL': make({ ...rs, kid: "rsa-1' UNION SELECT 'x" }, claims, byOwn),
  'a kid that is no text': make({ ...rs, kid: 1 }, claims, byRsa),
  'the kid of another key': make({ ...rs, kid: 'ec-1' }, claims, byRsa),
  'another algorithm than its signature': make({ ...rs, alg: 'PS256' }, claims, byRsa),
  'an ECDSA signature of zeros': `${b64({ alg: 'ES256', kid: 'ec-1' })}.${goodPayload}.${b64(Buffer.alloc(64))}`,
  'an ECDSA signature in DER': make({ alg: 'ES256', kid: 'ec-1' }, claims, (input) => sign('sha256', Buffer.from(input), ec.privateKey)),
  'crit': make({ ...rs, crit: ['exp'] }, claims, byRsa),
  'an unencoded payload': make({ ...rs, b64: false, crit: ['b64'] }, claims, byRsa),
  'a compressed payload': make({ ...rs, zip: 'DEF' }, claims, byRsa),
  'another typ': make({ ...rs, typ: 'logout+jwt' }, claims, byRsa),
  'two algs': make('{"alg":"none","alg":"RS256","kid":"rsa-1"}', claims, byRsa),
  'the payload of another': `${goodHeader}.${b64({ ...claims, sub: 'bob' })}.${goodSignature}`,
  'two subs': make(rs, json('"sub":"bob"'), byRsa),
  'an escaped second sub': make(rs, json('"s\\u0075b":"bob"'), byRsa),
  'expired': make(rs, { ...claims, exp: now - 60 }, byRsa),
  'no exp': make(rs, { ...claims, exp: undefined }, byRsa),
  'exp as text': make(rs, { ...claims, exp: `${now + 600}` }, byRsa),
  'exp as null': make(rs, { ...claims, exp: null }, byRsa),
  'exp without end': make(rs, JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999'), byRsa),
  'not yet valid': make(rs, { ...claims, nbf: now + 3600 }, byRsa),
  'made in the future': make(rs, { ...claims, iat: now + 3600 }, byRsa),
  'no sub': make(rs, { ...claims, sub: undefined }, byRsa),
  'sub as a number': make(rs, { ...claims, sub: 7 }, byRsa),
  'another audience': make(rs, { ...claims, aud: 'billing' }, byRsa),
  'no audience': make(rs, { ...claims, aud: undefined }, byRsa),
  'an audience that begins alike': make(rs, { ...claims, aud: ['freshet.example', 'fresh'] }, byRsa),
  'another issuer': make(rs, { ...claims, iss: 'https://attacker.example' }, byRsa),
  'no issuer': make(rs, { ...claims, iss: undefined }, byRsa),
  'a partner who speaks for the main issuer': make({ alg: 'EdDSA' }, claims, byPartner),
  'the jobs\' secret for the main issuer': make({ alg: 'HS256' }, claims, bySecret(secret)),
  'an algorithm that is not allowed to its issuer': make({ alg: 'RS256' }, { ...claims, iss: 'partner' }, byRsa),
  'padding': `${good}=`,
  'standard base64': `${goodHeader}.${goodPayload}.${Buffer.from(goodSignature, 'base64url').toString('base64')}`,
  'a blank': `${goodHeader}. ${goodPayload}.${goodSignature}`,
  'nested too deeply': make(rs, json(`"x":${'['.repeat(80)}${']'.repeat(80)}`), byRsa),
  'no object': make(rs, '["alice"]', byRsa),
  'dots': '..',
};

describe('tokens', () => {
  const folder = mkdtempSync(join(tmpdir(), 'freshet-test-issuers-'));
  let cluster: Cluster;
  let gateway: Gateway;

  beforeAll(async () => {
    const jwk = (key: KeyObject, kid: string, alg: string) => ({ ...key.export({ format: 'jwk' }), kid, alg, use: 'sig' });
    writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [jwk(rsa.publicKey, 'rsa-1', 'RS256'), jwk(ec.publicKey, 'ec-1', 'ES256')] }));
    writeFileSync(join(folder, 'issuers.json'), JSON.stringify([
      { issuer: 'main', audience: ['freshet', 'mobile'], jwks_file: join(folder, 'jwks.json') },
      { issuer: 'partner', keys: [{ algorithm: 'EdDSA', key: pem(partner.publicKey) }] },
      { issuer: 'jobs', keys: [{ algorithm: 'HS256', key: secret }] },
    ]));
    cluster = await Cluster.start();
    await cluster.sql('owner', fixture('tenants'));
    gateway = await Gateway.start(cluster, {
      settings: { FRESHET_JWT_ALGORITHM: '', FRESHET_JWT_KEY: '', FRESHET_ISSUER_FILE: join(folder, 'issuers.json') },
    });
  });
  afterAll(async () => {
    await gateway?.remove();
    await cluster?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = (token: string) =>
    gateway.http('/api/query', { path: 'docs.mine_by_claim' }, { headers: { authorization: `Bearer ${token}` } });

  test.each([
    ['the main issuer', good],
    ['its other key', make({ alg: 'ES256', kid: 'ec-1' }, claims, byEc)],
    ['a token without kid', make({ alg: 'RS256' }, { ...claims, aud: ['x', 'mobile'] }, byRsa)],
    ['the partner', make({ alg: 'EdDSA' }, { ...claims, iss: 'partner' }, byPartner)],
    ['the jobs', make({ alg: 'HS256' }, { ...claims, iss: 'jobs' }, bySecret(secret))],
  ])('of %s are accepted', async (_who, token) => {
    expect(await ask(token)).toMatchObject({ status: 200, body: { value: [{ body: 'canary-alice-0' }] } });
  });

  test.each(Object.entries(forged))('forged (%s) are refused over HTTP', async (_how, token) => {
    const reply = await ask(token);
    expect(reply.status).toBe(401);
    expect(reply.body).toMatchObject({ code: 'unauthenticated' });
    expect(JSON.stringify(reply.body)).not.toContain('canary');
  });

  test('forged are refused on the socket, each, and leave nobody signed in', async () => {
    const client = await SyncClient.open(gateway.syncUrl, { token: good });
    const mine = await client.live('docs.of_team', { team: 1 });
    expect(mine.error).toBeUndefined();
    for (const [how, token] of Object.entries(forged)) {
      const before = client.auths.length;
      client.auth(token);
      await client.until(`an answer to: ${how}`, () => client.auths.length > before);
      expect(client.auths.at(-1), how).toMatchObject({ ok: false, error: { code: 'unauthenticated' } });
    }
    await client.until('the end of access', () => mine.error?.code === 'unauthenticated');
    expect((await client.query('docs.of_team', { team: 1 })).error).toMatchObject({ code: 'unauthenticated' });
    await client.close();
  });

  test('nothing of a token is in the log', () => {
    const log = gateway.log();
    for (const part of [goodPayload, goodSignature, secret]) expect(log).not.toContain(part);
  });
});
