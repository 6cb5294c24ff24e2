/** A real OpenID Connect issuer (oidc-provider) on a free port, with its keys and its absence under the test's control. */
import { createServer, type Server } from 'node:http';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider from 'oidc-provider';
import { freePort } from './port.ts';

export const AUDIENCE = 'urn:freshet:tests';

export class Issuer {
  readonly port: number;
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  #server: Server | undefined;
  #provider: Provider | undefined;
  #generation = 0;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<Issuer> {
    const issuer = new Issuer(await freePort());
    await issuer.rotate();
    await issuer.up();
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** New signing keys; the ones before are not published any more. */
  async rotate(): Promise<void> {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const key: JWK = { ...(await exportJWK(privateKey)), kid: `key-${++this.#generation}`, use: 'sig', alg: 'RS256' };
    this.#provider = new Provider(this.url, {
      jwks: { keys: [key] },
      clients: ['alice', 'bob'].map((client) => ({
        client_id: client,
        client_secret: `secret of ${client}`,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      })),
      ttl: { ClientCredentials: (_context, made) => (made as { resourceServer?: { accessTokenTTL?: number } }).resourceServer?.accessTokenTTL ?? 3600 },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context: unknown, resource: string) => ({
            scope: '',
            audience: resource,
            // The resource says how long its tokens live: urn:freshet:tests?ttl=3
            accessTokenTTL: Number(/ttl=(\d+)$/.exec(resource)?.[1] ?? 3600),
            accessTokenFormat: 'jwt' as const,
            jwt: { sign: { alg: 'RS256' as const } },
          }),
        },
      },
    });
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => {
      this.asked.push(request.url ?? '');
      void this.#provider?.callback()(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** An access token of the client, as a JWT for `audience`. */
  async token(client: 'alice' | 'bob', audience = AUDIENCE): Promise<string> {
    const reply = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${client}:${encodeURIComponent(`secret of ${client}`)}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
    });
    const body = (await reply.json()) as { access_token?: string };
    if (body.access_token === undefined) throw new Error(`no token: ${JSON.stringify(body)}`);
    return body.access_token;
  }

  /** How often the keys were read. */
  get readings(): number {
    return this.asked.filter((path) => path.startsWith('/jwks')).length;
  }
}
