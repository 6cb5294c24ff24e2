import { CatalogError, type Schema } from "./catalog.js";
import { propertyName } from "./names.js";

/**
 * The TypeScript type of a schema. `indent` is that of the line the type begins on. Throws for a keyword that it does not know, rather
 * than leave a restriction out.
 */
export function typeText(schema: Schema, indent = ""): string {
  return [...new Set(alternatives(schema, indent))].join(" | ");
}

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
  "pattern",
  "title",
]);
const understood = new Set(["additionalProperties", "anyOf", "const", "enum", "items", "oneOf", "properties", "required", "type"]);

function alternatives(schema: Schema, indent: string): string[] {
  for (const keyword of Object.keys(schema)) {
    if (!understood.has(keyword) && !annotations.has(keyword) && !keyword.startsWith("x-")) {
      throw new CatalogError(`a schema uses "${keyword}", which this codegen does not know: ${JSON.stringify(schema)}`);
    }
  }
  if (Array.isArray(schema["enum"])) {
    return schema["enum"].map((label) => JSON.stringify(label));
  }
  if ("const" in schema) {
    return [JSON.stringify(schema["const"])];
  }
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) {
    return choices.flatMap((choice: Schema) => alternatives(choice, indent));
  }
  if (schema["type"] === undefined) {
    return ["Json"];
  }
  const types = Array.isArray(schema["type"]) ? schema["type"] : [schema["type"]];
  return types.map((type) => ofType(type, schema, indent));
}

function ofType(type: unknown, schema: Schema, indent: string): string {
  switch (type) {
    case "null":
    case "boolean":
    case "string":
    case "number":
      return type;
    case "integer":
      return "number";
    case "array":
      return arrayText(schema, indent);
    case "object":
      return objectText(schema, indent);
    default:
      throw new CatalogError(`a schema has the type ${JSON.stringify(type)}`);
  }
}

function arrayText(schema: Schema, indent: string): string {
  const items = schema["items"];
  const element = typeof items === "object" && items !== null ? typeText(items as Schema, indent) : "Json";
  return /^[A-Za-z]+$/.test(element) ? `readonly ${element}[]` : `ReadonlyArray<${element}>`;
}

function objectText(schema: Schema, indent: string): string {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, Schema>);
  const required = new Set((schema["required"] ?? []) as string[]);
  const additional = schema["additionalProperties"];
  if (properties.length === 0) {
    if (additional === false) {
      return "Record<string, never>";
    }
    const value = typeof additional === "object" && additional !== null ? typeText(additional as Schema, indent) : "Json";
    return `{ readonly [name: string]: ${value} }`;
  }
  const inner = `${indent}  `;
  const members = properties.map(([name, property]) => {
    const mark = required.has(name) ? "" : "?";
    return `${inner}readonly ${propertyName(name)}${mark}: ${typeText(property, inner)};\n`;
  });
  return `{\n${members.join("")}${indent}}`;
}
