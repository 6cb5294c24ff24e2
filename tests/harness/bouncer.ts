/** A PgBouncer on a free port, before a cluster's server, with the configuration that it is given. */
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, isRoot, run } from './child.ts';
import type { Cluster, Role } from './cluster.ts';
import { eventually } from './deadline.ts';
import { freePort } from './port.ts';

export class Bouncer {
  readonly #directory = mkdtempSync(join(tmpdir(), 'freshet-test-bouncer-'));
  #port = 0;
  #process: Child | undefined;

  /** `configuration` names the server's port 5432 and its own 6432, for which the real ones are put. */
  static async start(cluster: Cluster, configuration: string): Promise<Bouncer> {
    const bouncer = new Bouncer();
    bouncer.#port = await freePort();
    const users = Object.keys(cluster.passwords).map((role) => {
      const url = new URL(cluster.url(role as Role));
      return `"${url.username}" "${url.password}"\n`;
    });
    bouncer.#write('userlist.txt', users.join(''));
    bouncer.#write(
      'pgbouncer.ini',
      configuration.replaceAll('5432', String(cluster.port)).replaceAll('6432', String(bouncer.#port)).replace('userlist.txt', join(bouncer.#directory, 'userlist.txt')),
    );
    // It refuses to run as root.
    if (isRoot) chownSync(bouncer.#directory, userId(), -1);
    bouncer.#process = new Child('/usr/sbin/pgbouncer', [join(bouncer.#directory, 'pgbouncer.ini')], {
      logFile: join(bouncer.#directory, 'log'),
      deathSignal: 'KILL',
      user: 'postgres',
    });
    const process = bouncer.#process;
    await eventually('PgBouncer listens', async () => {
      if (!process.running) throw new Error(process.log());
      return /process up/.test(process.log());
    });
    return bouncer;
  }

  /** The address of a role's connections through it. */
  url(cluster: Cluster, role: Role): string {
    return cluster.url(role).replace(`:${cluster.port}/`, `:${this.#port}/`);
  }

  async stop(): Promise<void> {
    await this.#process?.stop('SIGINT').catch(() => undefined);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #write(name: string, text: string): void {
    const file = join(this.#directory, name);
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    if (isRoot) chownSync(file, userId(), -1);
  }
}

const userId = (): number => Number(run('id', ['-u', 'postgres']));
