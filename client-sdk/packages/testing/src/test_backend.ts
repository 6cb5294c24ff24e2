import { randomBytes } from "node:crypto";
import { FreshetClient, type ClientOptions, type WebSocketConstructor } from "@freshet/client";
import { WebSocket } from "ws";
import { Child, freePort, until } from "./child.js";
import { findGateway } from "./programs.js";
import { createDatabase, withClient, type Apply, type TestDatabase } from "./test_database.js";
import { startTestServer, type TestServer } from "./test_server.js";
import { signToken } from "./token.js";

export interface TestBackendOptions {
  readonly apply: Apply;
  /** URL of a superuser on a server with `wal_level = logical` and the extension. Default: FRESHET_TEST_ADMIN_URL, or a server of our own. */
  readonly adminUrl?: string;
  /** The gateway's binary. Default: FRESHET_BIN, or `freshet` on the PATH. */
  readonly gateway?: string;
  /** The folder of PostgreSQL's programs, for a server of our own. */
  readonly postgres?: string;
  /** Settings of the gateway, by environment: `{ FRESHET_RATE_PER_SECOND: "0" }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export type BackendClientOptions = Omit<ClientOptions, "auth" | "webSocket">;

export interface TestBackend {
  /** Where the gateway listens. */
  readonly url: string;
  /** The database as the application's owner. */
  readonly ownerUrl: string;
  /** A client that is signed in with these claims; without, as nobody. Closed by reset() and close(). */
  client(claims?: Readonly<Record<string, unknown>>, options?: BackendClientOptions): FreshetClient;
  /** A token that this backend's gateway accepts. */
  token(claims: Readonly<Record<string, unknown>>): string;
  /** Runs one statement as the owner, past the gateway, and gives its rows; several statements where no values are given. */
  sql<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Everything as it was at the start: another copy of the template, another gateway. Clients and URLs from before are gone. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

let shared: Promise<TestServer> | undefined;

/**
 * A database made from `apply` and a gateway over it, for one test file or worker; with any test runner.
 *
 *     const backend = await createTestBackend({ apply: "app/" });
 *     const alice = backend.client({ sub: "1" });
 *     await alice.mutate(api.issues.add, { title: "Leak" });
 *     await backend.close();
 *
 * Needs the binary `freshet` and PostgreSQL's programs with the extension installed; FRESHET_BIN, FRESHET_PG_BIN and FRESHET_TEST_ADMIN_URL say where.
 */
export async function createTestBackend(options: TestBackendOptions): Promise<TestBackend> {
  const gateway = findGateway(options.gateway);
  const adminUrl = options.adminUrl ?? process.env["FRESHET_TEST_ADMIN_URL"] ?? (await ownServer(options.postgres)).adminUrl;
  const secret = randomBytes(32).toString("hex");
  const clients = new Set<FreshetClient>();
  let running = await start();

  async function start() {
    const database = await createDatabase(adminUrl, options.apply);
    try {
      return { database, ...(await startGateway(gateway, database, secret, options.settings ?? {})) };
    } catch (error) {
      await database.drop();
      throw error;
    }
  }

  async function stop(): Promise<void> {
    clients.forEach((client) => client.close());
    clients.clear();
    await running.process.stop();
    await running.database.drop();
  }

  return {
    get url() {
      return running.url;
    },
    get ownerUrl() {
      return running.database.ownerUrl;
    },
    client(claims, clientOptions = {}) {
      const auth = claims === undefined ? null : async () => signToken(claims, secret);
      const client = new FreshetClient(running.url, { ...clientOptions, auth, webSocket: WebSocket as unknown as WebSocketConstructor });
      clients.add(client);
      return client;
    },
    token: (claims) => signToken(claims, secret),
    sql: <Row extends object>(text: string, values?: readonly unknown[]) =>
      withClient(running.database.ownerUrl, async (client) => {
        const answer = await client.query(text, values === undefined ? undefined : [...values]);
        return (Array.isArray(answer) ? answer.at(-1) : answer).rows as Row[];
      }),
    async reset() {
      await stop();
      running = await start();
    },
    close: stop,
  };
}

/** One for all backends of this process; it ends with the process. */
function ownServer(postgres: string | undefined): Promise<TestServer> {
  shared ??= startTestServer(postgres === undefined ? {} : { postgres });
  return shared;
}

async function startGateway(program: string, database: TestDatabase, secret: string, settings: Readonly<Record<string, string>>) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process_ = new Child(program, ["serve"], {
    signal: "TERM",
    env: {
      PATH: process.env["PATH"],
      FRESHET_DATABASE_URL: database.callUrl,
      FRESHET_REPLICATION_URL: database.streamUrl,
      FRESHET_LISTEN: `127.0.0.1:${port}`,
      FRESHET_JWT_ALGORITHM: "HS256",
      FRESHET_JWT_KEY: secret,
      ...settings,
    },
  });
  const isReady = () => fetch(`${url}/ready`).then(({ ok }) => ok, () => false);
  try {
    await until(isReady, process_, () => `the gateway did not become ready:\n${process_.log()}`);
  } catch (error) {
    await process_.stop();
    throw error;
  }
  return { url, process: process_ };
}
