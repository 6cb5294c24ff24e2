import { act, cleanup, render } from "@testing-library/react";
import { Suspense, use } from "react";
import { afterEach, expect, test } from "vitest";
import { FreshetProvider, useQuery } from "../src/index.js";
import { api, connectedClient } from "./fake_gateway_client.js";

// `use` came with React 19.

afterEach(cleanup);

test("a boundary waits for the first value, and what is shown after it stays", async () => {
  const f = connectedClient();
  const first = f.client.preload(api.messages.list, { channel: 1 });
  function List() {
    use(first);
    const list = useQuery(api.messages.list, { channel: 1 });
    return <p>{list.data?.join(",") ?? list.status}</p>;
  }
  const page = (
    <FreshetProvider client={f.client}>
      <Suspense fallback="fallback">
        <List />
      </Suspense>
    </FreshetProvider>
  );
  const view = await act(async () => render(page));
  expect(view.container.textContent).toBe("fallback");
  await act(async () => {
    f.connect();
    f.transition([{ id: 1, value: ["a"], hash: "h1" }]);
  });
  expect(view.container.textContent).toBe("a");
  act(() => f.transition([{ id: 1, value: ["b"], hash: "h2" }]));
  expect(view.container.textContent).toBe("b");
});
