import { compareNames, type Catalog, type Schema } from "./catalog.js";
import { docComment } from "./doc_comment.js";
import { choicesOf, visitSchemas } from "./schema.js";
import { nameTypes, qualifiedWords, type Named } from "./type_names.js";

type Base = "number" | "string";

interface Id extends Named {
  readonly column: string;
  readonly base: Base;
  readonly isOdd: boolean;
}

interface Enum extends Named {
  readonly type: string;
  readonly labels: readonly string[];
}

/** The ids and enums of a catalog, each a type of its own in the generated module. */
export class DatabaseTypes {
  private readonly ids = new Map<string, Id>();
  private readonly enums = new Map<string, Enum>();
  private readonly names: ReadonlyMap<string, string>;

  /** @param reserved names that the module gives to other types, with what they are for. */
  constructor(catalog: Catalog, reserved: ReadonlyMap<string, string>) {
    const schemas = catalog.functions.flatMap(({ args, result }) => [...args.map(({ schema }) => schema), result]);
    schemas.forEach((schema) => visitSchemas(schema, (inner) => this.collect(inner)));
    // Only beside values of the same column that travel in their own way does it take another name.
    const bases = (column: string) => new Set([...this.ids.values()].filter((id) => id.column === column).map(({ base }) => base)).size;
    const ids = [...this.ids].map(([key, id]): [string, Named] => [key, id.isOdd && bases(id.column) > 1 ? { ...id, words: [...id.words, id.base] } : id]);
    this.names = nameTypes(new Map<string, Named>([...ids, ...this.enums].sort(([a], [b]) => compareNames(a, b))), reserved);
  }

  /** The name of the type of a schema that is an id or an enum of the database; null apart. */
  nameOf(schema: Schema): string | undefined {
    const key = idKey(schema) ?? enumKey(schema);
    return key === undefined ? undefined : this.names.get(key);
  }

  /** Declarations of all of them. */
  text(): string {
    const enums = [...this.enums].map(([key, entry]): [string, string] => [this.names.get(key)!, enumText(this.names.get(key)!, entry)]);
    const ids = [...this.ids].map(([key, entry]): [string, string] => [this.names.get(key)!, idText(this.names.get(key)!, entry)]);
    return [enums, ids].flatMap((part) => part.sort(([a], [b]) => compareNames(a, b)).map(([, text]) => text)).join("\n");
  }

  private collect(schema: Schema): void {
    if (choicesOf(schema)[0] !== schema) {
      return;
    }
    const id = idKey(schema);
    const enumType = enumKey(schema);
    if (id !== undefined) {
      const column = schema["x-freshet-id"] as string;
      const base = baseOf(schema)!;
      this.ids.set(id, { column, base, isOdd: isOdd(schema, base), words: qualifiedWords(column) });
    } else if (enumType !== undefined) {
      const type = schema["x-pg-type"] as string;
      this.enums.set(enumType, { type, words: qualifiedWords(type), labels: schema["enum"] as string[] });
    }
  }
}

function idKey(schema: Schema): string | undefined {
  const column = schema["x-freshet-id"];
  const base = baseOf(schema);
  return typeof column === "string" && base !== undefined ? `${column}${isOdd(schema, base) ? ` as ${base}` : ""}` : undefined;
}

/** Inside of json, or where it was declared so, a number may travel as text and the other way round: not as its column does elsewhere. */
function isOdd(schema: Schema, base: Base): boolean {
  const type = String(schema["x-pg-type"]);
  return base === "number" ? /^(numeric|money|text|character|uuid)/.test(type) : /^(bigint|integer|smallint|real|double precision)/.test(type);
}

function baseOf(schema: Schema): Base | undefined {
  const types = (Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]]).filter((type) => type !== "null");
  if (types.length !== 1) {
    return undefined;
  }
  return types[0] === "string" ? "string" : types[0] === "integer" || types[0] === "number" ? "number" : undefined;
}

/** Enums have a schema; what has none is a list of labels that the gateway made, and is written where it is used. */
function enumKey(schema: Schema): string | undefined {
  const type = schema["x-pg-type"];
  const labels = schema["enum"];
  const isEnum = typeof type === "string" && Array.isArray(labels) && labels.every((label) => typeof label === "string");
  // The labels are part of the key: a catalog that gives one type two lists gets both written out.
  return isEnum && labels.length > 0 && qualifiedWords(type).length === 2 ? `${type} ${JSON.stringify(labels)}` : undefined;
}

function enumText(name: string, { type, labels }: Enum): string {
  return `${docComment(`The enum ${type}.`)}export type ${name} = ${labels.map((label) => JSON.stringify(label)).join(" | ")};\n`;
}

function idText(name: string, { column, base }: Id): string {
  return (
    docComment(`A value of ${column}.`) +
    `export type ${name} = ${base} & { readonly __id: ${JSON.stringify(column)} };\n` +
    docComment(`Takes a value from outside, of a route or a form, as ${name}. Whether there is such a row shows when it is used.`) +
    `export const ${name} = (value: ${base}): ${name} => value as ${name};\n`
  );
}
