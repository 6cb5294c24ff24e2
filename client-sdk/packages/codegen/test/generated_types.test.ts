import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { moduleText, readCatalog } from "../src/index.js";
import { typecheck } from "./typecheck.js";

const fixture = (name: string) => readFile(new URL(`./fixtures/${name}`, import.meta.url), "utf8");
const sample = async () => JSON.parse(await fixture("catalog.json")) as object;
const slow = 60_000;

/** `Same<A, B>` is true for one type written twice; an assignment in both directions would let much more pass. */
const assertions = `
  type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
  export const is = <T extends true>(): T | undefined => undefined;
`;

test("generated types are what the catalog says, and hold in use", { timeout: slow }, async () => {
  const app = `
    import { FreshetClient, isErrorOf, type ArgsOf, type CodesOf, type ErrorOf, type Json, type ResultOf } from "@freshet/client";
    import { api, ChannelId, MessageId, UsrId, type MessagesListPage, type MessagesListRow, type MessagesSendError, type Priority, type State } from "./api.js";
    ${assertions}
    is<Same<ResultOf<typeof api.messages.list>, readonly MessagesListRow[]>>();
    is<Same<MessagesListPage["rows"], readonly MessagesListRow[]>>();
    is<Same<MessagesListRow["id"], MessageId>>();
    is<Same<MessagesListRow["author"]["user_id"], UsrId>>();
    is<Same<MessagesListRow["state"], State | null>>();
    is<Same<State, "sent" | "read">>();
    is<Same<MessagesListRow["tags"], ReadonlyArray<string | null>>>();
    is<Same<MessagesListRow["extra"], Json>>();
    is<Same<ResultOf<typeof api.channels.first>, { readonly id: ChannelId; readonly last_message: MessageId | null; readonly settings: { readonly [name: string]: string | null } } | null>>();
    is<Same<ArgsOf<typeof api.messages.send>["priority"], Priority | undefined>>();
    is<Same<CodesOf<typeof api.messages.send>, "channel_archived" | "too_fast">>();
    is<Same<ErrorOf<typeof api.messages.send>, MessagesSendError>>();

    export async function use(client: FreshetClient, route: { channel: string; message: string }): Promise<string> {
      const channel = ChannelId(route.channel);
      const id = await client.mutate(api.messages.send, { channel, body: "hi", "reply-to": MessageId(Number(route.message)), priority: undefined });
      is<Same<typeof id, MessageId>>();
      await client.query(api.channels.first);
      await client.mutate(api.messages.send, { channel, body: "hi", patch: { pinned_by: null } });
      // An id is a string or a number wherever one is wanted, also as a key.
      const seen: Record<ChannelId, number> = { [channel]: id };
      return channel.toUpperCase() + seen[channel];
    }

    export function say(error: unknown): string {
      if (!isErrorOf(api.messages.send, error)) throw error;
      switch (error.applicationCode) {
        case "channel_archived":
          return "archived";
        case "too_fast":
          return String(error.details.data);
        case undefined:
          is<Same<typeof error.code, Exclude<MessagesSendError["code"], "application">>>();
          return error.code === "conflict" ? "again" : error.message;
        default:
          return error satisfies never;
      }
    }
  `;
  expect(await typecheck({ "api.ts": moduleText(readCatalog(await sample())), "app.ts": app })).toBe("");
});

test("the module in camelCase has the same types under other names", { timeout: slow }, async () => {
  const app = `
    import type { ArgsOf } from "@freshet/client";
    import { api, type ChannelsFirstResult, type MessageId, type MessagesListRow, type UsrId } from "./api.js";
    ${assertions}
    is<Same<MessagesListRow["author"]["userId"], UsrId>>();
    is<Same<MessagesListRow["editedAt"], string | null>>();
    is<Same<NonNullable<ChannelsFirstResult>["lastMessage"], MessageId | null>>();
    is<Same<ArgsOf<typeof api.messages.send>["replyTo"], MessageId | null | undefined>>();
    is<Same<typeof api.channels.markRead.kind, "mutation">>();
  `;
  expect(await typecheck({ "api.ts": moduleText(readCatalog(await sample()), { nameCase: "camel" }), "app.ts": app })).toBe("");
});

