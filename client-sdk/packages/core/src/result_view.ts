import { replay, type BaseResult, type Layer, type Replay } from "./optimistic.js";
import { loadingResult, type QueryResult } from "./query_result.js";
import type { SyncSession } from "./sync_session.js";

/** What the app sees: published results with the optimistic updates that are not included yet. One version at a time, as a whole. */
export class ResultView {
  private results = new Map<string, QueryResult<unknown>>();
  private layers: readonly Layer[] = [];

  constructor(private readonly session: SyncSession) {}

  get(key: string): QueryResult<unknown> {
    return this.results.get(key) ?? loadingResult;
  }

  /** Nobody holds the query any more: a later subscription to it starts from nothing. */
  forget(key: string): void {
    this.results.delete(key);
  }

  /** Throws what the update would throw on the results as they are now; changes nothing. */
  rehearse(apply: Layer["apply"]): void {
    const trial: Layer = { id: 0, apply };
    for (const { id, error } of replay(this.base(), [...this.layers, trial]).failures) {
      if (id === trial.id) {
        throw error;
      }
    }
  }

  addLayer(layer: Layer): void {
    this.layers = [...this.layers, layer];
  }

  /** Drops the layers whose mutation is included or failed. True when there were any. */
  dropSettledLayers(): boolean {
    const layers = this.layers.filter(({ id }) => this.session.isOutstanding(id));
    const hasDropped = layers.length < this.layers.length;
    this.layers = layers;
    return hasDropped;
  }

  /** Moves to what the session has published; gives the keys whose result changed. */
  refresh(): { readonly changed: readonly string[]; readonly failures: Replay["failures"] } {
    const base = this.base();
    const { values, failures } = replay(base, this.layers);
    const results = new Map<string, QueryResult<unknown>>();
    const changed: string[] = [];
    for (const { key } of this.session.queries) {
      const before = this.get(key);
      const after = resultOf(before, base.get(key), values, key);
      results.set(key, after);
      if (after !== before) {
        changed.push(key);
      }
    }
    this.results = results;
    return { changed, failures };
  }

  private base(): Map<string, BaseResult> {
    const base = new Map<string, BaseResult>();
    for (const { key, call } of this.session.queries) {
      const held = this.session.result(key);
      if (held !== undefined) {
        base.set(key, { call, held });
      }
    }
    return base;
  }
}

function resultOf(
  before: QueryResult<unknown>,
  base: BaseResult | undefined,
  values: ReadonlyMap<string, unknown>,
  key: string,
): QueryResult<unknown> {
  if (base === undefined) {
    return loadingResult;
  }
  if (base.held.error !== undefined) {
    return before.error === base.held.error ? before : { status: "error", data: undefined, error: base.held.error };
  }
  const data = values.has(key) ? values.get(key) : base.held.value;
  return before.status === "success" && Object.is(before.data, data) ? before : { status: "success", data, error: undefined };
}
