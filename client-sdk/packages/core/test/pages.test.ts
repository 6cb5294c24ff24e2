import { expect, test } from "vitest";
import { skip, watchPages } from "../src/index.js";
import { api } from "./chat_api.js";
import { clientFixture } from "./client_fixture.js";

const refusal = { code: "invalid_cursor", message: "the cursor is none of this page", retryable: false } as const;

function pageOf(rows: readonly unknown[], next: string | null, split: string | null = null, hash = JSON.stringify([rows, next, split])) {
  return { value: { rows, next, split }, hash };
}

function listFixture(pageSize = 2) {
  const f = clientFixture();
  const pages = watchPages(f.client, api.messages.list, { channel: 1 }, { pageSize });
  const seen: unknown[] = [];
  pages.onChange(() => seen.push(pages.current().results));
  return Object.assign(f, { pages, seen, subscribed: () => f.socket.frames("subscribe").map(({ id, page }) => [id, page]) });
}

test("the first page is open: the first rows, whichever they are", () => {
  const f = listFixture();
  f.connect();
  expect(f.subscribed()).toEqual([[1, { limit: 2 }]]);
  expect(f.pages.current()).toEqual({ status: "loading-first", results: [], error: undefined });
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  expect(f.pages.current()).toEqual({ status: "can-load-more", results: [1, 2], error: undefined });
  f.transition([{ id: 1, ...pageOf([0, 1], "c1") }]);
  expect(f.pages.current().results).toEqual([0, 1]);
});

test("more closes the last page at its end and opens the one behind it, in one go", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.pages.loadMore(3);
  expect(f.subscribed().slice(1)).toEqual([[2, { limit: 2, until: "c2" }], [3, { limit: 3, after: "c2" }]]);
  expect(f.pages.current()).toMatchObject({ status: "loading-more", results: [1, 2] });
  f.transition([{ id: 2, ...pageOf([1, 2], "c2") }, { id: 3, ...pageOf([3, 4, 5], null) }]);
  expect(f.pages.current()).toMatchObject({ status: "exhausted", results: [1, 2, 3, 4, 5] });
});

test("what took the place of a page is shown only when all of it is there", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.pages.loadMore();
  f.transition([{ id: 2, ...pageOf([1, 2], "c2") }]);
  expect(f.pages.current()).toMatchObject({ status: "loading-more", results: [1, 2] });
  f.transition([{ id: 1, ...pageOf([0, 1], "c1") }, { id: 2, ...pageOf([0, 1, 2], "c2") }]);
  expect(f.pages.current()).toMatchObject({ status: "loading-more", results: [0, 1] });
  f.transition([{ id: 3, ...pageOf([3, 4], "c4") }]);
  expect(f.pages.current()).toMatchObject({ status: "can-load-more", results: [0, 1, 2, 3, 4] });
});

test("a range that was split is swapped for its halves at once", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.pages.loadMore();
  f.transition([{ id: 2, ...pageOf([1, 2], "c2") }, { id: 3, ...pageOf([3, 4], "c4") }]);
  f.transition([{ id: 2, ...pageOf([-2, -1, 0, 1, 2], "c2", "c-1") }]);
  expect(f.subscribed().slice(3)).toEqual([[4, { limit: 2, until: "c-1" }], [5, { limit: 2, after: "c-1", until: "c2" }]]);
  expect(f.pages.current().results).toEqual([-2, -1, 0, 1, 2, 3, 4]);
  const before = f.seen.length;
  f.transition([{ id: 4, ...pageOf([-2, -1], "c-1") }]);
  f.transition([{ id: 5, ...pageOf([0, 1, 2], "c2") }]);
  expect(f.pages.current()).toMatchObject({ status: "can-load-more", results: [-2, -1, 0, 1, 2, 3, 4] });
  expect(f.seen.slice(before).every((results) => JSON.stringify(results) === "[-2,-1,0,1,2,3,4]")).toBe(true);
});

