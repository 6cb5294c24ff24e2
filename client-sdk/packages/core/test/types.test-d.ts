import { expectTypeOf, test } from "vitest";
import { FreshetClient, skip, type ArgsOf, type CodesOf, watchPages, type Mutation, type PageValue, type QueryResult, type ResultOf } from "../src/index.js";
import { api, type Message } from "./chat_api.js";

declare const client: FreshetClient;

test("a reference carries arguments, result and codes", () => {
  expectTypeOf<ArgsOf<typeof api.messages.list>>().toEqualTypeOf<{ channel: number }>();
  expectTypeOf<ResultOf<typeof api.messages.list>>().toEqualTypeOf<readonly Message[]>();
  expectTypeOf<CodesOf<typeof api.messages.send>>().toEqualTypeOf<"channel_archived">();
});

test("a result is typed by its status", () => {
  const result = client.watch(api.messages.count, { channel: 1 }).current();
  expectTypeOf(result).toEqualTypeOf<QueryResult<number>>();
  if (result.status === "success") {
    expectTypeOf(result.data).toEqualTypeOf<number>();
  } else {
    expectTypeOf(result.data).toEqualTypeOf<undefined>();
  }
});

test("arguments are needed unless none is required", () => {
  expectTypeOf(client.query(api.channels.list)).toEqualTypeOf<Promise<readonly string[]>>();
  // @ts-expect-error channel is missing
  void client.query(api.messages.list);
  // @ts-expect-error channel is a number
  void client.query(api.messages.list, { channel: "1" });
  client.watch(api.messages.list, skip);
});

test("kinds are not mixed up", () => {
  expectTypeOf(client.mutate(api.messages.send, { channel: 1, key: "k" })).toEqualTypeOf<Mutation<string>>();
  // @ts-expect-error a query is not a mutation
  client.mutate(api.messages.list, { channel: 1 });
  // @ts-expect-error a mutation is not a query
  client.watch(api.messages.send, { channel: 1, key: "k" });
});

test("an optimistic update sees typed values", () => {
  client.mutate(api.messages.send, { channel: 1, key: "k" }, {
    optimistic(store, args) {
      expectTypeOf(args).toEqualTypeOf<{ channel: number; key: string }>();
      expectTypeOf(store.get(api.messages.count, { channel: 1 })).toEqualTypeOf<number | undefined>();
      // @ts-expect-error a count is a number
      store.set(api.messages.count, { channel: 1 }, "1");
    },
  });
});

test("a page holds the rows of its query", () => {
  const page = { limit: 10 };
  expectTypeOf(client.query(api.messages.list, { channel: 1 }, { page })).toEqualTypeOf<Promise<PageValue<readonly Message[]>>>();
  expectTypeOf(client.watch(api.messages.list, { channel: 1 }, { page }).current()).toEqualTypeOf<QueryResult<PageValue<readonly Message[]>>>();
  expectTypeOf(watchPages(client, api.messages.list, { channel: 1 }, { pageSize: 10 }).current().results).toEqualTypeOf<readonly Message[]>();
});
