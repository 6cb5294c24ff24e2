/** The hand-made baseline as a subject: its server is a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../tests/harness/child.ts';
import type { Cluster } from '../../tests/harness/cluster.ts';
import { eventually } from '../../tests/harness/deadline.ts';
import { freePort } from '../../tests/harness/port.ts';
import type { ClientPlan } from './clients.ts';
import type { Subject } from './subject.ts';

const server = new URL('../baselines/handmade/server.ts', import.meta.url).pathname;

export class Handmade implements Subject {
  readonly name = 'handmade';
  #child: Child;
  #port: number;
  #directory: string;

  private constructor(child: Child, port: number, directory: string) {
    this.#child = child;
    this.#port = port;
    this.#directory = directory;
  }

  static async start(cluster: Cluster): Promise<Handmade> {
    const port = await freePort();
    const directory = mkdtempSync(join(tmpdir(), 'freshet-bench-handmade-'));
    const child = new Child(process.execPath, ['--import', import.meta.resolve('tsx'), server], {
      logFile: join(directory, 'log'),
      deathSignal: 'KILL',
      // A superuser: the standard plugin is allowed for it, and ours stays the gateway's alone.
      env: { PATH: process.env['PATH'], DATABASE_URL: cluster.url('admin'), PORT: String(port) },
    });
    await eventually('the hand-made server listens', () => {
      if (!child.running) throw new Error(child.log());
      return child.log().includes('listening');
    }, { within: 30_000 });
    return new Handmade(child, port, directory);
  }

  get pid(): number {
    return this.#child.pid;
  }

  plan(sockets: number[][]): ClientPlan {
    return { dialect: 'handmade', port: this.#port, path: '', sockets: sockets.map((channels) => ({ channels })) };
  }

  fences(): Promise<string> {
    return Promise.resolve('–');
  }

  async stop(): Promise<void> {
    await this.#child.stop('SIGTERM', 10_000);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
