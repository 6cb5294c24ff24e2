import type { FreshetError } from "./error.js";

/**
 * What is known of a query. The object is the same as long as nothing about it changed, so it can be compared by identity.
 * An `error` is the result at the current snapshot: it ends by itself when the query succeeds again.
 */
export type QueryResult<T> =
  | { readonly status: "skipped"; readonly data: undefined; readonly error: undefined }
  | { readonly status: "loading"; readonly data: undefined; readonly error: undefined }
  | { readonly status: "success"; readonly data: T; readonly error: undefined }
  | { readonly status: "error"; readonly data: undefined; readonly error: FreshetError };

export const skippedResult: QueryResult<never> = { status: "skipped", data: undefined, error: undefined };
export const loadingResult: QueryResult<never> = { status: "loading", data: undefined, error: undefined };

/** In place of arguments: the query is not asked for. */
export const skip: unique symbol = Symbol("skip");
export type Skip = typeof skip;
