export { CatalogError, readCatalog } from "./catalog.js";
export type { Catalog, CatalogArgument, CatalogFunction, Schema } from "./catalog.js";
export { moduleText } from "./module_text.js";
export { main } from "./cli.js";
export type { Output } from "./cli.js";
