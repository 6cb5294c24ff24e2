import { FreshetClient, type ClientOptions } from "../src/index.js";
import type { Change } from "../src/protocol.js";
import { FakeEnvironment } from "./fake_environment.js";
import { fakeSockets } from "./fake_socket.js";

/** A client whose clock and socket belong to the test, with the gateway's usual answers one call away. */
export function clientFixture(options: ClientOptions = {}) {
  const environment = new FakeEnvironment();
  const net = fakeSockets();
  const errors: unknown[] = [];
  const client = new FreshetClient("http://gateway.test", {
    webSocket: net.webSocket,
    environment,
    onError: (error) => errors.push(error),
    ...options,
  });
  let epoch = "e0";
  let epochs = 0;
  return {
    environment,
    net,
    errors,
    client,
    get socket() {
      return net.last;
    },
    welcome(overrides: { session?: string; resumed?: boolean; floor?: number; epoch?: string } = {}) {
      epoch = overrides.epoch ?? epoch;
      net.last.receive({ type: "welcome", session: "s1", epoch, resumed: false, floor: 0, ...overrides });
    },
    connect(overrides: { session?: string; resumed?: boolean; floor?: number } = {}) {
      net.last.open();
      this.welcome(overrides);
    },
    transition(changes: Change[], includes: number[] = [], more: { stale?: boolean } = {}) {
      const from = epoch;
      epoch = `e${++epochs}`;
      net.last.receive({ type: "transition", from, to: epoch, changes, includes, ...more });
    },
    detached(changes: Change[]) {
      net.last.receive({ type: "transition", from: null, to: null, changes, includes: [] });
    },
    respond(id: number, value: unknown) {
      net.last.receive({ type: "response", id, value });
    },
    /** Lets the back-off end. */
    awaitDial() {
      const before = net.sockets.length;
      for (let waited = 0; net.sockets.length === before && waited < 20_000; waited += 100) {
        environment.advance(100);
      }
    },
    reconnect(overrides: { session?: string; resumed?: boolean; floor?: number } = {}) {
      net.last.drop();
      this.awaitDial();
      this.connect({ resumed: true, ...overrides });
    },
  };
}

/** Lets what awaits a promise run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await Promise.resolve();
  }
}

/** The outcome of a promise so far. */
export function outcome(promise: Promise<unknown>): { now: () => string } {
  let state = "pending";
  promise.then(
    (value) => (state = `resolved ${JSON.stringify(value)}`),
    (error: { code?: string; message: string }) => (state = `rejected ${error.code ?? error.message}`),
  );
  return { now: () => state };
}
