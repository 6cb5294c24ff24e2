import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { BankDatabase } from "../control/bank_database.ts";
import type { Crowd } from "../control/crowd.ts";
import { Demo, firstCrowdUser, pageUser } from "../control/demo.ts";
import type { PsqlWriters } from "../control/psql_writers.ts";
import type { Service } from "../control/service.ts";
import type { Outcome } from "../count/intents.ts";
import type { Order, Side, SideReport } from "../crowd/messages.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => vi.useRealTimers());

const nothing: SideReport = { frames: 0, torn: 0, leaked: 0, connected: 0, shown: [] };

/** The demo over parts that only write down what they are told. */
function demo() {
  const told: Order[] = [];
  const killed: Side[] = [];
  const books = new Map<string, number>();
  let notice = 1;
  let truth = "a";
  const crowd = {
    reports: { freshet: nothing, rival: nothing } as Record<Side, SideReport>,
    outcomes: { freshet: [] as Outcome[], rival: [] as Outcome[] },
    storm: null as { done: number; of: number } | null,
    count: 0,
    resize: (count: number) => void (crowd.count = count),
    startStorm: (each: number) => void (crowd.storm = { done: 0, of: each * crowd.count * 2 }),
    tell: (order: Order) => void told.push(order),
  };
  const writers = { count: 0, resize: (count: number) => void (writers.count = count) };
  const database = {
    timesOf: async () => books,
    truth: async () => truth,
    revoke: async (_bank: number, user: number) => ({ user, from: ++notice, until: null }),
    restore: async () => ++notice,
  };
  const server = (side: Side) => ({ isUp: true, kill: () => void killed.push(side) }) as unknown as Service;
  const made = new Demo({
    bank: 1,
    database: database as unknown as BankDatabase,
    crowd: crowd as unknown as Crowd,
    writers: writers as unknown as PsqlWriters,
    servers: { freshet: server("freshet"), rival: server("rival") },
  });
  return { demo: made, crowd, writers, told, killed, books, write: (text: string) => void (truth = text) };
}

test("numbers are bounded, whatever the page says", async () => {
  const d = demo();
  await d.demo.do({ do: "browsers", count: 1e9 });
  expect(d.crowd.count).toBe(50);
  await d.demo.do({ do: "browsers", count: -3 });
  expect(d.crowd.count).toBe(0);
});

test("one storm at a time, and none without browsers", async () => {
  const d = demo();
  await expect(d.demo.do({ do: "storm", perBrowser: 10, once: false })).rejects.toThrow("no simulated browsers");
  await d.demo.do({ do: "browsers", count: 2 });
  await d.demo.do({ do: "storm", perBrowser: 10, once: false });
  expect(d.demo.status().storm).toEqual({ done: 0, of: 40 });
  await expect(d.demo.do({ do: "storm", perBrowser: 10, once: false })).rejects.toThrow("on its way");
  await expect(d.demo.do({ do: "reset" })).rejects.toThrow("on its way");
});

test("each revocation is another member's, and the browsers are told of it", async () => {
  const d = demo();
  await d.demo.do({ do: "browsers", count: 2 });
  await d.demo.do({ do: "revoke", who: "somebody" });
  await d.demo.do({ do: "revoke", who: "me" });
  await d.demo.do({ do: "revoke", who: "somebody" });
  await expect(d.demo.do({ do: "revoke", who: "somebody" })).rejects.toThrow("no member is left");
  await expect(d.demo.do({ do: "revoke", who: "me" })).rejects.toThrow("no member any more");
  const users = [firstCrowdUser, pageUser, firstCrowdUser + 1];
  expect(d.demo.status().shuts).toEqual(users.map((user, at) => ({ user, from: at + 2, until: null })));
  expect(d.told.at(-1)).toEqual({ type: "shuts", shuts: d.demo.status().shuts });
});

test("letting everybody in ends what is open, and counting anew forgets what has ended", async () => {
  const d = demo();
  await d.demo.do({ do: "revoke", who: "me" });
  await d.demo.do({ do: "restore" });
  expect(d.demo.status().shuts).toEqual([{ user: pageUser, from: 2, until: 3 }]);
  await d.demo.do({ do: "revoke", who: "me" });
  await d.demo.do({ do: "reset" });
  expect(d.demo.status()).toMatchObject({ run: 2, shuts: [{ user: pageUser, from: 4, until: null }] });
});

test("both servers are killed at once", async () => {
  const d = demo();
  await d.demo.do({ do: "kill" });
  expect([d.killed, d.demo.status().kills]).toEqual([["freshet", "rival"], 1]);
});

test("the books are looked into every second", async () => {
  const d = demo();
  d.crowd.outcomes.rival.push({ intent: "a", outcome: "acknowledged" }, { intent: "b", outcome: "acknowledged" });
  d.books.set("a", 3);
  await vi.advanceTimersByTimeAsync(1_000);
  await d.demo.do({ do: "kill" });
  expect(d.demo.status().sides.rival.transfers).toMatchObject({ intents: 2, lost: 1, twice: 2 });
});

test("a browser that shows an old state is behind once the bank has been at rest, not before", async () => {
  const d = demo();
  d.crowd.reports = { freshet: { ...nothing, shown: ["b", "b"] }, rival: { ...nothing, shown: ["a", "b"] } };
  d.write("b");
  await vi.advanceTimersByTimeAsync(3_000);
  expect([d.demo.status().isAtRest, d.demo.status().sides.rival.behind]).toEqual([false, 0]);
  await vi.advanceTimersByTimeAsync(4_000);
  const { isAtRest, sides } = d.demo.status();
  expect([isAtRest, sides.freshet.behind, sides.rival.behind]).toEqual([true, 0, 1]);
});

test("when no page looks for a minute, writers and browsers are stopped", async () => {
  const d = demo();
  await d.demo.do({ do: "browsers", count: 4 });
  await d.demo.do({ do: "writers", count: 2 });
  await vi.advanceTimersByTimeAsync(50_000);
  d.demo.status();
  await vi.advanceTimersByTimeAsync(50_000);
  expect([d.crowd.count, d.writers.count]).toEqual([4, 2]);
  await vi.advanceTimersByTimeAsync(12_000);
  expect([d.crowd.count, d.writers.count]).toEqual([0, 0]);
});
