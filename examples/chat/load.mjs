#!/usr/bin/env node
// Loads a message stream into the chat with COPY, in batches that commit one by one, so that an open app fills live.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { createGunzip } from "node:zlib";

const usage = `usage: DATABASE_URL=… node load.mjs --data FILE [--schema FILE] [--batch ROWS] [--pause MS]

  --data FILE     tab separated, no header: channel, author number, ISO 8601 time, body; .gz is unpacked
  --schema FILE   SQL to run before
  --batch ROWS    rows of one COPY, and so of one transaction (500)
  --pause MS      between two of them (0)
`;

const first = ["Alma", "Bruno", "Carla", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Levi", "Mona", "Nils", "Olga", "Pavel"];
const last = ["Ahorn", "Birke", "Castro", "Dahl", "Eriks", "Falke", "Grün", "Holm", "Ito", "Juhl", "Krause", "Lund", "Moreau", "Novak", "Okoro", "Petrov"];

/** A made-up name for a numbered author: streams have no names. */
function authorName(number) {
  const round = Math.floor(number / (first.length * last.length));
  const name = `${first[number % first.length]} ${last[(number * 7 + Math.floor(number / first.length)) % last.length]}`;
  return round === 0 ? name : `${name} ${round + 1}`;
}

const copyText = (text) => text.replace(/[\\\t\n\r]/g, (char) => ({ "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" })[char]);

function psqlEnvironment(url) {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    ...process.env,
    PGHOST: searchParams.get("host") ?? decodeURIComponent(hostname),
    PGPORT: port || "5432",
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
  };
}

/** A psql that reads its commands from us; done() ends it and gives what it printed. */
function psql(url) {
  const child = spawn("psql", ["-X", "-q", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1"], {
    env: psqlEnvironment(url),
    stdio: ["pipe", "pipe", "inherit"],
  });
  let printed = "";
  let failed;
  child.stdout.setEncoding("utf8").on("data", (text) => (printed += text));
  child.on("error", (error) => (failed = error));
  // Its exit code tells why a write failed.
  child.stdin.on("error", () => {});
  const closed = new Promise((resolve) => child.on("close", resolve));
  return {
    async write(text) {
      if (!child.stdin.write(text)) {
        await Promise.race([once(child.stdin, "drain"), closed]);
      }
    },
    async done() {
      child.stdin.end();
      const code = await closed;
      if (failed !== undefined || code !== 0) {
        throw new Error(failed?.message ?? `psql ended with ${code}`);
      }
      return printed;
    },
  };
}

async function readStream(path) {
  const file = createReadStream(path);
  const lines = createInterface({ input: path.endsWith(".gz") ? file.pipe(createGunzip()) : file, crlfDelay: Infinity });
  const rows = [];
  for await (const line of lines) {
    const [channel, author, at, ...body] = line.split("\t");
    if (line === "") {
      continue;
    }
    if (!channel || !/^\d+$/.test(author ?? "") || Number.isNaN(Date.parse(at ?? "")) || body.length !== 1 || body[0] === "") {
      throw new Error(`${path}, line ${rows.length + 1}: not "channel, author number, time, body"`);
    }
    rows.push({ channel, author: Number(author), at, body: body[0] });
  }
  return rows;
}

/** Makes channels, authors and memberships that are missing; gives the ids by name and number. */
async function prepare(url, rows) {
  const channels = [...new Set(rows.map(({ channel }) => channel))];
  const authors = [...new Set(rows.map(({ author }) => author))];
  const memberships = [...new Set(rows.map(({ channel, author }) => `${copyText(channel)}\t${author}`))];
  const session = psql(url);
  await session.write(`BEGIN;
CREATE TEMP TABLE feed_channel (name text) ON COMMIT DROP;
CREATE TEMP TABLE feed_author (number integer, name text) ON COMMIT DROP;
CREATE TEMP TABLE feed_member (channel text, author integer) ON COMMIT DROP;
COPY feed_channel FROM STDIN;\n${channels.map((name) => `${copyText(name)}\n`).join("")}\\.
COPY feed_author FROM STDIN;\n${authors.map((number) => `${number}\t${authorName(number)}\n`).join("")}\\.
COPY feed_member FROM STDIN;\n${memberships.map((line) => `${line}\n`).join("")}\\.
INSERT INTO app.channel (name) SELECT name FROM feed_channel ON CONFLICT DO NOTHING;
INSERT INTO app.usr (name, feed_author) SELECT name, number FROM feed_author ON CONFLICT DO NOTHING;
INSERT INTO app.member (channel_id, user_id)
  SELECT c.id, u.id FROM feed_member f JOIN app.channel c ON c.name = f.channel JOIN app.usr u ON u.feed_author = f.author
  UNION SELECT c.id, u.id FROM feed_channel f JOIN app.channel c USING (name) CROSS JOIN app.usr u WHERE u.is_demo
  ON CONFLICT DO NOTHING;
SELECT 'channel', c.name, c.id FROM app.channel c JOIN feed_channel USING (name);
SELECT 'author', u.feed_author, u.id FROM app.usr u JOIN feed_author f ON f.number = u.feed_author;
COMMIT;
`);
  const ids = { channel: new Map(), author: new Map() };
  for (const line of (await session.done()).split("\n").filter((text) => text !== "")) {
    const [kind, key, id] = line.split("\t");
    ids[kind].set(key, id);
  }
  return ids;
}

async function load(url, rows, batch, pauseMs) {
  const ids = await prepare(url, rows);
  const session = psql(url);
  for (let from = 0; from < rows.length; from += batch) {
    const lines = rows.slice(from, from + batch).map(({ channel, author, at, body }) => {
      return `${ids.channel.get(channel)}\t${ids.author.get(String(author))}\t${copyText(at)}\t${copyText(body)}\n`;
    });
    await session.write(`COPY app.message (channel_id, author_id, created_at, body) FROM STDIN;\n${lines.join("")}\\.\n`);
    if (pauseMs > 0) {
      await pause(pauseMs);
    }
  }
  await session.done();
}

async function main() {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      schema: { type: "string" },
      batch: { type: "string", default: "500" },
      pause: { type: "string", default: "0" },
    },
  });
  const url = process.env.DATABASE_URL;
  const [batch, pauseMs] = [Number(values.batch), Number(values.pause)];
  if (url === undefined || values.data === undefined || !(batch >= 1) || !(pauseMs >= 0)) {
    throw new Error(usage);
  }
  const rows = await readStream(values.data);
  if (values.schema !== undefined) {
    const session = psql(url);
    await session.write(readFileSync(values.schema, "utf8"));
    await session.done();
  }
  await load(url, rows, Math.floor(batch), pauseMs);
  process.stdout.write(`${rows.length} messages loaded\n`);
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
