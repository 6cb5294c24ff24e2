/** The clients of a load run: one process of bench/clients, spoken to by lines, so that the load costs less than what it measures. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface ClientPlan {
  dialect: 'freshet' | 'handmade';
  port: number;
  /** Of the live query; its only argument is `channel`. */
  path: string;
  sockets: { token?: string; channels: number[] }[];
}

const binary = process.env['FRESHET_BENCH_CLIENTS'] ?? new URL('../../build/release/bench/clients/bench_clients', import.meta.url).pathname;

export class Clients {
  readonly subscribeSeconds: number;
  #process: ChildProcessByStdio<Writable, Readable, null>;
  #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, lines: AsyncIterator<string>, subscribeSeconds: number) {
    this.#process = child;
    this.#lines = lines;
    this.subscribeSeconds = subscribeSeconds;
  }

  /** Resolves when every client has every result. */
  static async start(plan: ClientPlan): Promise<Clients> {
    if (!existsSync(binary)) throw new Error(`${binary} is not built: cmake --preset release -DFRESHET_BENCH=ON && ninja -C build/release bench_clients`);
    const child = spawn(binary, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stdin.write(`${JSON.stringify(plan)}\n`);
    try {
      const ready = await nextLine(lines);
      return new Clients(child, lines, Number(ready.slice('ready '.length)));
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** From here on only rows with a higher id count as arrivals. */
  async reset(newest: number): Promise<void> {
    await this.#ask(`reset ${newest}`);
  }

  async counts(): Promise<{ arrivals: number; frames: number }> {
    const [, arrivals, frames] = (await this.#ask('count')).split(' ').map(Number);
    return { arrivals: arrivals ?? 0, frames: frames ?? 0 };
  }

  /** By row id: when each client had it, in milliseconds of the wall clock. */
  async arrivals(): Promise<Map<number, number[]>> {
    const found = new Map<number, number[]>();
    for (const line of await this.#list('arrivals')) {
      const [id, at] = line.split(' ').map(Number) as [number, number];
      const list = found.get(id);
      if (list === undefined) found.set(id, [at / 1000]);
      else list.push(at / 1000);
    }
    return found;
  }

  /** By channel: the row ids that each of its clients holds. */
  async held(): Promise<Map<number, string[]>> {
    const found = new Map<number, string[]>();
    for (const line of await this.#list('held')) {
      const [channel, ids] = line.split(' ') as [string, string];
      found.set(Number(channel), [...(found.get(Number(channel)) ?? []), ids]);
    }
    return found;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode !== null) return;
    this.#process.kill('SIGKILL');
    await ended;
  }

  async #ask(command: string): Promise<string> {
    this.#process.stdin.write(`${command}\n`);
    return nextLine(this.#lines);
  }

  async #list(command: string): Promise<string[]> {
    this.#process.stdin.write(`${command}\n`);
    const lines: string[] = [];
    for (let line = await nextLine(this.#lines); line !== '.'; line = await nextLine(this.#lines)) lines.push(line);
    return lines;
  }
}

async function nextLine(lines: AsyncIterator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done === true) throw new Error('the load clients have ended');
  if (value.startsWith('error ')) throw new Error(`load clients: ${value.slice('error '.length)}`);
  return value;
}
