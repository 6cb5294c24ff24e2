import { expect, test } from "vitest";
import { FreshetClient, skip } from "../src/index.js";
import { api } from "./chat_api.js";
import { clientFixture } from "./client_fixture.js";

const one = { key: "a", body: "1" };
const two = { key: "b", body: "2" };

test("the first frame is hello, and nothing follows before welcome", () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 });
  f.socket.open();
  expect(f.socket.sent).toEqual([{ type: "hello" }]);
  f.welcome();
  expect(f.socket.sent[1]).toEqual({ type: "subscribe", id: 1, path: "messages.list", args: { channel: 1 } });
});

test("a query is loading until its first transition", () => {
  const f = clientFixture();
  const watch = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  expect(watch.current().status).toBe("loading");
  f.transition([{ id: 1, value: [one], hash: "h1" }]);
  expect(watch.current()).toEqual({ status: "success", data: [one], error: undefined });
});

test("equal queries share one subscription, however their arguments are ordered", () => {
  const f = clientFixture();
  f.client.watch(api.messages.send as never, { channel: 1, key: "k" } as never);
  f.client.watch(api.messages.send as never, { key: "k", channel: 1 } as never);
  f.connect();
  expect(f.socket.frames("subscribe")).toHaveLength(1);
});

test("every watcher is told once per transition, when all results have moved", () => {
  const f = clientFixture();
  const list = f.client.watch(api.messages.list, { channel: 1 });
  const count = f.client.watch(api.messages.count, { channel: 1 });
  const seen: unknown[] = [];
  const look = () => seen.push([list.current().data?.length, count.current().data]);
  list.onChange(look);
  count.onChange(look);
  f.connect();
  f.transition([{ id: 1, value: [one], hash: "h1" }, { id: 2, value: 1, hash: "c1" }]);
  f.transition([{ id: 1, splice: [[1, 0, [two]]], base: "h1", hash: "h2" }, { id: 2, value: 2, hash: "c2" }]);
  expect(seen).toEqual([[1, 1], [1, 1], [2, 2], [2, 2]]);
});

test("a result that did not change stays the same object", () => {
  const f = clientFixture();
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.client.watch(api.messages.count, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: [one], hash: "h1" }, { id: 2, value: 1, hash: "c1" }]);
  const before = list.current();
  f.transition([{ id: 2, value: 2, hash: "c2" }]);
  expect(list.current()).toBe(before);
});

test("an error is a result, and ends with the next value", () => {
  const f = clientFixture();
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, error: { code: "forbidden", message: "no", retryable: false } }]);
  expect(list.current().error?.code).toBe("forbidden");
  f.transition([{ id: 1, value: [], hash: "h" }]);
  expect(list.current().status).toBe("success");
});

test("a refused subscription has the refusal as its result, and is tried again if that may help", () => {
  const f = clientFixture();
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.socket.receive({ type: "error", id: 1, error: { code: "rate_limited", message: "too many", retryable: true } });
  expect(list.current().error?.code).toBe("rate_limited");
  f.environment.advance(2_000);
  expect(f.socket.frames("subscribe").at(-1)?.id).toBe(2);
  f.transition([{ id: 2, value: [one], hash: "h1" }]);
  expect(list.current().data).toEqual([one]);
});

test("a splice of another base leads to the whole value, and until then nothing moves", () => {
  const f = clientFixture();
  const list = f.client.watch(api.messages.list, { channel: 1 });
  const count = f.client.watch(api.messages.count, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: [one], hash: "h1" }, { id: 2, value: 1, hash: "c1" }]);
  f.transition([{ id: 1, splice: [[1, 0, [two]]], base: "other", hash: "h2" }, { id: 2, value: 2, hash: "c2" }]);
  expect(f.socket.sent.slice(-2)).toEqual([
    { type: "unsubscribe", id: 1 },
    { type: "subscribe", id: 3, path: "messages.list", args: { channel: 1 } },
  ]);
  expect([list.current().data, count.current().data]).toEqual([[one], 1]);
  f.transition([{ id: 3, value: [one, two], hash: "h2" }]);
  expect([list.current().data, count.current().data]).toEqual([[one, two], 2]);
});

test("after a reconnect the old results stay together until each is confirmed or replaced", () => {
  const f = clientFixture();
  const list = f.client.watch(api.messages.list, { channel: 1 });
  const count = f.client.watch(api.messages.count, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: [one], hash: "h1" }, { id: 2, value: 1, hash: "c1" }]);
  f.reconnect();
  expect(f.socket.frames("hello")[0]).toMatchObject({ session: "s1", last_epoch: "e1" });
  expect(f.socket.frames("subscribe").map(({ have }) => have)).toEqual(["h1", "c1"]);
  f.transition([{ id: 2, value: 2, hash: "c2" }]);
  expect([list.current().data, count.current().data]).toEqual([[one], 1]);
  f.transition([{ id: 1, splice: [[1, 0, [two]]], base: "h1", hash: "h2" }]);
  expect([list.current().data, count.current().data]).toEqual([[one, two], 2]);
});

