/**
 * Processes that a test starts. Each dies with the process that started it (the kernel sends the signal, so a crashed or
 * killed test run leaves nothing behind), and each is stopped by its pid.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { within } from './deadline.ts';

export interface ChildOptions {
  env?: NodeJS.ProcessEnv;
  logFile: string;
  /** Signal sent by the kernel when the test's process ends. */
  deathSignal: 'KILL' | 'QUIT';
  /** Run as this user when the test runs as root. */
  user?: string;
}

export const isRoot = process.getuid?.() === 0;

/** Arguments that make the command run as `user` when we are root, and unchanged otherwise. */
export function asUser(user: string | undefined, deathSignal?: string): string[] {
  const options: string[] = [];
  if (deathSignal !== undefined) options.push('--pdeathsig', deathSignal);
  if (isRoot && user !== undefined) options.push('--reuid', user, '--regid', user, '--init-groups');
  return options.length === 0 ? [] : ['setpriv', ...options, '--'];
}

/** Runs a short command to its end; its output is in the error when it fails. */
export function run(command: string, args: string[], options: { user?: string; input?: string } = {}): string {
  const [file, ...rest] = [...asUser(options.user), command, ...args];
  const done = spawnSync(file as string, rest, { encoding: 'utf8', input: options.input ?? '', cwd: '/', maxBuffer: 1 << 28 });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}

/** The same without holding up the test's own event loop. */
export function runAside(command: string, args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { cwd: '/', maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${command}: ${stderr}${stdout}`));
      else resolve(stdout);
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

export class Child {
  readonly logFile: string;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #process: ChildProcess;
  #log: WriteStream;
  #running = true;

  constructor(command: string, args: string[], options: ChildOptions) {
    const [file, ...rest] = [...asUser(options.user, options.deathSignal), command, ...args];
    this.logFile = options.logFile;
    this.#log = createWriteStream(options.logFile, { flags: 'a' });
    this.#process = spawn(file as string, rest, {
      cwd: '/',
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout?.pipe(this.#log, { end: false });
    this.#process.stderr?.pipe(this.#log, { end: false });
    this.exited = new Promise((resolve) => {
      // What it said last may be read after its exit; whoever is told of its end finds all of it in the log.
      const done = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#running = false;
        this.#log.end(() => resolve({ code, signal }));
      };
      this.#process.once('exit', () => (this.#running = false));
      this.#process.once('close', done);
      this.#process.once('error', () => done(127, null));
    });
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the process did not start');
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#running;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#running) this.#process.kill(signal);
  }

  /** Sends the signal and waits for the end; after `ms` the process is killed and the call fails. */
  async stop(signal: NodeJS.Signals, ms = 20_000): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.signal(signal);
    try {
      return await within(ms, `end of process ${this.pid} after ${signal}`, this.exited);
    } catch (error) {
      this.signal('SIGKILL');
      await this.exited;
      throw error;
    }
  }

  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }
}
