/** Waiting for conditions. Tests never sleep for a time and hope: they name what they wait for and how long it may take. */

export class DeadlineError extends Error {}

/** Factor for slow machines and sanitizer builds. */
const PATIENCE = Number(process.env['FRESHET_PATIENCE'] ?? 1);

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until `probe` gives a value that is neither false, null nor undefined, and returns it. */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  { within = 10_000, every = 10 }: { within?: number; every?: number } = {},
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + within * PATIENCE;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value !== false && value !== null && value !== undefined) {
        return value as Exclude<T, false | null | undefined>;
      }
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new DeadlineError(`not within ${within} ms: ${what} (last: ${String(last)})`);
    }
    await pause(every);
  }
}

/** Fails when the promise has not settled in time; the promise itself goes on. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`not within ${ms} ms: ${what}`)), ms * PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The opposite: the condition must stay false for a while. `for` is bounded by what would be noticed, and each use says
 * after which positive sign the watch begins, so that the test is not green merely because nothing had happened yet.
 */
export async function stays(what: string, holds: () => boolean, { for: ms }: { for: number }): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (!holds()) throw new Error(`did not stay: ${what}`);
    await pause(10);
  }
}
