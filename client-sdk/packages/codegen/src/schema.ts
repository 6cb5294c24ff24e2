import { CatalogError, compareNames, type Schema } from "./catalog.js";

const annotations = new Set([
  "$comment",
  "contentEncoding",
  "contentMediaType",
  "default",
  "description",
  "examples",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "format",
  "maximum",
  "maxItems",
  "maxLength",
  "minimum",
  "minItems",
  "minLength",
  "minProperties",
  "pattern",
  "title",
]);
const understood = new Set(["additionalProperties", "anyOf", "const", "enum", "items", "oneOf", "properties", "required", "type"]);

/** Throws for a keyword that types cannot be made from, rather than leave a restriction out. */
export function refuseUnknownKeywords(schema: Schema): void {
  for (const keyword of Object.keys(schema)) {
    if (!understood.has(keyword) && !annotations.has(keyword) && !keyword.startsWith("x-")) {
      throw new CatalogError(`a schema uses "${keyword}", which this codegen does not know: ${JSON.stringify(schema)}`);
    }
  }
}

/** The schemas of which a value has one; the schema itself when it is no union. */
export function choicesOf(schema: Schema): readonly Schema[] {
  const choices = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(choices) ? choices.flatMap((choice: Schema) => choicesOf(choice)) : [schema];
}

export interface Property {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

/** In the order of `required`, which is that of the columns, and then by name: objects of a catalog have no order of their own. */
export function propertiesOf(schema: Schema): readonly Property[] {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
  const required = ((schema["required"] ?? []) as readonly string[]).filter((name) => Object.hasOwn(properties, name));
  const optional = Object.keys(properties).filter((name) => !required.includes(name)).sort(compareNames);
  return [
    ...required.map((name) => ({ name, schema: properties[name]!, isRequired: true })),
    ...optional.map((name) => ({ name, schema: properties[name]!, isRequired: false })),
  ];
}

/** The schema of an array's elements, or of the values of an object whose names are open. */
export function schemaAt(schema: Schema, keyword: "items" | "additionalProperties"): Schema | undefined {
  const inner = schema[keyword];
  return typeof inner === "object" && inner !== null ? (inner as Schema) : undefined;
}

/** Calls `visit` with the schema and every one inside it. */
export function visitSchemas(schema: Schema, visit: (schema: Schema) => void): void {
  visit(schema);
  for (const choice of choicesOf(schema)) {
    if (choice !== schema) {
      visitSchemas(choice, visit);
    }
  }
  for (const { schema: inner } of propertiesOf(schema)) {
    visitSchemas(inner, visit);
  }
  for (const inner of [schemaAt(schema, "items"), schemaAt(schema, "additionalProperties")]) {
    if (inner !== undefined) {
      visitSchemas(inner, visit);
    }
  }
}
