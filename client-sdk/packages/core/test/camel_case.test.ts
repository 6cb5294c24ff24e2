import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FreshetError, functionReference, type Json, type WireError } from "../src/index.js";
import { pathToApp, toApp, toWire, type KeyNames } from "../src/key_names.js";
import { clientFixture, settled } from "./client_fixture.js";

interface Issue {
  readonly issueId: number;
  readonly dueAt: string | null;
  readonly openedBy: { readonly userName: string };
  readonly extraData: Json;
}

// As `freshet codegen --case camel` writes them.
const list = functionReference<"query", { projectId: number; onlyOpen?: boolean }, readonly Issue[]>("query", "issues.list_all", {
  names: {
    args: { keys: { project_id: "projectId", only_open: "onlyOpen" } },
    result: { items: { keys: { issue_id: "issueId", due_at: "dueAt", opened_by: "openedBy", extra_data: "extraData" }, inside: { opened_by: { keys: { user_name: "userName" } } } } },
  },
});
const patch = functionReference<"mutation", { issueId: number; patch: { dueAt?: string | null } }, { issueId: number }>("mutation", "issues.patch", {
  names: { args: { keys: { issue_id: "issueId" }, inside: { patch: { keys: { due_at: "dueAt" } } } }, result: { keys: { issue_id: "issueId" } } },
});

const wire = (id: number) => ({ issue_id: id, due_at: null, opened_by: { user_name: "ada" }, extra_data: { due_at: [{ user_name: 1 }] } });
const app = (id: number): Issue => ({ issueId: id, dueAt: null, openedBy: { userName: "ada" }, extraData: { due_at: [{ user_name: 1 }] } });

