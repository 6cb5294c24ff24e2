import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, preview, type PreviewServer } from "vite";
import { Cluster } from "../../../tests/harness/cluster.ts";
import { Gateway } from "../../../tests/harness/gateway.ts";
import { freePort } from "../../../tests/harness/port.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

/** A cluster with the example's schema and sample, a gateway, and the built page served beside it. */
export class IssuesStack {
  private constructor(
    readonly cluster: Cluster,
    readonly gateway: Gateway,
    private readonly server: PreviewServer,
    readonly url: string,
  ) {}

  static async start(): Promise<IssuesStack> {
    const cluster = await Cluster.start();
    let gateway: Gateway | undefined;
    try {
      await run(`${root}/db/load`, [cluster.url("owner")]);
      gateway = await Gateway.start(cluster);
      process.env["FRESHET_GATEWAY_URL"] = gateway.url;
      process.env["FRESHET_JWT_KEY"] = gateway.key.verifyWith;
      // The test runner's own NODE_ENV would make it a page with React's checks, ten times as slow.
      process.env["NODE_ENV"] = "production";
      await build({ root, logLevel: "warn" });
      const port = await freePort();
      const server = await preview({ root, logLevel: "error", preview: { port, strictPort: true } });
      return new IssuesStack(cluster, gateway, server, `http://127.0.0.1:${port}/`);
    } catch (error) {
      console.error(gateway?.log().slice(-4_000));
      await gateway?.remove();
      await cluster.remove();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.gateway.remove();
    await this.cluster.remove();
  }

  sql(text: string, values: unknown[] = []): Promise<unknown[][]> {
    return this.cluster.rows("owner", text, values);
  }

  async codegen(...options: string[]): Promise<string> {
    const bin = fileURLToPath(new URL("../../../client-sdk/packages/codegen/bin/freshet-codegen.mjs", import.meta.url));
    return (await run("node", [bin, "--url", this.gateway.url, ...options])).stdout;
  }

  /** The SQL tests beside the schema, as the owner, who is told to be anybody. */
  async sqlTests(): Promise<string> {
    await this.cluster.sql("admin", "GRANT EXECUTE ON FUNCTION freshet.as_user(jsonb), freshet.invoke(text, jsonb) TO freshet_owner");
    const binary = process.env["FRESHET_BIN"] ?? fileURLToPath(new URL("../../../build/release/sidecar/src/app/freshet", import.meta.url));
    return (await run(binary, ["test", `${root}/db`], { env: { FRESHET_OWNER_URL: this.cluster.url("owner") } })).stdout;
  }
}
