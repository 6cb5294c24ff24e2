import { FreshetError } from "./error.js";
import type { Change } from "./protocol.js";
import { applySplices } from "./splice.js";

export type Held =
  | { readonly value: unknown; readonly hash: string; readonly error?: undefined }
  | { readonly error: FreshetError; readonly value?: undefined; readonly hash?: undefined };

/**
 * What the gateway said, by subscription id. `received` is the newest; `published` is what the app sees. They differ while a
 * reconnect is being caught up with: then the old results stay, together, until each of them has been confirmed or replaced,
 * because one old and one new result on the screen would belong to two snapshots.
 */
export class RemoteQuerySet {
  private readonly received = new Map<number, Held>();
  private published = new Map<number, Held>();
  private readonly awaited = new Set<number>();
  private readonly detached = new Set<number>();

  get(id: number): Held | undefined {
    return this.published.get(id);
  }

  /** Anything from before, shown or not. */
  holds(id: number): boolean {
    return this.received.has(id) || this.published.has(id);
  }

  hash(id: number): string | undefined {
    return this.received.get(id)?.hash;
  }

  /** Delivered on a timeline of its own (`lockstep: false`, declared here or by the function). */
  isDetached(id: number): boolean {
    return this.detached.has(id);
  }

  /** A value from elsewhere, shown until the gateway confirms or replaces it. */
  adopt(id: number, held: Held, detached: boolean): void {
    this.received.set(id, held);
    this.published.set(id, held);
    if (detached) {
      this.detached.add(id);
    }
  }

  /** Nothing that was received is published until `id` has an answer, or is forgotten. */
  await(id: number): void {
    if (!this.detached.has(id)) {
      this.awaited.add(id);
    }
  }

  /** An id that follows another for the same query shows what that one showed until it has an answer of its own. */
  inherit(from: number, to: number): void {
    const shown = this.published.get(from);
    this.forget(from);
    if (shown !== undefined) {
      this.published.set(to, shown);
    }
  }

  forget(id: number): void {
    this.received.delete(id);
    this.published.delete(id);
    this.awaited.delete(id);
    this.detached.delete(id);
  }

  /** False when the change is not about the value held here: the whole value has to be asked for. */
  apply(change: Change, detached: boolean): boolean {
    const held = this.next(change);
    if (held === undefined) {
      return false;
    }
    this.received.set(change.id, held);
    this.awaited.delete(change.id);
    if (detached) {
      this.detached.add(change.id);
      this.published.set(change.id, held);
    } else {
      this.detached.delete(change.id);
    }
    return true;
  }

  get isComplete(): boolean {
    return this.awaited.size === 0;
  }

  publish(): void {
    this.published = new Map(this.received);
  }

  private next(change: Change): Held | undefined {
    if ("error" in change) {
      return { error: new FreshetError(change.error) };
    }
    if ("value" in change) {
      return { value: change.value, hash: change.hash };
    }
    const base = this.received.get(change.id);
    if ("same" in change) {
      return base?.hash === change.hash ? base : undefined;
    }
    if (base === undefined || base.hash !== change.base) {
      return undefined;
    }
    const before = change.page === undefined ? base.value : rowsOf(base.value);
    const rows = Array.isArray(before) ? applySplices(before, change.splice) : undefined;
    if (rows === undefined) {
      return undefined;
    }
    return { value: change.page === undefined ? rows : { ...change.page, rows }, hash: change.hash };
  }
}

/** The part of a page that splices edit. */
function rowsOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "rows" in value ? value.rows : undefined;
}
