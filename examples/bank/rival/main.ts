import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import pg from "pg";
import { tileNames, type TileName } from "./messages.ts";
import { Notifications } from "./notifications.ts";
import { fetchTile, isMember } from "./tiles.ts";
import { userOf } from "./token.ts";
import { Topic, type Subscriber } from "./topic.ts";
import { makeTransfer, readTransfer } from "./transfers.ts";

// The app that everyone writes: triggers notify, this server listens, fetches the tiles that changed and pushes them to whoever looks at
// them. RIVAL_DATABASE_URL, RIVAL_PORT (of 127.0.0.1) and RIVAL_JWT_KEY (HS256) by environment.
const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`rival: ${name} is not set`);
  }
  return value;
};
const databaseUrl = setting("RIVAL_DATABASE_URL");
const secret = setting("RIVAL_JWT_KEY");

const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
pool.on("error", (error) => console.error(`rival: ${error.message}`));
const topics = new Map<string, Topic>();

function topicOf(bank: number, tile: TileName): Topic {
  const key = `${bank} ${tile}`;
  const topic = topics.get(key) ?? new Topic(tile, (users) => fetchTile(pool, tile, bank, users), (error) => console.error(`rival: ${tile}: ${String(error)}`));
  topics.set(key, topic);
  return topic;
}

const notifications = new Notifications(
  databaseUrl,
  (bank, changed) => tileNames.filter((tile) => changed === tile || changed === "both").forEach((tile) => topics.get(`${bank} ${tile}`)?.refresh()),
  () => topics.forEach((topic) => topic.refresh()),
);

async function events(request: IncomingMessage, response: ServerResponse, user: number, bank: number): Promise<void> {
  if (!(await isMember(pool, bank, user))) {
    return reply(response, 403, { message: "no member of this bank" });
  }
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" });
  response.flushHeaders();
  const subscriber: Subscriber = {
    user,
    get isReady() {
      return !response.writableNeedDrain;
    },
    send: (event) => response.write(`data: ${event}\n\n`),
  };
  const looked = tileNames.map((tile) => topicOf(bank, tile));
  looked.forEach((topic) => topic.add(subscriber));
  response.on("drain", () => looked.forEach((topic) => topic.drained(subscriber)));
  const alive = setInterval(() => response.write(": alive\n\n"), 10_000);
  response.once("close", () => {
    clearInterval(alive);
    looked.forEach((topic) => topic.remove(subscriber));
  });
}

async function transfer(request: IncomingMessage, response: ServerResponse, user: number): Promise<void> {
  const wanted = readTransfer(await readJson(request));
  if (wanted === undefined) {
    return reply(response, 400, { message: "intent, source, target and amount are needed" });
  }
  const made = await makeTransfer(pool, user, wanted);
  reply(response, made === "made" ? 200 : 403, { made: made === "made" });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
    if (body.length > 2_000) {
      return undefined;
    }
  }
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  if (!response.headersSent) {
    response.writeHead(status, { "content-type": "application/json" });
  }
  response.end(JSON.stringify(body));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://rival");
  if (request.method === "GET" && pathname === "/rival/health") {
    await pool.query("SELECT");
    return reply(response, 200, {});
  }
  const user = userOf(request.headers.authorization, secret);
  if (user === undefined) {
    return reply(response, 401, { message: "a valid token is needed" });
  }
  if (request.method === "GET" && pathname === "/rival/events") {
    return events(request, response, user, Number(searchParams.get("bank")));
  }
  if (request.method === "POST" && pathname === "/rival/transfers") {
    return transfer(request, response, user);
  }
  reply(response, 404, { message: "no such path" });
}

await notifications.start();
createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(`rival: ${String(error)}`);
    reply(response, 500, { message: "internal" });
  });
}).listen(Number(setting("RIVAL_PORT")), "127.0.0.1");
