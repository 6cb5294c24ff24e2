import { useMemo } from "react";
import type { AnyMutation, ArgsOf, Call, CallOptions, FreshetClient, Mutation, OptimisticUpdate, ResultOf } from "@freshet/client";
import { useFreshetClient } from "./context.js";

/** Runs the mutation; a promise that resolves when every result on the screen includes it. */
export interface Mutate<M extends AnyMutation> {
  (...call: Call<M, CallOptions>): Mutation<ResultOf<M>>;
  /**
   * The same, with results changed ahead of the answer. The update must be pure; it runs again on every transition in between. The same
   * update gives the same function.
   */
  withOptimisticUpdate(update: OptimisticUpdate<ArgsOf<M>>): Mutate<M>;
}

/**
 * A mutation as a function, the same one on every render.
 *
 *     const move = useMutation(api.issues.move).withOptimisticUpdate(moveOnTheBoard);
 *     await move({ issue, column }); // every result on the screen includes it
 *
 * Without `await` of what it gives, an error is an unhandled rejection: catch it where it is shown.
 */
export function useMutation<M extends AnyMutation>(mutation: M): Mutate<M> {
  const client = useFreshetClient();
  return useMemo(() => mutateWith<M>(client, mutation, undefined), [client, mutation.path]);
}

function mutateWith<M extends AnyMutation>(client: FreshetClient, mutation: M, optimistic: OptimisticUpdate<ArgsOf<M>> | undefined): Mutate<M> {
  const mutate = (args?: ArgsOf<M>, options?: CallOptions) =>
    client.mutate<M>(mutation, ...([args ?? {}, { ...options, ...(optimistic && { optimistic }) }] as unknown as Call<M, object>));
  const derived = new WeakMap<OptimisticUpdate<ArgsOf<M>>, Mutate<M>>();
  return Object.assign(mutate as (...call: Call<M, CallOptions>) => Mutation<ResultOf<M>>, {
    withOptimisticUpdate: (update: OptimisticUpdate<ArgsOf<M>>) => {
      const known = derived.get(update) ?? mutateWith<M>(client, mutation, update);
      derived.set(update, known);
      return known;
    },
  });
}
