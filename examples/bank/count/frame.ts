/** Balances by account, as one tile shows them. */
export type Balances = ReadonlyMap<number, number>;

/** What one browser shows at one moment. A tile that shows no rows (still loading, or refused) is undefined. */
export interface Frame {
  readonly accounts: Balances | undefined;
  readonly books: Balances | undefined;
  /** The highest number of a members' notice that is shown. */
  readonly notice: number | undefined;
}

export interface Gap {
  readonly account: number;
  readonly accounts: number | undefined;
  readonly books: number | undefined;
}

/** Whether anything of the bank is shown at all. */
export function isShown(frame: Frame): boolean {
  return frame.accounts !== undefined || frame.books !== undefined;
}

/** The accounts on which the two tiles disagree. A frame with any is torn: no moment of the database ever looked like it. */
export function gapsOf({ accounts, books }: Frame): readonly Gap[] {
  if (accounts === undefined || books === undefined) {
    return [];
  }
  const ids = [...new Set([...accounts.keys(), ...books.keys()])].sort((a, b) => a - b);
  return ids
    .map((account) => ({ account, accounts: accounts.get(account), books: books.get(account) }))
    .filter((gap) => gap.accounts !== gap.books);
}

/** Equal texts are equal frames. */
export function frameText({ accounts, books, notice }: Frame): string {
  return JSON.stringify([accounts && [...accounts], books && [...books], notice]);
}
