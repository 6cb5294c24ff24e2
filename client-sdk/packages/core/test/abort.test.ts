import { expect, test } from "vitest";
import { api, type Message } from "./chat_api.js";
import { clientFixture, outcome, settled } from "./client_fixture.js";

function withList() {
  const f = clientFixture();
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: [], hash: "h0" }]);
  return { f, list, keys: () => (list.current().data as readonly Message[]).map(({ key }) => key) };
}

const reason = new Error("changed my mind");
const args = { channel: 1, key: "k" };

test("a call whose signal is aborted already is never sent", async () => {
  const { f } = withList();
  const signal = AbortSignal.abort(reason);
  const calls = [
    outcome(f.client.query(api.messages.count, { channel: 1 }, { signal })),
    outcome(f.client.mutate(api.messages.send, args, { signal })),
    outcome(f.client.action(api.mail.post, { to: "you" }, { signal })),
    outcome(f.client.preload(api.messages.count, { channel: 2 }, { signal })),
  ];
  await settled();
  expect(calls.map((call) => call.now())).toEqual(Array(4).fill("rejected changed my mind"));
  expect(f.socket.sent.filter(({ type }) => type !== "hello" && type !== "subscribe")).toEqual([]);
});

test("a one-shot query that is aborted on its way rejects at once, its late answer is not heard, and it is not asked again", async () => {
  const { f } = withList();
  const abort = new AbortController();
  const count = outcome(f.client.query(api.messages.count, { channel: 1 }, { signal: abort.signal }));
  abort.abort(reason);
  await settled();
  expect(count.now()).toBe("rejected changed my mind");
  f.respond(1, 7);
  f.reconnect();
  await settled();
  expect(count.now()).toBe("rejected changed my mind");
  expect(f.socket.frames("query")).toEqual([]);
});

test("a mutation that is aborted on its way rejects at once, and what it may do stays on the screen until that is known", async () => {
  const { f, keys } = withList();
  const abort = new AbortController();
  const sent = f.client.mutate(api.messages.send, args, {
    signal: abort.signal,
    optimistic: (store) => store.update(api.messages.list, (rows) => [...rows, { key: "k", body: "guess" }]),
  });
  const [committed, visible] = [outcome(sent.committed), outcome(sent)];
  abort.abort(reason);
  await settled();
  expect([committed.now(), visible.now()]).toEqual(["rejected changed my mind", "rejected changed my mind"]);
  expect(keys()).toEqual(["k"]);
  f.respond(1, "k");
  expect(keys()).toEqual(["k"]);
  f.transition([{ id: 1, value: [{ key: "k", body: "" }], hash: "h1" }], [1]);
  await settled();
  expect(keys()).toEqual(["k"]);
  expect(visible.now()).toBe("rejected changed my mind");
});

test("an aborted mutation that fails takes its optimistic update with it", async () => {
  const { f, keys } = withList();
  const abort = new AbortController();
  const sent = outcome(
    f.client.mutate(api.messages.send, args, {
      signal: abort.signal,
      optimistic: (store) => store.update(api.messages.list, (rows) => [...rows, { key: "k", body: "guess" }]),
    }),
  );
  abort.abort(reason);
  f.socket.receive({ type: "response", id: 1, error: { code: "forbidden", message: "no", retryable: false } });
  await settled();
  expect(keys()).toEqual([]);
  expect(sent.now()).toBe("rejected changed my mind");
});

test("a mutation that is aborted before it could be sent takes its optimistic update with it at once", async () => {
  const { f, keys } = withList();
  f.socket.drop();
  const abort = new AbortController();
  const sent = outcome(
    f.client.mutate(api.messages.send, args, {
      signal: abort.signal,
      optimistic: (store) => store.update(api.messages.list, (rows) => [...rows, { key: "k", body: "guess" }]),
    }),
  );
  expect(keys()).toEqual(["k"]);
  abort.abort(reason);
  expect(keys()).toEqual([]);
  f.awaitDial();
  f.connect({ resumed: true });
  await settled();
  expect(sent.now()).toBe("rejected changed my mind");
  expect(f.socket.frames("mutate")).toEqual([]);
});

test("an action that is aborted on its way rejects at once and is not sent again", async () => {
  const { f } = withList();
  const abort = new AbortController();
  const post = outcome(f.client.action(api.mail.post, { to: "you" }, { signal: abort.signal }));
  abort.abort(reason);
  f.reconnect();
  await settled();
  expect(post.now()).toBe("rejected changed my mind");
  expect(f.socket.frames("act")).toEqual([]);
});

test("a mutation that is aborted between its commit and its being visible becomes visible", async () => {
  const { f } = withList();
  const abort = new AbortController();
  const sent = outcome(f.client.mutate(api.messages.send, args, { signal: abort.signal }));
  f.respond(1, "k");
  abort.abort(reason);
  await settled();
  expect(sent.now()).toBe("pending");
  f.transition([], [1]);
  await settled();
  expect(sent.now()).toBe('resolved "k"');
});

test("an abort after the answer changes nothing, and no call leaves its ear on the signal", async () => {
  const { f } = withList();
  const abort = new AbortController();
  const ears = countListeners(abort.signal);
  const count = outcome(f.client.query(api.messages.count, { channel: 1 }, { signal: abort.signal }));
  const sent = outcome(f.client.mutate(api.messages.send, args, { signal: abort.signal }));
  const first = outcome(f.client.preload(api.messages.list, { channel: 1 }, { signal: abort.signal }));
  const stop = f.client.subscribe(api.messages.list, { channel: 1 }, () => {}, { signal: abort.signal });
  f.respond(1, 7);
  f.respond(2, "k");
  f.transition([], [2]);
  await settled();
  stop();
  expect(ears()).toBe(0);
  abort.abort(reason);
  await settled();
  expect([count.now(), sent.now(), first.now()]).toEqual(["resolved 7", 'resolved "k"', "resolved []"]);
});

/** How many listeners a signal has. */
function countListeners(signal: AbortSignal): () => number {
  const listeners = new Set<unknown>();
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = ((...given: Parameters<typeof addEventListener>) => {
    listeners.add(given[1]);
    addEventListener.apply(signal, given);
  }) as typeof addEventListener;
  signal.removeEventListener = ((...given: Parameters<typeof removeEventListener>) => {
    listeners.delete(given[1]);
    removeEventListener.apply(signal, given);
  }) as typeof removeEventListener;
  return () => listeners.size;
}
