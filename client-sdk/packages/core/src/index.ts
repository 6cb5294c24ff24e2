export { FreshetClient } from "./client.js";
export type { CallOptions, ClientOptions, ConnectionState, MutateOptions, PreloadOptions, WatchOptions } from "./client_options.js";
export type { BackoffOptions } from "./backoff.js";
export type { Environment, WebSocketConstructor, WebSocketLike } from "./environment.js";
export { FreshetError, errorCodes } from "./error.js";
export type { ErrorCode, Violation, WireError } from "./error.js";
export { isErrorOf } from "./function_error.js";
export type { ApplicationError, ErrorOf, FunctionError, SystemError } from "./function_error.js";
export { functionReference } from "./function_reference.js";
export type {
  AnyAction,
  AnyFunction,
  AnyMutation,
  AnyQuery,
  ArgsOf,
  Call,
  CodesOf,
  FunctionKind,
  FunctionReference,
  MutationReference,
  QueryReference,
  ReferenceNames,
  ResultOf,
} from "./function_reference.js";
export type { DehydratedQuery, DehydratedState } from "./hydration.js";
export { toApp, toWire } from "./key_names.js";
export type { KeyNames } from "./key_names.js";
export { canonicalJson } from "./json.js";
export type { Json } from "./json.js";
export type { Mutation } from "./mutation.js";
export type { OptimisticStore, OptimisticUpdate } from "./optimistic.js";
export type { Page } from "./protocol.js";
export { skip } from "./query_result.js";
export type { QueryResult, Skip } from "./query_result.js";
export { groupReader, watchQueries } from "./query_group.js";
export type { GroupWatch, QueryGroup, QueryRequest, QueryRequests, QueryResults } from "./query_group.js";
export type { QueryWatch } from "./query_watch.js";
export type { AuthState, Identity } from "./caller.js";
export type { Auth, TokenSupplier } from "./token_source.js";
export { firstPageOf, watchPages } from "./pages.js";
export type { PagedResult, PagesOptions, PagesWatch } from "./pages.js";
export type { PageValue, RowOf } from "./page_value.js";
