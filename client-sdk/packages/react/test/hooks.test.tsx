import { act, cleanup, render, screen } from "@testing-library/react";
import { StrictMode, type ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { FreshetError, skip, type QueryResult } from "@freshet/client";
import { FreshetProvider, useAuth, useConnectionState, useMutation, useQuery } from "../src/index.js";
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

function List(props: { channel: number }) {
  const list = useQuery(api.messages.list, { channel: props.channel });
  return <p data-testid="list">{list.status === "success" ? list.data.join(",") : list.status}</p>;
}

const text = (id: string) => screen.getByTestId(id).textContent;

test("a query is loading, then shows each transition", () => {
  const f = connectedClient();
  show(f, <List channel={1} />);
  act(() => f.connect());
  expect(text("list")).toBe("loading");
  act(() => f.transition([{ id: f.id("messages.list"), value: ["a"], hash: "h1" }]));
  expect(text("list")).toBe("a");
  act(() => f.transition([{ id: f.id("messages.list"), splice: [[1, 0, ["b"]]], base: "h1", hash: "h2" }]));
  expect(text("list")).toBe("a,b");
});

test("strict mode's second mount subscribes once", () => {
  const f = connectedClient();
  show(f, <List channel={1} />);
  act(() => f.connect());
  expect(f.net.last.frames("subscribe")).toHaveLength(1);
  expect(f.net.last.frames("unsubscribe")).toHaveLength(0);
});

test("two components with one query share its subscription", () => {
  const f = connectedClient();
  show(f, [<List key="1" channel={1} />, <List key="2" channel={1} />]);
  act(() => f.connect());
  expect(f.net.last.frames("subscribe")).toHaveLength(1);
});

test("other arguments lead to another subscription, and the old one ends", () => {
  const f = connectedClient();
  const page = show(f, <List channel={1} />);
  act(() => f.connect());
  act(() => f.transition([{ id: f.id("messages.list"), value: ["one"], hash: "h1" }]));
  const old = f.id("messages.list", 1);
  page.show(<List channel={2} />);
  expect(text("list")).toBe("loading");
  act(() => f.transition([{ id: f.id("messages.list", 2), value: ["two"], hash: "h2" }]));
  expect(text("list")).toBe("two");
  act(() => f.environment.advance(1_000));
  expect(f.net.last.frames("unsubscribe")).toEqual([{ type: "unsubscribe", id: old }]);
});

test("no render sees two queries of different transitions", () => {
  const f = connectedClient();
  const pairs: string[] = [];
  function Count(props: { rows: number | undefined }) {
    const count = useQuery(api.messages.count, { channel: 1 });
    pairs.push(`${props.rows}/${count.data}`);
    return null;
  }
  function Both() {
    const list = useQuery(api.messages.list, { channel: 1 });
    return <Count rows={list.data?.length} />;
  }
  show(f, <Both />);
  act(() => f.connect());
  for (let n = 0; n < 20; n++) {
    const rows = Array.from({ length: n }, (_, row) => `${row}`);
    act(() =>
      f.transition([
        { id: f.id("messages.count"), value: n, hash: `c${n}` },
        { id: f.id("messages.list"), value: rows, hash: `l${n}` },
      ]),
    );
  }
  expect(pairs.filter((pair) => pair.split("/")[0] !== pair.split("/")[1])).toEqual([]);
  expect(pairs).toContain("19/19");
});

test("a transition that does not concern a component does not render it", () => {
  const f = connectedClient();
  const renders = vi.fn();
  function Counted() {
    renders(useQuery(api.messages.list, { channel: 1 }));
    return null;
  }
  show(f, [<Counted key="1" />, <List key="2" channel={2} />]);
  act(() => f.connect());
  act(() => f.transition([{ id: f.id("messages.list", 1), value: [], hash: "h1" }]));
  const before = renders.mock.calls.length;
  act(() => f.transition([{ id: f.id("messages.list", 2), value: ["x"], hash: "h2" }]));
  expect(renders.mock.calls.length).toBe(before);
});

test("a skipped query asks for nothing", () => {
  const f = connectedClient();
  let result: QueryResult<unknown> | undefined;
  function Skipped() {
    result = useQuery(api.messages.list, skip);
    return null;
  }
  show(f, <Skipped />);
  expect(result?.status).toBe("skipped");
  expect(f.net.sockets).toEqual([]);
});

test("a mutation shows its optimistic update at once, and its error rolls it back", async () => {
  const f = connectedClient();
  let send!: (body: string) => Promise<null>;
  function Page() {
    const list = useQuery(api.messages.list, { channel: 1 });
    const mutate = useMutation(api.messages.send).withOptimisticUpdate((store, args) => {
      store.update(api.messages.list, (rows, { channel }) => (channel === args.channel ? [...rows, args.body] : rows));
    });
    send = (body) => mutate({ channel: 1, body });
    return <p data-testid="list">{list.data?.join(",")}</p>;
  }
  show(f, <Page />);
  act(() => f.connect());
  act(() => f.transition([{ id: f.id("messages.list"), value: ["a"], hash: "h1" }]));
  let failed!: Promise<unknown>;
  act(() => {
    failed = send("guess").catch((error: unknown) => error);
  });
  expect(text("list")).toBe("a,guess");
  act(() => f.net.last.receive({ type: "response", id: 1, error: { code: "forbidden", message: "no", retryable: false } }));
  expect(text("list")).toBe("a");
  expect(await failed).toBeInstanceOf(FreshetError);
});

test("the connection's state is shown as it changes", () => {
  const f = connectedClient();
  function State() {
    return <p data-testid="state">{useConnectionState().status}</p>;
  }
  show(f, [<State key="1" />, <List key="2" channel={1} />]);
  expect(text("state")).toBe("connecting");
  act(() => f.connect());
  expect(text("state")).toBe("connected");
  act(() => f.net.last.drop());
  expect(text("state")).toBe("waiting");
});

test("the caller can be changed, and is shown", () => {
  const f = connectedClient({ auth: "alice" });
  let setAuth!: (token: string | null) => void;
  function Who() {
    const auth = useAuth();
    setAuth = auth.setAuth;
    return <p data-testid="who">{auth.state.status === "authenticated" ? String(auth.state.identity["sub"]) : auth.state.status}</p>;
  }
  show(f, [<Who key="1" />, <List key="2" channel={1} />]);
  act(() => f.connect());
  act(() => f.net.last.receive({ type: "auth", ok: true, identity: { sub: "alice" } }));
  expect(text("who")).toBe("alice");
  act(() => setAuth(null));
  expect(text("who")).toBe("authenticating");
});

test("hooks outside of a provider say what is missing", () => {
  const silence = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(() => render(<List channel={1} />)).toThrow(/FreshetProvider/);
  silence.mockRestore();
});

test("a mutation is the same function on every render, with the same optimistic update too", () => {
  const f = connectedClient();
  const seen: unknown[] = [];
  const update = () => {};
  function Page() {
    const send = useMutation(api.messages.send);
    seen.push(send, send.withOptimisticUpdate(update));
    return null;
  }
  const page = show(f, <Page />);
  const before = seen.slice(-2);
  page.show(<Page />);
  expect([seen.at(-2) === before[0], seen.at(-1) === before[1]]).toEqual([true, true]);
});