test("behind a range that ends early nothing is shown until it was split", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.pages.loadMore();
  f.transition([{ id: 2, ...pageOf([1, 2], "c2") }, { id: 3, ...pageOf([3, 4], "c4") }]);
  f.transition([{ id: 2, ...pageOf([-9, -8], "c-8", "c-9") }]);
  expect(f.pages.current()).toMatchObject({ status: "loading-more", results: [-9, -8] });
});

test("a page that failed ends the list, and the list goes on when it is back", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.pages.loadMore();
  f.transition([{ id: 2, ...pageOf([1, 2], "c2") }, { id: 3, ...pageOf([3, 4], "c4") }]);
  f.transition([{ id: 3, error: { code: "deadline_exceeded", message: "slow", retryable: true } }]);
  expect(f.pages.current()).toMatchObject({ status: "error", results: [1, 2], error: { code: "deadline_exceeded" } });
  f.transition([{ id: 3, ...pageOf([3], null) }]);
  expect(f.pages.current()).toMatchObject({ status: "exhausted", results: [1, 2, 3], error: undefined });
});

test("a cursor that is refused begins the list anew", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.pages.loadMore();
  f.transition([{ id: 2, ...pageOf([1, 2], "c2") }, { id: 3, ...pageOf([3, 4], "c4") }]);
  f.environment.advance(2_000);
  f.transition([{ id: 3, error: refusal }, { id: 2, error: refusal }]);
  expect(f.pages.current()).toMatchObject({ status: "loading-first", results: [], error: undefined });
  expect(f.subscribed().at(-1)![1]).toEqual({ limit: 2 });
});

test("a first page that is refused is an error and not asked for again and again", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, error: refusal }]);
  expect(f.pages.current()).toMatchObject({ status: "error", error: { code: "invalid_cursor" } });
  expect(f.subscribed()).toHaveLength(1);
});

test("more is asked for once at a time, and never behind the end", () => {
  const f = listFixture();
  f.pages.loadMore();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.pages.loadMore();
  f.pages.loadMore();
  expect(f.subscribed()).toHaveLength(3);
  f.transition([{ id: 2, ...pageOf([1, 2], "c2") }, { id: 3, ...pageOf([3], null) }]);
  f.pages.loadMore();
  expect(f.subscribed()).toHaveLength(3);
});

test("a result that did not change stays the same object, and nobody is told", () => {
  const f = listFixture();
  f.client.watch(api.messages.count, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }, { id: 2, value: 2, hash: "n2" }]);
  const before = f.pages.current();
  const told = f.seen.length;
  f.transition([{ id: 2, value: 3, hash: "n3" }]);
  expect(f.pages.current()).toBe(before);
  expect(f.seen).toHaveLength(told);
});

test("a list whose end is found out keeps its rows as the same array", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  const { results } = f.pages.current();
  f.transition([{ id: 1, splice: [], page: { next: null, split: null }, base: JSON.stringify([[1, 2], "c2", null]), hash: "h" }]);
  expect(f.pages.current().status).toBe("exhausted");
  expect(f.pages.current().results).toEqual(results);
});

test("over a reconnect the list stays as it is and is taken up where it was", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.pages.loadMore();
  f.transition([{ id: 2, ...pageOf([1, 2], "c2") }, { id: 3, ...pageOf([3, 4], "c4") }]);
  f.environment.advance(2_000);
  f.reconnect();
  expect(f.pages.current()).toMatchObject({ status: "can-load-more", results: [1, 2, 3, 4] });
  expect(f.socket.frames("subscribe").map(({ page, have }) => [page, have !== undefined])).toEqual([
    [{ limit: 2, until: "c2" }, true],
    [{ limit: 2, after: "c2" }, true],
  ]);
  f.transition([{ id: 2, ...pageOf([1], "c2") }, { id: 3, ...pageOf([3, 4], "c4") }]);
  expect(f.pages.current().results).toEqual([1, 3, 4]);
});

test("another caller's list begins with nothing", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.client.setAuth("token");
  expect(f.pages.current()).toMatchObject({ status: "loading-first", results: [] });
});

test("a list that is skipped asks for nothing", () => {
  const f = clientFixture();
  const pages = watchPages(f.client, api.messages.list, skip, { pageSize: 2 });
  expect(pages.current()).toEqual({ status: "skipped", results: [], error: undefined });
});

