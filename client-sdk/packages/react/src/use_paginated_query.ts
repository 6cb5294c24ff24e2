import { useCallback, useMemo, useSyncExternalStore } from "react";
import {
  canonicalJson,
  firstPageOf,
  skip,
  watchPages,
  type AnyQuery,
  type ArgsOf,
  type PagedResult,
  type PagesOptions,
  type PagesWatch,
  type PageValue,
  type QueryResult,
  type RowOf,
  type Skip,
} from "@freshet/client";
import { useFreshetClient } from "./context.js";

/** A list that grows by pages, and the way to let it grow. */
export type PaginatedQuery<Row> = PagedResult<Row> & {
  /** Asks for `count` more rows, a page by default. Does nothing unless the status is `can-load-more`. */
  readonly loadMore: (count?: number) => void;
};

/**
 * A live list by pages: its rows from the first one on, without a gap and none twice, all of one transition. The object is the same until
 * something about it changes. With other arguments, or another page size, the list begins anew.
 *
 *     const { results, status, loadMore } = usePaginatedQuery(api.messages.list, { channel }, { pageSize: 50 });
 *     <button disabled={status !== "can-load-more"} onClick={() => loadMore()}>Older</button>
 */
export function usePaginatedQuery<Q extends AnyQuery>(query: Q, args: ArgsOf<Q> | Skip, options: PagesOptions): PaginatedQuery<RowOf<Q>> {
  const client = useFreshetClient();
  const { pageSize } = options;
  // Arguments are new objects on every render: their text decides whether anything changed.
  const text = args === skip ? undefined : canonicalJson(args);
  const list = useMemo(() => {
    const page = { page: { limit: pageSize } };
    const first = (read: typeof client.peek) => firstPageOf(read.call(client, query, args, page) as QueryResult<PageValue<readonly RowOf<Q>[]>>);
    let watch: PagesWatch<RowOf<Q>> | undefined;
    return {
      subscribe(listener: () => void) {
        const mine = watchPages(client, query, args, { pageSize });
        watch = mine;
        mine.onChange(listener);
        return () => {
          mine.close();
          watch = watch === mine ? undefined : watch;
        };
      },
      current: () => watch?.current() ?? first(client.peek),
      rendered: () => first(client.rendered),
      loadMore: (count?: number) => watch?.loadMore(count),
    };
  }, [client, query.path, text, pageSize]);
  const paged = useSyncExternalStore(list.subscribe, list.current, list.rendered);
  const loadMore = useCallback((count?: number) => list.loadMore(count), [list]);
  return useMemo(() => ({ ...paged, loadMore }), [paged, loadMore]);
}
