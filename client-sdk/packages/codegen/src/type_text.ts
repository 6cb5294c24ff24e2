import { CatalogError, type Schema } from "./catalog.js";
import type { DatabaseTypes } from "./database_types.js";
import { docComment } from "./doc_comment.js";
import { propertyName } from "./names.js";
import { choicesOf, propertiesOf, refuseUnknownKeywords, schemaAt } from "./schema.js";

export interface TypeOptions {
  readonly database: DatabaseTypes;
  /** The name that a member has in the generated module. */
  readonly rename: (name: string) => string;
  /** What the caller gives: a member that may be left out may be `undefined` too, since JSON has neither. */
  readonly isInput: boolean;
}

/** The TypeScript type of a schema. `indent` is that of the line the type begins on. */
export function typeText(schema: Schema, options: TypeOptions, indent = ""): string {
  refuseUnknownKeywords(schema);
  return [...new Set(choicesOf(schema).flatMap((choice) => alternatives(choice, options, indent)))].join(" | ");
}

function alternatives(schema: Schema, options: TypeOptions, indent: string): string[] {
  refuseUnknownKeywords(schema);
  const named = options.database.nameOf(schema);
  const types = named !== undefined ? [named] : unnamed(schema, options, indent);
  return isNullable(schema) ? [...types, "null"] : types;
}

/** `{"type": ["string", "null"]}`: said in the list and not by a schema of its own. */
function isNullable(schema: Schema): boolean {
  return Array.isArray(schema["type"]) && schema["type"].includes("null");
}

function unnamed(schema: Schema, options: TypeOptions, indent: string): string[] {
  if (Array.isArray(schema["enum"])) {
    return schema["enum"].map((label) => literal(label));
  }
  if ("const" in schema) {
    return [literal(schema["const"])];
  }
  if (schema["type"] === undefined) {
    return ["Json"];
  }
  const types = Array.isArray(schema["type"]) ? schema["type"].filter((type) => type !== "null") : [schema["type"]];
  return types.map((type) => ofType(type, schema, options, indent));
}

function literal(value: unknown): string {
  if (typeof value === "object" && value !== null) {
    throw new CatalogError(`a schema names the value ${JSON.stringify(value)}: only strings, numbers, booleans and null have a type`);
  }
  return JSON.stringify(value);
}

function ofType(type: unknown, schema: Schema, options: TypeOptions, indent: string): string {
  switch (type) {
    case "null":
    case "boolean":
    case "string":
    case "number":
      return type;
    case "integer":
      return "number";
    case "array":
      return arrayText(schema, options, indent);
    case "object":
      return objectText(schema, options, indent);
    default:
      throw new CatalogError(`a schema has the type ${JSON.stringify(type)}`);
  }
}

function arrayText(schema: Schema, options: TypeOptions, indent: string): string {
  const items = schemaAt(schema, "items");
  const element = items === undefined ? "Json" : typeText(items, options, indent);
  return arrayOf(element);
}

export function arrayOf(element: string): string {
  return /^[\p{ID_Continue}$]+$/u.test(element) ? `readonly ${element}[]` : `ReadonlyArray<${element}>`;
}

function objectText(schema: Schema, options: TypeOptions, indent: string): string {
  const properties = propertiesOf(schema);
  if (properties.length > 0) {
    return `{\n${membersText(properties, options, `${indent}  `)}${indent}}`;
  }
  if (schema["additionalProperties"] === false) {
    return "Record<string, never>";
  }
  const values = schemaAt(schema, "additionalProperties");
  return `{ readonly [name: string]: ${values === undefined ? "Json" : typeText(values, options, indent)} }`;
}

export interface Member {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
  readonly description?: string | undefined;
}

/** One line per member, with its comment. */
export function membersText(members: readonly Member[], options: TypeOptions, indent: string): string {
  const lines = members.map(({ name, schema, isRequired, description }) => {
    const comment = docComment(description ?? descriptionOf(schema), indent);
    const type = typeText(schema, options, indent);
    const orUndefined = !isRequired && options.isInput ? " | undefined" : "";
    return `${comment}${indent}readonly ${propertyName(options.rename(name))}${isRequired ? "" : "?"}: ${type}${orUndefined};\n`;
  });
  return lines.join("");
}

function descriptionOf(schema: Schema): string | undefined {
  const texts = [schema, ...choicesOf(schema)].map((choice) => choice["description"]);
  return texts.find((text): text is string => typeof text === "string");
}
