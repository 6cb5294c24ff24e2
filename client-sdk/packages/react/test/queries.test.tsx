import { act, cleanup, render } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { skip, type QueryRequests, type QueryResults } from "@freshet/client";
import { FreshetProvider, useQueries } from "../src/index.js";
import { api, connectedClient } from "./fake_gateway_client.js";

afterEach(cleanup);

type Lists = Record<string, typeof api.messages.list>;

function mount(first: QueryRequests<Lists>) {
  const f = connectedClient();
  const seen: QueryResults<Lists>[] = [];
  const renders = vi.fn();
  function Group(props: { requests: QueryRequests<Lists> }) {
    renders();
    seen.push(useQueries(props.requests));
    return null;
  }
  const page = (requests: QueryRequests<Lists>) => (
    <StrictMode>
      <FreshetProvider client={f.client}>
        <Group requests={requests} />
      </FreshetProvider>
    </StrictMode>
  );
  const view = render(page(first));
  return { f, seen, renders, last: () => seen.at(-1)!, show: (requests: QueryRequests<Lists>) => view.rerender(page(requests)) };
}

const list = (channel: number) => ({ query: api.messages.list, args: { channel } });

test("all results of a group move at once, and one render shows them", () => {
  const { f, last, renders } = mount({ a: list(1), b: list(2) });
  act(() => f.connect());
  expect([last()["a"]?.status, last()["b"]?.status]).toEqual(["loading", "loading"]);
  const before = renders.mock.calls.length;
  act(() =>
    f.transition([
      { id: f.id("messages.list", 1), value: ["one"], hash: "h1" },
      { id: f.id("messages.list", 2), value: ["two"], hash: "h2" },
    ]),
  );
  expect([last()["a"]?.data, last()["b"]?.data]).toEqual([["one"], ["two"]]);
  // Strict mode renders twice.
  expect(renders.mock.calls.length - before).toBe(2);
});

test("the group is the same object until one of its results changes", () => {
  const { f, last, show } = mount({ a: list(1) });
  act(() => f.connect());
  act(() => f.transition([{ id: f.id("messages.list"), value: ["one"], hash: "h1" }]));
  const before = last();
  show({ a: list(1) });
  expect(last()).toBe(before);
  act(() => f.transition([]));
  expect(last()).toBe(before);
});

test("a query that stays when the group changes keeps its subscription and its result", () => {
  const { f, last, show } = mount({ a: list(1) });
  act(() => f.connect());
  act(() => f.transition([{ id: f.id("messages.list", 1), value: ["one"], hash: "h1" }]));
  show({ a: list(1), b: list(2) });
  expect([last()["a"]?.data, last()["b"]?.status]).toEqual([["one"], "loading"]);
  show({ a: list(1) });
  act(() => f.environment.advance(1_000));
  expect(f.net.last.frames("subscribe")).toHaveLength(2);
  expect(f.net.last.frames("unsubscribe").map(({ id }) => id)).toEqual([f.id("messages.list", 2)]);
});

test("one of a group may be skipped", () => {
  const { f, last, show } = mount({ a: list(1), b: { query: api.messages.list, args: skip } });
  act(() => f.connect());
  expect(f.net.last.frames("subscribe")).toHaveLength(1);
  expect(last()["b"]?.status).toBe("skipped");
  show({ a: list(1), b: list(2) });
  expect(last()["b"]?.status).toBe("loading");
});
