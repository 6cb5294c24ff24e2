import type { FetchedTile } from "./tiles.ts";
import type { TileName } from "./messages.ts";

export interface Subscriber {
  readonly user: number;
  /** False while what was sent before has not left: the newest state is sent when it has. */
  readonly isReady: boolean;
  send(event: string): void;
}

/**
 * One tile of one bank with everybody who looks at it. A change fetches it once for all of them; changes that come meanwhile are one more
 * fetch after it, so that nothing older ever follows something newer.
 */
export class Topic {
  private readonly subscribers = new Set<Subscriber>();
  private readonly behind = new Set<Subscriber>();
  private isFetching = false;
  private isOutdated = false;

  constructor(
    private readonly tile: TileName,
    private readonly fetch: (users: readonly number[]) => Promise<FetchedTile>,
    private readonly failed: (error: unknown) => void,
  ) {}

  add(subscriber: Subscriber): void {
    this.subscribers.add(subscriber);
    this.refresh();
  }

  remove(subscriber: Subscriber): void {
    this.subscribers.delete(subscriber);
    this.behind.delete(subscriber);
  }

  drained(subscriber: Subscriber): void {
    if (this.behind.delete(subscriber)) {
      this.refresh();
    }
  }

  refresh(): void {
    this.isOutdated = true;
    if (!this.isFetching) {
      void this.run();
    }
  }

  private async run(): Promise<void> {
    this.isFetching = true;
    while (this.isOutdated && this.subscribers.size > 0) {
      this.isOutdated = false;
      const asked = [...this.subscribers];
      try {
        const { rows, members } = await this.fetch(asked.map(({ user }) => user));
        const shown = `{"tile":"${this.tile}","rows":${rows}}`;
        const refused = `{"tile":"${this.tile}","error":"forbidden"}`;
        for (const subscriber of asked) {
          if (!this.subscribers.has(subscriber)) {
            continue;
          }
          if (subscriber.isReady) {
            subscriber.send(members.has(subscriber.user) ? shown : refused);
          } else {
            this.behind.add(subscriber);
          }
        }
      } catch (error) {
        this.failed(error);
        this.isOutdated = true;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
    this.isFetching = false;
  }
}
