/** The part of `freshet.catalog()` that types are made from (docs/sql-interface.md). */
export interface Catalog {
  readonly hash: string;
  /** Sorted by path. */
  readonly functions: readonly CatalogFunction[];
}

export interface CatalogFunction {
  readonly path: string;
  readonly kind: "query" | "mutation" | "action";
  readonly args: readonly CatalogArgument[];
  readonly result: Schema;
  /** The result is an array of rows. */
  readonly isMany: boolean;
  /** It can be asked for a part of its rows. */
  readonly isPaged: boolean;
  /** Application codes that the function declares. */
  readonly errors: readonly string[];
  /** `COMMENT ON FUNCTION`. */
  readonly description: string | undefined;
  /** Why the function cannot be called at present. */
  readonly problem: string | undefined;
}

export interface CatalogArgument {
  readonly name: string;
  readonly isRequired: boolean;
  readonly schema: Schema;
  readonly description: string | undefined;
}

/** JSON Schema 2020-12, as far as the catalog uses it. */
export type Schema = Readonly<Record<string, unknown>>;

export class CatalogError extends Error {
  override readonly name = "CatalogError";
}

const supportedVersion = 1;

/** Reads a catalog. Anything unexpected is an error that names the place: a guess would be a type that lies. */
export function readCatalog(json: unknown): Catalog {
  const catalog = object(json, "catalog");
  if (catalog["version"] !== supportedVersion) {
    throw new CatalogError(`catalog.version is ${JSON.stringify(catalog["version"])}; this codegen reads version ${supportedVersion}`);
  }
  const hash = string(catalog["hash"], "catalog.hash");
  if (!/^[\w-]+$/.test(hash)) {
    throw new CatalogError("catalog.hash is not a hash");
  }
  const functions = array(catalog["functions"], "catalog.functions").map(readFunction);
  return { hash, functions: functions.sort((a, b) => compareNames(a.path, b.path)) };
}

/** The order of all that is generated: by code units, the same on every machine. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function readFunction(json: unknown, index: number): CatalogFunction {
  const at = `catalog.functions[${index}]`;
  const entry = object(json, at);
  const path = string(entry["path"], `${at}.path`);
  if (!/^[^.]+\.[^.]+$/.test(path)) {
    throw new CatalogError(`${at}.path is "${path}", not module.function`);
  }
  const problem = entry["problem"] ?? undefined;
  if (problem !== undefined) {
    // It cannot be called and has no signature to read, not even a kind when it is gone.
    const none = { kind: "query", args: [], result: {}, isMany: false, isPaged: false, errors: [], description: undefined } as const;
    return { path, ...none, problem: string(problem, `${path}: problem`) };
  }
  const kind = entry["kind"];
  if (kind !== "query" && kind !== "mutation" && kind !== "action") {
    throw new CatalogError(`${path}: kind is ${JSON.stringify(kind)}`);
  }
  const options = entry["options"] === undefined || entry["options"] === null ? {} : object(entry["options"], `${path}: options`);
  const result = object(entry["result"], `${path}: result`);
  const errors = entry["errors"] ?? options["errors"] ?? [];
  return {
    path,
    kind,
    args: array(entry["args"], `${path}: args`).map((arg, n) => readArgument(arg, `${path}: args[${n}]`)),
    result: object(result["schema"], `${path}: result.schema`),
    isMany: result["cardinality"] === "many",
    isPaged: entry["page"] !== undefined && entry["page"] !== null,
    errors: array(errors, `${path}: errors`).map((code) => string(code, `${path}: errors`)).sort(compareNames),
    description: optionalString(entry["description"], `${path}: description`),
    problem: undefined,
  };
}

function readArgument(json: unknown, at: string): CatalogArgument {
  const arg = object(json, at);
  const schema = object(arg["schema"], `${at}.schema`);
  return {
    name: string(arg["name"], `${at}.name`),
    isRequired: arg["required"] === true,
    schema: arg["nullable"] === true ? { anyOf: [schema, { type: "null" }] } : schema,
    description: optionalString(arg["description"], `${at}.description`),
  };
}

function object(json: unknown, at: string): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new CatalogError(`${at} is not an object`);
  }
  return json as Record<string, unknown>;
}

function array(json: unknown, at: string): unknown[] {
  if (!Array.isArray(json)) {
    throw new CatalogError(`${at} is not an array`);
  }
  return json;
}

function string(json: unknown, at: string): string {
  if (typeof json !== "string") {
    throw new CatalogError(`${at} is not a string`);
  }
  return json;
}

function optionalString(json: unknown, at: string): string | undefined {
  return json === undefined || json === null ? undefined : string(json, at);
}
