/** A gateway process on a free port, with its settings, failpoints and death under the test's control. */
import { mkdtempSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';
import type { Cluster } from './cluster.ts';
import { eventually } from './deadline.ts';
import { freePort } from './port.ts';
import { SyncClient, type ClientOptions } from './sync_client.ts';
import { hmacKey, token, type Claims, type SigningKey } from './token.ts';

export const gatewayBinary =
  process.env['FRESHET_BIN'] ?? new URL('../../build/release/sidecar/src/app/freshet', import.meta.url).pathname;

/** What signs the tokens of a gateway that was given no key. */
export const defaultKey = hmacKey('a secret of thirty-two bytes or more');

export interface GatewayOptions {
  key?: SigningKey;
  /** Further settings, by environment: { FRESHET_…: value }. */
  settings?: Record<string, string>;
  /** Failpoints as sidecar/src/base/failpoint.h reads them: 'name=crash@3'. */
  failpoint?: string;
  /** Do not wait for /ready: for tests of what is said when something is missing. */
  unready?: boolean;
}

export interface HttpReply {
  status: number;
  body: unknown;
  headers: Headers;
}

export class Gateway {
  readonly directory = mkdtempSync(join(tmpdir(), 'freshet-test-gateway-'));
  readonly key: SigningKey;
  readonly port: number;
  #cluster: Cluster;
  #options: GatewayOptions;
  #process: Child | undefined;
  #clients = new Set<SyncClient>();

  private constructor(cluster: Cluster, port: number, options: GatewayOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.port = port;
    this.key = options.key ?? defaultKey;
  }

  static async start(cluster: Cluster, options: GatewayOptions = {}): Promise<Gateway> {
    const gateway = new Gateway(cluster, await freePort(), options);
    try {
      await gateway.boot();
      return gateway;
    } catch (error) {
      await gateway.remove();
      throw error;
    }
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error('the gateway is not running');
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Starts the process on the port that it has for life; `settings` are for this start only. */
  async boot(settings: Record<string, string> = {}): Promise<void> {
    if (!existsSync(gatewayBinary)) throw new Error(`${gatewayBinary} is not built: scripts/dev build freshet`);
    const gateway = new Child(gatewayBinary, ['serve'], {
      logFile: join(this.directory, 'gateway.log'),
      deathSignal: 'KILL',
      env: {
        PATH: process.env['PATH'],
        FRESHET_DATABASE_URL: this.#cluster.url('call'),
        FRESHET_REPLICATION_URL: this.#cluster.url('stream'),
        FRESHET_LISTEN: `127.0.0.1:${this.port}`,
        FRESHET_JWT_ALGORITHM: this.key.algorithm,
        FRESHET_JWT_KEY: this.key.verifyWith,
        ...(this.#options.failpoint === undefined ? {} : { FRESHET_FAILPOINTS: this.#options.failpoint }),
        ...this.#options.settings,
        ...settings,
      },
    });
    this.#process = gateway;
    if (this.#options.unready !== true) await this.ready();
  }

  async ready(within = 30_000): Promise<void> {
    const ended = this.ended().then(() => {
      throw new Error(`the gateway has ended: ${this.log().slice(-2000)}`);
    });
    const ready = eventually(
      'the gateway is ready',
      async () => {
        const reply = await fetch(`${this.url}/ready`);
        if (!reply.ok) throw new Error(await reply.text());
        return true;
      },
      { within, every: 20 },
    );
    // Whichever comes second says nothing to anybody.
    for (const either of [ended, ready]) either.catch(() => undefined);
    await Promise.race([ready, ended]);
  }

  /** Ends the process and says how it ended. */
  async stop(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (this.#process === undefined) throw new Error('the gateway is not running');
    return this.#process.stop(signal);
  }

  /** Waits for an end that the process makes itself: a failpoint, a refusal to start. */
  async ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (this.#process === undefined) throw new Error('the gateway is not running');
    return this.#process.exited;
  }

  async remove(): Promise<void> {
    for (const client of this.#clients) await client.cut().catch(() => undefined);
    if (this.running) await this.stop('SIGKILL').catch(() => undefined);
    if (process.env['FRESHET_KEEP'] === undefined) rmSync(this.directory, { recursive: true, force: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get syncUrl(): string {
    return `ws://127.0.0.1:${this.port}/sync`;
  }

  token(claims: Claims): string {
    return token(this.key, claims);
  }

  /** A connected client; `as` are the claims of its token, null is anonymous. */
  async client(as: Claims | null = null, options: Omit<ClientOptions, 'token'> = {}): Promise<SyncClient> {
    const client = new SyncClient(this.syncUrl, { ...options, ...(as === null ? {} : { token: this.token(as) }) });
    this.#clients.add(client);
    await client.connect();
    return client;
  }

  async http(
    path: string,
    body?: unknown,
    options: { as?: Claims; headers?: Record<string, string>; method?: string } = {},
  ): Promise<HttpReply> {
    const reply = await fetch(`${this.url}${path}`, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.as === undefined ? {} : { authorization: `Bearer ${this.token(options.as)}` }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await reply.text();
    const json = (reply.headers.get('content-type') ?? '').includes('json');
    return { status: reply.status, body: json ? JSON.parse(text) : text, headers: reply.headers };
  }

  /** One value of /metrics, by name and (optionally) a part of its labels; absent is 0. */
  async metric(name: string, labels = ''): Promise<number> {
    const text = (await this.http('/metrics')).body as string;
    let sum = 0;
    for (const line of text.split('\n')) {
      const found = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^}]*\})? ([^ ]+)$/.exec(line);
      if (found?.[1] === name && (found[2] ?? '').includes(labels)) sum += Number(found[3]);
    }
    return sum;
  }

  log(): string {
    return this.#process?.log() ?? '';
  }
}
