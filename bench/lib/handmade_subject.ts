/** The hand-made baseline as a subject: its server is a process of its own, and its clients replace whole values. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { Child } from '../../tests/harness/child.ts';
import type { Cluster } from '../../tests/harness/cluster.ts';
import { eventually } from '../../tests/harness/deadline.ts';
import { freePort } from '../../tests/harness/port.ts';
import type { Message } from './chat.ts';
import type { Applied, Subject } from './subject.ts';

const server = new URL('../baselines/handmade/server.ts', import.meta.url).pathname;

export class Handmade implements Subject {
  readonly name = 'handmade';
  #child: Child;
  #port: number;
  #directory: string;
  #sockets: WebSocket[] = [];
  #held = new Map<number, Map<WebSocket, Message[]>>();

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

  async subscribe(sockets: number[][], applied: Applied): Promise<void> {
    const open = async (channels: number[]): Promise<void> => {
      const socket = new WebSocket(`ws://127.0.0.1:${this.#port}`, { perMessageDeflate: false });
      this.#sockets.push(socket);
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      let results = 0;
      socket.on('message', (data) => {
        const { channel, rows } = JSON.parse(data.toString()) as { channel: number; rows: Message[] };
        const clients = this.#held.get(channel) ?? new Map<WebSocket, Message[]>();
        if (!clients.has(socket)) results++;
        clients.set(socket, rows);
        this.#held.set(channel, clients);
        applied(socket, channel, rows);
      });
      for (const channel of channels) socket.send(JSON.stringify({ channel }));
      await eventually('first results', () => results === channels.length, { within: 120_000 });
    };
    for (let i = 0; i < sockets.length; i += 50) await Promise.all(sockets.slice(i, i + 50).map(open));
  }

  held(channel: number): Message[][] {
    return [...(this.#held.get(channel)?.values() ?? [])];
  }

  fences(): Promise<string> {
    return Promise.resolve('–');
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    await this.#child.stop('SIGTERM', 10_000);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
