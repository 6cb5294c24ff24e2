import { act, cleanup, render, screen } from "@testing-library/react";
import { StrictMode, type ReactNode } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, expect, expectTypeOf, test, vi } from "vitest";
import { skip, type FreshetClient } from "@freshet/client";
import { FreshetProvider, usePaginatedQuery, useQuery, type PaginatedQuery } from "../src/index.js";
import { api, connectedClient } from "./fake_gateway_client.js";

afterEach(cleanup);

function show(f: ReturnType<typeof connectedClient>, children: ReactNode) {
  const page = (content: ReactNode) => (
    <StrictMode>
      <FreshetProvider client={f.client}>{content}</FreshetProvider>
    </StrictMode>
  );
  const view = render(page(children));
  return { show: (content: ReactNode) => view.rerender(page(content)) };
}

let last: PaginatedQuery<string>;
let renders = 0;

function Pages(props: { channel?: number; size?: number }) {
  last = usePaginatedQuery(api.messages.list, props.channel === undefined ? skip : { channel: props.channel }, { pageSize: props.size ?? 2 });
  renders++;
  return <p data-testid="list">{`${last.status}: ${last.results.join(",")}`}</p>;
}

function Count() {
  const count = useQuery(api.messages.count, { channel: 1 });
  return <p data-testid="count">{count.data}</p>;
}

const text = (id: string) => screen.getByTestId(id).textContent;
const pages = (f: ReturnType<typeof connectedClient>) => f.net.last.frames("subscribe").filter(({ path }) => path === "messages.list").map(({ id, page }) => [id, page]);
const page = (rows: string[], next: string | null) => ({ value: { rows, next, split: null }, hash: JSON.stringify([rows, next]) });

test("a list is loading, shows its first page, and grows", () => {
  const f = connectedClient();
  show(f, <Pages channel={1} />);
  act(() => f.connect());
  expect(text("list")).toBe("loading-first: ");
  expect(pages(f)).toEqual([[1, { limit: 2 }]]);
  act(() => f.transition([{ id: 1, ...page(["a", "b"], "cb") }]));
  expect(text("list")).toBe("can-load-more: a,b");
  act(() => last.loadMore());
  expect(text("list")).toBe("loading-more: a,b");
  act(() => f.transition([{ id: 2, ...page(["a", "b"], "cb") }, { id: 3, ...page(["c"], null) }]));
  expect(text("list")).toBe("exhausted: a,b,c");
});

test("the list and other queries change in one render", () => {
  const f = connectedClient();
  show(f, <><Pages channel={1} /><Count /></>);
  act(() => f.connect());
  const count = f.id("messages.count");
  act(() => f.transition([{ id: f.id("messages.list"), ...page(["a"], null) }, { id: count, value: 1, hash: "1" }]));
  expect([text("list"), text("count")]).toEqual(["exhausted: a", "1"]);
  act(() => f.transition([{ id: f.id("messages.list"), ...page(["a", "b"], null) }, { id: count, value: 2, hash: "2" }]));
  expect([text("list"), text("count")]).toEqual(["exhausted: a,b", "2"]);
});

test("what changes elsewhere does not render the list", () => {
  const f = connectedClient();
  show(f, <><Pages channel={1} /><Count /></>);
  act(() => f.connect());
  act(() => f.transition([{ id: f.id("messages.list"), ...page(["a"], null) }, { id: f.id("messages.count"), value: 1, hash: "1" }]));
  const before = [last, renders];
  act(() => f.transition([{ id: f.id("messages.count"), value: 2, hash: "2" }]));
  expect([last, renders]).toEqual(before);
});

test("other arguments begin another list, and the old one ends", () => {
  const f = connectedClient();
  const view = show(f, <Pages channel={1} />);
  act(() => f.connect());
  act(() => f.transition([{ id: 1, ...page(["a", "b"], "cb") }]));
  act(() => last.loadMore());
  act(() => f.transition([{ id: 2, ...page(["a", "b"], "cb") }, { id: 3, ...page(["c"], null) }]));
  view.show(<Pages channel={2} />);
  expect(text("list")).toBe("loading-first: ");
  act(() => f.environment.advance(5_000));
  expect(f.net.last.frames("unsubscribe").map(({ id }) => id).sort()).toEqual([1, 2, 3]);
});

test("a list that is skipped asks for nothing, and begins when it is not", () => {
  const f = connectedClient();
  const view = show(f, <><Pages /><Count /></>);
  act(() => f.connect());
  expect(text("list")).toBe("skipped: ");
  expect(pages(f)).toEqual([]);
  view.show(<><Pages channel={1} /><Count /></>);
  expect(pages(f)).toHaveLength(1);
});

test("rows have the type of a row of the query", () => {
  expectTypeOf<ReturnType<typeof usePaginatedQuery<typeof api.messages.list>>["results"]>().toEqualTypeOf<readonly string[]>();
});

test("a server renders the first page that it preloaded, and the list lives on from it", async () => {
  const server = connectedClient();
  const loading = server.client.preload(api.messages.list, { channel: 1 }, { page: { limit: 2 } });
  server.connect();
  server.transition([{ id: 1, ...page(["a", "b"], "cb") }]);
  await loading;
  const app = (client: FreshetClient) => <FreshetProvider client={client}><Pages channel={1} /></FreshetProvider>;
  const html = renderToString(app(server.client));
  expect(html).toContain("can-load-more: a,b");
  const f = connectedClient({ hydrate: server.client.dehydrate() });
  const container = document.body.appendChild(document.createElement("div"));
  container.innerHTML = html;
  const mismatch = vi.fn();
  const root = await act(async () => hydrateRoot(container, app(f.client), { onRecoverableError: mismatch }));
  expect(mismatch).not.toHaveBeenCalled();
  expect(container.textContent).toBe("can-load-more: a,b");
  act(() => root.unmount());
  container.remove();
  server.client.close();
});
