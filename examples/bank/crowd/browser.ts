import { frameText, type Frame } from "../count/frame.ts";
import { FrameCounter } from "../count/frame_counter.ts";
import type { Outcome } from "../count/intents.ts";
import type { SideReport } from "./messages.ts";
import type { Shut } from "../count/frame_counter.ts";

export interface Wanted {
  readonly intent: string;
  readonly source: number;
  readonly target: number;
  readonly amount: number;
}

/** A browser without a window, of one user: it holds both tiles, counts each state that a page would draw, and can transfer. */
export interface Browser {
  readonly user: number;
  readonly counter: FrameCounter;
  readonly isConnected: boolean;
  shown(): Frame;
  /** Tries as such a client does until it knows how it ended. */
  transfer(wanted: Wanted, once: boolean): Promise<Outcome["outcome"]>;
  close(): void;
}

/** @param gone what browsers that were closed had counted. */
export function report(browsers: readonly Browser[], gone: readonly Browser[], shuts: readonly Shut[]): SideReport {
  const isShut = (user: number) => shuts.some((shut) => shut.user === user && shut.until === null);
  const sum = { frames: 0, torn: 0, leaked: 0 };
  for (const { user, counter } of [...browsers, ...gone]) {
    const tally = counter.tally(user, shuts);
    sum.frames += tally.frames;
    sum.torn += tally.torn;
    sum.leaked += tally.leaked;
  }
  return {
    ...sum,
    connected: browsers.filter(({ isConnected }) => isConnected).length,
    shown: browsers.filter(({ user, isConnected }) => isConnected && !isShut(user)).map((browser) => frameText(browser.shown())),
  };
}
