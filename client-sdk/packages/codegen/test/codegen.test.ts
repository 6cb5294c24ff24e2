import { createServer } from "node:http";
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jsonSchemaText, main, moduleText, readCatalog } from "../src/index.js";

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url).pathname;
const sample = async () => JSON.parse(await readFile(fixture("catalog.json"), "utf8")) as { functions: Record<string, unknown>[] };

function one(schema: object): object {
  return { version: 1, hash: "h", functions: [{ path: "m.f", kind: "query", args: [], result: { schema }, problem: null }] };
}

function resultType(schema: object): string {
  const text = moduleText(readCatalog(one(schema)));
  return /export type MFResult = ([^;]*);/.exec(text)?.[1] ?? text;
}

test("the sample catalog gives the module that is written down", async () => {
  await expect(moduleText(readCatalog(await sample()))).toMatchFileSnapshot(fixture("api.golden.ts"));
});

test("the same in camelCase is the module that is written down", async () => {
  await expect(moduleText(readCatalog(await sample()), { nameCase: "camel" })).toMatchFileSnapshot(fixture("api_camel.golden.ts"));
});

test("the sample catalog gives the JSON Schema document that is written down", async () => {
  await expect(jsonSchemaText(readCatalog(await sample()))).toMatchFileSnapshot(fixture("schema.golden.json"));
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

  test("an id of the database has a type and a helper of its own, an enum a type", () => {
    const id = { type: "integer", "x-pg-type": "bigint", "x-freshet-id": "app.usr.id" };
    expect(resultType(id)).toBe("UsrId");
    expect(resultType({ type: ["integer", "null"], "x-freshet-id": "app.usr.id" })).toBe("UsrId | null");
    expect(resultType({ anyOf: [id, { type: "null" }] })).toBe("UsrId | null");
    expect(resultType({ type: "array", items: id })).toBe("readonly UsrId[]");
    expect(resultType({ type: "string", enum: ["a"], "x-pg-type": 'app."Odd state"' })).toBe("OddState");
  });

  test("ids and enums that would have one name are named with their schemas", () => {
    const of = (...ids: string[]) => ids.map((id) => ({ type: "string", "x-freshet-id": id }));
    const properties = Object.fromEntries(of("app.usr.id", "auth.usr.id", "app.usr.key").map((schema, n) => [`c${n}`, schema]));
    const text = moduleText(readCatalog(one({ type: "object", properties, required: Object.keys(properties) })));
    expect([...text.matchAll(/export type (\w+) = string & /g)].map(([, name]) => name)).toEqual(["AppUsrId", "AuthUsrId", "UsrKey"]);
    expect(resultType({ type: "string", enum: ["a"], "x-pg-type": "app.error" })).toBe("AppError");
    expect(resultType({ type: "string", enum: ["a"], "x-pg-type": "app.m_f_result" })).toBe("AppMFResult");
  });

  test("one id column that is a number here and a string there has two types", () => {
    const id = (type: string) => ({ type, "x-pg-type": "bigint", "x-freshet-id": "app.usr.id" });
    expect(resultType({ type: "object", properties: { a: id("integer"), b: id("string") }, required: ["a", "b"] })).toBe(
      "{\n  readonly a: UsrId",
    );
    const both = { type: "object", properties: { a: id("integer"), b: id("string") }, required: ["a", "b"] };
    expect(moduleText(readCatalog(one(both)))).toContain('export type UsrIdString = string & { readonly __id: "app.usr.id" }');
  });

  test("one that is a string everywhere, as freshet.numbers_as() says, has the name of its column", () => {
    const id = { type: "string", pattern: "^-?[0-9]+$", "x-pg-type": "bigint", "x-freshet-id": "app.usr.id" };
    expect(moduleText(readCatalog(one(id)))).toContain('export type UsrId = string & { readonly __id: "app.usr.id" }');
  });

  test("labels cannot break out of their quotes", () => {
    expect(resultType({ enum: ['"; alert(1); "'] })).toBe('"\\"');
  });
});

