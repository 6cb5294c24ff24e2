import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readCatalog, type Catalog } from "./catalog.js";
import { fileCatalog, gatewayCatalog, messageOf, watchCatalog } from "./catalog_source.js";
import { jsonSchemaText } from "./json_schema.js";
import { moduleText } from "./module_text.js";
import { parseOptions, usage, type Options } from "./options.js";
import { textChanges } from "./text_changes.js";

export interface Output {
  out(text: string): void;
  err(text: string): void;
}

export interface Surroundings {
  /** Ends `--watch`. */
  readonly signal?: AbortSignal;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Runs the command; the result is its exit code: 0 done, 1 not up to date or failed, 2 wrong usage. */
export async function main(argv: readonly string[], output: Output, { signal, environment = process.env }: Surroundings = {}): Promise<number> {
  let options: Options | "help";
  try {
    options = parseOptions(argv, environment);
  } catch (error) {
    output.err(`freshet codegen: ${messageOf(error)}\n\n${usage}`);
    return 2;
  }
  if (options === "help") {
    output.out(usage);
    return 0;
  }
  try {
    return options.mode === "watch" ? await watch(options, output, signal ?? new AbortController().signal) : await once(options, output);
  } catch (error) {
    output.err(`freshet codegen: ${messageOf(error)}\n`);
    return 1;
  }
}

async function once(options: Options, output: Output): Promise<number> {
  const { source } = options;
  const catalog = readCatalog("file" in source ? await fileCatalog(source.file) : await gatewayCatalog(source));
  const text = generate(catalog, options);
  if (options.mode === "check") {
    return check(options.out, text, output);
  }
  tellLeftOut(catalog, output);
  if (options.out === "-") {
    output.out(text);
    return 0;
  }
  await write(options.out, text, output);
  return 0;
}

async function watch(options: Options, output: Output, signal: AbortSignal): Promise<number> {
  if ("file" in options.source) {
    throw new Error("a saved catalog does not change");
  }
  const tell = (error: unknown) => output.err(`freshet codegen: ${messageOf(error)}\n`);
  for await (const json of watchCatalog(options.source, signal, tell)) {
    try {
      const catalog = readCatalog(json);
      tellLeftOut(catalog, output);
      await write(options.out, generate(catalog, options), output);
    } catch (error) {
      // Names that clash, a file that cannot be written: the next change may mend it.
      tell(error);
    }
  }
  return 0;
}

function generate(catalog: Catalog, { lang, nameCase }: Options): string {
  return lang === "ts" ? moduleText(catalog, { nameCase }) : jsonSchemaText(catalog);
}

function tellLeftOut(catalog: Catalog, output: Output): void {
  for (const { path, problem } of catalog.functions) {
    if (problem !== undefined) {
      output.err(`freshet codegen: ${path} is left out: ${problem}\n`);
    }
  }
}

async function check(path: string, text: string, output: Output): Promise<number> {
  const current = await contentOf(path);
  if (current === text) {
    output.out(`${path} is up to date\n`);
    return 0;
  }
  const what = current === undefined ? " is missing" : ` is not what the catalog gives:\n${textChanges(current, text)}`;
  output.err(`${path}${what.trimEnd()}\nrun freshet codegen without --check to write it\n`);
  return 1;
}

/** Nobody ever reads half a file, and a file that stays the same is not touched: bundlers watch it. */
async function write(path: string, text: string, output: Output): Promise<void> {
  const current = await contentOf(path);
  if (current === text) {
    output.out(`${path} is up to date\n`);
    return;
  }
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  output.out(`wrote ${path}\n${current === undefined ? "" : textChanges(current, text)}`);
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
