import { useEffect, useRef, useState, type ReactNode } from "react";
import type { Gap } from "../count/frame.ts";
import type { FrameTally } from "../count/frame_counter.ts";
import type { Side } from "../crowd/messages.ts";
import type { Status } from "../control/status.ts";
import { FrameWatch } from "./frame_watch.ts";
import { LastTorn } from "./last_torn.tsx";
import { Score } from "./score.tsx";

export interface PanelData {
  readonly status: Status;
}

interface Props {
  readonly side: Side;
  readonly title: string;
  readonly says: string;
  readonly isConnected: boolean;
  readonly data: PanelData;
  /** The two tiles. */
  readonly children: ReactNode;
}

const countedEveryMs = 200;

/** One side of the page: its tiles, and what is counted of them. The count is read back from the tiles on the page. */
export function Panel({ side, title, says, isConnected, data: { status }, children }: Props) {
  const tiles = useRef<HTMLDivElement>(null);
  const { own, lastTorn } = useFrameWatch(tiles, status);
  const { isUp } = status.sides[side];
  const state = isUp && isConnected ? "live" : isUp ? "reconnecting…" : "killed, starting again…";
  return (
    <article className="panel" data-side={side}>
      <header className="panel-head">
        <div>
          <h2>{title}</h2>
          <p>{says}</p>
        </div>
        <span className="connection" data-status={isUp && isConnected ? "live" : "away"}>
          <span className="dot" aria-hidden="true" />
          <span role="status">{state}</span>
        </span>
      </header>
      <Score own={own} side={status.sides[side]} />
      <div className="tiles" ref={tiles}>
        {children}
      </div>
      <LastTorn gaps={lastTorn} />
    </article>
  );
}

function useFrameWatch(element: { readonly current: HTMLDivElement | null }, { run, user, shuts }: Status) {
  const [watch, setWatch] = useState<FrameWatch>();
  const [counted, setCounted] = useState<{ own: FrameTally; lastTorn: readonly Gap[] }>({ own: { frames: 0, torn: 0, leaked: 0 }, lastTorn: [] });
  useEffect(() => {
    const started = new FrameWatch(element.current!);
    setWatch(started);
    return () => started.stop();
  }, [element, run]);
  useEffect(() => {
    const show = () => watch && setCounted({ own: watch.counter.tally(user, shuts), lastTorn: watch.counter.lastTorn });
    show();
    const timer = setInterval(show, countedEveryMs);
    return () => clearInterval(timer);
  }, [watch, user, shuts]);
  return counted;
}
