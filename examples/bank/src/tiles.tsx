import type { ReactNode } from "react";
import type { TileName, TileRow } from "../rival/messages.ts";
import type { Tile } from "./tile.ts";

const number = new Intl.NumberFormat("en");
const signed = new Intl.NumberFormat("en", { signDisplay: "always" });

/** A minus of the height of a plus. */
const minus = (text: string) => text.replace("-", "−");

const heads: Record<TileName, { readonly title: string; readonly says: string }> = {
  accounts: { title: "Accounts", says: "what each one holds" },
  books: { title: "Books", says: "last entry, balance after it" },
};

/** One tile. Each is a component of its own, with a query of its own. */
export function TileView({ name, tile }: { readonly name: TileName; readonly tile: Tile }) {
  const { title, says } = heads[name];
  const rows = tile.status === "shown" ? tile.rows : [];
  return (
    <section className="tile" data-tile={name} aria-label={title}>
      <header>
        <h3>{title}</h3>
        <p>{says}</p>
      </header>
      {tile.status === "shown" ? (
        <table>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id} data-account={row.id}>
                <th scope="row">{row.holder}</th>
                <td className="between">{name === "accounts" ? <Bar row={row} /> : <Amount amount={row.amount ?? 0} />}</td>
                <td className="balance" data-balance>
                  {minus(number.format(row.balance))}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">Together</th>
              <td className="between">
                notice <b data-notice>{rows[0]?.notice}</b>
              </td>
              <td className="balance">{minus(number.format(rows.reduce((sum, { balance }) => sum + balance, 0)))}</td>
            </tr>
          </tfoot>
        </table>
      ) : (
        <Nothing tile={tile} />
      )}
    </section>
  );
}

function Bar({ row }: { readonly row: TileRow }): ReactNode {
  return <i className="bar" style={{ inlineSize: `${Math.min(100, Math.max(2, row.balance / 70))}%` }} />;
}

function Amount({ amount }: { readonly amount: number }): ReactNode {
  return <span className={amount < 0 ? "amount out" : "amount in"}>{minus(signed.format(amount))}</span>;
}

function Nothing({ tile }: { readonly tile: Exclude<Tile, { status: "shown" }> }): ReactNode {
  switch (tile.status) {
    case "loading":
      return <p className="nothing">Loading…</p>;
    case "forbidden":
      return (
        <p className="nothing" role="status">
          Members only. You are none any more.
        </p>
      );
    case "failed":
      return (
        <p className="nothing" role="alert">
          {tile.message}
        </p>
      );
  }
}