test("a page size that is none is refused where it is given", () => {
  const f = clientFixture();
  expect(() => watchPages(f.client, api.messages.list, { channel: 1 }, { pageSize: 0 })).toThrow(RangeError);
});

test("a closed list asks for nothing and tells nobody", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([1, 2], "c2") }]);
  f.pages.close();
  f.pages.loadMore();
  f.transition([{ id: 1, ...pageOf([0, 1], "c1") }]);
  expect(f.seen).toHaveLength(1);
  expect(f.subscribed()).toHaveLength(1);
});

test("an optimistic update of a query changes the rows of its pages", async () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([{ key: "a", body: "1" }, { key: "b", body: "2" }], "cb") }]);
  f.pages.loadMore();
  f.transition([{ id: 2, ...pageOf([{ key: "a", body: "1" }, { key: "b", body: "2" }], "cb") }, { id: 3, ...pageOf([{ key: "c", body: "3" }], null) }]);
  void f.client.mutate(api.messages.send, { channel: 1, key: "c" }, {
    optimistic: (store, { key }) => store.update(api.messages.list, (rows) => rows.filter((row) => row.key !== key)),
  }).visible;
  expect(f.pages.current()).toMatchObject({ status: "exhausted", results: [{ key: "a" }, { key: "b" }] });
  const sent = f.socket.frames("mutate")[0]!.id;
  f.respond(sent, "c");
  f.transition([{ id: 3, ...pageOf([], null) }], [sent]);
  expect(f.pages.current().results).toEqual([{ key: "a", body: "1" }, { key: "b", body: "2" }]);
});

test("what an optimistic update reads and writes of a page are its rows", () => {
  const f = clientFixture();
  const page = { limit: 1 };
  const watch = f.client.watch(api.messages.list, { channel: 1 }, { page });
  f.connect();
  f.transition([{ id: 1, ...pageOf([{ key: "a", body: "1" }], "ca") }]);
  void f.client.mutate(api.messages.send, { channel: 1, key: "x" }, {
    optimistic: (store) => store.set(api.messages.list, { channel: 1 }, [{ key: "x", body: "" }, ...store.get(api.messages.list, { channel: 1 }, { page })!], { page }),
  }).visible;
  expect(watch.current().data).toEqual({ rows: [{ key: "x", body: "" }, { key: "a", body: "1" }], next: "ca", split: null });
});

test("a list of very many ranges is not split any further", () => {
  const f = listFixture(1);
  f.connect();
  f.transition([{ id: 1, ...pageOf([0], "c0") }]);
  for (let page = 1; page <= 100; page++) {
    f.pages.loadMore();
    const [closed, open] = f.subscribed().slice(-2) as [[number], [number]];
    f.transition([{ id: closed[0], ...pageOf([page - 1], `c${page - 1}`) }, { id: open[0], ...pageOf([page], `c${page}`) }]);
  }
  const before = f.subscribed();
  f.transition([{ id: before[1]![0] as number, ...pageOf([-2, -1, 0], "c0", "c-2") }]);
  expect(f.subscribed()).toHaveLength(before.length);
  expect(f.pages.current().results).toHaveLength(103);
});

test("an optimistic update puts a new first row into the first page alone", () => {
  const f = listFixture();
  f.connect();
  f.transition([{ id: 1, ...pageOf([{ key: "a", body: "" }, { key: "b", body: "" }], "cb") }]);
  f.pages.loadMore();
  f.transition([{ id: 2, ...pageOf([{ key: "a", body: "" }, { key: "b", body: "" }], "cb") }, { id: 3, ...pageOf([{ key: "c", body: "" }], null) }]);
  void f.client.mutate(api.messages.send, { channel: 1, key: "new" }, {
    optimistic: (store, { key }) => store.update(api.messages.list, (rows, _, page) => (page?.after === undefined ? [{ key, body: "" }, ...rows] : rows)),
  }).visible;
  expect(f.pages.current().results.map((row) => (row as { key: string }).key)).toEqual(["new", "a", "b", "c"]);
});
