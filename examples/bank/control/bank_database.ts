import pg from "pg";
import { frameText } from "../count/frame.ts";
import type { Shut } from "../count/frame_counter.ts";

/** What the demo asks the database itself, as its owner: the truth that both sides are held to. */
export class BankDatabase {
  private readonly pool: pg.Pool;

  constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 3, application_name: "bank control" });
    this.pool.on("error", (error) => console.error(`control: ${error.message}`));
  }

  async firstBank(): Promise<{ bank: number; accounts: number[] }> {
    const { rows } = await this.pool.query<{ bank: number; accounts: number[] }>(
      "SELECT b.id::int AS bank, ARRAY(SELECT a.id::int FROM app.account a WHERE a.bank_id = b.id ORDER BY a.id) AS accounts FROM app.bank b ORDER BY b.id LIMIT 1",
    );
    if (rows[0] === undefined || rows[0].accounts.length < 2) {
      throw new Error("there is no bank with two accounts: run db/load first");
    }
    return rows[0];
  }

  /** How often each intent is in the books. */
  async timesOf(intents: readonly string[]): Promise<Map<string, number>> {
    const { rows } = await this.pool.query<{ intent: string; times: number }>(
      "SELECT e.intent, count(*)::int AS times FROM app.entry e WHERE e.intent = ANY($1::uuid[]) AND e.amount < 0 GROUP BY e.intent",
      [intents],
    );
    return new Map(rows.map(({ intent, times }) => [intent, times]));
  }

  /** What every browser must show when nothing is written any more, as text. */
  async truth(bank: number): Promise<string> {
    const { rows } = await this.pool.query<{ id: number; balance: number; booked: number; notice: number }>(
      `SELECT a.id::int, a.balance::float8, e.balance::float8 AS booked, b.notice::float8
       FROM app.account a JOIN app.bank b ON b.id = a.bank_id
       CROSS JOIN LATERAL (SELECT n.balance FROM app.entry n WHERE n.account_id = a.id ORDER BY n.id DESC LIMIT 1) e
       WHERE a.bank_id = $1 ORDER BY a.id`,
      [bank],
    );
    return frameText({
      accounts: new Map(rows.map(({ id, balance }) => [id, balance])),
      books: new Map(rows.map(({ id, booked }) => [id, booked])),
      notice: rows[0]?.notice,
    });
  }

  /** Ends a membership; then, in another transaction, writes the notice that its former holder must never see. */
  async revoke(bank: number, user: number): Promise<Shut> {
    await this.pool.query("DELETE FROM app.member WHERE bank_id = $1 AND user_id = $2", [bank, user]);
    return { user, from: await this.nextNotice(bank), until: null };
  }

  /** Lets users in again. The notice goes first: what they see from then on is theirs. */
  async restore(bank: number, users: readonly number[]): Promise<number> {
    const until = await this.nextNotice(bank);
    await this.pool.query("INSERT INTO app.member (bank_id, user_id) SELECT $1, unnest($2::bigint[]) ON CONFLICT DO NOTHING", [bank, users]);
    return until;
  }

  close(): Promise<void> {
    return this.pool.end();
  }

  private async nextNotice(bank: number): Promise<number> {
    const { rows } = await this.pool.query<{ notice: number }>("UPDATE app.bank SET notice = notice + 1 WHERE id = $1 RETURNING notice::float8", [bank]);
    return rows[0]!.notice;
  }
}
