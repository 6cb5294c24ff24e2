import type { Balances, Frame } from "../count/frame.ts";
import { FrameCounter } from "../count/frame_counter.ts";

/**
 * Counts what stands on the page, read back from the page itself: after each change below `element` (React makes all changes of one commit
 * together) the texts of both tiles are one frame. It knows nothing of where they come from, and is the same for both sides.
 */
export class FrameWatch {
  readonly counter = new FrameCounter();
  private readonly observer: MutationObserver;

  constructor(private readonly element: Element) {
    this.observer = new MutationObserver(() => this.look());
    this.observer.observe(element, { childList: true, characterData: true, subtree: true });
    this.look();
  }

  stop(): void {
    this.observer.disconnect();
  }

  private look(): void {
    this.counter.see(readFrame(this.element));
  }
}

/** Both tiles as texts of the page. */
export function readFrame(element: Element): Frame {
  const notices = [...element.querySelectorAll("[data-notice]")].map(numberIn);
  return {
    accounts: balancesIn(element, "accounts"),
    books: balancesIn(element, "books"),
    notice: notices.length === 0 ? undefined : Math.max(...notices),
  };
}

function balancesIn(element: Element, tile: string): Balances | undefined {
  const rows = [...element.querySelectorAll<HTMLElement>(`[data-tile="${tile}"] [data-account]`)];
  return rows.length === 0
    ? undefined
    : new Map(rows.map((row) => [Number(row.dataset["account"]), numberIn(row.querySelector("[data-balance]")!)]));
}

function numberIn(element: Element): number {
  return Number((element.textContent ?? "").replaceAll("−", "-").replaceAll(/[^-0-9]/g, ""));
}
