/** A throwaway Postgres server with the extension's three roles, one per test file. */
import { chownSync, existsSync, mkdtempSync, renameSync, rmSync, statSync, chmodSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Child, isRoot, run, runAside } from './child.ts';
import { eventually } from './deadline.ts';
import { freePort } from './port.ts';

const MAJOR = process.env['FRESHET_PG_MAJOR'] ?? '15';
/** Of the server under test: pg_dump, psql and the like. */
export const BIN = process.env['FRESHET_PG_BIN'] ?? `/usr/lib/postgresql/${MAJOR}/bin`;
const USER = 'postgres';

// 64-bit integers stay text and timestamps stay as Postgres writes them: tests compare what the server said.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => text);
for (const type of [pg.types.builtins.TIMESTAMP, pg.types.builtins.TIMESTAMPTZ, pg.types.builtins.DATE, pg.types.builtins.JSON, pg.types.builtins.JSONB]) {
  pg.types.setTypeParser(type, (text: string) => text);
}

export type Role = 'admin' | 'owner' | 'call' | 'stream';

export interface ClusterOptions {
  /** fsync on: for tests whose subject is what a crash leaves. */
  durable?: boolean;
  settings?: Record<string, string>;
  /** False leaves database and roles bare: for tests of what is said when something is missing. */
  extension?: boolean;
  /** A system identifier of its own, for tests in which two clusters must differ. */
  fresh?: boolean;
}

const ROLE_NAMES: Record<Role, string> = {
  admin: 'postgres',
  owner: 'freshet_owner',
  call: 'freshet_call',
  stream: 'freshet_stream',
};

export class Cluster {
  readonly directory: string;
  readonly database = 'app';
  readonly passwords: Record<Role, string>;
  port = 0;
  #settings: Record<string, string>;
  #server: Child | undefined;
  #clients = new Set<pg.Client>();

