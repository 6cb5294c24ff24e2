import { Listeners } from "./listeners.js";
import type { QueryResult } from "./query_result.js";

/** A live query that somebody looks at: the twin of a hook. */
export interface QueryWatch<T> {
  /** The result now. The same object until something about it changes. */
  current(): QueryResult<T>;
  /** Called after each transition that changed the result; what it returns stops that. */
  onChange(listener: () => void): () => void;
  /** Nobody looks any more. The result is kept for a moment, so that the next watcher of an equal query has it at once. */
  close(): void;
}

/** Who watches which query, and when nobody does any more. */
export class Watchers {
  private readonly counts = new Map<string, number>();
  private readonly listeners = new Map<string, Listeners>();
  private readonly lingering = new Map<string, () => void>();

  constructor(
    private readonly linger: (ms: number, action: () => void) => () => void,
    private readonly abandon: (key: string) => void,
  ) {}

  add(key: string): void {
    this.lingering.get(key)?.();
    this.lingering.delete(key);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  /** `keepMs`: how long it is kept when this was its last watcher. */
  remove(key: string, keepMs: number): void {
    const count = (this.counts.get(key) ?? 0) - 1;
    if (count > 0) {
      this.counts.set(key, count);
      return;
    }
    this.counts.delete(key);
    this.lingering.get(key)?.();
    const cancel = this.linger(keepMs, () => {
      this.lingering.delete(key);
      this.abandon(key);
    });
    this.lingering.set(key, cancel);
  }

  listen(key: string, listener: () => void): () => void {
    const listeners = this.listeners.get(key) ?? new Listeners();
    this.listeners.set(key, listeners);
    const stop = listeners.add(listener);
    return () => {
      stop();
      if (listeners.isEmpty && this.listeners.get(key) === listeners) {
        this.listeners.delete(key);
      }
    };
  }

  listenersOf(keys: readonly string[]): (() => void)[] {
    return keys.flatMap((key) => this.listeners.get(key)?.all() ?? []);
  }

  close(): void {
    this.lingering.forEach((cancel) => cancel());
    this.lingering.clear();
  }
}

/** The first value of a watched query, or its error. `ended` is kept while it is waited for, and rejects it when called. */
export function firstValue<T>(watch: QueryWatch<T>, signal: AbortSignal | undefined, ended: Set<(why: unknown) => void>): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const { status, data, error } = watch.current();
      if (status === "success") {
        end(() => resolve(data));
      } else if (status === "error") {
        end(() => reject(error));
      }
    };
    const fail = (why: unknown) => end(() => reject(why));
    const abort = () => fail(signal?.reason);
    const stopListening = watch.onChange(look);
    const end = (settle: () => void) => {
      stopListening();
      ended.delete(fail);
      signal?.removeEventListener("abort", abort);
      settle();
    };
    ended.add(fail);
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) {
      abort();
    } else {
      look();
    }
  });
}
