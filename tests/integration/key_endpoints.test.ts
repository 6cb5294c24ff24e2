import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../harness/cluster.ts';
import { eventually } from '../harness/deadline.ts';
import { Gateway } from '../harness/gateway.ts';
import { fixture } from '../harness/stack.ts';
import { Authority, Endpoint } from '../harness/tls.ts';
import { ecKey, token, type SigningKey } from '../harness/token.ts';

const none = { FRESHET_JWT_ALGORITHM: '', FRESHET_JWT_KEY: '' };

const jwk = (key: SigningKey, kid: string): object => ({ ...createPublicKey(key.verifyWith).export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' });
const set = (...keys: object[]): string => JSON.stringify({ keys });

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const json = (text: string, headers: Record<string, string> = {}): Answer => (_request, response) =>
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text);

/** What the https server answers, by path; every path is an issuer's keys. */
class Answers {
  readonly #by = new Map<string, Answer>();
  set(path: string, answer: Answer): void {
    this.#by.set(path, answer);
  }
  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    const answer = this.#by.get(request.url ?? '');
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  };
}

describe('keys of an issuer, read over TLS', () => {
  const answers = new Answers();
  const key = ecKey();
  const good = set(jwk(key, 'one'));
  let authority: Authority;
  let stranger: Authority;
  let cluster: Cluster;
  const endpoints: Endpoint[] = [];
  const gateways: Gateway[] = [];
  let trusted: Endpoint;

  const serve = async (certificate?: Parameters<typeof Endpoint.start>[1]): Promise<Endpoint> => {
    const endpoint = await Endpoint.start(answers.listener, certificate);
    endpoints.push(endpoint);
    return endpoint;
  };
  const at = (endpoint: Endpoint, path: string): string => `https://localhost:${endpoint.port}${path}`;
  /** A gateway that knows these issuers and nobody else. */
  const knowing = async (issuers: Record<string, unknown>[], settings: Record<string, string> = {}): Promise<Gateway> => {
    const gateway = await Gateway.start(cluster, { settings: { ...none, FRESHET_ISSUER: JSON.stringify(issuers), ...settings } });
    gateways.push(gateway);
    return gateway;
  };
  const ask = (gateway: Gateway, bearer: string) =>
    gateway.http('/api/query', { path: 'docs.of_team', args: { team: 1 } }, { headers: { authorization: `Bearer ${bearer}` } });
  const alice = (iss: string, signer = key, kid = 'one'): string => token(signer, { iss, sub: 'alice' }, { kid });

  beforeAll(async () => {
    authority = new Authority();
    stranger = new Authority('a stranger');
    cluster = await Cluster.start();
    await cluster.sql('owner', fixture('tenants'));
    trusted = await serve(authority.certificate());
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.remove();
    for (const endpoint of endpoints) await endpoint.down();
    await cluster?.remove();
    authority?.remove();
    stranger?.remove();
  });

  test('serve its tokens when the certificate is of an authority that ca_file names: by address and by discovery', async () => {
    answers.set('/keys', json(good));
    const issuer = at(trusted, '/tenant');
    answers.set('/tenant/.well-known/openid-configuration', json(JSON.stringify({ issuer, jwks_uri: at(trusted, '/keys') })));
    const gateway = await knowing([
      { issuer: 'by-address', jwks_url: at(trusted, '/keys'), ca_file: authority.file },
      { issuer, discovery: true, ca_file: authority.file },
    ]);
    for (const iss of ['by-address', issuer]) {
      await eventually(`keys of ${iss}`, async () => (await ask(gateway, alice(iss))).status === 200);
    }
    expect((await ask(gateway, alice('by-address', ecKey()))).status).toBe(401);
    expect(gateway.log()).toContain(`keys of tokens: 1 keys read`);
  });

  test('the same by flags', async () => {
    answers.set('/flags', json(good));
    const gateway = await knowing([], {
      FRESHET_ISSUER: '', FRESHET_JWT_JWKS_URL: at(trusted, '/flags'), FRESHET_JWT_ISSUER: 'flags', FRESHET_JWT_CA_FILE: authority.file,
    });
    await eventually('its keys', async () => (await ask(gateway, alice('flags'))).status === 200);
  });

  test('are not taken from where they should not be, and the log says what was wrong', async () => {
    const of = (path: string, answer: Answer): string => {
      answers.set(path, answer);
      return at(trusted, path);
    };
    const keys = 'not a JWK Set: expected an object with an array `keys`';
    const document = (path: string, text: string): string => {
      answers.set(`${path}/.well-known/openid-configuration`, json(text));
      return at(trusted, path);
    };
    const elsewhere = await serve(stranger.certificate());
    const expired = await serve(authority.certificate(undefined, { expired: true }));
    const misnamed = await serve(authority.certificate(['DNS:elsewhere.example']));
    const plain = await serve();
    answers.set('/target', json(good));
    const cases: [url: string, said: string, discovery?: true][] = [
      [at(elsewhere, '/keys'), 'SSL certificate problem: unable to get local issuer certificate'],
      [at(expired, '/keys'), 'SSL certificate problem: certificate has expired'],
      [at(misnamed, '/keys'), "SSL: no alternative certificate subject name matches target host name 'localhost'"],
      [at(plain, '/keys'), '*wrong version number'],
      [of('/302', (_, response) => response.writeHead(302, { location: at(trusted, '/target') }).end()), 'HTTP status 302: redirections are not followed'],
      [of('/500', (_, response) => response.writeHead(500).end(good)), 'HTTP status 500 in place of 200'],
      [of('/204', (_, response) => response.writeHead(204).end()), 'HTTP status 204 in place of 200'],
      [of('/long', json(`{"keys":[${' '.repeat(262_144)}]}`)), 'more than 262144 bytes'],
      [of('/endless', (_, response) => {
        // In pieces and without a length, for as long as somebody reads.
        const more = (): void => void (response.destroyed || (response.write(' '.repeat(65_536)), setImmediate(more)));
        response.writeHead(200);
        more();
      }), 'more than 262144 bytes'],
      [of('/silent', () => undefined), 'no whole answer within 5 s'],
      [of('/slow', (_, response) => {
        response.writeHead(200).write('{"keys":');
        const drop = setInterval(() => (response.destroyed ? clearInterval(drop) : response.write(' ')), 200);
      }), 'no whole answer within 5 s'],
      [of('/html', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>')), keys],
      [of('/empty', json('')), keys],
      [of('/list', json('[]')), keys],
      [of('/other', json('{"keys": {}}')), keys],
      [of('/twice', json(`{"keys": [], "keys": []}`)), keys],
      [of('/many', json(set(...Array.from({ length: 101 }, (_, i) => jwk(key, `k${i}`))))), 'the JWK Set has more than 100 keys'],
      [of('/none', json('{"keys": []}')), 'none of its 0 keys is of use: expected public keys for signatures of an allowed algorithm'],
      [of('/useless', json(set({ kty: 'oct', k: 'AAAA' }, { ...jwk(key, 'x'), use: 'enc' }, { ...jwk(key, 'y'), d: 'AAAA' }))),
        'none of its 3 keys is of use: expected public keys for signatures of an allowed algorithm'],
      [document('/d-html', 'sign in'), 'not a JSON object', true],
      [document('/d-other', JSON.stringify({ issuer: 'https://other.example', jwks_uri: at(trusted, '/target') })),
        'its `issuer` is not the one that was configured', true],
      [document('/d-none', JSON.stringify({ issuer: at(trusted, '/d-none') })), 'it has no `jwks_uri`', true],
      [document('/d-plain', JSON.stringify({ issuer: at(trusted, '/d-plain'), jwks_uri: 'http://id.example/keys' })),
        'its `jwks_uri`: must begin with https:// (http:// only on this machine: localhost, 127.0.0.1, [::1])', true],
      [at(trusted, '/d-missing'), 'HTTP status 404 in place of 200', true],
    ];
    const gateway = await knowing(cases.map(([url, , discovery]) => ({
      ...(discovery === true ? { issuer: url, discovery } : { issuer: url, jwks_url: url }), ca_file: authority.file,
    })));
    for (const [url, said, discovery] of cases) {
      const where = discovery === true ? `${url}/.well-known/openid-configuration` : url;
      const line = await eventually(`what was wrong with ${where}`, () =>
        gateway.log().split('\n').find((text) => text.includes(`keys of tokens: ${where}: `)), { within: 20_000 });
      const rest = line.slice(line.indexOf(where) + where.length + 2);
      const lasting = said.startsWith('none of');
      const whole = lasting ? said : `${said}; no token can be verified until they can be`;
      if (said.startsWith('*')) expect(rest).toContain(whole.slice(1));
      else expect(rest).toBe(whole);
      // Nothing signs in by it: a set without keys is an answer, everything else is none.
      expect(await ask(gateway, alice(url)), url).toMatchObject(
        lasting ? { status: 401, body: { code: 'unauthenticated' } } : { status: 503, body: { code: 'overloaded', retryable: true } });
    }
    expect(trusted.times('/target')).toBe(0);
    // The others are none the wiser.
    expect((await gateway.http('/api/query', { path: 'docs.mine' })).status).toBe(200);
  });

  test('stay in use while the address fails in whatever way, and one key id that nobody knows is one reading', async () => {
    const another = await serve(authority.certificate());
    const failures: [path: string, answer: Answer][] = [
      ['/kept-500', (_, response) => response.writeHead(500).end()],
      ['/kept-html', (_, response) => response.writeHead(200).end('<html>')],
      ['/kept-302', (_, response) => response.writeHead(302, { location: at(trusted, '/target') }).end()],
      ['/kept-long', json(' '.repeat(300_000))],
    ];
    for (const [path] of failures) answers.set(path, json(good, { 'cache-control': 'max-age=3600' }));
    answers.set('/kept-away', json(good));
    const urls = [...failures.map(([path]) => at(trusted, path)), at(another, '/kept-away')];
    const gateway = await knowing(urls.map((url) => ({ issuer: url, jwks_url: url, ca_file: authority.file })));
    for (const url of urls) await eventually(`keys of ${url}`, async () => (await ask(gateway, alice(url))).status === 200);

    for (const [path, answer] of failures) answers.set(path, answer);
    await another.down();
    // The same address by another's certificate is as good as away.
    await another.up(stranger.certificate());
    const before = new Map(failures.map(([path]) => [path, trusted.times(path)]));
    for (const url of urls) {
      for (let i = 0; i < 10; i++) expect((await ask(gateway, alice(url, ecKey(), `invented-${i}`))).status, url).toBe(401);
      await eventually(`the failure of ${url}`, () =>
        gateway.log().split('\n').some((line) => line.includes(`keys of tokens: ${url}: `) && line.endsWith('; the keys read before stay in use')));
      expect((await ask(gateway, alice(url))).status, url).toBe(200);
    }
    // One for the key that nobody knows; what failed is tried again by itself after 2 s and more.
    for (const [path] of failures) expect(trusted.times(path) - (before.get(path) ?? 0), path).toBeLessThanOrEqual(4);
  });

  test('a key that was published since is read once, for all who come with it', async () => {
    const next = ecKey();
    answers.set('/rotating', json(good, { 'cache-control': 'max-age=3600' }));
    const url = at(trusted, '/rotating');
    const gateway = await knowing([{ issuer: url, jwks_url: url, ca_file: authority.file }]);
    await eventually('its keys', async () => (await ask(gateway, alice(url))).status === 200);
    answers.set('/rotating', json(set(jwk(next, 'two'))));
    const before = trusted.times('/rotating');
    const replies = await Promise.all(Array.from({ length: 8 }, () => ask(gateway, alice(url, next, 'two'))));
    expect(replies.map((reply) => reply.status)).toEqual(Array(8).fill(200));
    expect((await ask(gateway, alice(url))).status).toBe(401);
    expect((await ask(gateway, alice(url, ecKey(), 'three'))).status).toBe(401);
    expect(trusted.times('/rotating') - before).toBe(1);
  });

  test('a set from which a key was taken back opens nothing with it, even when none is left', async () => {
    answers.set('/emptied', json(good));
    const url = at(trusted, '/emptied');
    const gateway = await knowing([{ issuer: url, jwks_url: url, ca_file: authority.file }]);
    await eventually('its keys', async () => (await ask(gateway, alice(url))).status === 200);
    answers.set('/emptied', json('{"keys": []}'));
    expect((await ask(gateway, alice(url, ecKey(), 'unknown'))).status).toBe(401);
    expect((await ask(gateway, alice(url))).status).toBe(401);
    expect(gateway.log()).toContain(`${url}: none of its 0 keys is of use`);
  });

  test.each([
    ['is no file', () => '/no/such/file', '/no/such/file can\'t be read'],
    ['holds no certificate', () => {
      const path = join(authority.directory, 'empty.pem');
      writeFileSync(path, 'no certificate\n');
      return path;
    }, 'holds no PEM certificate (BEGIN CERTIFICATE)'],
  ])('a ca_file that %s ends the start', async (_, path, said) => {
    const gateway = await Gateway.start(cluster, {
      unready: true,
      settings: { ...none, FRESHET_ISSUER: JSON.stringify({ issuer: 'x', jwks_url: 'https://id.example/keys', ca_file: path() }) },
    });
    gateways.push(gateway);
    expect((await gateway.ended()).code).toBe(2);
    expect(gateway.log()).toContain('--issuer: ');
    expect(gateway.log()).toContain(said);
  });

  test('a ca_file without an address to read is refused', async () => {
    const gateway = await Gateway.start(cluster, {
      unready: true,
      settings: { ...none, FRESHET_ISSUER: JSON.stringify({ issuer: 'x', ca_file: authority.file, keys: [{ algorithm: 'ES256', key: key.verifyWith }] }) },
    });
    gateways.push(gateway);
    expect((await gateway.ended()).code).toBe(2);
    expect(gateway.log()).toContain('--issuer: ca_file is for the addresses of jwks_url and discovery');
  });
});