test("`same` keeps the value, and `same` of another hash asks for the whole", () => {
  const f = clientFixture();
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: [one], hash: "h1" }]);
  const before = list.current();
  f.reconnect();
  f.transition([{ id: 1, same: true, hash: "h1" }]);
  expect(list.current()).toBe(before);
  f.reconnect();
  f.transition([{ id: 1, same: true, hash: "h9" }]);
  expect(f.socket.frames("subscribe").at(-1)).toEqual({ type: "subscribe", id: 2, path: "messages.list", args: { channel: 1 } });
});

test("a query out of lockstep neither waits for others nor holds them up", () => {
  const f = clientFixture();
  const slow = f.client.watch(api.messages.count, { channel: 1 }, { lockstep: false });
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  expect(f.socket.frames("subscribe")[0]?.lockstep).toBe(false);
  f.transition([{ id: 2, value: [one], hash: "h1" }]);
  f.detached([{ id: 1, value: 1, hash: "c1" }]);
  f.reconnect();
  f.transition([{ id: 2, value: [two], hash: "h2" }]);
  expect([list.current().data, slow.current().data]).toEqual([[two], 1]);
});

test("a transition that does not follow the last one ends the connection", () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  const socket = f.socket;
  socket.receive({ type: "transition", from: "elsewhere", to: "e9", changes: [], includes: [] });
  expect(socket.closed).toBe(true);
});

test.each([
  ["no JSON", "{"],
  ["no object", "[]"],
  ["an unknown type", '{"type":"surprise"}'],
  ["a bad change", '{"type":"transition","from":"e0","to":"e1","changes":[{"id":1}],"includes":[]}'],
  ["both value and error", '{"type":"response","id":1,"value":1,"error":{"code":"internal","message":""}}'],
  ["binary data", new Uint8Array(2)],
])("%s from the gateway ends the connection", (_, frame) => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  const socket = f.socket;
  socket.receiveText(frame);
  expect(socket.closed).toBe(true);
});

test("a query that nobody watches is kept for a moment, then unsubscribed, and starts from nothing", () => {
  const f = clientFixture({ lingerMs: 1_000 });
  f.client.watch(api.messages.list, { channel: 1 }).close();
  f.connect();
  f.transition([{ id: 1, value: [one], hash: "h1" }]);
  expect(f.client.watch(api.messages.list, { channel: 1 }).current().status).toBe("success");
  f.environment.advance(5_000);
  expect(f.socket.frames("unsubscribe")).toEqual([]);
});

test("an abandoned query is unsubscribed and its result forgotten", () => {
  const f = clientFixture({ lingerMs: 1_000 });
  const watch = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: [one], hash: "h1" }]);
  watch.close();
  f.environment.advance(1_000);
  expect(f.socket.frames("unsubscribe")).toEqual([{ type: "unsubscribe", id: 1 }]);
  expect(f.client.watch(api.messages.list, { channel: 1 }).current().status).toBe("loading");
});

test("an aborted signal ends a subscription", () => {
  const f = clientFixture({ lingerMs: 0 });
  const abort = new AbortController();
  const seen: string[] = [];
  f.client.subscribe(api.messages.list, { channel: 1 }, (result) => seen.push(result.status), { signal: abort.signal });
  f.connect();
  abort.abort();
  f.environment.advance(1);
  f.transition([{ id: 1, value: [one], hash: "h1" }]);
  expect(seen).toEqual(["loading"]);
  expect(f.socket.frames("unsubscribe")).toHaveLength(1);
});

test("a skipped query asks for nothing", () => {
  const f = clientFixture();
  expect(f.client.watch(api.messages.list, skip).current().status).toBe("skipped");
  expect(f.net.sockets).toEqual([]);
});

test("one watcher's exception does not keep a transition from the others", () => {
  const f = clientFixture();
  const watch = f.client.watch(api.messages.list, { channel: 1 });
  const seen: unknown[] = [];
  watch.onChange(() => {
    throw new Error("mine");
  });
  watch.onChange(() => seen.push(watch.current().status));
  f.connect();
  f.transition([{ id: 1, value: [one], hash: "h1" }]);
  expect(seen).toEqual(["success"]);
  expect(f.errors).toMatchObject([{ message: "mine" }]);
});

test("stale results are said to be so", () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.transition([], [], { stale: true });
  expect(f.client.connectionStatus()).toEqual({ status: "connected", isStale: true });
  f.transition([]);
  expect(f.client.connectionStatus().isStale).toBe(false);
});

test("a runtime without WebSocket is told what to pass", () => {
  const saved = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  Reflect.deleteProperty(globalThis, "WebSocket");
  try {
    expect(() => new FreshetClient("http://gateway.test")).toThrow(/webSocket/);
  } finally {
    if (saved !== undefined) {
      Object.defineProperty(globalThis, "WebSocket", saved);
    }
  }
});
