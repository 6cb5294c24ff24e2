import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Child, freePort, until } from "./child.js";
import { findPostgres } from "./programs.js";
import { withClient } from "./test_database.js";

export interface TestServerOptions {
  /** The folder of PostgreSQL's programs. Default: FRESHET_PG_BIN, the PATH, or the newest in /usr/lib/postgresql. */
  readonly postgres?: string;
  /** Settings beside those that Freshet needs. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface TestServer {
  /** URL of a superuser. */
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL server of its own in a temporary folder, gone when it is stopped or this process ends. createTestBackend() starts one by itself;
 * start one in the global set-up of a test runner to share it among workers:
 *
 *     export default async function () {
 *       const server = await startTestServer();
 *       process.env.FRESHET_TEST_ADMIN_URL = server.adminUrl;
 *       return () => server.stop();
 *     }
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const bin = findPostgres(options.postgres);
  const folder = mkdtempSync(join(tmpdir(), "freshet-testing-"));
  const user = serverUser();
  try {
    if (user !== undefined) {
      chownSync(folder, user.uid, user.gid);
      chmodSync(folder, 0o755);
    }
    const data = join(folder, "data");
    const initdb = ["-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync"];
    execFileSync(join(bin, "initdb"), initdb, { ...user, stdio: ["ignore", "ignore", "pipe"] });
    const port = await freePort();
    const settings = {
      wal_level: "logical",
      fsync: "off",
      max_connections: "200",
      max_wal_senders: "50",
      max_replication_slots: "50",
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      ...options.settings,
      port: String(port),
    };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = new Child(join(bin, "postgres"), ["-D", data, ...flags], { ...user, signal: "QUIT", folder });
    const adminUrl = `postgresql://postgres@127.0.0.1:${port}/postgres`;
    const answers = () => withClient(adminUrl, async () => true).catch(() => false);
    await until(answers, server, () => `PostgreSQL did not start:\n${server.log()}`);
    return { adminUrl, stop: () => server.stop() };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** PostgreSQL refuses to run as root: its own user then does. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const id = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}
