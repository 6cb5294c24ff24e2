import { FreshetError } from "./error.js";
import type { AnyFunction } from "./function_reference.js";
import { pathToApp, toApp, toWire, type KeyNames } from "./key_names.js";
import type { Page } from "./protocol.js";
import type { QueryResult } from "./query_result.js";

// Between what an app calls things and what travels: everything inside of the client is as on the wire, and only the calls of the app
// and what they are answered pass through here. For a reference without `names` nothing is touched.

type Named = Pick<AnyFunction, "names">;

export function argsToWire(reference: Named, args: object): object {
  return toWire(args, reference.names?.args) as object;
}

export function argsToApp(reference: Named, args: object): object {
  return toApp(args, reference.names?.args) as object;
}

export function valueToApp(reference: Named, value: unknown, page: Page | undefined): unknown {
  return toApp(value, valueNames(reference, page));
}

export function valueToWire(reference: Named, value: unknown, page: Page | undefined): unknown {
  return toWire(value, valueNames(reference, page));
}

/** The same result gives the same object for as long as it is the same. */
export function resultToApp(reference: Named, result: QueryResult<unknown>, page: Page | undefined): QueryResult<unknown> {
  if (reference.names === undefined || (result.status !== "success" && result.status !== "error")) {
    return result;
  }
  const key = page === undefined ? reference.names : pageKey(reference.names);
  const known = results.get(key) ?? new WeakMap<object, QueryResult<unknown>>();
  results.set(key, known);
  let app = known.get(result);
  if (app === undefined) {
    app =
      result.status === "success"
        ? { ...result, data: valueToApp(reference, result.data, page) }
        : { ...result, error: errorToApp(reference, result.error) };
    known.set(result, app);
  }
  return app;
}

/** Arguments that an error names are called as the app calls them; columns and constraints are the database's. */
export function errorToApp<E>(reference: Named, error: E): E | FreshetError {
  const args = reference.names?.args;
  if (args === undefined || !(error instanceof FreshetError) || typeof error.details !== "object" || error.details === null) {
    return error;
  }
  const details = Array.isArray(error.details)
    ? error.details.map((problem: unknown) => problemToApp(problem, args))
    : error.violation === undefined
      ? error.details
      : problemToApp(error.details, args);
  const { code, message, retryable, id } = error;
  return new FreshetError({ code, message, details, retryable, ...(id !== undefined && { id }) });
}

const results = new WeakMap<object, WeakMap<object, QueryResult<unknown>>>();
const pages = new WeakMap<object, KeyNames>();

/** With `page` the value is an object around the rows (docs/protocol.md, Pages). */
function valueNames({ names }: Named, page: Page | undefined): KeyNames | undefined {
  return names?.result === undefined || page === undefined ? names?.result : pageKey(names);
}

function pageKey(names: NonNullable<Named["names"]>): KeyNames {
  let page = pages.get(names);
  if (page === undefined) {
    page = { inside: { ...(names.result !== undefined && { rows: names.result }) } };
    pages.set(names, page);
  }
  return page;
}

function problemToApp(problem: unknown, args: KeyNames): unknown {
  if (typeof problem !== "object" || problem === null) {
    return problem;
  }
  const { path, argument, arguments: several } = problem as { path?: unknown; argument?: unknown; arguments?: unknown };
  const name = (text: unknown) => (typeof text === "string" ? pathToApp(text, args) : text);
  return {
    ...problem,
    ...(path !== undefined && { path: name(path) }),
    ...(argument !== undefined && { argument: name(argument) }),
    ...(Array.isArray(several) && { arguments: several.map(name) }),
  };
}
