import type { Shut } from "../count/frame_counter.ts";
import { tallyIntents, type IntentTally } from "../count/intents.ts";
import { sides, type Side } from "../crowd/messages.ts";
import type { BankDatabase } from "./bank_database.ts";
import type { Crowd } from "./crowd.ts";
import type { PsqlWriters } from "./psql_writers.ts";
import type { Service } from "./service.ts";
import { mostBrowsers, mostPerStorm, type Command, type SideStatus, type Status } from "./status.ts";

export const pageUser = 1;
export const firstCrowdUser = 2;
const mostIntents = 20_000;
const restMs = 5_000;
const unwatchedMs = 60_000;
const noTransfers: IntentTally = { intents: 0, acknowledged: 0, refused: 0, unknown: 0, lost: 0, twice: 0 };

export class CommandRefused extends Error {}

interface Parts {
  readonly bank: number;
  readonly database: BankDatabase;
  readonly crowd: Crowd;
  readonly writers: PsqlWriters;
  readonly servers: Readonly<Record<Side, Service>>;
}

/** Does what the page's buttons say, and puts together what the page shows. Nothing goes on for long when no page looks. */
export class Demo {
  private run = 1;
  private kills = 0;
  private shuts: readonly Shut[] = [];
  private transfers: Record<Side, IntentTally> = { freshet: noTransfers, rival: noTransfers };
  private truth: { readonly text: string; readonly since: number } = { text: "", since: performance.now() };
  private lastLook = performance.now();
  private queue: Promise<unknown> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly parts: Parts) {
    this.timer = setInterval(() => void this.inTurn(() => this.audit()).catch((error: unknown) => console.error(`control: ${String(error)}`)), 1_000);
  }

  status(): Status {
    this.lastLook = performance.now();
    return {
      bank: this.parts.bank,
      user: pageUser,
      run: this.run,
      writers: this.parts.writers.count,
      browsers: this.parts.crowd.count,
      storm: this.parts.crowd.storm,
      kills: this.kills,
      isAtRest: this.isAtRest(),
      shuts: this.shuts,
      sides: { freshet: this.sideStatus("freshet"), rival: this.sideStatus("rival") },
    };
  }

  /** One command after the other; resolves when it is done. */
  do(command: Command): Promise<void> {
    this.lastLook = performance.now();
    return this.inTurn(() => this.carryOut(command));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async carryOut(command: Command): Promise<void> {
    const { crowd, writers, servers } = this.parts;
    switch (command.do) {
      case "writers":
        return writers.resize(command.count);
      case "browsers":
        return crowd.resize(bounded(command.count, mostBrowsers));
      case "storm":
        return this.storm(bounded(command.perBrowser, mostPerStorm), command.once);
      case "kill":
        this.kills++;
        this.truth = { ...this.truth, since: performance.now() };
        return sides.forEach((side) => servers[side].kill());
      case "revoke":
        return this.revoke(command.who);
      case "restore":
        return this.restore();
      case "reset":
        return this.reset();
      default:
        command satisfies never;
        throw new CommandRefused("no such command");
    }
  }

  private storm(perBrowser: number, once: boolean): void {
    const { crowd } = this.parts;
    if (crowd.storm !== null) {
      throw new CommandRefused("a storm is on its way");
    }
    if (crowd.count === 0) {
      throw new CommandRefused("there are no simulated browsers");
    }
    if (crowd.outcomes.freshet.length + perBrowser * crowd.count > mostIntents) {
      throw new CommandRefused("that is enough: reset the counters first");
    }
    crowd.startStorm(perBrowser, once);
  }

  private async revoke(who: "me" | "somebody"): Promise<void> {
    const { crowd, database, bank } = this.parts;
    const outside = new Set(this.shuts.filter(({ until }) => until === null).map(({ user }) => user));
    const candidates = who === "me" ? [pageUser] : Array.from({ length: crowd.count }, (_, at) => firstCrowdUser + at);
    const user = candidates.find((candidate) => !outside.has(candidate));
    if (user === undefined) {
      throw new CommandRefused(who === "me" ? "you are no member any more" : "no member is left among the simulated browsers");
    }
    this.tellShuts([...this.shuts, await database.revoke(bank, user)]);
  }

  private async restore(): Promise<void> {
    const users = this.shuts.filter(({ until }) => until === null).map(({ user }) => user);
    const until = await this.parts.database.restore(this.parts.bank, users);
    this.tellShuts(this.shuts.map((shut) => (shut.until === null ? { ...shut, until } : shut)));
  }

  private reset(): void {
    const { crowd } = this.parts;
    if (crowd.storm !== null) {
      throw new CommandRefused("a storm is on its way");
    }
    this.run++;
    this.kills = 0;
    sides.forEach((side) => (crowd.outcomes[side].length = 0));
    this.transfers = { freshet: noTransfers, rival: noTransfers };
    this.tellShuts(this.shuts.filter(({ until }) => until === null));
    crowd.tell({ type: "reset" });
  }

  private tellShuts(shuts: readonly Shut[]): void {
    this.shuts = shuts;
    this.parts.crowd.tell({ type: "shuts", shuts });
  }

  /** Every second: how often each intent is in the books, and since when the bank has been at rest. */
  private async audit(): Promise<void> {
    const { crowd, database, bank, writers } = this.parts;
    for (const side of sides) {
      // Taken before the books are read: what was acknowledged by then must be in them.
      const outcomes = [...crowd.outcomes[side]];
      this.transfers = { ...this.transfers, [side]: tallyIntents(outcomes, await database.timesOf(outcomes.map(({ intent }) => intent))) };
    }
    const text = await database.truth(bank);
    if (text !== this.truth.text) {
      this.truth = { text, since: performance.now() };
    }
    if (performance.now() - this.lastLook > unwatchedMs) {
      writers.resize(0);
      crowd.resize(0);
    }
  }

  private sideStatus(side: Side): SideStatus {
    const { frames, torn, leaked, connected, shown } = this.parts.crowd.reports[side];
    return {
      browsers: { frames, torn, leaked, connected },
      transfers: this.transfers[side],
      behind: this.isAtRest() ? shown.filter((text) => text !== this.truth.text).length : 0,
      isUp: this.parts.servers[side].isUp,
    };
  }

  private isAtRest(): boolean {
    return performance.now() - this.truth.since > restMs;
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const next = this.queue.then(action);
    this.queue = next.catch(() => {});
    return next;
  }
}

function bounded(count: number, most: number): number {
  return Math.min(Math.max(0, Math.trunc(count)), most);
}
