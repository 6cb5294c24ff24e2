import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { FreshetClient, type WebSocketConstructor } from "../src/index.js";
import { api } from "./chat_api.js";
import { clientFixture } from "./client_fixture.js";

function watching(options = {}) {
  const f = clientFixture(options);
  f.client.watch(api.messages.list, { channel: 1 });
  return f;
}

test("the socket is opened at /sync with the subprotocol", () => {
  const f = watching();
  expect([f.socket.url, f.socket.protocols]).toEqual(["ws://gateway.test/sync", ["freshet.v1"]]);
});

test("waits grow, are bounded, and have a random share", () => {
  const f = watching();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 8; attempt++) {
    f.environment.nextRandom = () => attempt % 2;
    const before = f.net.sockets.length;
    const began = f.environment.now();
    f.socket.drop();
    while (f.net.sockets.length === before) {
      f.environment.advance(50);
    }
    waits.push(f.environment.now() - began);
  }
  expect(waits).toEqual([250, 1000, 1000, 4000, 4000, 15000, 7500, 15000]);
});

test("a gateway that is too busy is left alone for longer", () => {
  const f = watching();
  f.connect();
  f.socket.drop(1013);
  f.environment.advance(3_900);
  expect(f.net.sockets).toHaveLength(1);
});

test("the network's coming back ends the wait", () => {
  const f = watching();
  f.connect();
  f.socket.drop();
  f.environment.goOnline();
  expect(f.net.sockets).toHaveLength(2);
});

test("silence is answered by a ping, and longer silence by a new connection", () => {
  const f = watching();
  f.connect();
  const first = f.socket;
  f.environment.advance(10_000);
  expect(first.frames("ping")).toHaveLength(1);
  f.environment.advance(15_000);
  expect(first.closed).toBe(true);
  expect(f.client.connectionStatus().status).toBe("waiting");
});

test("an answered ping keeps the connection", () => {
  const f = watching();
  f.connect();
  for (let n = 0; n < 20; n++) {
    f.environment.advance(10_000);
    f.socket.receive({ type: "pong" });
  }
  expect(f.net.sockets).toHaveLength(1);
});

test("a socket that never opens is given up", () => {
  const f = watching();
  const first = f.socket;
  f.environment.advance(10_000);
  expect(first.closed).toBe(true);
});

test("what a given-up socket still says is not heard", () => {
  const f = watching();
  f.connect();
  const first = f.socket;
  f.environment.advance(25_000);
  f.awaitDial();
  first.drop();
  first.receiveText("{");
  expect(f.client.connectionStatus().status).toBe("connecting");
});

test("listeners may close the client in the middle of a change", () => {
  const f = watching();
  f.client.onConnectionChange(() => f.client.close());
  f.connect();
  expect(f.client.connectionStatus().status).toBe("closed");
  f.environment.advance(60_000);
  expect(f.net.sockets).toHaveLength(1);
  expect(f.environment.timerCount).toBe(0);
});

test("it speaks with a real server through a real socket", async () => {
  const http = createServer().listen(0, "127.0.0.1");
  const server = new WebSocketServer({ server: http, path: "/sync", handleProtocols: (offered) => [...offered][0] ?? false });
  server.on("connection", (socket) => {
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { type: string; id: number };
      if (message.type === "hello") {
        socket.send(JSON.stringify({ type: "welcome", session: "s", epoch: "e0", resumed: false, floor: 0 }));
      }
      if (message.type === "subscribe") {
        const changes = [{ id: message.id, value: [{ key: "a", body: "1" }], hash: "h" }];
        socket.send(JSON.stringify({ type: "transition", from: "e0", to: "e1", changes, includes: [] }));
      }
    });
  });
  await vi.waitUntil(() => http.listening);
  const port = (http.address() as AddressInfo).port;
  const client = new FreshetClient(`http://127.0.0.1:${port}`, { webSocket: WebSocket as unknown as WebSocketConstructor });
  try {
    const watch = client.watch(api.messages.list, { channel: 1 });
    await vi.waitUntil(() => watch.current().status === "success", { timeout: 10_000 });
    expect(watch.current().data).toEqual([{ key: "a", body: "1" }]);
  } finally {
    client.close();
    server.close();
    http.close();
  }
});

test("what a listener of the connection's state asks for is sent and shown at once", () => {
  const f = clientFixture({ auth: "t" });
  const count = f.client.watch(api.messages.count, { channel: 1 });
  let asked = false;
  f.client.onConnectionChange(() => {
    if (f.client.auth().status === "authenticated" && !asked) {
      asked = true;
      f.client.watch(api.messages.list, { channel: 1 });
      void f.client.mutate(api.messages.send, { channel: 1, key: "k" }, { optimistic: (store) => store.update(api.messages.count, (n) => n + 1) });
    }
  });
  f.connect();
  f.socket.receive({ type: "auth", ok: false, error: { code: "unauthenticated", message: "no", retryable: false } });
  f.transition([{ id: 1, value: 1, hash: "h" }]);
  f.socket.receive({ type: "auth", ok: true, identity: { sub: "a" } });
  expect(f.socket.sent.slice(-2).map(({ type }) => type)).toEqual(["subscribe", "mutate"]);
  expect(count.current().data).toBe(2);
});

test("a listener that changes the caller is told of that too", () => {
  const f = clientFixture();
  const seen: string[] = [];
  f.client.watch(api.messages.list, { channel: 1 });
  f.client.onConnectionChange(() => {
    seen.push(`${f.client.connectionStatus().status} ${f.client.auth().status}`);
    if (f.client.connectionStatus().status === "connected" && f.client.auth().status === "anonymous") {
      f.client.setAuth("t");
    }
  });
  f.connect();
  expect(seen.at(-1)).toBe("connected authenticating");
});
