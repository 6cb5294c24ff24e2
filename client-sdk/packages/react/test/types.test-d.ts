import { expectTypeOf, test } from "vitest";
import { skip, type Mutation, type QueryResult } from "@freshet/client";
import { useMutation, useQueries, useQuery } from "../src/index.js";
import { api } from "./fake_gateway_client.js";

test("useQuery is typed by its function", () => {
  expectTypeOf(useQuery(api.messages.count, { channel: 1 })).toEqualTypeOf<QueryResult<number>>();
  expectTypeOf(useQuery(api.channels.list)).toEqualTypeOf<QueryResult<readonly string[]>>();
  useQuery(api.messages.list, skip);
  // @ts-expect-error channel is missing
  useQuery(api.messages.list);
  // @ts-expect-error a mutation is not a query
  useQuery(api.messages.send, { channel: 1, body: "" });
});

test("useMutation is typed by its function", () => {
  const send = useMutation(api.messages.send);
  expectTypeOf(send({ channel: 1, body: "" })).toEqualTypeOf<Mutation<null>>();
  // @ts-expect-error body is a string
  void send({ channel: 1, body: 2 });
  send.withOptimisticUpdate((store, args) => {
    expectTypeOf(args).toEqualTypeOf<{ channel: number; body: string }>();
    expectTypeOf(store.all(api.messages.count)[0]?.value).toEqualTypeOf<number | undefined>();
  });
});

test("a group of queries is typed by its functions", () => {
  const group = useQueries({
    count: { query: api.messages.count, args: { channel: 1 } },
    list: { query: api.messages.list, args: skip, lockstep: false },
    channels: { query: api.channels.list },
  });
  expectTypeOf(group.count).toEqualTypeOf<QueryResult<number>>();
  expectTypeOf(group.list).toEqualTypeOf<QueryResult<readonly string[]>>();
  expectTypeOf(group.channels).toEqualTypeOf<QueryResult<readonly string[]>>();
  // @ts-expect-error there is no such query in it
  void group.other;
  // @ts-expect-error channel is a number
  useQueries({ count: { query: api.messages.count, args: { channel: "1" } } });
  // @ts-expect-error channel is missing
  useQueries({ count: { query: api.messages.count } });
  // @ts-expect-error a mutation is not a query
  useQueries({ send: { query: api.messages.send, args: { channel: 1, body: "" } } });
});
