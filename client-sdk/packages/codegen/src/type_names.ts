import { CatalogError } from "./catalog.js";
import { typeName } from "./names.js";

/** Names that the generated text or the language means something else by. */
const taken = new Set([
  "Array", "ArrayBuffer", "BigInt", "Boolean", "Date", "Error", "Event", "Function", "FunctionError", "Json", "Map", "Number", "Object",
  "PageValue", "Partial", "Pick", "Promise", "Readonly", "ReadonlyArray", "Record", "RegExp", "Request", "Response", "Set", "String", "Symbol",
]);

/** A thing of the database that gets a type of its own: a column that ids come from, an enum. */
export interface Named {
  /** `schema.table.column` or `schema.type`, the words unquoted. */
  readonly words: readonly string[];
}

/**
 * Names for what is in the database, by `key`: without the schema where that names one thing only, else all of those with it, so that
 * neither gets the name that the other had. `reserved` are names given already.
 */
export function nameTypes(things: ReadonlyMap<string, Named>, reserved: ReadonlyMap<string, string>): Map<string, string> {
  const short = new Map<string, string[]>();
  for (const [key, { words }] of things) {
    const name = typeName(words.slice(1).join("."));
    short.set(name, [...(short.get(name) ?? []), key]);
  }
  const names = new Map<string, string>();
  const owners = new Map(reserved);
  for (const [name, keys] of short) {
    const isFree = keys.length === 1 && !owners.has(name) && !taken.has(name);
    for (const key of keys) {
      const given = isFree ? name : typeName(things.get(key)!.words.join("."));
      const other = owners.get(given);
      if (other !== undefined || taken.has(given)) {
        throw new CatalogError(`${other ?? "the language"} and ${key} would both be typed as ${given}: rename one of them`);
      }
      owners.set(given, key);
      names.set(key, given);
    }
  }
  return names;
}

/** The parts of a qualified name as Postgres writes it: `app."Odd name"` → `app`, `Odd name`. */
export function qualifiedWords(name: string): string[] {
  return [...name.matchAll(/"((?:[^"]|"")*)"|[^."]+/g)].map(([word, quoted]) => quoted?.replaceAll('""', '"') ?? word);
}
