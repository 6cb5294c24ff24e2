/** Seeded randomness. The seed is printed by whoever starts a run, and FRESHET_SEED replays it. */

export function seedFromEnvironment(): number {
  const given = process.env['FRESHET_SEED'];
  return given === undefined ? (Date.now() ^ (process.pid << 12)) >>> 0 : Number(given) >>> 0;
}

/** sfc32: small, fast, and good enough to pick what a test does next. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed >>> 0;
    this.#b = (stream * 0x9e3779b9) >>> 0;
    this.#c = 0x2545f491;
    for (let i = 0; i < 12; i++) this.#next();
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#count) >>> 0;
    this.#count = (this.#count + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }

  /** An integer in [0, below). */
  below(below: number): number {
    return this.#next() % below;
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.#next() / 0x1_0000_0000 < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('pick from an empty list');
    return item;
  }

  /** Picks by weight: [[3, 'often'], [1, 'rarely']]. */
  weighted<T>(choices: readonly (readonly [number, T])[]): T {
    let rest = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, item] of choices) {
      if (rest < weight) return item;
      rest -= weight;
    }
    throw new Error('no choices');
  }
}
