import type { TileRow } from "../rival/messages.ts";

/** What a tile shows, wherever it comes from. */
export type Tile =
  | { readonly status: "loading" }
  | { readonly status: "forbidden" }
  | { readonly status: "failed"; readonly message: string }
  | { readonly status: "shown"; readonly rows: readonly TileRow[] };
