import type pg from "pg";
import type { TileName } from "./messages.ts";

const rowsOf: Record<TileName, string> = {
  accounts: `SELECT a.id, a.holder, a.balance, b.notice FROM app.account a JOIN app.bank b ON b.id = a.bank_id WHERE a.bank_id = $1 ORDER BY a.id`,
  books: `SELECT a.id, a.holder, e.amount, e.balance, b.notice FROM app.account a JOIN app.bank b ON b.id = a.bank_id CROSS JOIN LATERAL (
            SELECT n.amount, n.balance FROM app.entry n WHERE n.account_id = a.id ORDER BY n.id DESC LIMIT 1) e
          WHERE a.bank_id = $1 ORDER BY a.id`,
};

export interface FetchedTile {
  /** As JSON, for everybody who may see it. */
  readonly rows: string;
  readonly members: ReadonlySet<number>;
}

/** A tile, and who of `users` may see it, in one statement: so that nobody is sent what is newer than the end of their membership. */
export async function fetchTile(pool: pg.Pool, tile: TileName, bank: number, users: readonly number[]): Promise<FetchedTile> {
  const { rows } = await pool.query<{ rows: string; members: number[] }>({
    name: `tile-${tile}`,
    text: `SELECT coalesce((SELECT json_agg(t) FROM (${rowsOf[tile]}) t), '[]')::text AS rows,
                  ARRAY(SELECT m.user_id::int FROM app.member m WHERE m.bank_id = $1 AND m.user_id = ANY($2::bigint[])) AS members`,
    values: [bank, users],
  });
  return { rows: rows[0]!.rows, members: new Set(rows[0]!.members) };
}

export async function isMember(pool: pg.Pool, bank: number, user: number): Promise<boolean> {
  const { rowCount } = await pool.query("SELECT FROM app.member m WHERE m.bank_id = $1 AND m.user_id = $2", [bank, user]);
  return rowCount === 1;
}
