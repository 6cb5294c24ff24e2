import { frameText, gapsOf, isShown, type Frame, type Gap } from "./frame.ts";

/** One user was no member while the notices `from` … `until` − 1 were written; `until` is null while that lasts. */
export interface Shut {
  readonly user: number;
  readonly from: number;
  readonly until: number | null;
}

export interface FrameTally {
  readonly frames: number;
  readonly torn: number;
  readonly leaked: number;
}

/** Counts what one browser of one user shows. */
export class FrameCounter {
  private frames = 0;
  private torn = 0;
  private last: string | undefined;
  private specimen: readonly Gap[] = [];
  private readonly framesByNotice = new Map<number, number>();

  /** A frame that shows the same as the one before is none. */
  see(frame: Frame): void {
    const text = frameText(frame);
    if (text === this.last) {
      return;
    }
    this.last = text;
    if (!isShown(frame)) {
      return;
    }
    this.frames++;
    if (frame.notice !== undefined) {
      this.framesByNotice.set(frame.notice, (this.framesByNotice.get(frame.notice) ?? 0) + 1);
    }
    const gaps = gapsOf(frame);
    if (gaps.length > 0) {
      this.torn++;
      this.specimen = gaps;
    }
  }

  /** Where the last torn frame disagreed; empty when there was none. */
  get lastTorn(): readonly Gap[] {
    return this.specimen;
  }

  /**
   * A frame has leaked when it shows a notice that was written after the user's membership had ended and before it began again. Which those
   * are may be learned later than the frame came: frames are kept by their notice.
   */
  tally(user: number, shuts: readonly Shut[]): FrameTally {
    const own = shuts.filter((shut) => shut.user === user);
    let leaked = 0;
    for (const [notice, frames] of this.framesByNotice) {
      if (own.some(({ from, until }) => notice >= from && (until === null || notice < until))) {
        leaked += frames;
      }
    }
    return { frames: this.frames, torn: this.torn, leaked };
  }
}

export function sumOf(tallies: readonly FrameTally[]): FrameTally {
  return tallies.reduce(
    (sum, { frames, torn, leaked }) => ({ frames: sum.frames + frames, torn: sum.torn + torn, leaked: sum.leaked + leaked }),
    { frames: 0, torn: 0, leaked: 0 },
  );
}
