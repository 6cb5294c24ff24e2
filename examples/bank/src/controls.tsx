import { useState } from "react";
import type { Command, Status } from "../control/status.ts";

const writerChoices = [0, 1, 2, 4];
const browserChoices = [0, 4, 12, 24];
const perBrowser = 10;

interface Props {
  readonly status: Status;
  readonly problem: string | undefined;
  readonly act: (command: Command) => void;
}

export function Controls({ status, problem, act }: Props) {
  const [once, setOnce] = useState(false);
  const outside = status.shuts.filter(({ until }) => until === null);
  const amOutside = outside.some(({ user }) => user === status.user);
  const { storm } = status;
  return (
    <section className="controls" aria-label="Controls">
      <Choice legend="psql writers" hint="10 transfers/s each" choices={writerChoices} chosen={status.writers} onChoose={(count) => act({ do: "writers", count })} />
      <Choice legend="Browsers" hint="on each side" choices={browserChoices} chosen={status.browsers} onChoose={(count) => act({ do: "browsers", count })} />
      <fieldset>
        <legend>
          Transfers <small>{perBrowser} by each browser</small>
        </legend>
        <div className="row">
          <button className="primary" disabled={storm !== null || status.browsers === 0} onClick={() => act({ do: "storm", perBrowser, once })}>
            {storm === null ? "Storm" : `${storm.done} of ${storm.of}`}
          </button>
          <label>
            <input type="checkbox" checked={once} onChange={({ target }) => setOnce(target.checked)} /> idempotency keys (right)
          </label>
        </div>
      </fieldset>
      <fieldset>
        <legend>
          Servers <small>{status.kills === 0 ? "kill −9" : `killed: ${status.kills}`}</small>
        </legend>
        <button className="danger" onClick={() => act({ do: "kill" })}>
          Kill the servers
        </button>
      </fieldset>
      <fieldset>
        <legend>
          Members <small>{outside.length === 0 ? "everybody is in" : `${outside.length} outside`}</small>
        </legend>
        <div className="row">
          <button onClick={() => act({ do: "revoke", who: "somebody" })} disabled={status.browsers === 0}>
            Revoke one
          </button>
          <button onClick={() => act({ do: "revoke", who: "me" })} disabled={amOutside}>
            Revoke me
          </button>
          <button className="quiet" onClick={() => act({ do: "restore" })} disabled={outside.length === 0}>
            Let all in
          </button>
        </div>
      </fieldset>
      {problem !== undefined && <p role="alert">{problem}</p>}
    </section>
  );
}

function Choice(props: { legend: string; hint: string; choices: readonly number[]; chosen: number; onChoose: (count: number) => void }) {
  return (
    <fieldset>
      <legend>
        {props.legend} <small>{props.hint}</small>
      </legend>
      <div className="choice">
        {props.choices.map((count) => (
          <button key={count} aria-pressed={count === props.chosen} onClick={() => props.onChoose(count)}>
            {count}
          </button>
        ))}
      </div>
    </fieldset>
  );
}
