import { useCallback, useMemo, useSyncExternalStore } from "react";
import { canonicalJson, groupReader, skip, watchQueries, type QueryGroup, type QueryRequests, type QueryResults } from "@freshet/client";
import { useFreshetClient } from "./context.js";

/**
 * Several live queries, as many as there are names, and other ones with any render. All results belong to one snapshot; the object is the
 * same until one of them changes.
 *
 *     const { issues, me } = useQueries({ issues: { query: api.issues.list, args: { project } }, me: { query: api.people.me } });
 */
export function useQueries<G extends QueryGroup>(requests: QueryRequests<G>): QueryResults<G> {
  const client = useFreshetClient();
  const text = textOf(requests);
  const subscribe = useCallback(
    (listener: () => void) => {
      const watch = watchQueries<G>(client, requests);
      watch.onChange(listener);
      return () => watch.close();
    },
    [client, text],
  );
  const current = useMemo(() => groupReader<G>(requests, (query, args, options) => client.peek(query, args, options)), [client, text]);
  const rendered = useMemo(() => groupReader<G>(requests, (query, args, options) => client.rendered(query, args, options)), [client, text]);
  return useSyncExternalStore(subscribe, current, rendered);
}

/** Requests are new objects on every render: their text decides whether anything changed. */
function textOf(requests: object): string {
  const entries = Object.entries(requests as Record<string, { readonly query: { readonly path: string }; readonly args?: unknown }>);
  return canonicalJson(entries.map(([name, { query, args, ...options }]) => [name, query.path, args === skip, args === skip ? null : args ?? {}, options]));
}
