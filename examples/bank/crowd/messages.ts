import type { FrameTally, Shut } from "../count/frame_counter.ts";
import type { Outcome } from "../count/intents.ts";

export type Side = "freshet" | "rival";
export const sides: readonly Side[] = ["freshet", "rival"];

export interface StormOrder {
  readonly perBrowser: number;
  /** Whether the rival's browsers send idempotency keys. */
  readonly once: boolean;
}

/** From the control server to the crowd. */
export type Order =
  | { readonly type: "browsers"; readonly count: number }
  | { readonly type: "storm"; readonly storm: StormOrder }
  | { readonly type: "shuts"; readonly shuts: readonly Shut[] }
  | { readonly type: "reset" };

export interface SideReport extends FrameTally {
  readonly connected: number;
  /** What each browser shows now, as text; of members that are connected. */
  readonly shown: readonly string[];
}

/** From the crowd to the control server. */
export type Report =
  | { readonly type: "tally"; readonly sides: Readonly<Record<Side, SideReport>> }
  | { readonly type: "outcome"; readonly side: Side; readonly outcome: Outcome }
  | { readonly type: "storm_ended" };