  private constructor(options: ClusterOptions) {
    this.directory = mkdtempSync(join(tmpdir(), 'freshet-test-pg-'));
    const secret = (): string => randomBytes(12).toString('hex');
    this.passwords = { admin: secret(), owner: secret(), call: secret(), stream: secret() };
    this.#settings = {
      wal_level: 'logical',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.directory,
      shared_buffers: '64MB',
      max_connections: '200',
      log_min_messages: 'warning',
      log_line_prefix: '%m [%p] %u ',
      ...(options.durable === true ? {} : { fsync: 'off' }),
      ...options.settings,
    };
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(options);
    try {
      cluster.#makeData(options.fresh === true);
      cluster.port = await freePort();
      await cluster.boot();
      await cluster.#makeRoles(options.extension !== false);
      return cluster;
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  get data(): string {
    return join(this.directory, 'data');
  }

  get serverPid(): number {
    if (this.#server === undefined) throw new Error('the server is not running');
    return this.#server.pid;
  }

  url(role: Role, database = this.database): string {
    return `postgresql://${ROLE_NAMES[role]}:${this.passwords[role]}@127.0.0.1:${this.port}/${database}`;
  }

  /** Starts the server on its port and waits until it accepts connections. */
  async boot(settings: Record<string, string> = {}): Promise<void> {
    const flags = Object.entries({ ...this.#settings, ...settings, port: String(this.port) }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const server = new Child(`${BIN}/postgres`, ['-D', this.data, ...flags], {
      logFile: join(this.directory, 'server.log'),
      deathSignal: 'QUIT',
      user: USER,
    });
    this.#server = server;
    await eventually(
      'PostgreSQL accepts connections',
      async () => {
        if (!server.running) throw new Error(server.log());
        const client = new pg.Client({ connectionString: this.#adminUrl('postgres') });
        client.on('error', () => undefined);
        await client.connect();
        await client.end();
        return true;
      },
      { within: 60_000, every: 50 },
    );
  }

  /** `fast` ends sessions and writes a checkpoint; `immediate` is what a power cut leaves. */
  async halt(mode: 'fast' | 'immediate'): Promise<void> {
    await this.#server?.stop(mode === 'fast' ? 'SIGINT' : 'SIGQUIT', 60_000);
    this.#server = undefined;
  }

  async restart(mode: 'fast' | 'immediate'): Promise<void> {
    await this.halt(mode);
    await this.boot();
  }

  async remove(): Promise<void> {
    for (const client of this.#clients) await client.end().catch(() => undefined);
    await this.halt('immediate').catch(() => undefined);
    if (process.env['FRESHET_KEEP'] === undefined) rmSync(this.directory, { recursive: true, force: true });
  }

  /** A connection of its own; closed with the cluster unless closed before. */
  async connect(role: Role, options: { database?: string; settings?: Record<string, string> } = {}): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url(role, options.database),
      application_name: 'test',
      options: Object.entries(options.settings ?? {}).map(([name, value]) => `-c ${name}=${value}`).join(' '),
    });
    // A server that is stopped under a connection is part of many tests; queries report it themselves.
    client.on('error', () => undefined);
    await client.connect();
    this.#clients.add(client);
    client.once('end', () => this.#clients.delete(client));
    return client;
  }

  /** Runs SQL (several statements allowed) on a connection of its own. */
  async sql(role: Role, text: string): Promise<void> {
    const client = await this.connect(role);
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }

  /** Rows of one statement as arrays of text-like values. */
  async rows<T extends unknown[] = unknown[]>(role: Role, text: string, values: unknown[] = []): Promise<T[]> {
    const client = await this.connect(role);
    try {
      return (await client.query({ text, values, rowMode: 'array' })).rows as T[];
    } finally {
      await client.end();
    }
  }

  /** The real psql, as people use it: COPY, \\gexec and the like. */
  psql(role: Role, script: string, args: string[] = []): Promise<string> {
    return runAside(`${BIN}/psql`, [this.url(role), '-X', '-q', '-At', '-v', 'ON_ERROR_STOP=1', ...args], script);
  }

  log(): string {
    return readFileSync(join(this.directory, 'server.log'), 'utf8');
  }

  #adminUrl(database: string): string {
    return `postgresql://postgres@/${database}?host=${encodeURIComponent(this.directory)}&port=${this.port}`;
  }

  #makeData(fresh: boolean): void {
    if (isRoot) {
      const uid = Number(run('id', ['-u', USER]));
      chownSync(this.directory, uid, Number(run('id', ['-g', USER])));
      chmodSync(this.directory, 0o755);
    }
    if (fresh) initdb(this.data);
    else run('cp', ['-a', template(), this.data], { user: USER });
  }

  async #makeRoles(extension: boolean): Promise<void> {
    const admin = new pg.Client({ connectionString: this.#adminUrl('postgres') });
    await admin.connect();
    await admin.query(`
      ALTER ROLE postgres PASSWORD '${this.passwords.admin}';
      CREATE ROLE freshet_owner LOGIN PASSWORD '${this.passwords.owner}';
      CREATE ROLE freshet_call LOGIN PASSWORD '${this.passwords.call}';
      CREATE ROLE freshet_stream LOGIN REPLICATION PASSWORD '${this.passwords.stream}'`);
    await admin.query(`CREATE DATABASE ${this.database} OWNER freshet_owner`);
    await admin.end();
    if (extension) {
      await this.sql('admin', `CREATE EXTENSION freshet; SELECT freshet.grant_gateway('freshet_call', 'freshet_stream')`);
    }
  }
}

function initdb(directory: string): void {
  run(`${BIN}/initdb`, ['-D', directory, '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--auth-local=trust', '--auth-host=scram-sha-256', '--no-sync'], { user: USER });
}

/** initdb takes seconds; its result is copied. Made under another name first, since several test files start at once. */
function template(): string {
  const owner = isRoot ? Number(run('id', ['-u', USER])) : (process.getuid?.() ?? 0);
  const version = run(`${BIN}/postgres`, ['--version']).trim().replace(/[^0-9.]+/g, '-');
  const final = join(tmpdir(), `freshet-initdb${version}-${owner}`);
  if (!existsSync(join(final, 'PG_VERSION'))) {
    const made = run('mktemp', ['-d', join(tmpdir(), 'freshet-initdb-XXXXXX')], { user: USER }).trim();
    initdb(join(made, 'data'));
    try {
      renameSync(join(made, 'data'), final);
    } catch {
      // Another file's template came first.
    }
    rmSync(made, { recursive: true, force: true });
  }
  // Anybody may make a name in /tmp: what we copy must be our own.
  if (statSync(final).uid !== owner) throw new Error(`${final} belongs to somebody else: remove it`);
  return final;
}
