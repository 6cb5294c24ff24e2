import { expect, test } from "vitest";
import { api } from "./chat_api.js";
import { clientFixture } from "./client_fixture.js";

const page = { limit: 2 };

test("a splice of a page edits its rows and replaces its other members", () => {
  const f = clientFixture();
  const watch = f.client.watch(api.messages.list, { channel: 1 }, { page });
  f.connect();
  f.transition([{ id: 1, value: { rows: [1, 2], next: "c2", split: null }, hash: "h1" }]);
  f.transition([{ id: 1, splice: [[0, 0, [0]], [2, 1, []]], page: { next: "c1", split: null }, base: "h1", hash: "h2" }]);
  expect(watch.current().data).toEqual({ rows: [0, 1], next: "c1", split: null });
});

test("a splice of a page over a value that is none asks for the whole", () => {
  const f = clientFixture();
  f.client.watch(api.messages.list, { channel: 1 }, { page });
  f.connect();
  f.transition([{ id: 1, value: [1, 2], hash: "h1" }]);
  f.transition([{ id: 1, splice: [[0, 1, []]], page: { next: null, split: null }, base: "h1", hash: "h2" }]);
  expect(f.socket.frames("subscribe").map(({ id }) => id)).toEqual([1, 2]);
});
