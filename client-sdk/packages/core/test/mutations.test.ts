import { expect, test } from "vitest";
import type { OptimisticStore } from "../src/index.js";
import { api } from "./chat_api.js";
import { clientFixture, outcome, settled } from "./client_fixture.js";

const one = { key: "a", body: "1" };
const send = { channel: 1, key: "k" };
const real = { key: "k", body: "real" };
const optimistic = (store: OptimisticStore) => {
  store.update(api.messages.list, (rows) => [...rows, { key: "k", body: "guess" }]);
};

function withList() {
  const f = clientFixture();
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: [one], hash: "h1" }]);
  return { f, keys: () => list.current().data?.map(({ body }) => body) };
}

test("a mutation is committed with its answer and visible with the transition that includes it", async () => {
  const { f } = withList();
  const m = f.client.mutate(api.messages.send, send);
  const [committed, visible] = [outcome(m.committed), outcome(m)];
  f.respond(1, "v");
  await settled();
  expect([committed.now(), visible.now()]).toEqual(['resolved "v"', "pending"]);
  f.transition([], [1]);
  await settled();
  expect(visible.now()).toBe('resolved "v"');
});

test("the transition may come before the answer", async () => {
  const { f } = withList();
  const m = outcome(f.client.mutate(api.messages.send, send));
  f.transition([], [1]);
  await settled();
  expect(m.now()).toBe("pending");
  f.respond(1, "v");
  await settled();
  expect(m.now()).toBe('resolved "v"');
});

test("without lockstep results a mutation is visible at once", async () => {
  const f = clientFixture();
  f.client.watch(api.messages.count, { channel: 1 }, { lockstep: false });
  const m = outcome(f.client.mutate(api.messages.send, send));
  f.connect();
  f.respond(1, null);
  await settled();
  expect(m.now()).toBe("resolved null");
});

test("when the last lockstep query goes, what was answered is visible", async () => {
  const f = clientFixture({ lingerMs: 0 });
  const watch = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  const m = outcome(f.client.mutate(api.messages.send, send));
  f.respond(1, null);
  watch.close();
  f.environment.advance(1);
  await settled();
  expect(m.now()).toBe("resolved null");
});

test("an optimistic update shows at once, stays over transitions, and goes with the one that includes the mutation", () => {
  const { f, keys } = withList();
  void f.client.mutate(api.messages.send, send, { optimistic });
  expect(keys()).toEqual(["1", "guess"]);
  f.transition([{ id: 1, splice: [[0, 0, [{ key: "z", body: "0" }]]], base: "h1", hash: "h2" }]);
  expect(keys()).toEqual(["0", "1", "guess"]);
  f.respond(1, null);
  expect(keys()).toEqual(["0", "1", "guess"]);
  f.transition([{ id: 1, splice: [[2, 0, [real]]], base: "h2", hash: "h3" }], [1]);
  expect(keys()).toEqual(["0", "1", "real"]);
});

test("an optimistic update goes with the transition that includes the mutation, although the answer is still on its way", () => {
  const { f, keys } = withList();
  void f.client.mutate(api.messages.send, send, { optimistic });
  f.transition([{ id: 1, value: [one, real], hash: "h2" }], [1]);
  expect(keys()).toEqual(["1", "real"]);
  f.respond(1, null);
  expect(keys()).toEqual(["1", "real"]);
});

test("a failed mutation is rolled back with its error", async () => {
  const { f, keys } = withList();
  const m = f.client.mutate(api.messages.send, send, { optimistic });
  f.socket.receive({
    type: "response",
    id: 1,
    error: { code: "application", message: "archived", retryable: false, details: { code: "channel_archived" } },
  });
  expect(keys()).toEqual(["1"]);
  await expect(m).rejects.toMatchObject({ code: "application", applicationCode: "channel_archived", retryable: false });
});

test("an update that throws is the caller's, and nothing is sent", () => {
  const { f, keys } = withList();
  const broken = () => {
    throw new Error("broken");
  };
  expect(() => f.client.mutate(api.messages.send, send, { optimistic: broken })).toThrow("broken");
  expect(f.socket.frames("mutate")).toEqual([]);
  expect(keys()).toEqual(["1"]);
});

test("an update that throws later is left out and reported", () => {
  const { f, keys } = withList();
  void f.client.mutate(api.messages.send, send, {
    optimistic: (store) => {
      if ((store.get(api.messages.list, { channel: 1 }) ?? []).length > 1) {
        throw new Error("later");
      }
      optimistic(store);
    },
  });
  f.transition([{ id: 1, splice: [[0, 0, [{ key: "z", body: "0" }]]], base: "h1", hash: "h2" }]);
  expect(keys()).toEqual(["0", "1"]);
  expect(f.errors).toMatchObject([{ message: "later" }]);
});

