import { parseArgs } from "node:util";

const languages = ["ts", "json-schema"] as const;
const cases = ["database", "camel"] as const;

export const usage = `usage: freshet codegen --out FILE [--url URL | --catalog FILE] [--lang ts|json-schema] [--case database|camel]
                       [--check | --watch] [--token TOKEN]

Writes the types of every exposed function, from the catalog of a gateway.

  --out FILE      the file to write; - is the standard output
  --url URL       address of the gateway (FRESHET_URL, else http://127.0.0.1:4700); its catalog is read from URL/api/catalog
  --catalog FILE  a saved catalog instead; - is the standard input
  --lang LANG     ts (default): one module with api.<module>.<function> · json-schema: one document, JSON Schema 2020-12
  --case CASE     database (default): names as they are there · camel: createdAt for created_at, in ts; the client translates
  --check         write nothing; exit status 1 and a summary of the differences if FILE is not what would be written
  --watch         write again whenever the functions change, until interrupted; the gateway says when
  --token TOKEN   bearer token for the gateway, if something in front of it wants one (FRESHET_TOKEN)

Exit status: 0 done · 1 not up to date, or it failed · 2 wrong arguments
`;

export interface Options {
  readonly source: { readonly url: URL; readonly token: string | undefined } | { readonly file: string };
  readonly out: string;
  readonly lang: (typeof languages)[number];
  readonly nameCase: (typeof cases)[number];
  readonly mode: "write" | "check" | "watch";
}

/** Throws an Error that says what is wrong with which argument. */
export function parseOptions(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Options | "help" {
  const { values, positionals } = parseArgs({
    args: [...argv],
    // Taken here, and refused below by name.
    allowPositionals: true,
    options: {
      url: { type: "string" },
      catalog: { type: "string" },
      out: { type: "string", short: "o" },
      lang: { type: "string" },
      case: { type: "string" },
      token: { type: "string" },
      check: { type: "boolean", default: false },
      watch: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    return "help";
  }
  refuseTogether(values.check === true && values.watch === true, "--check", "--watch");
  refuseTogether(values.url !== undefined && values.catalog !== undefined, "--url", "--catalog");
  refuseTogether(values.watch === true && values.catalog !== undefined, "--watch", "--catalog");
  if (positionals.length > 0) {
    throw new Error(`"${positionals[0]}" belongs to no flag`);
  }
  if (values.out === undefined || values.out === "") {
    throw new Error("--out is missing: the file to write");
  }
  if (values.out === "-" && (values.check || values.watch)) {
    throw new Error(`${values.check ? "--check" : "--watch"} needs a file as --out`);
  }
  const lang = oneOf("--lang", values.lang ?? "ts", languages);
  const nameCase = oneOf("--case", values.case ?? "database", cases);
  if (lang !== "ts" && nameCase !== "database") {
    throw new Error(`--case ${nameCase} is for --lang ts: ${lang} describes what travels`);
  }
  const token = values.token ?? environment["FRESHET_TOKEN"];
  const source =
    values.catalog !== undefined ? { file: values.catalog } : { url: address(values.url ?? environment["FRESHET_URL"] ?? "http://127.0.0.1:4700"), token };
  return { source, out: values.out, lang, nameCase, mode: values.check ? "check" : values.watch ? "watch" : "write" };
}

function refuseTogether(given: boolean, one: string, other: string): void {
  if (given) {
    throw new Error(`${one} and ${other} exclude each other`);
  }
}

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined) {
    throw new Error(`${flag} is "${value}": it must be one of ${allowed.join(", ")}`);
  }
  return found;
}

function address(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(`--url is "${text}": it must begin with http:// or https://`);
  }
  return url;
}
