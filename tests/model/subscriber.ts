/** One client of the model test and what it may do at any moment: come, go, lag, change its mind. */
import { eventually } from '../harness/deadline.ts';
import type { Gateway } from '../harness/gateway.ts';
import type { Random } from '../harness/random.ts';
import type { Subscription, SyncClient } from '../harness/sync_client.ts';
import { shapes } from './shapes.ts';

export class Subscriber {
  readonly identity: Record<string, unknown> | null;
  client!: SyncClient;
  marker!: Subscription;
  #random: Random;
  #paused = false;

  constructor(identity: Record<string, unknown> | null, random: Random) {
    this.identity = identity;
    this.#random = random;
  }

  async start(gateway: Gateway, subscriptions: number): Promise<void> {
    this.client = await gateway.client(this.identity);
    this.client.recordFrames = false;
    this.marker = this.client.subscribe('m.marker');
    for (let i = 0; i < subscriptions; i++) this.#subscribe();
  }

  #subscribe(): void {
    const shape = this.#random.pick(shapes.slice(1));
    this.client.subscribe(`m.${shape.name}`, shape.args?.(this.#random) ?? {});
  }

  /** One random move. */
  async move(): Promise<void> {
    const random = this.#random;
    const move = random.below(10);
    if (move < 3) return;
    if (move < 6) {
      const others = [...this.client.subscriptions.values()].filter((held) => held !== this.marker);
      if (others.length > 10) this.client.unsubscribe(random.pick(others));
      this.#subscribe();
    } else if (move < 8) {
      this.#paused = !this.#paused;
      if (this.#paused) this.client.pause();
      else this.client.resume();
    } else {
      this.#paused = false;
      await this.client.cut();
      await this.#reconnect();
    }
  }

  async #reconnect(): Promise<void> {
    await eventually('reconnected', () => this.client.connect(5000), { within: 30_000, every: 50 });
  }

  /** Reads on, and waits until the transition that holds the marker has been applied. */
  async settle(marker: number): Promise<void> {
    this.#paused = false;
    this.client.resume();
    await this.client.until(
      `marker ${marker} and a result for all`,
      async () => {
        if (this.client.closed !== undefined) await this.#reconnect();
        return this.marker.value === marker && [...this.client.subscriptions.values()].every((held) => held.results > 0 && held.error?.retryable !== true);
      },
      { within: 30_000 },
    );
  }
}
