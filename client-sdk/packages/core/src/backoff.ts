export interface BackoffOptions {
  /** Upper bound of the first wait, in ms. Default 500. */
  readonly firstMs?: number;
  /** Upper bound of any wait, in ms. Default 15,000. */
  readonly maxMs?: number;
}

const steadyAfterMs = 5_000;
const busySteps = 4;

/**
 * Waits between attempts: each bound is twice the one before, and the wait is a random share (at least half) of its bound, so
 * that clients that lost one gateway together do not come back together. Only a connection that stood for a while starts anew.
 */
export class Backoff {
  private attempts = 0;
  private readonly firstMs: number;
  private readonly maxMs: number;

  constructor(options: BackoffOptions, private readonly random: () => number) {
    this.firstMs = options.firstMs ?? 500;
    this.maxMs = options.maxMs ?? 15_000;
  }

  /** `livedMs`: how long the connection was live. `isBusy`: the gateway asked to come back later. */
  next(livedMs: number, isBusy: boolean): number {
    if (livedMs >= steadyAfterMs) {
      this.attempts = 0;
    }
    if (isBusy) {
      this.attempts = Math.max(this.attempts, busySteps);
    }
    const bound = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(this.attempts, 30));
    this.attempts++;
    return bound * (0.5 + this.random() / 2);
  }
}
