import { act, cleanup, render } from "@testing-library/react";
import { StrictMode } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import type { DehydratedState, FreshetClient } from "@freshet/client";
import { FreshetProvider, useConnectionState, useQueries, useQuery } from "../src/index.js";
import { api, connectedClient } from "./fake_gateway_client.js";

afterEach(cleanup);

function App(props: { client: FreshetClient }) {
  return (
    <StrictMode>
      <FreshetProvider client={props.client}>
        <Page />
      </FreshetProvider>
    </StrictMode>
  );
}

function Page() {
  const list = useQuery(api.messages.list, { channel: 1 });
  const { count } = useQueries({ count: { query: api.messages.count, args: { channel: 1 } } });
  const other = useQuery(api.channels.list);
  return (
    <p>
      {list.data?.join(",") ?? list.status} {count.data ?? count.status} {other.status} {useConnectionState().status}
    </p>
  );
}

/** What a server sends: the page, and the results that it was made of. */
async function serve(): Promise<{ html: string; state: DehydratedState }> {
  const f = connectedClient();
  const loading = Promise.all([f.client.preload(api.messages.list, { channel: 1 }), f.client.preload(api.messages.count, { channel: 1 })]);
  f.connect();
  f.transition([{ id: 1, value: ["a", "b"], hash: "h1" }, { id: 2, value: 2, hash: "c1" }]);
  await loading;
  const html = renderToString(<App client={f.client} />);
  const state = f.client.dehydrate();
  f.client.close();
  return { html, state };
}

test("a server renders what it preloaded, and asks for nothing else", async () => {
  const { html } = await serve();
  expect(html.replaceAll("<!-- -->", "")).toBe("<p>a,b 2 loading connecting</p>");
});

test("the page is taken over as it is, and lives on", async () => {
  const { html, state } = await serve();
  const f = connectedClient({ hydrate: state });
  const container = document.body.appendChild(document.createElement("div"));
  container.innerHTML = html;
  const paragraph = container.firstElementChild;
  const mismatches = vi.fn();
  const silence = vi.spyOn(console, "error").mockImplementation(mismatches);
  const root = await act(async () => hydrateRoot(container, <App client={f.client} />, { onRecoverableError: mismatches }));
  expect(mismatches).not.toHaveBeenCalled();
  silence.mockRestore();
  expect(container.firstElementChild).toBe(paragraph);
  act(() => f.connect());
  expect(f.net.last.frames("subscribe").map(({ have }) => have)).toEqual(["h1", "c1", undefined]);
  act(() => f.transition([{ id: 1, splice: [[0, 1, []]], base: "h1", hash: "h2" }, { id: 2, value: 1, hash: "c2" }]));
  expect(container.textContent).toBe("b 1 loading connected");
  act(() => root.unmount());
  container.remove();
});

test("a page that is newer than its HTML takes it over without a mismatch, then shows what is new", async () => {
  const { html, state } = await serve();
  const f = connectedClient({ hydrate: state });
  f.client.watch(api.messages.list, { channel: 1 });
  f.connect();
  f.transition([{ id: 1, value: ["new"], hash: "h2" }, { id: 2, value: 1, hash: "c2" }]);
  const container = document.body.appendChild(document.createElement("div"));
  container.innerHTML = html;
  const mismatches = vi.fn();
  const silence = vi.spyOn(console, "error").mockImplementation(mismatches);
  const root = await act(async () => hydrateRoot(container, <App client={f.client} />, { onRecoverableError: mismatches }));
  expect(mismatches).not.toHaveBeenCalled();
  silence.mockRestore();
  expect(container.textContent).toBe("new 1 loading connected");
  act(() => root.unmount());
  container.remove();
});

test("without hydration the first render loads", () => {
  const f = connectedClient();
  const view = render(<App client={f.client} />);
  expect(view.container.textContent).toBe("loading loading loading connecting");
});
