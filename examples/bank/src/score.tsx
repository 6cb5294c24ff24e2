import { useId } from "react";
import type { SideStatus } from "../control/status.ts";
import type { FrameTally } from "../count/frame_counter.ts";
import { counters, type CounterName } from "./definitions.ts";

const number = new Intl.NumberFormat("en");

/** The five counters of a side. Each says where its number comes from, and what it means when it is pointed at. */
export function Score({ own, side }: { readonly own: FrameTally; readonly side: SideStatus }) {
  const id = useId();
  const { browsers, transfers, behind } = side;
  const seen = (count: keyof FrameTally) => [`page ${number.format(own[count])}`, `browsers ${number.format(browsers[count])}`];
  const parts: Record<CounterName, { readonly value: number; readonly details: readonly string[] }> = {
    frames: { value: own.frames + browsers.frames, details: [`page ${number.format(own.frames)}`, `${browsers.connected} browsers ${number.format(browsers.frames)}`] },
    torn: { value: own.torn + browsers.torn, details: seen("torn") },
    lost: { value: transfers.lost + behind, details: [`of ${number.format(transfers.acknowledged)} done`, `${behind} behind`] },
    twice: { value: transfers.twice, details: [`of ${number.format(transfers.intents)} wanted`, `${transfers.unknown} unknown`] },
    leaked: { value: own.leaked + browsers.leaked, details: seen("leaked") },
  };
  return (
    <dl className="score">
      {counters.map(({ name, definition }) => (
        <div key={name} className="counter" data-counter={name} data-bad={name !== "frames" && parts[name].value > 0} tabIndex={0} aria-describedby={`${id}${name}`}>
          <dt>{name}</dt>
          <dd className="value">{number.format(parts[name].value)}</dd>
          {parts[name].details.map((detail) => (
            <dd key={detail} className="detail">
              {detail}
            </dd>
          ))}
          <dd className="definition" role="tooltip" id={`${id}${name}`}>
            {definition}
          </dd>
        </div>
      ))}
    </dl>
  );
}
