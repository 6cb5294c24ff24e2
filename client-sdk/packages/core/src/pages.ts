import type { FreshetClient } from "./client.js";
import type { FreshetError } from "./error.js";
import type { AnyQuery, ArgsOf } from "./function_reference.js";
import type { PageValue, RowOf } from "./page_value.js";
import { WatchedRange, type PageRange } from "./page_range.js";
import { skip, type QueryResult, type Skip } from "./query_result.js";
import type { QueryWatch } from "./query_watch.js";

export interface PagesOptions {
  /** Rows of a page: from 1 to what the function allows (`max_page`). */
  readonly pageSize: number;
}

/**
 * A list that grows by pages. The object is the same as long as nothing about it changed.
 * `loading-first`: nothing is known yet · `loading-more`: more was asked for, or a part is being read again · `can-load-more` · `exhausted`: these
 * are all rows · `error`: the result at the current snapshot, behind the rows that are good; it ends by itself.
 */
export interface PagedResult<Row> {
  readonly status: "loading-first" | "loading-more" | "can-load-more" | "exhausted" | "error" | "skipped";
  /** Rows from the first one on, without a gap and none twice, all of one snapshot. */
  readonly results: readonly Row[];
  readonly error: FreshetError | undefined;
}

/** A live list that somebody looks at: the twin of the hook. */
export interface PagesWatch<Row> {
  current(): PagedResult<Row>;
  /** Called after each transition that changed the result; what it returns stops that. */
  onChange(listener: () => void): () => void;
  /** Asks for `count` more rows (a page by default). Does nothing unless the status is `can-load-more`. */
  loadMore(count?: number): void;
  close(): void;
}

export const skippedPages: PagedResult<never> = { status: "skipped", results: [], error: undefined };
export const loadingPages: PagedResult<never> = { status: "loading-first", results: [], error: undefined };

/**
 * Starts to look at a list by pages: a list of adjacent ranges, of which the last one is open. Rows that come or go anywhere in what is shown
 * appear and vanish in the transition in which they do; the list never shows a row twice or skips one.
 *
 *     const pages = watchPages(client, api.messages.list, { channel }, { pageSize: 50 });
 *     pages.onChange(() => show(pages.current().results));
 *     button.onclick = () => pages.loadMore();
 *
 * Throws a RangeError when `pageSize` is not a positive integer.
 */
export function watchPages<Q extends AnyQuery>(
  client: FreshetClient,
  query: Q,
  args: ArgsOf<Q> | Skip,
  options: PagesOptions,
): PagesWatch<RowOf<Q>> {
  checkCount(options.pageSize);
  if (args === skip) {
    return { current: () => skippedPages, onChange: () => () => {}, loadMore: () => {}, close: () => {} };
  }
  const open = (range: PageRange) => client.watch(query, args, { page: range }) as QueryWatch<PageValue<readonly RowOf<Q>[]>>;
  return new RangeList<RowOf<Q>>(client, open, options.pageSize);
}

// From here on a range that has grown stays as it is, as long as it is whole: each costs the session a subscription.
const mostSplits = 100;

const firstPages = new WeakMap<object, PagedResult<unknown>>();

/**
 * What a list shows that nobody watches yet, by what is known of its first page (`client.peek` or `client.rendered` with
 * `{ page: { limit: pageSize } }`). The same object for the same result.
 */
export function firstPageOf<Row>(result: QueryResult<PageValue<readonly Row[]>>): PagedResult<Row> {
  const known = firstPages.get(result);
  if (known !== undefined) {
    return known as PagedResult<Row>;
  }
  const first = pagedResultOf(result);
  firstPages.set(result, first);
  return first;
}

function pagedResultOf<Row>(result: QueryResult<PageValue<readonly Row[]>>): PagedResult<Row> {
  switch (result.status) {
    case "skipped":
      return skippedPages;
    case "loading":
      return loadingPages;
    case "error":
      return { status: "error", results: [], error: result.error };
    case "success":
      return { status: result.data.next === null ? "exhausted" : "can-load-more", results: result.data.rows, error: undefined };
  }
}

