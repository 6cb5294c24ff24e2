/** Certificates made by openssl for one test file, and an https server whose every answer the test decides. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './child.ts';

export interface Certificate {
  key: string;
  cert: string;
}

/** A certificate authority of its own. */
export class Authority {
  readonly directory = mkdtempSync(join(tmpdir(), 'freshet-test-tls-'));
  #made = 0;

  constructor(name = 'Freshet test authority') {
    this.#openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`,
      '-keyout', this.#path('ca.key'), '-out', this.file);
  }

  /** Its own certificate: what `ca_file` names. */
  get file(): string {
    return this.#path('ca.pem');
  }

  /** A server's certificate for `names` (DNS:… and IP:…); `expired`: yesterday was its last day. */
  certificate(names: string[] = ['DNS:localhost', 'IP:127.0.0.1'], options: { expired?: boolean } = {}): Certificate {
    const name = `server-${++this.#made}`;
    const [key, request, cert, extensions] = ['key', 'csr', 'pem', 'ext'].map((kind) => this.#path(`${name}.${kind}`)) as [string, string, string, string];
    writeFileSync(extensions, `subjectAltName=${names.join(',')}\n`);
    this.#openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=test', '-keyout', key, '-out', request);
    this.#openssl('x509', '-req', '-in', request, '-CA', this.file, '-CAkey', this.#path('ca.key'), '-CAcreateserial',
      '-days', options.expired === true ? '-1' : '2', '-extfile', extensions, '-out', cert);
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.directory, name);
  }

  #openssl(...args: string[]): void {
    run('openssl', args);
  }
}

/** One server on a port of 127.0.0.1 that it keeps over down() and up(). */
export class Endpoint {
  /** Paths that were asked for, in order. */
  readonly asked: string[] = [];
  #server: Server | undefined;
  #port = 0;
  readonly #answer: RequestListener;

  private constructor(answer: RequestListener) {
    this.#answer = answer;
  }

  /** Without a certificate: plain http. */
  static async start(answer: RequestListener, certificate?: Certificate): Promise<Endpoint> {
    const endpoint = new Endpoint(answer);
    await endpoint.up(certificate);
    return endpoint;
  }

  get port(): number {
    return this.#port;
  }

  times(path: string): number {
    return this.asked.filter((asked) => asked === path).length;
  }

  async up(certificate?: Certificate): Promise<void> {
    const listener: RequestListener = (request, response) => {
      this.asked.push(request.url ?? '');
      this.#answer(request, response);
    };
    const server = certificate === undefined ? createServer(listener) : createTlsServer(certificate, listener);
    // A client that refuses the certificate is part of many tests.
    server.on('tlsClientError', () => undefined);
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
