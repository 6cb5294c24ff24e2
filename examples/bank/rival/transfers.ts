import type pg from "pg";
import type { Transfer } from "./messages.ts";

/** The body as a transfer, or undefined when it is none. */
export function readTransfer(body: unknown): Transfer | undefined {
  const { intent, source, target, amount, once } = (body ?? {}) as Partial<Record<keyof Transfer, unknown>>;
  const isWhole = (value: unknown): value is number => typeof value === "number" && Number.isSafeInteger(value) && value > 0;
  return typeof intent === "string" && /^[0-9a-f-]{36}$/.test(intent) && isWhole(source) && isWhole(target) && isWhole(amount)
    ? { intent, source, target, amount, once: once === true }
    : undefined;
}

/** Makes the transfer in one transaction if the user is a member of the source's bank. */
export async function makeTransfer(pool: pg.Pool, user: number, { intent, source, target, amount, once }: Transfer): Promise<"made" | "forbidden"> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query("BEGIN");
    const { rowCount } = await client.query(
      "SELECT FROM app.member m JOIN app.account a ON a.bank_id = m.bank_id WHERE m.user_id = $1 AND a.id = $2",
      [user, source],
    );
    if (rowCount !== 1) {
      await client.query("ROLLBACK");
      return "forbidden";
    }
    // Whoever repeats it waits here for the first to end.
    const isFirst = !once || (await client.query("INSERT INTO rival.made (key) VALUES ($1) ON CONFLICT DO NOTHING", [intent])).rowCount === 1;
    if (isFirst) {
      await client.query("SELECT app.move($1, $2, $3, $4)", [intent, source, target, amount]);
    }
    await client.query("COMMIT");
    return "made";
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // A connection whose transaction failed is not used again: whether it is whole is unknown.
    client.release(failure);
  }
}