describe("camelCase", () => {
  const functionOf = (path: string, names: string[], schema: object = { type: "null" }) => ({
    path,
    kind: "query",
    args: names.map((name) => ({ name, required: true, nullable: false, schema: { type: "string" } })),
    result: { schema },
  });
  const generate = (...functions: object[]) => moduleText(readCatalog({ version: 1, hash: "h", functions }), { nameCase: "camel" });
  const row = (...names: string[]) => ({ type: "object", properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])), required: names });

  test.each([
    ["arguments", [functionOf("m.f", ["user_id", "userId"])], 'm.f: arguments: "userId" and "user_id" would both be called "userId"'],
    ["columns", [functionOf("m.f", [], row("a_b", "a__b"))], 'm.f: result: "a_b" and "a__b" would both be called "aB"'],
    [
      "members of a nested object",
      [functionOf("m.f", [], { type: "array", items: { type: "object", properties: { at: row("x_1", "x1") }, required: ["at"] } })],
      'm.f: result.at: "x_1" and "x1" would both be called "x1"',
    ],
    ["functions", [functionOf("m.mark_read", []), functionOf("m.markRead", [])], "m.markRead and m.mark_read would both be typed as"],
    ["functions that differ in nothing but the case", [functionOf("m.a_b_", []), functionOf("m.aB", [])], "would both be typed as MAB"],
    ["modules", [functionOf("a_b.x", []), functionOf("aB.y", [])], 'the modules: "aB" and "a_b" would both be called "aB"'],
  ])("%s that would get one name are refused", (_, functions, message) => {
    expect(() => generate(...functions)).toThrow(message);
  });

  test("labels, paths and the inside of opaque json keep their names", () => {
    const schema = { type: "object", properties: { any_thing: { title: "json" }, kind: { enum: ["in_app"] } }, required: ["any_thing", "kind"] };
    const text = generate(functionOf("my_module.do_it", [], schema));
    expect(text).toContain('readonly anyThing: Json;\n  readonly kind: "in_app";');
    expect(text).toContain('doIt: functionReference<"query", MyModuleDoItArgs, MyModuleDoItResult>("query", "my_module.do_it", { names: { result: { keys: { any_thing: "anyThing" } } } })');
  });

  test("of values of several shapes each is renamed", () => {
    const names = (...given: string[]) => ({ type: "object", properties: Object.fromEntries(given.map((name) => [name, row("x_y")])), required: given });
    const text = generate(functionOf("m.f", [], { anyOf: [names("a_b"), names("c_d", "a_b"), { type: "null" }] }));
    expect(text).toContain('{ keys: { a_b: "aB", c_d: "cD" }, inside: { a_b: { keys: { x_y: "xY" } }, c_d: { keys: { x_y: "xY" } } } }');
    expect(() => generate(functionOf("m.f", [], { anyOf: [names("a_b"), names("aB")] }))).toThrow('m.f: result: "a_b" and "aB" would both be called "aB"');
  });

  test("underscores in front stay, and names without a word keep them too", () => {
    expect(generate(functionOf("m.f", [], row("_id", "__typename", "_", "URL_of")))).toMatch(/_id: string;\s+readonly __typename: string;\s+readonly _: string;\s+readonly URLOf: string/);
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
    /m\.aB and m\.a_b would both be typed as MABArgs/,
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

  test.each([
    [[], "--out is missing: the file to write"],
    [["--catalog", "c", "--out", "x", "--url", "http://h"], "--url and --catalog exclude each other"],
    [["--catalog", "c", "--out", "x", "--watch"], "--watch and --catalog exclude each other"],
    [["--out", "x", "--check", "--watch"], "--check and --watch exclude each other"],
    [["--out", "-", "--check"], "--check needs a file as --out"],
    [["--out", "x", "--lang", "python"], '--lang is "python": it must be one of ts, json-schema'],
    [["--out", "x", "--case", "kebab"], '--case is "kebab": it must be one of database, camel'],
    [["--out", "x", "--lang", "json-schema", "--case", "camel"], "--case camel is for --lang ts: json-schema describes what travels"],
    [["--out", "x", "--url", "localhost:4700"], '--url is "localhost:4700": it must begin with http:// or https://'],
    [["--out", "x", "api.ts"], '"api.ts" belongs to no flag'],
    [["--out", "x", "--chek"], "Unknown option '--chek'"],
    [["--out"], "--out"],
  ])("%j is refused with the reason and the usage", async (argv, why) => {
    expect(await run(...argv)).toBe(2);
    expect(said.join("")).toContain(`freshet codegen: ${why}`.replace("freshet codegen: --out", "--out"));
    expect(said.join("")).toContain("usage:");
  });

  test("--help is no mistake", async () => {
    expect(await run("--help")).toBe(0);
    expect(said.join("")).toContain("usage:");
  });

  test("what is not up to date is told declaration by declaration", async () => {
    const catalog = (await sample()) as { hash?: string; functions: Record<string, unknown>[] };
    const out = join(folder, "deep", "api.ts");
    const saved = join(folder, "catalog.json");
    await run("--catalog", fixture("catalog.json"), "--out", out);
    catalog.hash = "another";
    catalog.functions = catalog.functions.filter(({ path }) => path !== "channels.mark_read");
    const text = JSON.stringify(catalog).replace('"body":{"type":"string"', '"body":{"type":"integer"').replaceAll("messages.send", "messages.post");
    await writeFile(saved, text);
    expect(await run("--catalog", saved, "--out", out, "--check")).toBe(1);
    expect(said.at(-1)).toBe(`${out} is not what the catalog gives:
  - ChannelsMarkReadArgs
  - ChannelsMarkReadError
  - ChannelsMarkReadResult
  ~ MessagesListRow
      - readonly body: string;
      + readonly body: number;
  + MessagesPostArgs
  + MessagesPostError
  + MessagesPostResult
  - MessagesSendArgs
  - MessagesSendError
  - MessagesSendResult
  - function channels.mark_read
  + function messages.post
  - function messages.send
run freshet codegen without --check to write it
`);
    await run("--catalog", fixture("catalog.json"), "--out", out, "--lang", "json-schema");
    expect(await run("--catalog", saved, "--out", out, "--lang", "json-schema", "--check")).toBe(1);
    expect(said.at(-1)).toContain("  ~ messages.list.result\n      - \"type\": \"string\",\n");
  });

  test("a file that is up to date is not touched, and the one before is never half written", async () => {
    const out = join(folder, "api.ts");
    await run("--catalog", fixture("catalog.json"), "--out", out);
    const before = await stat(out);
    await run("--catalog", fixture("catalog.json"), "--out", out);
    expect((await stat(out)).mtimeMs).toBe(before.mtimeMs);
    expect(await readdir(folder)).toEqual(["api.ts"]);
  });

  test("functions that cannot be called are named on the way", async () => {
    await run("--catalog", fixture("catalog.json"), "--out", "-");
    expect(said[0]).toBe("freshet codegen: channels.lost is left out: the function\nis missing\n");
    expect(said[1]).toContain("export const api");
  });
});
