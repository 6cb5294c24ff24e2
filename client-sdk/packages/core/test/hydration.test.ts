import { expect, test } from "vitest";
import type { DehydratedState } from "../src/index.js";
import { api } from "./chat_api.js";
import { clientFixture, outcome, settled } from "./client_fixture.js";

const one = { key: "a", body: "1" };
const two = { key: "b", body: "2" };
const accepted = (sub: string) => ({ type: "auth", ok: true, identity: { iss: "i", sub, exp: 1 } }) as const;

/** What a server's client of one request leaves for the page. */
async function rendered(auth: string | null = null): Promise<DehydratedState> {
  const f = clientFixture({ auth });
  const loading = Promise.all([
    f.client.preload(api.messages.list, { channel: 1 }),
    f.client.preload(api.messages.count, { channel: 1 }),
    f.client.preload(api.channels.list, {}, { lockstep: false }),
  ]);
  f.connect();
  if (auth !== null) {
    f.socket.receive(accepted(auth));
  }
  f.transition([{ id: 1, value: [one], hash: "h1" }, { id: 2, value: 1, hash: "c1" }]);
  f.detached([{ id: 3, value: ["general"], hash: "l1" }]);
  expect(await loading).toEqual([[one], 1, ["general"]]);
  const state = f.client.dehydrate();
  f.client.close();
  expect(f.environment.timerCount).toBe(0);
  return JSON.parse(JSON.stringify(state)) as DehydratedState;
}

test("what a server preloaded is shown by the page's client before it is connected", async () => {
  const f = clientFixture({ hydrate: await rendered() });
  expect(f.net.sockets).toEqual([]);
  expect(f.client.peek(api.messages.list, { channel: 1 })).toEqual({ status: "success", data: [one], error: undefined });
  expect(f.client.watch(api.messages.count, { channel: 1 }).current().data).toBe(1);
});

test("hydrated results are asked for by their hashes, and move together", async () => {
  const f = clientFixture({ hydrate: await rendered() });
  const list = f.client.watch(api.messages.list, { channel: 1 });
  const count = f.client.watch(api.messages.count, { channel: 1 });
  f.connect();
  expect(f.socket.frames("subscribe").map(({ id, have }) => [id, have])).toEqual([[1, "h1"], [2, "c1"], [3, "l1"]]);
  f.transition([{ id: 2, value: 2, hash: "c2" }]);
  expect([list.current().data, count.current().data]).toEqual([[one], 1]);
  f.transition([{ id: 1, splice: [[1, 0, [two]]], base: "h1", hash: "h2" }]);
  expect([list.current().data, count.current().data]).toEqual([[one, two], 2]);
});

test("a hydrated result of its own timeline does not hold up the others", async () => {
  const f = clientFixture({ hydrate: await rendered() });
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: [two], hash: "h2" }, { id: 2, same: true, hash: "c1" }]);
  expect(list.current().data).toEqual([two]);
  expect(f.client.peek(api.channels.list, {}, { lockstep: false }).data).toEqual(["general"]);
});

test("what nobody watches after a while is unsubscribed", async () => {
  const f = clientFixture({ hydrate: await rendered() });
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.environment.advance(10_000);
  expect(f.socket.frames("unsubscribe").map(({ id }) => id).sort()).toEqual([2, 3]);
});

test("results for the same caller stay, whatever else their token says", async () => {
  const f = clientFixture({ hydrate: await rendered("alice"), auth: "another token" });
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.socket.receive({ type: "auth", ok: true, identity: { iss: "i", sub: "alice", exp: 2 } });
  expect(list.current().status).toBe("success");
  expect(f.socket.frames("subscribe")[0]?.have).toBe("h1");
});

test.each([
  ["another caller", "bob"],
  ["nobody", null],
])("results for one caller are dropped when the page is used by %s", async (_, auth) => {
  const f = clientFixture({ hydrate: await rendered("alice"), auth });
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  if (auth !== null) {
    f.socket.receive(accepted(auth));
  }
  expect(list.current().status).toBe("loading");
  expect(f.socket.frames("subscribe").every(({ have }) => have === undefined)).toBe(true);
});

test("a page shows what its server rendered until it is alive, although newer results are here", async () => {
  const f = clientFixture({ hydrate: await rendered() });
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: [two], hash: "h2" }, { id: 2, same: true, hash: "c1" }]);
  expect(f.client.peek(api.messages.list, { channel: 1 }).data).toEqual([two]);
  expect(f.client.rendered(api.messages.list, { channel: 1 }).data).toEqual([one]);
  expect(f.client.rendered(api.messages.list, { channel: 7 }).status).toBe("loading");
});

test("an error is not handed to the page", async () => {
  const f = clientFixture();
  const loading = outcome(f.client.preload(api.messages.list, { channel: 1 }));
  f.connect();
  f.transition([{ id: 1, error: { code: "forbidden", message: "no", retryable: false } }]);
  await settled();
  expect(loading.now()).toBe("rejected forbidden");
  expect(f.client.dehydrate().queries).toEqual([]);
});

test("a preload ends with its signal, and with the client", async () => {
  const f = clientFixture();
  const abort = new AbortController();
  const aborted = outcome(f.client.preload(api.messages.list, { channel: 1 }, { signal: abort.signal }));
  const closed = outcome(f.client.preload(api.messages.count, { channel: 1 }));
  abort.abort(new Error("too slow"));
  f.client.close();
  const late = outcome(f.client.preload(api.channels.list));
  await settled();
  expect([aborted.now(), closed.now(), late.now()]).toEqual(["rejected too slow", "rejected client_closed", "rejected client_closed"]);
  expect(f.environment.timerCount).toBe(0);
});
