import type { FrameTally, Shut } from "../count/frame_counter.ts";
import type { IntentTally } from "../count/intents.ts";
import type { Side } from "../crowd/messages.ts";

export interface SideStatus {
  /** Of all simulated browsers together. */
  readonly browsers: FrameTally & { readonly connected: number };
  readonly transfers: IntentTally;
  /** Simulated browsers that show an old state at rest. */
  readonly behind: number;
  readonly isUp: boolean;
}

/** Answer of `GET /control/status`. */
export interface Status {
  readonly bank: number;
  /** Who sits at the page. */
  readonly user: number;
  /** Another number: counters began anew. */
  readonly run: number;
  readonly writers: number;
  readonly browsers: number;
  readonly storm: { readonly done: number; readonly of: number } | null;
  readonly kills: number;
  /** Nothing was written, and no server killed, for long enough that every browser must show what the database holds. */
  readonly isAtRest: boolean;
  readonly shuts: readonly Shut[];
  readonly sides: Readonly<Record<Side, SideStatus>>;
}

export const mostWriters = 4;
export const mostBrowsers = 50;
export const mostPerStorm = 50;

/** Body of `POST /control/do`. */
export type Command =
  | { readonly do: "writers"; readonly count: number }
  | { readonly do: "browsers"; readonly count: number }
  | { readonly do: "storm"; readonly perBrowser: number; readonly once: boolean }
  | { readonly do: "kill" }
  | { readonly do: "revoke"; readonly who: "me" | "somebody" }
  | { readonly do: "restore" }
  | { readonly do: "reset" };
