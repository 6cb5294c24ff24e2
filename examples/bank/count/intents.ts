/**
 * How one intent to transfer ended for the browser that had it. acknowledged: it was told that it is done · refused: it was told that
 * nothing was done · unknown: it gave up without an answer
 */
export interface Outcome {
  readonly intent: string;
  readonly outcome: "acknowledged" | "refused" | "unknown";
}

export interface IntentTally {
  readonly intents: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unknown: number;
  /** Acknowledged, and not in the books. */
  readonly lost: number;
  /** In the books more often than once: each time beyond the first. */
  readonly twice: number;
}

/** @param times how often each intent is in the books; one that is not named is in them 0 times. */
export function tallyIntents(outcomes: readonly Outcome[], times: ReadonlyMap<string, number>): IntentTally {
  const tally = { intents: 0, acknowledged: 0, refused: 0, unknown: 0, lost: 0, twice: 0 };
  for (const { intent, outcome } of outcomes) {
    const made = times.get(intent) ?? 0;
    tally.intents++;
    tally[outcome]++;
    tally.lost += outcome === "acknowledged" && made === 0 ? 1 : 0;
    tally.twice += Math.max(0, made - 1);
  }
  return tally;
}
