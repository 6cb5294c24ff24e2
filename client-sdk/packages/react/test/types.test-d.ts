import { expectTypeOf, test } from "vitest";
import { skip, type Mutation, type QueryResult } from "@freshet/client";
import { useMutation, useQuery } from "../src/index.js";
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
