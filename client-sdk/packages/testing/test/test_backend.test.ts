import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { DehydratedState } from "@freshet/client";
import { createTestBackend, startTestServer, type TestBackend, type TestServer } from "../src/index.js";
import { api } from "./notes_api.js";

const app = fileURLToPath(new URL("app", import.meta.url));
const gateway = process.env["FRESHET_BIN"] ?? fileURLToPath(new URL("../../../../build/release/sidecar/src/app/freshet", import.meta.url));
// scripts/test says where the copy of PostgreSQL is that has the extension; by hand it is where that script has left it.
const postgres = process.env["FRESHET_PG_BIN"] ?? fileURLToPath(new URL("../../../../build/release/server/usr/lib/postgresql/15/bin", import.meta.url));
let server: TestServer;
let backend: TestBackend;

beforeAll(async () => {
  server = await startTestServer({ postgres });
  backend = await createTestBackend({ apply: app, adminUrl: server.adminUrl, gateway });
});
afterAll(async () => {
  await backend?.close();
  await server?.stop();
});

test("callers see what is theirs, live, and rows that any program writes", async () => {
  const [alice, bob] = [backend.client({ sub: "alice" }), backend.client({ sub: "bob" })];
  const titles = (client: typeof alice) => client.peek(api.notes.list, {}).data?.map(({ title }) => title);
  await Promise.all([alice.preload(api.notes.list), bob.preload(api.notes.list)]);
  await alice.mutate(api.notes.add, { title: "hers" });
  expect([titles(alice), titles(bob)]).toEqual([["hers"], []]);
  const changed = new Promise<void>((resolve) => bob.onTransition(resolve));
  await backend.sql("INSERT INTO app.note (author, title) VALUES ($1, $2)", ["bob", "his"]);
  await changed;
  expect(titles(bob)).toEqual(["his"]);
});

test("a page that a server rendered for its caller lives on from there, and is emptied for another one", async () => {
  const caller = { sub: "erik", iss: "here" };
  const server = backend.client(caller);
  await server.mutate(api.notes.add, { title: "one" });
  await server.preload(api.notes.list);
  const hydrate = JSON.parse(JSON.stringify(server.dehydrate())) as DehydratedState;
  server.close();

  const seen: (number | undefined)[] = [];
  const page = backend.client({ ...caller, jti: "another token of the same caller" }, { hydrate });
  const watch = page.watch(api.notes.list, {});
  const look = () => seen.push(watch.current().data?.length);
  look();
  watch.onChange(look);
  await page.mutate(api.notes.add, { title: "two" });
  expect(seen).toEqual([1, 2]);

  const other = backend.client({ sub: "frida", iss: "here" }, { hydrate });
  expect(await other.preload(api.notes.list).then(() => other.query(api.notes.list))).toEqual([]);
  // The query may be answered before the first transition.
  await vi.waitFor(() => expect(other.peek(api.notes.list, {}).data).toEqual([]));
});

test("errors come typed", async () => {
  await expect(backend.client().query(api.notes.list)).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(backend.client({ sub: "a" }).mutate(api.notes.add, { title: "bad" })).rejects.toMatchObject({ applicationCode: "bad_title" });
});

test("after a reset everything is as it was at the start", async () => {
  await backend.client({ sub: "carol" }).mutate(api.notes.add, { title: "gone soon" });
  await backend.reset();
  expect(await backend.sql("SELECT count(*)::int AS notes FROM app.note")).toEqual([{ notes: 0 }]);
  expect(await backend.client({ sub: "carol" }).query(api.notes.list)).toEqual([]);
});

test("two backends of one schema share nothing but their template", async () => {
  const other = await createTestBackend({ apply: app, adminUrl: server.adminUrl, gateway });
  try {
    await other.client({ sub: "dora" }).mutate(api.notes.add, { title: "elsewhere" });
    expect(await backend.client({ sub: "dora" }).query(api.notes.list)).toEqual([]);
  } finally {
    await other.close();
  }
});

test("a schema that does not apply is told with file, line and reason", async () => {
  const apply = [fileURLToPath(new URL("app/notes.test.sql", import.meta.url))];
  await expect(createTestBackend({ apply, adminUrl: server.adminUrl, gateway })).rejects.toThrow(/notes\.test\.sql:1: relation "app\.note" does not exist/);
});

test("freshet test runs the SQL tests, and leaves nothing behind", async () => {
  const run = promisify(execFile)(gateway, ["test", app], { env: { FRESHET_OWNER_URL: backend.ownerUrl } });
  expect((await run).stdout.replaceAll(`${app}/`, "")).toBe(`TAP version 13
ok 1 - notes.test.sql:5: everybody sees their own notes
ok 2 - notes.test.sql:9: a title is needed
ok 3 - notes.test.sql:12: SELECT freshet.invoke('notes.add', '{"title": "bad"}')
ok 4 - notes.test.sql:18: nobody is let in without a token
1..4
# 4 passed, 0 failed
`);
  expect(await backend.sql("SELECT FROM app.note WHERE title = 'his'")).toEqual([]);
});

test("a failing SQL test says where, what was expected and what came", async () => {
  const folder = await mkdtemp(join(tmpdir(), "freshet-testing-fails-"));
  try {
    const file = join(folder, "fails.test.sql");
    await writeFile(file, "-- one and one\nSELECT 1 + 1 = 3;\n-- raises forbidden\nSELECT 1;\n-- no row\nSELECT true WHERE false;\nSELECT nowhere;\n-- not reached\nSELECT false;");
    const failed = await promisify(execFile)(gateway, ["test", file], { env: { FRESHET_OWNER_URL: backend.ownerUrl } }).catch(
      (error: { code: number; stdout: string }) => error,
    );
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.stdout.replaceAll(`${folder}/`, "")).toBe(`TAP version 13
not ok 1 - fails.test.sql:2: one and one
  ---
  message: |
    expected: true
    got: false in row 1 of 1
    statement: SELECT 1 + 1 = 3
  ...
not ok 2 - fails.test.sql:4: SELECT 1
  ---
  message: |
    expected: forbidden
    got: no error
    statement: SELECT 1
  ...
not ok 3 - fails.test.sql:6: no row
  ---
  message: |
    expected: true
    got: no row
    statement: SELECT true WHERE false
  ...
not ok 4 - fails.test.sql:7: SELECT nowhere
  ---
  message: |
    ERROR:  column "nowhere" does not exist
    LINE 1: SELECT nowhere
                   ^
    statement: SELECT nowhere
    the rest of the file was not run
  ...
1..4
# 0 passed, 4 failed
`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each(["COMMIT", "BEGIN", "ROLLBACK", "SAVEPOINT a", "PREPARE TRANSACTION 'x'", "end"])("a file can't end its transaction by %s", async (statement) => {
  const folder = await mkdtemp(join(tmpdir(), "freshet-testing-ends-"));
  try {
    await writeFile(join(folder, "ends.test.sql"), `INSERT INTO app.note (author, title) VALUES ('x', 'stays?');\n${statement};`);
    const failed = await promisify(execFile)(gateway, ["test", folder], { env: { FRESHET_OWNER_URL: backend.ownerUrl } }).catch((error: { code: number }) => error);
    expect(failed).toMatchObject({ code: 1 });
    expect(await backend.sql("SELECT FROM app.note WHERE title = 'stays?'")).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
