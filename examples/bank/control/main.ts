import { fileURLToPath } from "node:url";
import { preview } from "vite";
import { demoTokens } from "../../chat/demo_tokens.ts";
import { BankDatabase } from "./bank_database.ts";
import { Crowd } from "./crowd.ts";
import { Demo, firstCrowdUser, pageUser } from "./demo.ts";
import { freePort } from "./free_port.ts";
import { PsqlWriters } from "./psql_writers.ts";
import { relayTo } from "./relay.ts";
import { controlRoutes } from "./routes.ts";
import { Service } from "./service.ts";
import { mostBrowsers } from "./status.ts";

// Serves the page on 127.0.0.1 and runs what its buttons need: a gateway and the app beside it (both to be killed), the simulated browsers
// and the writers. By environment: BANK_PORT, FRESHET_OWNER_URL, FRESHET_BIN, and what `freshet serve` reads (FRESHET_DATABASE_URL,
// FRESHET_REPLICATION_URL, FRESHET_JWT_KEY; FRESHET_LISTEN is chosen here).
const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`${name} is not set`);
  }
  return value;
};
// Each part is given what it needs, and no other part's credential.
const plain = Object.fromEntries(["PATH", "HOME", "LANG", "NODE_ENV"].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));

const ownerUrl = setting("FRESHET_OWNER_URL");
const secret = setting("FRESHET_JWT_KEY");
const pagePort = Number(setting("BANK_PORT"));
const [gatewayPort, rivalPort] = [await freePort(), await freePort()];
const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
const rivalUrl = `http://127.0.0.1:${rivalPort}`;

const database = new BankDatabase(ownerUrl);
const { bank, accounts } = await database.firstBank();
// Whoever an earlier run left outside.
await database.restore(bank, Array.from({ length: mostBrowsers + 1 }, (_, at) => pageUser + at));

const gatewaySettings = Object.entries(process.env).filter(([name]) => name.startsWith("FRESHET_") && name !== "FRESHET_OWNER_URL" && name !== "FRESHET_BIN");
const servers = {
  freshet: new Service({
    name: "gateway",
    command: setting("FRESHET_BIN"),
    args: ["serve"],
    env: { ...plain, ...Object.fromEntries(gatewaySettings), FRESHET_LISTEN: `127.0.0.1:${gatewayPort}` },
    healthUrl: `${gatewayUrl}/ready`,
  }),
  rival: new Service({
    name: "rival",
    command: process.execPath,
    args: [beside("rival.js")],
    env: { ...plain, RIVAL_DATABASE_URL: ownerUrl, RIVAL_PORT: String(rivalPort), RIVAL_JWT_KEY: secret },
    healthUrl: `${rivalUrl}/rival/health`,
  }),
};
await Promise.all([servers.freshet.up(60_000), servers.rival.up(60_000)]);

const crowd = new Crowd(beside("crowd.js"), {
  ...plain,
  CROWD_FRESHET_URL: gatewayUrl,
  CROWD_RIVAL_URL: rivalUrl,
  CROWD_JWT_KEY: secret,
  CROWD_BANK: String(bank),
  CROWD_ACCOUNTS: accounts.join(","),
  CROWD_FIRST_USER: String(firstCrowdUser),
});
const writers = new PsqlWriters(ownerUrl, accounts);
const demo = new Demo({ bank, database, crowd, writers, servers });

const server = await preview({
  root: beside("../.."),
  configFile: false,
  logLevel: "error",
  plugins: [demoTokens(secret), controlRoutes(demo)],
  build: { outDir: "dist/page" },
  preview: {
    host: "127.0.0.1",
    port: pagePort,
    strictPort: true,
    // The page and both servers have one origin, so no origin needs to be allowed.
    proxy: { "/sync": { target: gatewayUrl, ws: true }, "/api": gatewayUrl, "/rival": relayTo(rivalUrl) },
  },
});
console.log(`http://127.0.0.1:${pagePort}/`);

async function stop(): Promise<void> {
  demo.stop();
  writers.resize(0);
  crowd.stop();
  await Promise.all([servers.freshet.stop(), servers.rival.stop(), server.close(), database.close()]);
  process.exit(0);
}
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  process.once(signal, () => void stop());
}
