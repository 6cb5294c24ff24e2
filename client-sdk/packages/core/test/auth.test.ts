import { expect, test } from "vitest";
import { api } from "./chat_api.js";
import { clientFixture, outcome, settled } from "./client_fixture.js";

const refusal = { type: "auth", ok: false, error: { code: "unauthenticated", message: "expired", retryable: false } } as const;
const accepted = { type: "auth", ok: true, identity: { sub: "alice" } } as const;

function jwt(claims: object): string {
  return `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
}

test("a token is sent right after hello, and everything else waits for its acceptance", () => {
  const f = clientFixture({ auth: "t1" });
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  expect(f.socket.sent).toEqual([{ type: "hello" }, { type: "auth", token: "t1" }]);
  f.socket.receive(accepted);
  expect(f.socket.frames("subscribe")).toHaveLength(1);
  expect(f.client.auth()).toEqual({ status: "authenticated", identity: { sub: "alice" } });
});

test("an identity that is accepted before welcome opens nothing yet", () => {
  const f = clientFixture({ auth: "t1" });
  f.client.watch(api.messages.list, { channel: 1 });
  void f.client.mutate(api.messages.send, { channel: 1, key: "k" });
  f.socket.open();
  f.socket.receive(accepted);
  expect(f.socket.sent.map(({ type }) => type)).toEqual(["hello", "auth"]);
  f.welcome();
  expect(f.socket.sent.map(({ type }) => type)).toEqual(["hello", "auth", "subscribe", "mutate"]);
});

test("nothing is sent before a supplier has given its token", async () => {
  let give!: (token: string) => void;
  const f = clientFixture({ auth: () => new Promise<string>((resolve) => (give = resolve)) });
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  expect(f.socket.sent).toEqual([{ type: "hello" }]);
  give("t1");
  await settled();
  expect(f.socket.frames("auth")).toEqual([{ type: "auth", token: "t1" }]);
});

test("a supplier is asked again shortly before the token ends, and nothing is interrupted", async () => {
  let n = 0;
  const f = clientFixture({ auth: async () => jwt({ exp: f.environment.wallClock() / 1000 + 600, n: ++n }) });
  f.client.watch(api.messages.list, { channel: 1 });
  await settled();
  f.connect();
  f.socket.receive(accepted);
  f.transition([{ id: 1, value: [], hash: "h" }]);
  for (let elapsed = 0; elapsed < 540; elapsed += 10) {
    f.environment.advance(10_000);
    f.socket.receive({ type: "pong" });
  }
  await settled();
  expect(n).toBe(2);
  expect(f.socket.frames("auth")).toHaveLength(2);
  expect(f.socket.frames("subscribe")).toHaveLength(1);
  expect(f.client.peek(api.messages.list, { channel: 1 }).status).toBe("success");
});

test("after a refusal a supplier is asked once for another token", async () => {
  const asked: boolean[] = [];
  const f = clientFixture({ auth: async ({ refused }) => (asked.push(refused), `t${asked.length}`) });
  const m = outcome(f.client.mutate(api.messages.send, { channel: 1, key: "k" }));
  await settled();
  f.connect();
  f.socket.receive(refusal);
  await settled();
  expect(f.socket.frames("auth").map(({ token }) => token)).toEqual(["t1", "t2"]);
  f.socket.receive(refusal);
  await settled();
  expect(asked).toEqual([false, true]);
  expect(f.client.auth().status).toBe("rejected");
  expect(m.now()).toBe("rejected unauthenticated");
});

test("a mutation that was sent under an identity that is refused later is unknown, not run as nobody", async () => {
  const f = clientFixture({ auth: "t1" });
  const m = outcome(f.client.mutate(api.messages.send, { channel: 1, key: "k" }));
  f.connect();
  f.socket.receive(accepted);
  f.reconnect();
  f.socket.receive(refusal);
  await settled();
  expect(m.now()).toBe("rejected outcome_unknown");
  expect(f.socket.frames("mutate")).toEqual([]);
});

test("a supplier that fails is asked again, and nobody becomes anonymous meanwhile", async () => {
  let n = 0;
  const f = clientFixture({
    auth: async () => {
      if (++n === 1) {
        throw new Error("issuer down");
      }
      return "t";
    },
  });
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  await settled();
  expect(f.socket.frames("subscribe")).toEqual([]);
  f.environment.advance(5_000);
  await settled();
  f.socket.receive(accepted);
  expect(f.socket.frames("subscribe")).toHaveLength(1);
  expect(f.errors).toMatchObject([{ message: "issuer down" }]);
});

test("an identity that ended makes a supplier give another token for the next connection", async () => {
  const asked: boolean[] = [];
  const f = clientFixture({ auth: async ({ refused }) => (asked.push(refused), `t${asked.length}`) });
  f.client.watch(api.messages.list, { channel: 1 });
  await settled();
  f.connect();
  f.socket.receive(accepted);
  f.socket.drop(4401);
  await settled();
  f.awaitDial();
  f.connect({ resumed: true });
  expect(asked).toEqual([false, true]);
  expect(f.socket.frames("auth")).toEqual([{ type: "auth", token: "t2" }]);
});

test("another caller sees nothing of the one before, and sends nothing of theirs", async () => {
  const f = clientFixture({ auth: "alice" });
  const list = f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.socket.receive(accepted);
  f.transition([{ id: 1, value: [{ key: "a", body: "hers" }], hash: "h1" }]);
  f.client.setAuth("bob");
  const queued = outcome(f.client.mutate(api.messages.send, { channel: 1, key: "k" }));
  expect(list.current().status).toBe("loading");
  expect(f.socket.sent.slice(-3)).toEqual([
    { type: "unsubscribe", id: 1 },
    { type: "auth", token: null },
    { type: "auth", token: "bob" },
  ]);
  f.transition([{ id: 1, value: [{ key: "a", body: "late" }], hash: "h2" }]);
  f.socket.receive({ type: "auth", ok: true, identity: null });
  expect(f.socket.frames("mutate")).toEqual([]);
  f.socket.receive({ type: "auth", ok: true, identity: { sub: "bob" } });
  expect(list.current().status).toBe("loading");
  expect(f.socket.frames("subscribe").at(-1)).toEqual({ type: "subscribe", id: 2, path: "messages.list", args: { channel: 1 } });
  expect(f.socket.frames("mutate")).toHaveLength(1);
  await settled();
  expect(queued.now()).toBe("pending");
});

test("what was not sent before the caller changed is never sent", async () => {
  const f = clientFixture({ auth: "alice" });
  const unsent = outcome(f.client.mutate(api.messages.send, { channel: 1, key: "k" }));
  f.client.setAuth("bob");
  f.connect();
  f.socket.receive(accepted);
  await settled();
  expect(unsent.now()).toBe("rejected unauthenticated");
  expect(f.socket.frames("mutate")).toEqual([]);
});

test("when the identity ends on a live connection, calls wait for the next token", async () => {
  let n = 0;
  const f = clientFixture({ auth: async () => `t${++n}` });
  f.client.watch(api.messages.list, { channel: 1 });
  await settled();
  f.connect();
  f.socket.receive(accepted);
  f.socket.receive(refusal);
  void f.client.mutate(api.messages.send, { channel: 1, key: "k" });
  expect(f.socket.frames("mutate")).toEqual([]);
  await settled();
  expect(f.socket.frames("auth").at(-1)).toEqual({ type: "auth", token: "t2" });
  f.socket.receive(accepted);
  expect(f.socket.frames("mutate")).toHaveLength(1);
  expect(f.socket.frames("subscribe")).toHaveLength(1);
});

test.each([
  ["ahead", 3_600],
  ["behind", -3_600],
])("a clock that is an hour %s does not make a supplier be asked all the time, nor too late", async (_, skew) => {
  let n = 0;
  const f = clientFixture({
    auth: async () => {
      const issued = f.environment.wallClock() / 1000 - skew;
      return jwt({ iat: issued, exp: issued + 600, n: ++n });
    },
  });
  f.client.watch(api.messages.list, { channel: 1 });
  await settled();
  f.connect();
  f.socket.receive(accepted);
  for (let elapsed = 0; elapsed < 530; elapsed += 10) {
    f.environment.advance(10_000);
    f.socket.receive({ type: "pong" });
    await settled();
  }
  expect(n).toBe(1);
  f.environment.advance(10_000);
  await settled();
  expect(n).toBe(2);
});

test("a token that seems to have expired before it came, and does not say when it was issued, is kept until it is refused", async () => {
  let n = 0;
  const f = clientFixture({ auth: async () => jwt({ exp: f.environment.wallClock() / 1000 - 60, n: ++n }) });
  f.client.watch(api.messages.list, { channel: 1 });
  await settled();
  f.connect();
  f.socket.receive(accepted);
  for (let minute = 0; minute < 30; minute++) {
    f.environment.advance(10_000);
    f.socket.receive({ type: "pong" });
    await settled();
  }
  expect(n).toBe(1);
  f.socket.receive(refusal);
  await settled();
  expect(n).toBe(2);
});
