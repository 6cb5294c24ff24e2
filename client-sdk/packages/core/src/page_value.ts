import type { AnyQuery, ResultOf } from "./function_reference.js";

/** What a query gives when it is asked for a page: a part of its rows. */
export interface PageValue<Rows> {
  readonly rows: Rows;
  /** Cursor of the place where the page ends: what follows is the page `after` it. null: nothing follows. */
  readonly next: string | null;
  /** Cursor of a row in the middle, when a range has grown beyond twice its limit. */
  readonly split: string | null;
}

/** One row of a query that returns many. */
export type RowOf<Q extends AnyQuery> = ResultOf<Q> extends readonly (infer Row)[] ? Row : never;
