import { FreshetError } from "./error.js";

/**
 * A mutation on its way. Awaiting it is awaiting `visible`: afterwards nothing on the screen is without its effect.
 * Both reject with the same error when it failed; every optimistic update of it is then gone.
 */
export interface Mutation<T> extends Promise<T> {
  /** The database has committed it. Results on the screen may not include it yet. */
  readonly committed: Promise<T>;
  /** Every lockstep result that is held includes it; at once after `committed` when none is held. */
  readonly visible: Promise<T>;
}

export interface MutationSettlers<T> {
  readonly mutation: Mutation<T>;
  commit(value: T): void;
  makeVisible(): void;
  reject(error: FreshetError | Error): void;
}

export function deferredMutation<T>(): MutationSettlers<T> {
  let commit!: (value: T) => void;
  let show!: (value: T | Promise<T>) => void;
  let rejectCommitted!: (error: Error) => void;
  let rejectVisible!: (error: Error) => void;
  const committed = new Promise<T>((resolve, reject) => {
    commit = resolve;
    rejectCommitted = reject;
  });
  const visible = new Promise<T>((resolve, reject) => {
    show = resolve;
    rejectVisible = reject;
  });
  // Whoever awaits only one of the two must not be told of an unhandled rejection of the other.
  committed.catch(() => {});
  return {
    mutation: Object.assign(visible, { committed, visible }),
    commit,
    makeVisible: () => show(committed),
    reject(error) {
      rejectCommitted(error);
      rejectVisible(error);
    },
  };
}
