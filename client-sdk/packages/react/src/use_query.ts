import { useCallback, useSyncExternalStore } from "react";
import {
  canonicalJson,
  skip,
  type AnyQuery,
  type ArgsOf,
  type QueryResult,
  type ResultOf,
  type Skip,
  type WatchOptions,
} from "@freshet/client";
import { useFreshetClient } from "./context.js";

/** Parameters of useQuery: arguments may be left out when none is required, or `skip` given in their place. */
export type QueryCall<Q extends AnyQuery> = {} extends ArgsOf<Q>
  ? [args?: ArgsOf<Q> | Skip, options?: WatchOptions]
  : [args: ArgsOf<Q> | Skip, options?: WatchOptions];

/**
 * A live query. All components of a page see results of one transition: the client moves them together, and React reads them
 * through one store. The result is the same object until it changes; equal arguments need not be the same object.
 *
 * It never suspends and never throws: what a store shows is always an urgent update for React, so a boundary would put its fallback in the
 * place of what is shown already. Where a boundary is wanted for the first value, `use(client.preload(…))` above it.
 *
 *     const list = useQuery(api.issues.list, project === undefined ? skip : { project });
 */
export function useQuery<Q extends AnyQuery>(query: Q, ...[args, options]: QueryCall<Q>): QueryResult<ResultOf<Q>> {
  const client = useFreshetClient();
  const given = args ?? {};
  // Arguments and options are new objects on every render: their text decides whether anything changed.
  const text = given === skip ? undefined : canonicalJson([given, options]);
  const subscribe = useCallback(
    (listener: () => void) => {
      const watch = client.watch(query, given, options);
      const stopListening = watch.onChange(listener);
      return () => {
        stopListening();
        watch.close();
      };
    },
    [client, query.path, text],
  );
  return useSyncExternalStore(
    subscribe,
    () => client.peek(query, given, options),
    () => client.rendered(query, given, options),
  );
}
