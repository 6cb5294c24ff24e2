import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Child } from "../../../tests/harness/child.ts";
import { Cluster } from "../../../tests/harness/cluster.ts";
import { eventually } from "../../../tests/harness/deadline.ts";
import { gatewayBinary } from "../../../tests/harness/gateway.ts";
import { freePort } from "../../../tests/harness/port.ts";
import type { Command, Status } from "../control/status.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

/** A cluster with the bank, and the demo as people start it: the built control server with everything that it starts. */
export class BankStack {
  private constructor(
    readonly cluster: Cluster,
    private readonly control: Child,
    readonly url: string,
  ) {}

  static async start(): Promise<BankStack> {
    const [cluster] = await Promise.all([Cluster.start(), run("npm", ["run", "--silent", "build"], { cwd: root, env: { ...process.env, NODE_ENV: "production" } })]);
    let stack: BankStack | undefined;
    try {
      await run(`${root}/db/load`, [cluster.url("owner")]);
      const port = await freePort();
      const control = new Child(process.execPath, [`${root}/dist/server/control.js`], {
        logFile: `${cluster.directory}/control.log`,
        deathSignal: "KILL",
        env: {
          PATH: process.env["PATH"],
          BANK_PORT: String(port),
          FRESHET_BIN: gatewayBinary,
          FRESHET_OWNER_URL: cluster.url("owner"),
          FRESHET_DATABASE_URL: cluster.url("call"),
          FRESHET_REPLICATION_URL: cluster.url("stream"),
          FRESHET_JWT_ALGORITHM: "HS256",
          FRESHET_JWT_KEY: "a secret of thirty-two bytes or more",
        },
      });
      const started = (stack = new BankStack(cluster, control, `http://127.0.0.1:${port}/`));
      await eventually(
        "the demo answers",
        () => (control.running ? started.status() : Promise.reject(new Error("it has ended"))),
        { within: 60_000, every: 100 },
      );
      return stack;
    } catch (error) {
      console.error(stack?.log());
      await stack?.control.stop("SIGKILL");
      await cluster.remove();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.control.stop("SIGTERM").catch(() => undefined);
    await this.cluster.remove();
  }

  log(): string {
    return this.control.log().slice(-6_000);
  }

  async status(): Promise<Status> {
    return (await (await fetch(`${this.url}control/status`)).json()) as Status;
  }

  async do(command: Command): Promise<Status> {
    const response = await fetch(`${this.url}control/do`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(command) });
    if (!response.ok) {
      throw new Error(await response.text());
    }
    return (await response.json()) as Status;
  }

  sql(text: string, values: unknown[] = []): Promise<unknown[][]> {
    return this.cluster.rows("owner", text, values);
  }

  async codegen(...options: string[]): Promise<string> {
    const bin = fileURLToPath(new URL("../../../client-sdk/packages/codegen/bin/freshet-codegen.mjs", import.meta.url));
    return (await run("node", [bin, "--url", this.url, ...options])).stdout;
  }
}
