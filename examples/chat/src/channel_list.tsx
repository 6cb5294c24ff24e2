import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import type { ChannelsListResult } from "./generated/api.ts";
import { useWindow } from "./use_window.ts";

type Channel = ChannelsListResult[number];

const rowHeight = 40;

/** Search, and a list that renders only the rows in sight: a thousand channels cost no more than twenty. */
export function ChannelList(props: {
  readonly channels: readonly Channel[] | undefined;
  readonly chosen: number | undefined;
  readonly onChoose: (id: number) => void;
}) {
  const [search, setSearch] = useState("");
  // Not deferred: Enter chooses from the rows that belong to what was typed.
  const wanted = search.trim().toLowerCase();
  const rows = useMemo(
    () => (props.channels ?? []).filter(({ name }) => name.toLowerCase().includes(wanted)),
    [props.channels, wanted],
  );
  const searchBox = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const { from, to, onScroll, reveal } = useWindow(list, rows.length, rowHeight);

  useEffect(() => {
    const focusSearch = (event: globalThis.KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "k") {
        event.preventDefault();
        searchBox.current?.focus();
      }
    };
    addEventListener("keydown", focusSearch);
    return () => removeEventListener("keydown", focusSearch);
  }, []);

  const choose = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (row !== undefined) {
      reveal(rows.indexOf(row));
      props.onChoose(row.id);
    }
  };
  const onListKey = (event: KeyboardEvent) => {
    const at = rows.findIndex(({ id }) => id === props.chosen);
    const target = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (target !== undefined) {
      event.preventDefault();
      choose(target);
    }
  };
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      choose(0);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      list.current?.focus();
    } else if (event.key === "Escape") {
      setSearch("");
    }
  };

  return (
    <>
      <div className="search">
        <input
          ref={searchBox}
          type="search"
          placeholder="Find a channel (Ctrl K)"
          aria-label="Find a channel"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={onSearchKey}
        />
      </div>
      <div
        ref={list}
        className="channels"
        role="listbox"
        aria-label="Channels"
        aria-activedescendant={props.chosen === undefined ? undefined : `channel-${props.chosen}`}
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={onListKey}
      >
        {rows.length === 0 && props.channels !== undefined && <p className="notice">No channel has that name.</p>}
        <div style={{ height: rows.length * rowHeight, position: "relative" }}>
          {rows.slice(from, to).map((channel, offset) => (
            <div
              key={channel.id}
              id={`channel-${channel.id}`}
              role="option"
              aria-selected={channel.id === props.chosen}
              aria-posinset={from + offset + 1}
              aria-setsize={rows.length}
              className="channel"
              data-unread={channel.unread}
              style={{ top: (from + offset) * rowHeight, height: rowHeight }}
              onClick={() => props.onChoose(channel.id)}
            >
              <span className="channel-name" title={channel.name}>{channel.name}</span>
              {channel.unread > 0 && (
                <span className="unread" aria-label={`${channel.unread} unread`}>
                  {channel.unread > 999 ? "999+" : channel.unread}
                </span>
              )}
            </div>
          ))}
        </div>
      </div>
    </>
  );
}
