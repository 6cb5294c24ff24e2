import type { Environment } from "../src/index.js";

/** A clock that stands still until it is told to go. */
export class FakeEnvironment implements Environment {
  private time = 0;
  private timers: { at: number; action: () => void }[] = [];
  private onlineListeners = new Set<() => void>();
  startsAt = Date.UTC(2026, 0, 1);
  nextRandom = () => 1;

  now(): number {
    return this.time;
  }

  wallClock(): number {
    return this.startsAt + this.time;
  }

  random(): number {
    return this.nextRandom();
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.time + ms, action };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  onOnline(listener: () => void): () => void {
    this.onlineListeners.add(listener);
    return () => this.onlineListeners.delete(listener);
  }

  goOnline(): void {
    this.onlineListeners.forEach((listener) => listener());
  }

  get timerCount(): number {
    return this.timers.length;
  }

  /** Runs what becomes due, in order. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) {
        break;
      }
      this.timers = this.timers.filter((timer) => timer !== due);
      this.time = Math.max(this.time, due.at);
      due.action();
    }
    this.time = end;
  }
}
