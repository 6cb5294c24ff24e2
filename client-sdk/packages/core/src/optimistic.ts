import type { AnyQuery, ArgsOf, ResultOf } from "./function_reference.js";
import { callOf, queryKey, type QueryCall } from "./local_state.js";
import type { PageValue } from "./page_value.js";
import type { Page } from "./protocol.js";
import type { Held } from "./remote_query_set.js";
import { argsToApp, valueToApp, valueToWire } from "./translation.js";

/**
 * The results that the client holds, as one optimistic update sees them: those of the newest transition with the updates before it
 * applied. Values are shared with the screen: make new ones, never change them in place.
 */
export interface OptimisticStore {
  /** The value, or undefined while it is loading, failed, or not subscribed to. */
  get<Q extends AnyQuery>(query: Q, args: ArgsOf<Q>, options?: { page?: Page; lockstep?: boolean }): ResultOf<Q> | undefined;
  /** Replaces a value that is held; does nothing where none is. */
  set<Q extends AnyQuery>(query: Q, args: ArgsOf<Q>, value: ResultOf<Q>, options?: { page?: Page; lockstep?: boolean }): void;
  /** Every value held of one function, whatever its arguments. */
  all<Q extends AnyQuery>(query: Q): { args: ArgsOf<Q>; page: Page | undefined; value: ResultOf<Q> }[];
  /**
   * Replaces each value held of one function; the same value back means no change. Of a list by pages each page is one value: `page` tells
   * which, so that a new first row goes to the page without `after` alone.
   */
  update<Q extends AnyQuery>(query: Q, change: (value: ResultOf<Q>, args: ArgsOf<Q>, page: Page | undefined) => ResultOf<Q>): void;
}

/** Must be pure: it runs again on every transition until one includes the mutation. */
export type OptimisticUpdate<Args> = (store: OptimisticStore, args: Args) => void;

export interface Layer {
  readonly id: number;
  readonly apply: (store: OptimisticStore) => void;
}

export interface BaseResult {
  readonly call: QueryCall;
  readonly held: Held;
}

export interface Replay {
  /** Values that differ from the base, by query key. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly failures: readonly { readonly id: number; readonly error: unknown }[];
}

/** Applies the layers in order. One that throws leaves no trace in the values, and is reported. */
export function replay(base: ReadonlyMap<string, BaseResult>, layers: readonly Layer[]): Replay {
  const failures: { id: number; error: unknown }[] = [];
  let values: ReadonlyMap<string, unknown> = new Map();
  for (const layer of layers) {
    const store = new LayeredStore(base, new Map(values));
    try {
      layer.apply(store);
      values = store.values;
    } catch (error) {
      failures.push({ id: layer.id, error });
    }
  }
  return { values, failures };
}

class LayeredStore implements OptimisticStore {
  constructor(
    private readonly base: ReadonlyMap<string, BaseResult>,
    readonly values: Map<string, unknown>,
  ) {}

  get<Q extends AnyQuery>(query: Q, args: ArgsOf<Q>, options: { page?: Page; lockstep?: boolean } = {}): ResultOf<Q> | undefined {
    return this.read(query, queryKey(callOf(query, args, options)), options.page) as ResultOf<Q> | undefined;
  }

  set<Q extends AnyQuery>(query: Q, args: ArgsOf<Q>, value: ResultOf<Q>, options: { page?: Page; lockstep?: boolean } = {}): void {
    const key = queryKey(callOf(query, args, options));
    if (this.isHeld(key)) {
      this.write(query, key, value, options.page);
    }
  }

  all<Q extends AnyQuery>(query: Q): { args: ArgsOf<Q>; page: Page | undefined; value: ResultOf<Q> }[] {
    const held = [...this.base].filter(([key, { call }]) => call.path === query.path && this.isHeld(key));
    return held.map(([key, { call }]) => ({
      args: argsToApp(query, call.args) as ArgsOf<Q>,
      page: call.page,
      value: this.read(query, key, call.page) as ResultOf<Q>,
    }));
  }

  update<Q extends AnyQuery>(query: Q, change: (value: ResultOf<Q>, args: ArgsOf<Q>, page: Page | undefined) => ResultOf<Q>): void {
    for (const [key, { call }] of this.base) {
      if (call.path === query.path && this.isHeld(key)) {
        const before = this.read(query, key, call.page) as ResultOf<Q>;
        const after = change(before, argsToApp(query, call.args) as ArgsOf<Q>, call.page);
        if (!Object.is(before, after)) {
          this.write(query, key, after, call.page);
        }
      }
    }
  }

  /** Of a page its rows: an update is written for the rows of a query, whether they are shown by pages or not. */
  private read(query: AnyQuery, key: string, page: Page | undefined): unknown {
    const value = valueToApp(query, this.value(key), page);
    return page === undefined ? value : (value as PageValue<unknown> | undefined)?.rows;
  }

  private write(query: AnyQuery, key: string, value: unknown, page: Page | undefined): void {
    const whole = page === undefined ? value : { ...(valueToApp(query, this.value(key), page) as object), rows: value };
    this.values.set(key, valueToWire(query, whole, page));
  }

  private isHeld(key: string): boolean {
    const result = this.base.get(key);
    return result !== undefined && result.held.error === undefined;
  }

  private value(key: string): unknown {
    return this.values.has(key) ? this.values.get(key) : this.base.get(key)?.held.value;
  }
}
