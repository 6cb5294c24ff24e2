import { describe, expect, test } from "vitest";
import { Connection } from "../src/connection.js";
import { connectionTable, type ConnectionEvent, type Phase } from "../src/connection_table.js";
import { FakeEnvironment } from "./fake_environment.js";
import { FakeSocket } from "./fake_socket.js";

// connection_table.test.ts holds the table to what is wanted; this holds the driver to the table: each event is brought about as the world
// does it, in each phase, and what is done is what the cell says.

const retryMs = 777;

/** A connection whose every effect is written down. */
function driver() {
  const done: string[] = [];
  const environment = new FakeEnvironment();
  const after = environment.after.bind(environment);
  environment.after = (ms, action) => {
    if (ms !== retryMs) {
      return after(ms, action);
    }
    done.push("back_off");
    const cancel = after(ms, action);
    return () => {
      done.push("cancel_retry");
      cancel();
    };
  };
  const sockets: FakeSocket[] = [];
  class Socket extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      done.push("dial");
      sockets.push(this);
    }
    override close(): void {
      done.push("hang_up");
      super.close();
    }
  }
  const listener = {
    greet: () => void done.push("greet"),
    text: () => {},
    lost: () => void done.push("told lost"),
    quiet: () => {},
    phaseChanged: () => {},
  };
  const connection = new Connection("ws://gateway.test/sync", Socket, environment, listener, { firstMs: retryMs, maxMs: retryMs });
  return { connection, environment, sockets, done };
}

type Driver = ReturnType<typeof driver>;

const reach: Record<Phase, (d: Driver) => void> = {
  idle: () => {},
  connecting: (d) => d.connection.start(),
  greeting: (d) => (reach.connecting(d), d.sockets[0]!.open()),
  live: (d) => (reach.greeting(d), d.connection.welcomed()),
  waiting: (d) => (reach.live(d), d.sockets[0]!.drop()),
  closed: (d) => (reach.waiting(d), d.connection.stop()),
};

// A socket that was given up may still speak: in `waiting` and `closed` it is the one from before.
const cause: Record<ConnectionEvent, (d: Driver) => void> = {
  start: (d) => d.connection.start(),
  opened: (d) => d.sockets.at(-1)?.open(),
  welcomed: (d) => d.connection.welcomed(),
  lost: (d) => d.sockets.at(-1)?.drop(),
  silent: (d) => d.connection.reconnect(),
  retry: (d) => d.environment.advance(retryMs),
  online: (d) => d.environment.goOnline(),
  stop: (d) => d.connection.stop(),
};

// A second `open` of one socket is no event of the world; everything else is.
const impossible = new Set(["greeting opened", "live opened"]);

for (const phase of Object.keys(reach) as Phase[]) {
  describe(`in phase ${phase}`, () => {
    const events = (Object.keys(cause) as ConnectionEvent[]).filter((event) => !impossible.has(`${phase} ${event}`));
    test.each(events)("%s does what the cell says, once, and says so where the socket was open", (event) => {
      const d = driver();
      reach[phase](d);
      expect(d.connection.phase).toBe(phase);
      d.done.length = 0;
      cause[event](d);
      const step = connectionTable[phase][event];
      const wasOpen = phase === "greeting" || phase === "live";
      const told = step !== null && wasOpen && step.to !== "live" ? ["told lost"] : [];
      expect([d.connection.phase, ...d.done]).toEqual([step?.to ?? phase, ...(step?.effects ?? []), ...told]);
    });
  });
}

test("whatever comes in whatever order, there is at most one socket, one wait, and nothing after the end", () => {
  const events = Object.keys(cause) as ConnectionEvent[];
  for (let seed = 1; seed <= 300; seed++) {
    let state = seed;
    const below = (n: number) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % n;
    const d = driver();
    for (let step = 0; step < 40; step++) {
      const event = events[below(events.length)]!;
      const isRare = event === "stop" && below(8) > 0;
      if (!isRare && !impossible.has(`${d.connection.phase} ${event}`)) {
        cause[event](d);
      }
      const open = d.sockets.filter(({ closed }) => !closed).length;
      const shouldBeOpen = ["connecting", "greeting", "live"].includes(d.connection.phase) ? 1 : 0;
      expect([seed, step, d.connection.phase, open]).toEqual([seed, step, d.connection.phase, shouldBeOpen]);
      expect(d.environment.timerCount, `seed ${seed}, step ${step}`).toBe(["idle", "closed"].includes(d.connection.phase) ? 0 : 1);
    }
    d.connection.stop();
    const sockets = d.sockets.length;
    events.forEach((event) => cause[event](d));
    d.environment.advance(100_000);
    expect([d.connection.phase, d.sockets.length, d.environment.timerCount]).toEqual(["closed", sockets, 0]);
  }
});
