// @vitest-environment node
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { report, type Browser } from "../crowd/browser.ts";
import { FreshetBrowser } from "../crowd/freshet_browser.ts";
import { RivalBrowser } from "../crowd/rival_browser.ts";

// Simulated browsers are shown what must be counted, by servers that are the test: a torn frame, and one for a former member.

const ends: (() => void)[] = [];
afterEach(() => ends.splice(0).forEach((end) => end()));

type Rows = { id: number; holder: string; balance: number; notice: number }[];
const rows = (balance: number, notice = 1): Rows => [{ id: 1, holder: "Amara", balance, notice }];
const token = async () => "t";

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => server.close(), () => server.closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A gateway that says what the test wants: one transition for each call. */
async function gateway() {
  const http = createServer();
  const server = new WebSocketServer({ server: http, path: "/sync", handleProtocols: (offered) => [...offered][0] ?? false });
  const ids: Record<string, number> = {};
  let socket: WebSocket | undefined;
  server.on("connection", (opened) => {
    socket = opened;
    opened.on("message", (data) => {
      const message = JSON.parse(String(data)) as { type: string; path: string; id: number };
      if (message.type === "hello") {
        opened.send(JSON.stringify({ type: "welcome", session: "s", epoch: "0", resumed: false, floor: 0 }));
      } else if (message.type === "auth") {
        opened.send(JSON.stringify({ type: "auth", ok: true, identity: { sub: "2" } }));
      } else if (message.type === "subscribe") {
        ids[message.path] = message.id;
      }
    });
  });
  const url = await listening(http);
  let epoch = 0;
  const transition = (accounts: Rows, books: Rows) => {
    const changes = [
      { id: ids["accounts.list"], value: accounts, hash: `a${epoch}` },
      { id: ids["books.list"], value: books.map((row) => ({ ...row, amount: 1 })), hash: `b${epoch}` },
    ];
    socket!.send(JSON.stringify({ type: "transition", from: String(epoch), to: String(++epoch), changes, includes: [] }));
  };
  return { url, transition, isAsked: () => Object.keys(ids).length === 2 };
}

/** The other side's server: what the test wants, tile by tile. */
async function rival() {
  let events: ServerResponse | undefined;
  const url = await listening(
    createServer((_request, response) => {
      events = response.writeHead(200, { "content-type": "text/event-stream" });
      events.flushHeaders();
    }),
  );
  const send = (...tiles: ["accounts" | "books", Rows][]) => events!.write(tiles.map(([tile, shown]) => `data: ${JSON.stringify({ tile, rows: shown })}\n\n`).join(""));
  return { url, send, isAsked: () => events !== undefined };
}

const counts = (browser: Browser, from?: number) => {
  const { frames, torn, leaked } = report([browser], [], from === undefined ? [] : [{ user: browser.user, from, until: null }]);
  return { frames, torn, leaked };
};
const until = (probe: () => boolean) => vi.waitUntil(probe, { timeout: 20_000, interval: 5 });

test("Freshet's browser counts a torn transition, were there one, and what a former member is shown", async () => {
  const served = await gateway();
  const browser = new FreshetBrowser(served.url, 1, 2, token);
  ends.push(() => browser.close());
  await until(served.isAsked);
  served.transition(rows(10), rows(10));
  served.transition(rows(11), rows(10));
  served.transition(rows(11, 5), rows(11, 5));
  await until(() => counts(browser).frames === 3);
  expect(counts(browser)).toEqual({ frames: 3, torn: 1, leaked: 0 });
  expect(counts(browser, 5)).toEqual({ frames: 3, torn: 1, leaked: 1 });
});

test("the other side's browser counts each tile that comes alone, and tiles that come together as one frame", async () => {
  const served = await rival();
  const browser = new RivalBrowser(served.url, 1, 2, token);
  ends.push(() => browser.close());
  await until(served.isAsked);
  served.send(["accounts", rows(10)], ["books", rows(10)]);
  await until(() => counts(browser).frames === 1);
  expect(counts(browser)).toEqual({ frames: 1, torn: 0, leaked: 0 });
  served.send(["accounts", rows(12)]);
  await until(() => counts(browser).frames === 2);
  served.send(["books", rows(12, 6)]);
  await until(() => counts(browser).frames === 3);
  expect(counts(browser)).toEqual({ frames: 3, torn: 1, leaked: 0 });
  expect(counts(browser, 6)).toEqual({ frames: 3, torn: 1, leaked: 1 });
});

test("what closed browsers had counted stays in the sum, and they are connected no more", async () => {
  const served = await rival();
  const browser = new RivalBrowser(served.url, 1, 2, token);
  await until(served.isAsked);
  served.send(["accounts", rows(10)], ["books", rows(11)]);
  await until(() => counts(browser).frames === 1);
  browser.close();
  expect(report([], [browser], [])).toEqual({ frames: 1, torn: 1, leaked: 0, connected: 0, shown: [] });
});
