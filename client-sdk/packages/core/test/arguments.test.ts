import { expect, test } from "vitest";
import { canonicalJson } from "../src/index.js";
import { api } from "./chat_api.js";
import { clientFixture, outcome, settled } from "./client_fixture.js";

test("what is no JSON fails alone, and what comes after it is sent", async () => {
  const f = clientFixture();
  const bad = outcome(f.client.mutate(api.messages.send, { channel: 1n as never, key: "k" }));
  const alsoBad = outcome(f.client.query(api.messages.count, { channel: 1n as never }));
  void f.client.mutate(api.messages.send, { channel: 1, key: "k" });
  f.connect();
  await settled();
  expect([bad.now(), alsoBad.now()]).toEqual([expect.stringContaining("rejected"), expect.stringContaining("rejected")]);
  expect(f.socket.frames("mutate")).toHaveLength(1);
});

test("arguments are those of the moment of the call", () => {
  const f = clientFixture();
  const args = { channel: 1, key: "k" };
  void f.client.mutate(api.messages.send, args);
  args.key = "changed later";
  f.connect();
  expect(f.socket.frames("mutate")[0]?.args).toEqual({ channel: 1, key: "k" });
});

test("options that are none of the protocol are not sent", () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 }, { page: undefined, className: "x" } as never);
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  expect(f.socket.frames("subscribe")).toEqual([{ type: "subscribe", id: 1, path: "messages.list", args: { channel: 1 } }]);
});

test.each([
  [{ b: 1, a: [1, { d: null, c: undefined }] }, '{"a":[1,{"d":null}],"b":1}'],
  [{ at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  [[undefined, "é", -0, { toJSON: () => undefined }], '[null,"é",0,null]'],
])("equal values have equal text: %j", (value, text) => {
  expect(canonicalJson(value)).toBe(text);
});

test("queries for two dates are two queries", () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: new Date(0) as never });
  f.client.watch(api.messages.list, { channel: new Date(1) as never });
  f.connect();
  expect(f.socket.frames("subscribe")).toHaveLength(2);
});
