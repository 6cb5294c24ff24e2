/** What the app beside Freshet says over HTTP. */
export type TileName = "accounts" | "books";
export const tileNames: readonly TileName[] = ["accounts", "books"];

export interface TileRow {
  readonly id: number;
  readonly holder: string;
  readonly balance: number;
  readonly notice: number;
  /** Of the newest entry; in the books only. */
  readonly amount?: number;
}

/** One event of `GET /rival/events?bank=`: a tile as it is now, or why it is not shown. */
export type TileEvent =
  | { readonly tile: TileName; readonly rows: readonly TileRow[] }
  | { readonly tile: TileName; readonly error: "forbidden" };

/** Body of `POST /rival/transfers`. With `once` a repetition of the intent does nothing. */
export interface Transfer {
  readonly intent: string;
  readonly source: number;
  readonly target: number;
  readonly amount: number;
  readonly once: boolean;
}
