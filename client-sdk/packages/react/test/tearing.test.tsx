import { act, cleanup, render } from "@testing-library/react";
import { memo, startTransition, useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { FreshetProvider, useQueries, useQuery } from "../src/index.js";
import { api, connectedClient } from "./fake_gateway_client.js";

afterEach(cleanup);

const macrotask = () => new Promise((resolve) => setTimeout(resolve));
const cells = Array.from({ length: 24 }, (_, index) => index);

const readers = {
  useQuery: (channel: number) => useQuery(api.messages.count, { channel }).data,
  useQueries: (channel: number) => useQueries({ count: { query: api.messages.count, args: { channel } } }).count.data,
};

// Each hook for itself: where one makes React begin anew, the other would be right by that.
test.each(Object.entries(readers))("no commit shows two epochs, although transitions arrive in the middle of a concurrent render: %s", async (_, useCount) => {
  const f = connectedClient();
  let epoch = 0;
  const move = () => {
    epoch++;
    f.transition([
      { id: f.id("messages.count", 1), value: epoch, hash: `a${epoch}` },
      { id: f.id("messages.count", 2), value: epoch, hash: `b${epoch}` },
    ]);
  };
  let inRender = 0;
  const Cell = memo(function Cell(props: { index: number; turn: number }) {
    const count = useCount(1 + (props.index % 2));
    // Long enough for React to yield between cells, so that a socket's message can come in between.
    const until = performance.now() + 1;
    while (performance.now() < until);
    inRender = Math.max(inRender, props.turn);
    return <i title={`${props.turn}`}>{count}</i>;
  });
  let advance!: (turn: number) => void;
  function Page() {
    const [turn, setTurn] = useState(0);
    advance = (next) => startTransition(() => setTurn(next));
    // Every other turn all of it is new: nothing on the screen is subscribed that would make React begin anew.
    return turn % 2 === 0 ? <b title={`${turn}`} /> : cells.map((index) => <Cell key={index} index={index} turn={turn} />);
  }
  f.client.watch(api.messages.count, { channel: 1 });
  f.client.watch(api.messages.count, { channel: 2 });
  const view = render(<FreshetProvider client={f.client}><Page /></FreshetProvider>);
  const torn: string[] = [];
  const look = () => {
    const shown = new Set([...view.container.querySelectorAll("i")].map((cell) => cell.textContent));
    if (shown.size > 1) {
      torn.push([...shown].join(" "));
    }
  };
  new MutationObserver(look).observe(view.container, { subtree: true, childList: true, characterData: true });
  act(() => f.connect());
  act(move);

  // From here on as in a browser: React's own scheduler, no act().
  const flag = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean };
  flag.IS_REACT_ACT_ENVIRONMENT = false;
  try {
    for (let turn = 1; turn <= 9; turn++) {
      advance(turn);
      for (let message = 0; message < 6; message++) {
        await macrotask();
        move();
        look();
      }
      await vi.waitUntil(() => view.container.querySelector(`[title="${turn}"]`) !== null, { timeout: 20_000, interval: 1 });
    }
    await vi.waitUntil(() => view.container.querySelector("i")?.textContent === `${epoch}`, { timeout: 20_000, interval: 1 });
  } finally {
    flag.IS_REACT_ACT_ENVIRONMENT = true;
  }
  look();
  expect(torn).toEqual([]);
  expect(inRender).toBe(9);
});
