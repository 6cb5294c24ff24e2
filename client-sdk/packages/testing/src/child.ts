import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";

// $1 the signal that ends it, $2 a folder to remove afterwards. The program does not get the pipe: only the guard reads it.
const script = `
signal=$1 folder=$2; shift 2
"$@" 3<&- & pid=$!
(read -r _ <&3; kill -"$signal" "$pid") 2>/dev/null & guard=$!
exec 3<&-
wait "$pid"; status=$?
kill "$guard" 2>/dev/null
if [ -n "$folder" ]; then rm -rf "$folder"; fi
exit "$status"`;

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** What ends it in order. */
  readonly signal: "TERM" | "QUIT";
  /** Removed when it has ended. */
  readonly folder?: string;
}

/** A process that ends with us, however we end: a shell beside it waits for our end of a pipe to close. */
export class Child {
  private readonly child: ChildProcess;
  private output = "";
  private readonly ended: Promise<void>;

  constructor(program: string, args: readonly string[], options: ChildOptions) {
    const { signal, folder, ...rest } = options;
    this.child = spawn("/bin/sh", ["-c", script, "sh", signal, folder ?? "", program, ...args], { ...rest, stdio: ["ignore", "pipe", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output = (this.output + text).slice(-20_000)));
    }
    this.ended = new Promise((resolve) => {
      this.child.once("error", (error) => {
        this.output += error.message;
        resolve();
      });
      this.child.once("exit", () => resolve());
    });
    // It must not keep the test runner from ending.
    this.child.unref();
    for (const stream of this.child.stdio) {
      (stream as { unref?: () => void } | null)?.unref?.();
    }
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
  }

  /** What it wrote last. */
  log(): string {
    return this.output;
  }

  async stop(): Promise<void> {
    (this.child.stdio[3] as { destroy?: () => void } | null)?.destroy?.();
    await this.ended;
  }
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks until it is so; gives up with `failed()` when the child has ended or half a minute has passed. */
export async function until(isSo: () => Promise<boolean>, child: Child, failed: () => string): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await isSo())) {
    if (!child.isRunning || Date.now() > end) {
      throw new Error(failed());
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