describe("names of the app", () => {
  test("arguments go on the wire as the database calls them, results come back as the app does, opaque json stays", () => {
    const f = clientFixture();
    const watch = f.client.watch(list, { projectId: 1, onlyOpen: true });
    f.connect();
    expect(f.socket.frames("subscribe")[0]).toMatchObject({ path: "issues.list_all", args: { project_id: 1, only_open: true } });
    f.transition([{ id: 1, value: [wire(1)], hash: "h1" }]);
    expect(watch.current().data).toEqual([app(1)]);
    expect(f.client.peek(list, { onlyOpen: true, projectId: 1 })).toBe(watch.current());
  });

  test("a row that no splice touches stays the same object, and so does a result", () => {
    const f = clientFixture();
    const watch = f.client.watch(list, { projectId: 1 });
    f.connect();
    f.transition([{ id: 1, value: [wire(1), wire(2)], hash: "h1" }]);
    const before = watch.current();
    expect(watch.current()).toBe(before);
    f.transition([{ id: 1, splice: [[0, 1, [wire(3)]]], base: "h1", hash: "h2" }]);
    expect(watch.current().data).toEqual([app(3), app(2)]);
    expect(watch.current().data?.[1]).toBe(before.data?.[1]);
  });

  test("arguments that the caller changes afterwards are read anew", () => {
    const f = clientFixture();
    const args = { projectId: 1 };
    f.client.watch(list, args);
    args.projectId = 2;
    f.client.watch(list, args);
    f.connect();
    expect(f.socket.frames("subscribe").map((frame) => frame["args"])).toEqual([{ project_id: 1 }, { project_id: 2 }]);
  });

  test("a page is an object around the rows", () => {
    const f = clientFixture();
    const watch = f.client.watch(list, { projectId: 1 }, { page: { limit: 2 } });
    const whole = f.client.watch(list, { projectId: 1 });
    f.connect();
    f.transition([
      { id: 1, value: { rows: [wire(1)], next: "c", split: null }, hash: "h1" },
      { id: 2, value: [wire(1)], hash: "h2" },
    ]);
    expect(watch.current().data).toEqual({ rows: [app(1)], next: "c", split: null });
    expect(whole.current().data).toEqual([app(1)]);
  });

  test("an optimistic update sees and writes the app's names", async () => {
    const f = clientFixture();
    const watch = f.client.watch(list, { projectId: 1 });
    f.connect();
    f.transition([{ id: 1, value: [wire(1), wire(2)], hash: "h1" }]);
    const before = watch.current().data;
    const due = "2030-01-01";
    const mutation = f.client.mutate(patch, { issueId: 1, patch: { dueAt: due } }, {
      optimistic(store, args) {
        expect(store.all(list).map((held) => held.args)).toEqual([{ projectId: 1 }]);
        store.update(list, (rows, { projectId }) => (projectId === 1 ? rows.map((row) => (row.issueId === args.issueId ? { ...row, dueAt: due } : row)) : rows));
        store.set(list, { projectId: 1 }, [...store.get(list, { projectId: 1 })!, app(9)]);
      },
    });
    expect(watch.current().data).toEqual([{ ...app(1), dueAt: due }, app(2), app(9)]);
    expect(watch.current().data?.[1]).toBe(before?.[1]);
    expect(f.socket.frames("mutate")[0]).toMatchObject({ args: { issue_id: 1, patch: { due_at: due } } });
    f.respond(1, { issue_id: 1 });
    f.transition([], [1]);
    expect(await mutation).toEqual({ issueId: 1 });
  });

  test("errors name arguments as the app does", async () => {
    const f = clientFixture();
    const failures: readonly WireError[] = [
      { code: "invalid_arguments", message: "", details: [{ path: "patch.due_at", expected: "string", got: "1" }, { path: "issue_id", expected: "", got: "" }], retryable: false },
      { code: "conflict", message: "", details: { kind: "unique", columns: ["issue_id"], argument: "issue_id", arguments: ["issue_id"] }, retryable: false },
      { code: "application", message: "", details: { code: "issue_id", data: { issue_id: 1 } }, retryable: false },
    ];
    const caught = failures.map(() => f.client.mutate(patch, { issueId: 1, patch: {} }).catch((error: unknown) => error));
    f.connect();
    failures.forEach((error, n) => f.socket.receive({ type: "response", id: n + 1, error }));
    await settled();
    const errors = (await Promise.all(caught)) as FreshetError[];
    expect(errors.every((error) => error instanceof FreshetError)).toBe(true);
    expect(errors.map(({ details }) => details)).toEqual([
      [{ path: "patch.dueAt", expected: "string", got: "1" }, { path: "issueId", expected: "", got: "" }],
      { kind: "unique", columns: ["issue_id"], argument: "issueId", arguments: ["issueId"] },
      { code: "issue_id", data: { issue_id: 1 } },
    ]);
  });

  test("an error that is the result stays the same object too", () => {
    const f = clientFixture();
    const watch = f.client.watch(list, { projectId: 1 });
    f.connect();
    f.transition([{ id: 1, error: { code: "forbidden", message: "no", retryable: false } }]);
    expect(watch.current()).toBe(watch.current());
    expect(watch.current().error?.code).toBe("forbidden");
  });
});

describe("a tree of names", () => {
  const names: KeyNames = { keys: { a_b: "aB", c_d: "cD" }, inside: { a_b: { items: { items: { keys: { e_f: "eF" } } } }, c_d: { values: { keys: { e_f: "eF" } } } } };

  test("reaches arrays of arrays and objects with open names", () => {
    expect(toApp({ a_b: [[{ e_f: 1 }]], c_d: { e_f: { e_f: 2 } }, x_y: 3 }, names)).toEqual({ aB: [[{ eF: 1 }]], cD: { e_f: { eF: 2 } }, x_y: 3 });
  });

  test("leads through the path of a problem", () => {
    expect(pathToApp("a_b[0][12].e_f", names)).toBe("aB[0][12].eF");
    expect(pathToApp("c_d.some_key.e_f", names)).toBe("cD.some_key.eF");
    expect(pathToApp("other_name.e_f", names)).toBe("other_name.e_f");
  });

  test("gives back what it was given", () => {
    const leaf = fc.record({ e_f: fc.jsonValue() });
    const value = fc.record({ a_b: fc.array(fc.array(leaf)), c_d: fc.dictionary(fc.string(), leaf), other: fc.jsonValue() });
    fc.assert(
      fc.property(value, (given) => {
        const copy = JSON.parse(JSON.stringify(given)) as object;
        expect(toWire(toApp(copy, names), names)).toBe(copy);
        expect(toWire(JSON.parse(JSON.stringify(toApp(copy, names))), names)).toEqual(copy);
      }),
    );
  });
});
