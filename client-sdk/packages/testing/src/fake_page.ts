import { canonicalJson, type Page, type PageValue } from "@freshet/client";

/** The part of a list that a page asks for. A cursor names the row where a page ends; where that row has gone, the place that it had. */
export function pageOf(rows: readonly unknown[], page: Page): PageValue<readonly unknown[]> {
  const from = page.after === undefined ? 0 : placeBehind(rows, page.after);
  if (page.until !== undefined) {
    return { rows: rows.slice(from, placeBehind(rows, page.until)), next: page.until, split: null };
  }
  const to = from + page.limit;
  return { rows: rows.slice(from, to), next: to < rows.length ? JSON.stringify([to, canonicalJson(rows[to - 1])]) : null, split: null };
}

function placeBehind(rows: readonly unknown[], cursor: string): number {
  const [place, row] = JSON.parse(cursor) as [number, string];
  const found = rows.findIndex((other) => canonicalJson(other) === row);
  return found < 0 ? place : found + 1;
}
