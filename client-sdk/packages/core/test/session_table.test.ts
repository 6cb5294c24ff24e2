import { describe, expect, test } from "vitest";
import { queryKey } from "../src/local_state.js";
import type { ServerMessage } from "../src/protocol.js";
import { SyncSession } from "../src/sync_session.js";

// Everything that a gateway may say, in every state of a connection: what the driver is told to do, and what is sent because of it.

const held = { path: "messages.list", args: { channel: 1 } };
const heldKeyId = 1;

const states = {
  /** hello is sent, with a token. */
  "greeted": () => {
    const session = new SyncSession();
    session.subscribe(held);
    session.supplyToken("t", false);
    session.greet();
    return session;
  },
  /** welcome came, the identity's answer did not. */
  "welcomed": () => {
    const session = states.greeted();
    session.receive(messages.welcome);
    return session;
  },
  /** The identity was accepted before welcome. */
  "accepted": () => {
    const session = states.greeted();
    session.receive(messages.accepted);
    return session;
  },
  /** Both came: everything flows. */
  "open": () => {
    const session = states.welcomed();
    session.receive(messages.accepted);
    return session;
  },
  /** The identity ended on the open connection; another token is awaited. */
  "renewing": () => {
    const session = states.open();
    session.receive(messages.refused);
    return session;
  },
} as const;

const error = { code: "overloaded", message: "later", retryable: true } as const;
const messages = {
  welcome: { type: "welcome", session: "s1", epoch: "e0", resumed: false, floor: 0 },
  accepted: { type: "auth", ok: true, identity: { sub: "a" } },
  refused: { type: "auth", ok: false, error: { code: "unauthenticated", message: "no", retryable: false } },
  limited: { type: "auth", ok: false, error: { code: "rate_limited", message: "slow down", retryable: true } },
  "transition that follows": { type: "transition", from: "e0", to: "e1", changes: [{ id: heldKeyId, value: [], hash: "h" }], includes: [] },
  "transition that does not": { type: "transition", from: "e7", to: "e8", changes: [], includes: [] },
  "transition of a timeline of its own": { type: "transition", from: null, to: null, changes: [{ id: heldKeyId, value: [], hash: "h" }], includes: [] },
  "splice of another base": { type: "transition", from: "e0", to: "e1", changes: [{ id: heldKeyId, splice: [], base: "x", hash: "h" }], includes: [] },
  "answer to nothing": { type: "response", id: 77, value: 1 },
  "refused subscription": { type: "error", id: heldKeyId, error },
  "refusal of nothing": { type: "error", id: 77, error },
  "error about the session": { type: "error", error },
  pong: { type: "pong" },
} as const satisfies Record<string, ServerMessage>;

const columns = Object.keys(messages) as (keyof typeof messages)[];

// "demand: frames". A second welcome, and a transition before welcome, are a gateway gone wrong.
const table: Record<keyof typeof states, string[]> = {
  "greeted": ["welcomed", "none", "new_token", "reconnect", "reconnect", "reconnect", "reconnect", "reconnect", "none", "none", "none", "none", "none"],
  "welcomed": ["reconnect", "none subscribe", "new_token", "reconnect", "none", "reconnect", "none", "none", "none", "none", "none", "none", "none"],
  "accepted": ["welcomed subscribe", "none", "new_token", "reconnect", "reconnect", "reconnect", "reconnect", "reconnect", "none", "none", "none", "none", "none"],
  "open": ["reconnect", "none", "new_token", "reconnect", "none", "reconnect", "none", "none unsubscribe subscribe", "none", "retry_later", "none", "none", "none"],
  "renewing": ["reconnect", "none", "none", "none", "none", "reconnect", "none", "none unsubscribe subscribe", "none", "retry_later", "none", "none", "none"],
};

function cell(state: keyof typeof states, message: keyof typeof messages): string {
  const session = states[state]();
  session.takeFrames();
  const demand = session.receive(messages[message]);
  const frames = session.takeFrames().map(({ type }) => type);
  return [demand, ...frames].join(" ");
}

for (const state of Object.keys(states) as (keyof typeof states)[]) {
  describe(`a session that is ${state}`, () => {
    test.each(columns.map((message, at) => [message, table[state][at]] as const))("%s: %s", (message, expected) => {
      expect(cell(state, message)).toBe(expected);
    });
  });
}

test("nothing that a gateway says about a query before the identity is accepted is shown, or shown later", () => {
  const session = states.welcomed();
  session.receive(messages["transition of a timeline of its own"]);
  session.receive(messages["transition that follows"]);
  session.receive(messages["refused subscription"]);
  session.receive(messages.accepted);
  expect(session.result(queryKey(held))).toBeUndefined();
});
