import type { TileEvent, TileName, Transfer } from "../rival/messages.ts";
import type { Tile } from "./tile.ts";

export interface RivalState {
  readonly tiles: Readonly<Record<TileName, Tile>>;
  readonly isConnected: boolean;
}

export class TransferRefused extends Error {}

const loading: Tile = { status: "loading" };
const longestWaitMs = 1_000;
const attempts = 40;
/** The server sends something every 10 seconds. */
const silentMs = 25_000;

/**
 * The browser's part of the app that everyone writes, for browsers and Node: server-sent events over `fetch` (so that the token is a header),
 * connected again with a jittered back-off; what was shown stays until the first event after it. Transfers are tried again when no answer
 * came or the server failed.
 */
export class RivalClient {
  private state: RivalState = { tiles: { accounts: loading, books: loading }, isConnected: false };
  private readonly listeners = new Set<() => void>();
  private readonly ended = new AbortController();

  constructor(
    private readonly url: string,
    private readonly bank: number,
    private readonly token: () => Promise<string>,
  ) {
    void this.run();
  }

  /** The same object until something changes. */
  readonly current = (): RivalState => this.state;

  readonly onChange = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Resolves when the server said that it was made; TransferRefused when it said that it was not. */
  async transfer(wanted: Transfer): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await fetch(`${this.url}/rival/transfers`, {
          method: "POST",
          headers: { authorization: `Bearer ${await this.token()}`, "content-type": "application/json" },
          body: JSON.stringify(wanted),
          signal: this.ended.signal,
        });
        if (response.ok) {
          return;
        }
        if (response.status < 500) {
          throw new TransferRefused(`the server answered ${response.status}`);
        }
        throw new Error(`the server answered ${response.status}`);
      } catch (error) {
        if (error instanceof TransferRefused || this.ended.signal.aborted || attempt === attempts) {
          throw error;
        }
      }
      await pause(backOffMs(attempt));
    }
  }

  close(): void {
    this.ended.abort();
  }

  private async run(): Promise<void> {
    for (let attempt = 1; !this.ended.signal.aborted; attempt++) {
      try {
        const response = await fetch(`${this.url}/rival/events?bank=${this.bank}`, {
          headers: { authorization: `Bearer ${await this.token()}` },
          signal: this.ended.signal,
        });
        if (response.status === 403) {
          this.show({ tiles: { accounts: { status: "forbidden" }, books: { status: "forbidden" } }, isConnected: true });
          await pause(longestWaitMs);
          continue;
        }
        if (response.ok && response.body !== null) {
          attempt = 0;
          this.show({ isConnected: true });
          await this.read(response.body);
        }
      } catch {
        // The next attempt says it, as long as there is none.
      }
      if (!this.ended.signal.aborted) {
        this.show({ isConnected: false });
        await pause(backOffMs(attempt + 1));
      }
    }
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    let buffered = "";
    for (;;) {
      const silence = setTimeout(() => void reader.cancel(), silentMs);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) {
        return;
      }
      const events = (buffered + value).split("\n\n");
      buffered = events.pop() ?? "";
      for (const event of events) {
        if (event.startsWith("data: ")) {
          this.receive(JSON.parse(event.slice(6)) as TileEvent);
        }
      }
    }
  }

  private receive(event: TileEvent): void {
    const tile: Tile = "rows" in event ? { status: "shown", rows: event.rows } : { status: "forbidden" };
    this.show({ tiles: { ...this.state.tiles, [event.tile]: tile } });
  }

  private show(change: Partial<RivalState>): void {
    if (change.tiles === undefined && change.isConnected === this.state.isConnected) {
      return;
    }
    this.state = { ...this.state, ...change };
    this.listeners.forEach((listener) => listener());
  }
}

function backOffMs(attempt: number): number {
  return Math.min(longestWaitMs, 50 * 2 ** attempt) * (0.5 + Math.random() / 2);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
