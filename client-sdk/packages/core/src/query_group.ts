import type { FreshetClient } from "./client.js";
import type { WatchOptions } from "./client_options.js";
import type { AnyQuery, ArgsOf, ResultOf } from "./function_reference.js";
import type { QueryResult, Skip } from "./query_result.js";
import type { QueryWatch } from "./query_watch.js";

/** One query of a group: its function, its arguments (left out where none is required, or `skip`), and how to watch it. */
export type QueryRequest<Q extends AnyQuery> = WatchOptions & { readonly query: Q } & ({} extends ArgsOf<Q>
    ? { readonly args?: ArgsOf<Q> | Skip }
    : { readonly args: ArgsOf<Q> | Skip });

/** Queries by name. There may be any number of them, and another one at any time. */
export type QueryGroup = Readonly<Record<string, AnyQuery>>;
export type QueryRequests<G extends QueryGroup> = { readonly [Name in keyof G]: QueryRequest<G[Name]> };
export type QueryResults<G extends QueryGroup> = { readonly [Name in keyof G]: QueryResult<ResultOf<G[Name]>> };

/** The same object until a result changes, so that it can be compared by identity. */
export interface GroupWatch<G extends QueryGroup> {
  current(): QueryResults<G>;
  /** Called once after each transition that changed a result; what it returns stops that. */
  onChange(listener: () => void): () => void;
  close(): void;
}

type AnyRequest = WatchOptions & { readonly query: AnyQuery; readonly args?: object | Skip };

/**
 * Starts to look at several live queries as one. Their results belong to one snapshot.
 *
 *     const watch = watchQueries(client, { issues: { query: api.issues.list, args: { project } }, me: { query: api.people.me } });
 *     watch.onChange(() => show(watch.current().issues.data));
 */
export function watchQueries<G extends QueryGroup>(client: FreshetClient, requests: QueryRequests<G>): GroupWatch<G> {
  const watches = entriesOf(requests).map(([name, { query, args, ...options }]) => [name, client.watch(query, args ?? {}, options)] as const);
  const current = stableResults(() => watches.map(([name, watch]) => [name, watch.current()]));
  const stops = new Set<() => void>();
  return {
    current: current as () => QueryResults<G>,
    onChange(listener) {
      let seen = current();
      const stop = client.onTransition(() => {
        if (current() !== seen) {
          seen = current();
          listener();
        }
      });
      stops.add(stop);
      return () => {
        stop();
        stops.delete(stop);
      };
    },
    close() {
      stops.forEach((stop) => stop());
      watches.forEach(([, watch]: readonly [string, QueryWatch<unknown>]) => watch.close());
    },
  };
}

/** Reads the results of a group without watching them; the same object as long as none of them has changed. */
export function groupReader<G extends QueryGroup>(
  requests: QueryRequests<G>,
  read: (query: AnyQuery, args: object | Skip, options: WatchOptions) => QueryResult<unknown>,
): () => QueryResults<G> {
  const entries = entriesOf(requests);
  return stableResults(() => entries.map(([name, { query, args, ...options }]) => [name, read(query, args ?? {}, options)])) as () => QueryResults<G>;
}

function entriesOf(requests: object): [string, AnyRequest][] {
  return Object.entries(requests as Record<string, AnyRequest>);
}

function stableResults(read: () => [string, QueryResult<unknown>][]): () => object {
  let last: Record<string, QueryResult<unknown>> | undefined;
  return () => {
    const entries = read();
    if (last === undefined || entries.some(([name, result]) => last?.[name] !== result)) {
      last = Object.fromEntries(entries);
    }
    return last;
  };
}
