import { Controls } from "./controls.tsx";
import { counters } from "./definitions.ts";
import { FreshetSide } from "./freshet_side.tsx";
import { RivalSide } from "./rival_side.tsx";
import { useDemo } from "./use_demo.ts";

export function App() {
  const { status, problem, act } = useDemo();
  return (
    <main>
      <header className="lead">
        <div>
          <h1>Torn frames</h1>
          <p>
            Every transfer changes two accounts and is written into the books: in the database both agree at every moment. Two tiles show them, each
            with a query of its own, on both sides from the same database. A frame in which the tiles disagree shows a moment that never was.
          </p>
        </div>
        <button onClick={() => act({ do: "reset" })} disabled={status === undefined || status.storm !== null}>
          Count anew
        </button>
      </header>
      {status === undefined ? (
        <p className="nothing">{problem ?? "Loading…"}</p>
      ) : (
        <>
          <Controls status={status} problem={problem} act={act} />
          <div className="panels">
            <FreshetSide bank={status.bank} user={status.user} data={{ status }} />
            <RivalSide bank={status.bank} user={status.user} data={{ status }} />
          </div>
        </>
      )}
      <section className="definitions" aria-label="What is counted">
        <h2>What is counted</h2>
        <dl>
          {counters.map(({ name, definition }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{definition}</dd>
            </div>
          ))}
        </dl>
      </section>
    </main>
  );
}
