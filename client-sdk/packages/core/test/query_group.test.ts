import { expect, test } from "vitest";
import { skip, watchQueries } from "../src/index.js";
import { api } from "./chat_api.js";
import { clientFixture } from "./client_fixture.js";

function group(f: ReturnType<typeof clientFixture>) {
  return watchQueries(f.client, {
    rows: { query: api.messages.list, args: { channel: 1 } },
    count: { query: api.messages.count, args: { channel: 1 } },
    names: { query: api.channels.list },
    none: { query: api.messages.list, args: skip },
  });
}

test("a group is loading, then shows each transition at once", () => {
  const f = clientFixture();
  const watch = group(f);
  const seen: unknown[] = [];
  watch.onChange(() => seen.push([watch.current().rows.data?.length, watch.current().count.data]));
  f.connect();
  expect(f.socket.frames("subscribe").map(({ path }) => path)).toEqual(["messages.list", "messages.count", "channels.list"]);
  expect(watch.current()).toMatchObject({ rows: { status: "loading" }, count: { status: "loading" }, none: { status: "skipped" } });
  const rows = (n: number) => Array.from({ length: n }, (_, at) => ({ key: `${at}`, body: "" }));
  for (let n = 1; n <= 3; n++) {
    f.transition([
      { id: 1, value: rows(n), hash: `r${n}` },
      { id: 2, value: n, hash: `c${n}` },
      ...(n === 1 ? [{ id: 3, value: ["a"], hash: "n" }] : []),
    ]);
  }
  expect(seen).toEqual([[1, 1], [2, 2], [3, 3]]);
});

test("the results stay the same object until one of them changes, and nobody is told of anything else", () => {
  const f = clientFixture();
  const watch = group(f);
  let told = 0;
  watch.onChange(() => told++);
  f.client.watch(api.messages.list, { channel: 2 });
  f.connect();
  f.transition([{ id: 1, value: [], hash: "r" }, { id: 2, value: 0, hash: "c" }, { id: 3, value: [], hash: "n" }]);
  const before = watch.current();
  expect(told).toBe(1);
  f.transition([{ id: 4, value: [{ key: "x", body: "" }], hash: "x" }]);
  expect([watch.current() === before, told]).toEqual([true, 1]);
});

test("an error of one is a result beside the others", () => {
  const f = clientFixture();
  const watch = group(f);
  f.connect();
  const forbidden = { code: "forbidden", message: "no", retryable: false } as const;
  f.transition([{ id: 1, error: forbidden }, { id: 2, value: 0, hash: "c" }, { id: 3, value: [], hash: "n" }]);
  expect(watch.current()).toMatchObject({ rows: { status: "error", error: { code: "forbidden" } }, count: { status: "success", data: 0 } });
});

test("a closed group tells nobody and is unsubscribed after a while", () => {
  const f = clientFixture();
  const watch = group(f);
  let told = 0;
  watch.onChange(() => told++);
  f.connect();
  watch.close();
  f.transition([{ id: 1, value: [], hash: "r" }, { id: 2, value: 0, hash: "c" }, { id: 3, value: [], hash: "n" }]);
  f.environment.advance(1_000);
  expect(told).toBe(0);
  expect(f.socket.frames("unsubscribe").map(({ id }) => id)).toEqual([1, 2, 3]);
});
