import type { Frame } from "../count/frame.ts";
import { FrameCounter } from "../count/frame_counter.ts";
import type { Outcome } from "../count/intents.ts";
import type { TileRow } from "../rival/messages.ts";
import { RivalClient, TransferRefused } from "../src/rival_client.ts";
import type { Tile } from "../src/tile.ts";
import type { Browser, Wanted } from "./browser.ts";

/** What the app beside Freshet would draw. Changes of one turn of the event loop are one frame, as React draws them. */
export class RivalBrowser implements Browser {
  readonly counter = new FrameCounter();
  private readonly client: RivalClient;
  private isDrawing = false;

  constructor(url: string, bank: number, readonly user: number, token: () => Promise<string>) {
    this.client = new RivalClient(url, bank, token);
    this.client.onChange(() => {
      if (!this.isDrawing) {
        this.isDrawing = true;
        queueMicrotask(() => {
          this.isDrawing = false;
          this.counter.see(this.shown());
        });
      }
    });
  }

  get isConnected(): boolean {
    return this.client.current().isConnected;
  }

  shown(): Frame {
    const { accounts, books } = this.client.current().tiles;
    const notices = [...rowsOf(accounts) ?? [], ...rowsOf(books) ?? []].map(({ notice }) => notice);
    return { accounts: balances(accounts), books: balances(books), notice: notices.length === 0 ? undefined : Math.max(...notices) };
  }

  async transfer(wanted: Wanted, once: boolean): Promise<Outcome["outcome"]> {
    try {
      await this.client.transfer({ ...wanted, once });
      return "acknowledged";
    } catch (error) {
      return error instanceof TransferRefused ? "refused" : "unknown";
    }
  }

  close(): void {
    this.client.close();
  }
}

function rowsOf(tile: Tile): readonly TileRow[] | undefined {
  return tile.status === "shown" ? tile.rows : undefined;
}

function balances(tile: Tile): Frame["accounts"] {
  const rows = rowsOf(tile);
  return rows && new Map(rows.map(({ id, balance }) => [id, balance]));
}
