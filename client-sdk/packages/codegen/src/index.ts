export { CatalogError, readCatalog } from "./catalog.js";
export type { Catalog, CatalogArgument, CatalogFunction, Schema } from "./catalog.js";
export { jsonSchemaText } from "./json_schema.js";
export { moduleText } from "./module_text.js";
export type { ModuleOptions } from "./module_text.js";
export { main } from "./cli.js";
export type { Output, Surroundings } from "./cli.js";