test("unanswered mutations are sent again with the same ids after a reconnect, in order", async () => {
  const { f } = withList();
  void f.client.mutate(api.messages.send, send);
  f.socket.drop();
  void f.client.mutate(api.messages.send, { channel: 2, key: "l" });
  f.awaitDial();
  f.socket.open();
  expect(f.socket.frames("hello")[0]).toMatchObject({ session: "s1", pending: [1] });
  expect(f.socket.frames("mutate")).toEqual([]);
  f.welcome({ resumed: true });
  expect(f.socket.frames("mutate").map(({ id, args }) => [id, args])).toEqual([
    [1, send],
    [2, { channel: 2, key: "l" }],
  ]);
});

test("a session that the gateway no longer knows makes sent mutations unknown and sends the others", async () => {
  const { f, keys } = withList();
  const sent = outcome(f.client.mutate(api.messages.send, send, { optimistic }));
  f.socket.drop();
  const unsent = outcome(f.client.mutate(api.messages.send, { channel: 2, key: "l" }));
  f.awaitDial();
  f.connect({ session: "s2", resumed: false });
  await settled();
  expect(sent.now()).toBe("rejected outcome_unknown");
  expect(unsent.now()).toBe("pending");
  expect(f.socket.frames("mutate").map(({ id }) => id)).toEqual([2]);
  expect(keys()).toEqual(["1"]);
});

test("what was answered before a reconnect is included by the first transition after it", async () => {
  const { f } = withList();
  const m = outcome(f.client.mutate(api.messages.send, send));
  f.respond(1, null);
  f.reconnect();
  await settled();
  expect(m.now()).toBe("pending");
  f.transition([{ id: 1, same: true, hash: "h1" }]);
  await settled();
  expect(m.now()).toBe("resolved null");
});

test("ids of a new session lie above its floor", () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect({ floor: 41 });
  void f.client.mutate(api.messages.send, send);
  expect(f.socket.frames("mutate")[0]?.id).toBe(42);
});

test("answers are acknowledged with the next sign of life, up to the first that is missing", () => {
  const { f } = withList();
  for (let n = 0; n < 3; n++) {
    void f.client.mutate(api.messages.send, send).catch(() => {});
  }
  f.respond(1, null);
  f.respond(3, null);
  f.environment.advance(10_000);
  expect(f.socket.frames("ack")).toEqual([{ type: "ack", upto: 1 }]);
});

test("a mutation that is aborted before it was sent is never sent", async () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 });
  const abort = new AbortController();
  const m = outcome(f.client.mutate(api.messages.send, send, { signal: abort.signal }));
  abort.abort(new Error("changed my mind"));
  f.connect();
  await settled();
  expect(m.now()).toBe("rejected changed my mind");
  expect(f.socket.frames("mutate")).toEqual([]);
});

test("a lost connection asks queries again and leaves sent actions unknown", async () => {
  const { f } = withList();
  const count = outcome(f.client.query(api.messages.count, { channel: 1 }));
  const post = outcome(f.client.action(api.mail.post, { to: "you" }));
  f.reconnect();
  await settled();
  expect(post.now()).toBe("rejected outcome_unknown");
  expect(f.socket.frames("query")).toEqual([{ type: "query", id: 1, path: "messages.count", args: { channel: 1 } }]);
  f.respond(1, 7);
  await settled();
  expect(count.now()).toBe("resolved 7");
});

test("close tells what was sent from what was not", async () => {
  const { f } = withList();
  const sent = outcome(f.client.mutate(api.messages.send, send));
  f.socket.drop();
  const unsent = outcome(f.client.mutate(api.messages.send, send));
  f.client.close();
  const late = outcome(f.client.query(api.channels.list));
  await settled();
  expect([sent.now(), unsent.now(), late.now()]).toEqual(["rejected outcome_unknown", "rejected client_closed", "rejected client_closed"]);
  expect(f.environment.timerCount).toBe(0);
});

test("a call that is longer than a frame may be fails alone", async () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 });
  const long = outcome(f.client.mutate(api.messages.send, { channel: 1, key: "k".repeat(2_000) }));
  void f.client.mutate(api.messages.send, send);
  f.socket.open();
  const server = { limits: { max_frame_bytes: 1_000 } };
  f.socket.receive({ type: "welcome", session: "s", epoch: "e0", resumed: false, floor: 0, server });
  await settled();
  expect(long.now()).toBe("rejected too_large");
  expect(f.socket.frames("mutate")).toHaveLength(1);
});

test("a gateway that names no limit sets none", () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 });
  f.socket.open();
  f.socket.receive({ type: "welcome", session: "s", epoch: "e0", resumed: false, floor: 0, server: { limits: { max_frame_bytes: 0 } } });
  expect(f.socket.frames("subscribe")).toHaveLength(1);
});
