import type { AnyQuery } from "./function_reference.js";
import { canonicalJson } from "./json.js";
import type { Page } from "./protocol.js";
import { argsToWire } from "./translation.js";

export interface QueryCall {
  readonly path: string;
  readonly args: object;
  readonly page?: Page;
  readonly lockstep?: boolean;
}

/** What goes on the wire of a reference with its arguments and options, and nothing else that the options may hold. */
export function callOf(query: AnyQuery, args: object, options: { readonly page?: Page; readonly lockstep?: boolean }): QueryCall {
  const { page, lockstep } = options;
  return { path: query.path, args: argsToWire(query, args), ...(page !== undefined && { page }), ...(lockstep !== undefined && { lockstep }) };
}

/** Equal calls have equal keys and share one subscription. */
export function queryKey(call: QueryCall): string {
  return canonicalJson([call.path, call.args, call.page, call.lockstep]);
}

export interface WantedQuery {
  readonly key: string;
  readonly call: QueryCall;
  /** The subscription's id on the wire. Replaced when a whole value must be asked for anew. */
  readonly id: number;
}

/** What this client wants to hold, independent of any connection. */
export class LocalState {
  private readonly byKey = new Map<string, WantedQuery>();
  private readonly byId = new Map<number, WantedQuery>();
  private nextId = 1;

  get queries(): Iterable<WantedQuery> {
    return this.byKey.values();
  }

  get(key: string): WantedQuery | undefined {
    return this.byKey.get(key);
  }

  find(id: number): WantedQuery | undefined {
    return this.byId.get(id);
  }

  add(call: QueryCall): WantedQuery {
    const key = queryKey(call);
    const query = { key, call, id: this.nextId++ };
    this.byKey.set(key, query);
    this.byId.set(query.id, query);
    return query;
  }

  remove(key: string): WantedQuery | undefined {
    const query = this.byKey.get(key);
    if (query !== undefined) {
      this.byKey.delete(key);
      this.byId.delete(query.id);
    }
    return query;
  }

  /** Gives a query an id that was never used, so that what is still on its way under the old one is not taken for an answer. */
  renumber(query: WantedQuery): WantedQuery {
    const renumbered = { ...query, id: this.nextId++ };
    this.byId.delete(query.id);
    this.byId.set(renumbered.id, renumbered);
    this.byKey.set(query.key, renumbered);
    return renumbered;
  }
}
