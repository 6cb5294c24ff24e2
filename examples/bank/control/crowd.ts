import { fork, type ChildProcess } from "node:child_process";
import type { Outcome } from "../count/intents.ts";
import { sides, type Order, type Report, type Side, type SideReport } from "../crowd/messages.ts";

const nobody: SideReport = { frames: 0, torn: 0, leaked: 0, connected: 0, shown: [] };

/** The process of simulated browsers, and what it has told. */
export class Crowd {
  reports: Readonly<Record<Side, SideReport>> = { freshet: nobody, rival: nobody };
  readonly outcomes: Record<Side, Outcome[]> = { freshet: [], rival: [] };
  storm: { done: number; readonly of: number } | null = null;
  count = 0;
  private readonly child: ChildProcess;

  constructor(script: string, env: NodeJS.ProcessEnv) {
    this.child = fork(script, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.child.on("message", (report: Report) => this.receive(report));
    this.child.once("exit", (code) => {
      if (code !== 0 && code !== null) {
        console.error(`the simulated browsers ended with status ${code}`);
        process.exit(1);
      }
    });
  }

  resize(count: number): void {
    this.count = count;
    this.tell({ type: "browsers", count });
  }

  startStorm(perBrowser: number, once: boolean): void {
    this.storm = { done: 0, of: perBrowser * this.count * sides.length };
    this.tell({ type: "storm", storm: { perBrowser, once } });
  }

  tell(order: Order): void {
    this.child.send(order);
  }

  stop(): void {
    this.child.disconnect();
  }

  private receive(report: Report): void {
    switch (report.type) {
      case "tally":
        this.reports = report.sides;
        return;
      case "outcome":
        this.outcomes[report.side].push(report.outcome);
        if (this.storm !== null) {
          this.storm.done++;
        }
        return;
      case "storm_ended":
        this.storm = null;
        return;
      default:
        report satisfies never;
    }
  }
}
