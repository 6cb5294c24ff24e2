import { useMemo } from "react";
import type { AnyMutation, ArgsOf, Call, CallOptions, FreshetClient, Mutation, OptimisticUpdate, ResultOf } from "@freshet/client";
import { useFreshetClient } from "./context.js";

/** Runs the mutation; a promise that resolves when every result on the screen includes it. */
export interface Mutate<M extends AnyMutation> {
  (...call: Call<M, CallOptions>): Mutation<ResultOf<M>>;
  /** The same, with results changed ahead of the answer. The update must be pure; it runs again on every transition in between. */
  withOptimisticUpdate(update: OptimisticUpdate<ArgsOf<M>>): Mutate<M>;
}

export function useMutation<M extends AnyMutation>(mutation: M): Mutate<M> {
  const client = useFreshetClient();
  return useMemo(() => mutateWith<M>(client, mutation.path, undefined), [client, mutation.path]);
}

function mutateWith<M extends AnyMutation>(client: FreshetClient, path: string, optimistic: OptimisticUpdate<ArgsOf<M>> | undefined): Mutate<M> {
  const reference = { kind: "mutation", path } as M;
  const mutate = (args?: ArgsOf<M>, options?: CallOptions) =>
    client.mutate<M>(reference, ...([args ?? {}, { ...options, ...(optimistic && { optimistic }) }] as unknown as Call<M, object>));
  return Object.assign(mutate as (...call: Call<M, CallOptions>) => Mutation<ResultOf<M>>, {
    withOptimisticUpdate: (update: OptimisticUpdate<ArgsOf<M>>) => mutateWith<M>(client, path, update),
  });
}