const mistakes: readonly [string, string, RegExp][] = [
  ["an id of another table", `client.query(api.messages.list, { channel: MessageId(1) })`, /MessageId.*not assignable.*ChannelId/s],
  ["text that nobody said is an id", `client.query(api.messages.list, { channel: "5f0c" })`, /'string'? is not assignable to .*ChannelId/],
  ["a label that the enum has not", `client.mutate(api.messages.send, { channel, body: "", priority: "highest" })`, /"highest"/],
  ["an argument that there is not", `client.query(api.messages.list, { channel, limit: 1 })`, /'limit' does not exist/],
  ["arguments left out that are required", `client.query(api.messages.list)`, /Expected 2/],
  ["null where none is allowed", `client.mutate(api.messages.send, { channel, body: null })`, /null/],
  ["a code that is not declared", `(error: ErrorOf<typeof api.messages.send>) => error.applicationCode === "archived"`, /no overlap/],
  ["a mutation watched", `client.watch(api.messages.send, { channel, body: "" })`, /"mutation"/],
  ["a row changed in place", `client.query(api.messages.list, { channel }).then((rows) => { rows[0]!.body = ""; })`, /read-only/],
];

describe("tsc refuses", () => {
  let said = new Map<string, string>();

  beforeAll(async () => {
    const app = (expression: string) => `
      import type { ErrorOf, FreshetClient } from "@freshet/client";
      import { api, ChannelId, MessageId } from "./api.js";
      declare const client: FreshetClient;
      export const channel = ChannelId("");
      export const id = MessageId(1);
      export type Used = ErrorOf<typeof api.messages.list>;
      export const result = ${expression};
    `;
    const files = mistakes.map(([, expression], n): [string, string] => [`mistake${n}.ts`, app(expression)]);
    const text = await typecheck({ "api.ts": moduleText(readCatalog(await sample())), ...Object.fromEntries(files) });
    // One error begins with the name of its file; the lines that explain it are indented.
    said = new Map(text.split(/\n(?=\S)/).map((error) => [error.slice(0, error.indexOf("(")), error]));
  }, slow);

  test.each(mistakes.map(([what, , message], n) => [what, `mistake${n}.ts`, message] as const))("%s", (_, file, message) => {
    expect(said.get(file)).toMatch(message);
  });

  test("nothing else", () => {
    expect([...said.keys()].sort()).toEqual(mistakes.map((_, n) => `mistake${n}.ts`).sort());
  });
});

test("whatever things of the database are called, the module compiles", { timeout: slow }, async () => {
  const names = [
    "__proto__", "constructor", "default", "class", "new", "await", "arguments", "prototype", "toString", "1st", "a b", 'qu"ote', "back\\slash", "new\nline", "日本",
    "ünïcode", "$dollar", "*/ end", "// line", "${x}", "`", "\u2028", "😀", "-", "", "_", "Json", "any", "readonly", "functionReference", "FunctionError",
  ];
  const row = {
    type: "object",
    required: names,
    additionalProperties: false,
    properties: Object.fromEntries(
      names.map((name) => [name, { type: "object", properties: { [name]: { type: "string", description: name }, b_c: { title: "json" } }, required: [name], description: `*/ ${name}` }]),
    ),
  };
  const functions = names
    .filter((name) => !/^\W*$/.test(name) || name === "日本")
    .flatMap((name, n) => [
      {
        path: `m.${name.replaceAll(".", "")}`,
        kind: "query",
        description: `${name} */ /* ${name}`,
        args: names.map((arg) => ({ name: arg, required: n % 2 === 0, nullable: false, schema: { type: "string", "x-freshet-id": `app."${name}".id` } })),
        result: { cardinality: "many", schema: { type: "array", items: row } },
        errors: ['"', name],
      },
      { path: `${name.replaceAll(".", "")}.f`, kind: "mutation", args: [], result: { schema: { type: "string", enum: names, "x-pg-type": `app."${name}"` } } },
    ]);
  const catalog = readCatalog(JSON.parse(JSON.stringify({ version: 1, hash: "h", functions })));
  expect(await typecheck({ "api.ts": moduleText(catalog) })).toBe("");
});

test("a column that changes makes the app fail where it is used", { timeout: slow }, async () => {
  const app = [
    `import type { FreshetClient } from "@freshet/client";`,
    `import { api, ChannelId } from "./api.js";`,
    `export async function bodies(client: FreshetClient): Promise<string[]> {`,
    `  const rows = await client.query(api.messages.list, { channel: ChannelId("c") });`,
    `  return rows.map((row) => row.body);`,
    `}`,
  ].join("\n");
  const before = JSON.stringify(await sample());
  const check = (catalog: string) =>
    typecheck({ "api.ts": moduleText(readCatalog(JSON.parse(catalog))), "app.ts": app });
  expect(await check(before)).toBe("");
  const retyped = await check(before.replace('"body":{"type":"string"', '"body":{"type":"integer"'));
  expect(retyped).toMatch(/^app\.ts\(5,3\): error TS\d+: Type 'number\[\]' is not assignable to type 'string\[\]'/);
  const renamed = await check(before.replaceAll('"body"', '"text"'));
  expect(renamed).toMatch(/^app\.ts\(5,32\): error TS\d+: Property 'body' does not exist on type 'MessagesListRow'/);
});
