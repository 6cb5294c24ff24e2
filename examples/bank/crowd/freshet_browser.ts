import { FreshetClient, FreshetError, type QueryResult, type WebSocketConstructor } from "@freshet/client";
import { WebSocket } from "ws";
import type { Balances, Frame } from "../count/frame.ts";
import { FrameCounter } from "../count/frame_counter.ts";
import type { Outcome } from "../count/intents.ts";
import { api, BankId } from "../src/generated/api.ts";
import type { Browser, Wanted } from "./browser.ts";

type Rows = QueryResult<readonly { readonly id: number; readonly balance: number; readonly notice: number }[]>;
const attempts = 100;

/** What Freshet's client gives an app, counted once for each transition that it publishes. */
export class FreshetBrowser implements Browser {
  readonly counter = new FrameCounter();
  private readonly client: FreshetClient;
  private readonly args: { readonly bank: BankId };

  constructor(url: string, bank: number, readonly user: number, token: () => Promise<string>) {
    this.args = { bank: BankId(bank) };
    this.client = new FreshetClient(url, { auth: token, webSocket: WebSocket as unknown as WebSocketConstructor });
    this.client.watch(api.accounts.list, this.args);
    this.client.watch(api.books.list, this.args);
    this.client.onTransition(() => this.counter.see(this.shown()));
  }

  get isConnected(): boolean {
    return this.client.connectionStatus().status === "connected";
  }

  shown(): Frame {
    const accounts: Rows = this.client.peek(api.accounts.list, this.args);
    const books: Rows = this.client.peek(api.books.list, this.args);
    const notices = [...(accounts.data ?? []), ...(books.data ?? [])].map(({ notice }) => notice);
    return { accounts: balances(accounts), books: balances(books), notice: notices.length === 0 ? undefined : Math.max(...notices) };
  }

  /** The client itself repeats over lost connections. Again only after an error that says so: then nothing was done. */
  async transfer(wanted: Wanted): Promise<Outcome["outcome"]> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.client.mutate(api.transfers.make, wanted);
        return "acknowledged";
      } catch (error) {
        const isKnown = error instanceof FreshetError && error.code !== "outcome_unknown";
        if (!isKnown || !error.retryable || attempt === attempts) {
          return isKnown ? "refused" : "unknown";
        }
        await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 80));
      }
    }
  }

  close(): void {
    this.client.close();
  }
}

function balances({ data }: Rows): Balances | undefined {
  return data && new Map(data.map(({ id, balance }) => [id, balance]));
}
