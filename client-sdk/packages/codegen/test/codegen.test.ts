import { createServer } from "node:http";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main, moduleText, readCatalog } from "../src/index.js";

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url).pathname;
const sample = async () => JSON.parse(await readFile(fixture("catalog.json"), "utf8")) as { functions: Record<string, unknown>[] };

function resultType(schema: object): string {
  const entry = { path: "m.f", kind: "query", args: [], result: { schema }, problem: null };
  const text = moduleText(readCatalog({ version: 1, hash: "h", functions: [entry] }));
  return /export type MFResult = ([^;]*);/.exec(text)?.[1] ?? text;
}

test("the sample catalog gives the module that is written down", async () => {
  await expect(moduleText(readCatalog(await sample()))).toMatchFileSnapshot(fixture("api.golden.ts"));
});

test("the order of functions in the catalog does not matter", async () => {
  const catalog = await sample();
  const text = moduleText(readCatalog(catalog));
  catalog.functions.reverse();
  expect(moduleText(readCatalog(catalog))).toBe(text);
});

test("nothing is typed as any", async () => {
  expect(moduleText(readCatalog(await sample()))).not.toMatch(/\bany\b/);
});

describe("types", () => {
  test.each([
    [{ type: "integer" }, "number"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ enum: ["a", "b"] }, '"a" | "b"'],
    [{ const: 1 }, "1"],
    [{ anyOf: [{ type: "string" }, { type: "null" }, { type: "string" }] }, "string | null"],
    [{ type: "array", items: { enum: ["a", "b"] } }, 'ReadonlyArray<"a" | "b">'],
    [{ type: "array", items: { type: "array", items: { type: "null" } } }, "ReadonlyArray<readonly null[]>"],
    [{ type: "object", additionalProperties: { type: "number" } }, "{ readonly [name: string]: number }"],
    [{ type: "object", additionalProperties: false }, "Record<string, never>"],
    [{ "x-pg-type": "jsonb" }, "Json"],
  ])("%j is %s", (schema, type) => {
    expect(resultType(schema)).toBe(type);
  });

  test("names that are no identifiers are quoted", () => {
    expect(resultType({ type: "object", properties: { "a b": { type: "null" } }, required: ["a b"] })).toContain('readonly "a b": null');
  });

  test("a keyword that is not known is refused", () => {
    expect(() => resultType({ not: { type: "null" } })).toThrow(/"not"/);
  });

  test("labels cannot break out of their quotes", () => {
    expect(resultType({ enum: ['"; alert(1); "'] })).toBe('"\\"');
  });
});

test.each([
  ["no object", [], /not an object/],
  ["another version", { version: 2, hash: "h", functions: [] }, /version/],
  ["a path without module", { version: 1, hash: "h", functions: [{ path: "f", kind: "query" }] }, /module.function/],
  ["an unknown kind", { version: 1, hash: "h", functions: [{ path: "m.f", kind: "trigger" }] }, /kind/],
  [
    "two paths of one type name",
    { version: 1, hash: "h", functions: ["m.a_b", "m.aB"].map((path) => ({ path, kind: "query", args: [], result: { schema: { type: "null" } } })) },
    /m\.aB and m\.a_b/,
  ],
])("a catalog with %s is refused", (_, catalog, message) => {
  expect(() => moduleText(readCatalog(catalog))).toThrow(message);
});

describe("the command", () => {
  let folder: string;
  let said: string[];
  const run = (...argv: string[]) => main(argv, { out: (text) => said.push(text), err: (text) => said.push(text) });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "codegen-"));
    said = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("writes, and then finds that nothing is to be written", async () => {
    const out = join(folder, "api.ts");
    expect(await run("--catalog", fixture("catalog.json"), "--out", out, "--check")).toBe(1);
    expect(await run("--catalog", fixture("catalog.json"), "--out", out)).toBe(0);
    expect(await run("--catalog", fixture("catalog.json"), "--out", out, "--check")).toBe(0);
    await writeFile(out, "changed");
    expect(await run("--catalog", fixture("catalog.json"), "--out", out, "--check")).toBe(1);
    expect(await readFile(out, "utf8")).toBe("changed");
  });

  test("reads the catalog of a gateway", async () => {
    const catalog = await readFile(fixture("catalog.json"), "utf8");
    const server = createServer((request, response) => {
      response.statusCode = request.url === "/api/catalog" ? 200 : 404;
      response.end(request.headers.authorization === "Bearer t" ? catalog : "{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect(await run("--url", url, "--token", "t", "--out", join(folder, "api.ts"))).toBe(0);
    } finally {
      // Node 18 waits for connections that are kept alive.
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    expect(await run("--url", url, "--out", join(folder, "api.ts"))).toBe(1);
    expect(said.at(-1)).toContain("cannot be reached");
  });

  test.each([[[]], [["--out", "x"]], [["--url", "u", "--catalog", "c", "--out", "x"]], [["--catalog", "c"]], [["--what"]]])(
    "%j is wrong usage",
    async (argv) => {
      expect(await run(...argv)).toBe(2);
      expect(said.join("")).toContain("usage:");
    },
  );
});