class RangeList<Row> implements PagesWatch<Row> {
  private ranges: readonly WatchedRange<Row>[];
  private isLoadingMore = false;
  private isOpen = true;
  private shown: PagedResult<Row> = loadingPages;
  private parts: readonly (readonly Row[])[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly stop: () => void;

  constructor(
    client: FreshetClient,
    private readonly open: (range: PageRange) => QueryWatch<PageValue<readonly Row[]>>,
    private readonly pageSize: number,
  ) {
    this.ranges = [new WatchedRange<Row>({ limit: pageSize }, open)];
    this.stop = client.onTransition(() => this.follow());
    this.settleRanges();
  }

  current(): PagedResult<Row> {
    const parts = this.wholePrefix();
    const status = this.status(parts.length);
    const error = status === "error" ? this.failure() : undefined;
    const isSame = parts.length === this.parts.length && parts.every((rows, i) => rows === this.parts[i]);
    if (!isSame || status !== this.shown.status || error !== this.shown.error) {
      this.shown = { status, results: isSame ? this.shown.results : parts.flat(), error };
      this.parts = parts;
    }
    return this.shown;
  }

  onChange(listener: () => void): () => void {
    const registration = () => listener();
    this.listeners.add(registration);
    return () => {
      this.listeners.delete(registration);
    };
  }

  loadMore(count: number = this.pageSize): void {
    checkCount(count);
    const last = this.ranges[this.ranges.length - 1]!;
    const next = last.result.data?.next;
    if (!this.isOpen || last.isBeingReplaced || next === null || next === undefined) {
      return;
    }
    this.isLoadingMore = true;
    last.replaceBy(rangeOf(last.range.limit, last.range.after, next), rangeOf(count, next, undefined));
    this.follow();
  }

  close(): void {
    this.isOpen = false;
    this.stop();
    this.listeners.clear();
    this.ranges.forEach((range) => range.close());
  }

  /** Takes over what has arrived, and tells if the list is another one. */
  private follow(): void {
    const before = this.shown;
    this.settleRanges();
    if (this.current() !== before) {
      for (const listener of [...this.listeners]) {
        listener();
      }
    }
  }

  private settleRanges(): void {
    // A cursor is bound to caller and order: when either changes, the places that it names are none any more.
    if (this.ranges.some((range) => isForeign(range.result.error) || isForeign(range.replacementError))) {
      this.beginAnew();
      return;
    }
    this.ranges = this.ranges.flatMap((range, i) => {
      const parts = range.takeReplacement();
      if (parts !== undefined && i === this.ranges.length - 1) {
        this.isLoadingMore = false;
      }
      return parts ?? [range];
    });
    for (const range of this.ranges) {
      const split = range.result.data?.split;
      const isWanted = !range.isWhole || this.ranges.length < mostSplits;
      if (split !== null && split !== undefined && isWanted && !range.isBeingReplaced) {
        range.replaceBy(rangeOf(range.range.limit, range.range.after, split), rangeOf(range.range.limit, split, range.range.until));
      }
    }
  }

  private beginAnew(): void {
    const first = this.ranges[0]!;
    if (this.ranges.length === 1 && first.range.after === undefined && first.range.until === undefined && !first.isBeingReplaced) {
      return;
    }
    const ranges = this.ranges;
    this.ranges = [new WatchedRange<Row>({ limit: this.pageSize }, this.open)];
    this.isLoadingMore = false;
    ranges.forEach((range) => range.close());
  }

  /** The rows of the ranges from the first one on, as far as they follow each other without a gap. */
  private wholePrefix(): readonly (readonly Row[])[] {
    const parts: (readonly Row[])[] = [];
    for (const range of this.ranges) {
      const { data } = range.result;
      if (data === undefined) {
        break;
      }
      parts.push(data.rows);
      if (!range.isWhole) {
        break;
      }
    }
    return parts;
  }

  private failure(): FreshetError | undefined {
    return this.ranges.find((range) => range.result.status === "error")?.result.error ?? this.ranges[this.ranges.length - 1]!.replacementError;
  }

  private status(shown: number): PagedResult<Row>["status"] {
    if (this.failure() !== undefined) {
      return "error";
    }
    if (shown === 0) {
      return "loading-first";
    }
    const last = this.ranges[this.ranges.length - 1]!;
    const isIncomplete = shown < this.ranges.length || !this.ranges.every((range) => range.isWhole);
    if (this.isLoadingMore || isIncomplete) {
      return "loading-more";
    }
    return last.result.data?.next === null ? "exhausted" : "can-load-more";
  }
}

/** Members that are undefined are left out: equal ranges are to be equal calls. */
function rangeOf(limit: number, after: string | undefined, until: string | undefined): PageRange {
  return { limit, ...(after !== undefined && { after }), ...(until !== undefined && { until }) };
}

function isForeign(error: FreshetError | undefined): boolean {
  return error?.code === "invalid_cursor";
}

function checkCount(count: number): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`a page has a positive number of rows, not ${count}`);
  }
}
