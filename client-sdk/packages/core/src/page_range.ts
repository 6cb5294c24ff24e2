import type { PageValue } from "./page_value.js";
import type { QueryResult } from "./query_result.js";
import type { QueryWatch } from "./query_watch.js";

/** What one watched page covers: the rows behind `after` up to `until`; without `until` the first `limit` of them. */
export interface PageRange {
  readonly limit: number;
  readonly after?: string;
  readonly until?: string;
}

/**
 * One page of a list that is shown, and what takes its place once all of that has arrived. Ranges of a list touch: each begins where the one
 * before it ends.
 */
export class WatchedRange<Row> {
  private parts: readonly WatchedRange<Row>[] = [];

  constructor(
    readonly range: PageRange,
    private readonly open: (range: PageRange) => QueryWatch<PageValue<readonly Row[]>>,
    private readonly page = open(range),
  ) {}

  get result(): QueryResult<PageValue<readonly Row[]>> {
    return this.page.current();
  }

  /** It ends where it was to end: the next range of the list follows without a gap. */
  get isWhole(): boolean {
    const { data } = this.result;
    return data !== undefined && (this.range.until === undefined || data.next === this.range.until);
  }

  get isBeingReplaced(): boolean {
    return this.parts.length > 0;
  }

  /** Watches what will take its place. Both stay alive until takeReplacement() finds all of it. */
  replaceBy(...ranges: readonly PageRange[]): void {
    this.parts = ranges.map((range) => new WatchedRange(range, this.open));
  }

  /** The parts, once the first snapshot that all of them belong to is here; this range is closed then. */
  takeReplacement(): readonly WatchedRange<Row>[] | undefined {
    const isReady = this.parts.length > 0 && this.parts.every(({ result }) => result.status === "success");
    if (!isReady) {
      return undefined;
    }
    const parts = this.parts;
    this.parts = [];
    this.page.close();
    return parts;
  }

  /** The error of a part that keeps it from taking this range's place. */
  get replacementError() {
    return this.parts.find(({ result }) => result.status === "error")?.result.error;
  }

  close(): void {
    this.parts.forEach((part) => part.close());
    this.parts = [];
    this.page.close();
  }
}
