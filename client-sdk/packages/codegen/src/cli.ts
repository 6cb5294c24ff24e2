import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { CatalogError, readCatalog } from "./catalog.js";
import { moduleText } from "./module_text.js";

const usage = `usage: freshet-codegen (--url URL | --catalog FILE) --out FILE [--check] [--token TOKEN]

  --url URL       address of a gateway; its catalog is read from URL/api/catalog
  --catalog FILE  a saved catalog instead
  --out FILE      the module to write
  --check         write nothing; fail if FILE is not what would be written
  --token TOKEN   bearer token for the gateway, if it wants one
`;

const timeoutMs = 15_000;

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** Runs the command; the result is its exit code: 0 done, 1 not up to date or failed, 2 wrong usage. */
export async function main(argv: readonly string[], output: Output): Promise<number> {
  let options;
  try {
    options = parse(argv);
  } catch (error) {
    output.err(`freshet-codegen: ${messageOf(error)}\n${usage}`);
    return 2;
  }
  if (options === "help") {
    output.out(usage);
    return 0;
  }
  try {
    const text = moduleText(readCatalog(await loadCatalog(options)));
    return options.check ? await check(options.out, text, output) : await write(options.out, text, output);
  } catch (error) {
    output.err(`freshet-codegen: ${messageOf(error)}\n`);
    return 1;
  }
}

interface Options {
  readonly url: string | undefined;
  readonly catalog: string | undefined;
  readonly token: string | undefined;
  readonly out: string;
  readonly check: boolean;
}

function parse(argv: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      url: { type: "string" },
      catalog: { type: "string" },
      out: { type: "string" },
      token: { type: "string" },
      check: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    return "help";
  }
  if ((values.url === undefined) === (values.catalog === undefined)) {
    throw new Error("give either --url or --catalog");
  }
  if (values.out === undefined) {
    throw new Error("--out is missing");
  }
  return { url: values.url, catalog: values.catalog, token: values.token, out: values.out, check: values.check === true };
}

async function loadCatalog(options: Options): Promise<unknown> {
  if (options.catalog !== undefined) {
    return parseJson(await readFile(options.catalog, "utf8"), options.catalog);
  }
  const url = new URL("/api/catalog", options.url);
  const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  let response: Response;
  try {
    response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CatalogError(`${url.href} cannot be reached: ${messageOf(cause)}`);
  }
  const text = await response.text();
  if (!response.ok) {
    throw new CatalogError(`${url.href} answered ${response.status}: ${text.slice(0, 500)}`);
  }
  return parseJson(text, url.href);
}

function parseJson(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CatalogError(`${from} is not JSON`);
  }
}

async function check(path: string, text: string, output: Output): Promise<number> {
  const current = await readFile(path, "utf8").catch(() => undefined);
  if (current === text) {
    output.out(`${path} is up to date\n`);
    return 0;
  }
  output.err(`${path} ${current === undefined ? "is missing" : "is not what the catalog gives"}: run freshet-codegen without --check\n`);
  return 1;
}

async function write(path: string, text: string, output: Output): Promise<number> {
  await writeFile(path, text);
  output.out(`wrote ${path}\n`);
  return 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
