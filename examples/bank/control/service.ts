import { spawn, type ChildProcess } from "node:child_process";

export interface ServiceOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Answers 200 when the service can be used. */
  readonly healthUrl: string;
}

/** A server of the demo that is started again whenever it ends: after a SIGKILL from here as after any other end. It ends with us. */
export class Service {
  isUp = false;
  private process: ChildProcess | undefined;
  private isStopped = false;
  private readonly exits = new Set<() => void>();

  constructor(private readonly options: ServiceOptions) {
    this.start();
    void this.watch();
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  kill(): void {
    this.isUp = false;
    this.process?.kill("SIGKILL");
  }

  async up(withinMs: number): Promise<void> {
    const end = performance.now() + withinMs;
    while (!this.isUp) {
      if (performance.now() > end) {
        throw new Error(`${this.options.name} is not up after ${withinMs} ms`);
      }
      await pause(25);
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    if (this.process !== undefined) {
      const ended = new Promise<void>((resolve) => this.exits.add(resolve));
      this.process.kill("SIGKILL");
      await ended;
    }
  }

  private start(): void {
    const { command, args, env, name } = this.options;
    // The kernel ends it should we be killed.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", command, ...args], { env, stdio: ["ignore", "inherit", "inherit"] });
    this.process = child;
    const ended = () => {
      if (this.process !== child) {
        return;
      }
      this.process = undefined;
      this.isUp = false;
      this.exits.forEach((exit) => exit());
      if (!this.isStopped) {
        setTimeout(() => this.isStopped || this.start(), 300);
      }
    };
    child.once("exit", ended);
    child.once("error", (error) => {
      console.error(`${name}: ${error.message}`);
      ended();
    });
  }

  private async watch(): Promise<void> {
    while (!this.isStopped) {
      const asked = this.process;
      const isHealthy = await isOk(this.options.healthUrl);
      // What answered may have been killed meanwhile.
      this.isUp = isHealthy && asked !== undefined && asked === this.process && !asked.killed;
      await pause(this.isUp ? 250 : 50);
    }
  }
}

async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
