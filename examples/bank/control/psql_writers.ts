import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mostWriters } from "./status.ts";

const perSecond = 10;
const againMs = 500;

/** psql processes that move money as any program could: plain SQL, past the gateway and past the app beside it. */
export class PsqlWriters {
  private readonly writers: Writer[] = [];

  constructor(
    private readonly databaseUrl: string,
    private readonly accounts: readonly number[],
  ) {}

  get count(): number {
    return this.writers.length;
  }

  resize(count: number): void {
    const wanted = Math.min(Math.max(0, Math.trunc(count)), mostWriters);
    while (this.writers.length > wanted) {
      this.writers.pop()!.stop();
    }
    while (this.writers.length < wanted) {
      this.writers.push(new Writer(this.databaseUrl, this.accounts));
    }
  }
}

/** One psql, and another one when that has ended: a server that was restarted ends its clients. */
class Writer {
  private readonly env: NodeJS.ProcessEnv;
  private readonly timer: NodeJS.Timeout;
  private psql: ChildProcess;
  private isBusy = false;
  private isStopped = false;

  constructor(
    databaseUrl: string,
    private readonly accounts: readonly number[],
  ) {
    // The URL by environment: a command line can be read by every user of the machine.
    const { username, password, hostname, port, pathname } = new URL(databaseUrl);
    this.env = {
      PATH: process.env["PATH"],
      PGUSER: decodeURIComponent(username),
      PGPASSWORD: decodeURIComponent(password),
      PGHOST: hostname,
      PGPORT: port,
      PGDATABASE: decodeURIComponent(pathname.slice(1)),
    };
    this.psql = this.start();
    this.timer = setInterval(() => this.write(), 1_000 / perSecond);
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.timer);
    this.psql.stdin!.end();
  }

  private start(): ChildProcess {
    const psql = spawn("setpriv", ["--pdeathsig", "KILL", "--", "psql", "-X", "-q", "-o", "/dev/null"], { env: this.env, stdio: ["pipe", "ignore", "inherit"] });
    this.isBusy = false;
    psql.once("error", (error) => console.error(`psql: ${error.message}`));
    psql.once("exit", () => setTimeout(() => this.isStopped || (this.psql = this.start()), againMs));
    psql.stdin!.on("error", () => {});
    psql.stdin!.on("drain", () => (this.isBusy = false));
    return psql;
  }

  private write(): void {
    if (!this.isBusy && this.psql.stdin!.writable) {
      this.isBusy = !this.psql.stdin!.write(transaction(this.accounts));
    }
  }
}

/** Locks the lower id first, as everybody here does, so that no two wait for each other. */
function transaction(accounts: readonly number[]): string {
  const first = Math.floor(Math.random() * accounts.length);
  const second = (first + 1 + Math.floor(Math.random() * (accounts.length - 1))) % accounts.length;
  const [low, high] = [accounts[first]!, accounts[second]!].sort((a, b) => a - b) as [number, number];
  const amount = (1 + Math.floor(Math.random() * 50)) * (Math.random() < 0.5 ? -1 : 1);
  return `BEGIN;
UPDATE app.account SET balance = balance - ${amount} WHERE id = ${low};
UPDATE app.account SET balance = balance + ${amount} WHERE id = ${high};
INSERT INTO app.entry (bank_id, account_id, intent, amount, balance)
SELECT a.bank_id, a.id, '${randomUUID()}', CASE a.id WHEN ${low} THEN ${-amount} ELSE ${amount} END, a.balance FROM app.account a WHERE a.id IN (${low}, ${high});
COMMIT;
`;
}
