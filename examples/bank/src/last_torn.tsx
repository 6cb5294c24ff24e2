import type { Gap } from "../count/frame.ts";

const number = new Intl.NumberFormat("en");
const shown = (balance: number | undefined) => (balance === undefined ? "nothing" : number.format(balance).replace("-", "−"));

/** Where the last torn frame of this page disagreed. */
export function LastTorn({ gaps }: { readonly gaps: readonly Gap[] }) {
  const [first, ...more] = gaps;
  return (
    <p className="last-torn" data-is-torn={first !== undefined}>
      {first === undefined ? (
        "No torn frame on this page."
      ) : (
        <>
          Last torn frame: account {first.account} had {shown(first.accounts)} in one tile and {shown(first.books)} in the other
          {more.length > 0 && `, and ${more.length} more`}.
        </>
      )}
    </p>
  );
}
