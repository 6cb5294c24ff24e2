import { expect, test } from "vitest";
import { functionReference, watchPages, type OptimisticStore } from "@freshet/client";
import { createFakeClient, fakeError } from "../src/fake.js";
import { api, type Note } from "./notes_api.js";

function notes() {
  const fake = createFakeClient({ identity: { sub: "1" } });
  let rows: readonly Note[] = [{ id: 1, title: "one" }];
  fake.query(api.notes.list, () => rows);
  fake.mutation(api.notes.add, ({ title }) => {
    rows = [...rows, { id: rows.length + 1, title }];
    return rows.length;
  });
  const watch = fake.client.watch(api.notes.list, {});
  const titles = () => watch.current().data?.map(({ title }) => title);
  return { fake, watch, titles, set: (next: readonly Note[]) => (rows = next) };
}

const optimistic = (store: OptimisticStore, { title }: { title: string }) => {
  store.update(api.notes.list, (rows) => [...rows, { id: -1, title: `${title}?` }]);
};

test("a query is answered by the test, and again when it says so", async () => {
  const { fake, watch, titles, set } = notes();
  expect(watch.current().status).toBe("loading");
  await fake.settled();
  expect(titles()).toEqual(["one"]);
  set([]);
  fake.refresh();
  expect(titles()).toEqual([]);
  expect(fake.client.auth()).toEqual({ status: "authenticated", identity: { sub: "1" } });
});

test("a mutation shows its optimistic update, then what the queries answer after it", async () => {
  const { fake, titles } = notes();
  await fake.settled();
  const sent = fake.client.mutate(api.notes.add, { title: "two" }, { optimistic });
  expect(titles()).toEqual(["one", "two?"]);
  expect(await sent).toBe(2);
  expect(titles()).toEqual(["one", "two"]);
  expect(fake.calls(api.notes.add)).toEqual([{ title: "two" }]);
});

test("what a mutation throws is its error, and its update is rolled back", async () => {
  const { fake, titles } = notes();
  await fake.settled();
  fake.mutation(api.notes.add, () => {
    throw fakeError("application", "not that", { code: "bad_title" });
  });
  await expect(fake.client.mutate(api.notes.add, { title: "x" }, { optimistic })).rejects.toMatchObject({ code: "application", applicationCode: "bad_title" });
  expect(titles()).toEqual(["one"]);
});

test("a mutation is on its way for as long as the test wants", async () => {
  const { fake, titles, set } = notes();
  await fake.settled();
  let finish!: (id: number) => void;
  fake.mutation(api.notes.add, () => new Promise<number>((resolve) => (finish = resolve)));
  const sent = fake.client.mutate(api.notes.add, { title: "two" }, { optimistic });
  await fake.settled();
  expect(titles()).toEqual(["one", "two?"]);
  set([{ id: 2, title: "two" }]);
  finish(2);
  await sent;
  expect(titles()).toEqual(["two"]);
});

test("a mutation that was sent when the connection was lost takes effect once", async () => {
  const { fake, titles } = notes();
  await fake.settled();
  const sent = fake.client.mutate(api.notes.add, { title: "two" }, { optimistic });
  await Promise.resolve();
  fake.disconnect();
  await fake.settled();
  expect(fake.client.connectionStatus().status).not.toBe("connected");
  expect(titles()).toEqual(["one", "two?"]);
  fake.reconnect();
  await sent;
  expect(titles()).toEqual(["one", "two"]);
  expect(fake.calls(api.notes.add)).toHaveLength(1);
});

test("a query without an answer says which one is missing", async () => {
  const fake = createFakeClient();
  const watch = fake.client.watch(api.notes.list, {});
  await fake.settled();
  expect(watch.current().error).toMatchObject({ code: "not_found", message: "the test gives no answer for notes.list" });
});

test("a one-shot query is answered too", async () => {
  const { fake } = notes();
  expect(await fake.client.query(api.notes.list)).toEqual([{ id: 1, title: "one" }]);
});

test("a list is read by pages of what the test answers, and grows without a gap", async () => {
  const fake = createFakeClient();
  let rows = Array.from({ length: 25 }, (_, n) => ({ id: n, title: `${n}` }));
  fake.query(api.notes.list, () => rows);
  const pages = watchPages(fake.client, api.notes.list, {}, { pageSize: 10 });
  const ids = () => pages.current().results.map(({ id }) => id);
  await fake.settled();
  expect([ids().length, pages.current().status]).toEqual([10, "can-load-more"]);
  pages.loadMore();
  await fake.settled();
  rows = [{ id: -1, title: "new" }, ...rows];
  fake.refresh();
  await fake.settled();
  expect(ids()).toEqual(rows.slice(0, 21).map(({ id }) => id));
  pages.loadMore();
  await fake.settled();
  expect([ids().length, pages.current().status]).toEqual([26, "exhausted"]);
});

test("answers are given in the names of the app", async () => {
  const fake = createFakeClient();
  const names = { args: { keys: { list_id: "listId" } }, result: { items: { keys: { due_at: "dueAt" } } } };
  const due = functionReference<"query", { listId: number }, readonly { readonly dueAt: string }[]>("query", "notes.due", { names });
  fake.query(due, ({ listId }) => [{ dueAt: `of ${listId}` }]);
  expect(await fake.client.preload(due, { listId: 7 })).toEqual([{ dueAt: "of 7" }]);
  expect(fake.calls(due)).toEqual([{ listId: 7 }]);
});
