import { CatalogError, type Schema } from "./catalog.js";
import { propertyName } from "./names.js";
import { choicesOf, propertiesOf, schemaAt } from "./schema.js";

/**
 * How the members of a value are called in the app: the tree that the client translates by (`KeyNames` of @freshet/client). Only what the
 * catalog declares is in it, so the inside of opaque json is never touched.
 */
export interface KeyNames {
  readonly keys?: Readonly<Record<string, string>>;
  readonly inside?: Readonly<Record<string, KeyNames>>;
  readonly items?: KeyNames;
  readonly values?: KeyNames;
}

/**
 * Undefined when nothing in a value of the schema is called otherwise. Of a union it is what holds for each of its schemas: the same member
 * is renamed the same way everywhere. `at` is named in errors.
 */
export function keyNames(schema: Schema, rename: (name: string) => string, at: string): KeyNames | undefined {
  const choices = choicesOf(schema);
  const members = new Map<string, Schema[]>();
  for (const { name, schema: inner } of choices.flatMap((choice) => propertiesOf(choice))) {
    members.set(name, [...(members.get(name) ?? []), inner]);
  }
  const keys = renamedKeys([...members.keys()], rename, at);
  const inside = [...members].flatMap(([name, inner]): [string, KeyNames][] => {
    const names = keyNames({ anyOf: inner }, rename, `${at}.${name}`);
    return names === undefined ? [] : [[name, names]];
  });
  const namesAt = (keyword: "items" | "additionalProperties") => {
    const inner = choices.map((choice) => schemaAt(choice, keyword)).filter((found) => found !== undefined);
    return inner.length === 0 ? undefined : keyNames({ anyOf: inner }, rename, at);
  };
  const items = namesAt("items");
  const values = namesAt("additionalProperties");
  const names: KeyNames = {
    ...(keys.length > 0 && { keys: Object.fromEntries(keys) }),
    ...(inside.length > 0 && { inside: Object.fromEntries(inside) }),
    ...(items && { items }),
    ...(values && { values }),
  };
  return Object.keys(names).length > 0 ? names : undefined;
}

/** The names that change. Throws when two of one object would become the same. */
export function renamedKeys(names: readonly string[], rename: (name: string) => string, at: string): [string, string][] {
  const owners = new Map<string, string>();
  for (const name of names) {
    const other = owners.get(rename(name));
    if (other !== undefined) {
      throw new CatalogError(`${at}: "${other}" and "${name}" would both be called "${rename(name)}": rename one of them`);
    }
    owners.set(rename(name), name);
  }
  return names.filter((name) => rename(name) !== name).map((name) => [name, rename(name)]);
}

/** As an expression of the generated module. */
export function keyNamesText(names: KeyNames): string {
  const members = Object.entries(names).map(([name, value]) => {
    const inner =
      name === "keys"
        ? recordText(value as Readonly<Record<string, string>>, (key) => JSON.stringify(key))
        : name === "inside"
          ? recordText(value as Readonly<Record<string, KeyNames>>, keyNamesText)
          : keyNamesText(value as KeyNames);
    return `${name}: ${inner}`;
  });
  return `{ ${members.join(", ")} }`;
}

function recordText<T>(record: Readonly<Record<string, T>>, text: (value: T) => string): string {
  return `{ ${Object.entries(record).map(([name, value]) => `${propertyName(name)}: ${text(value)}`).join(", ")} }`;
}
