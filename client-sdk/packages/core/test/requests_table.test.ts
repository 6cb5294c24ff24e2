import { describe, expect, test } from "vitest";
import { FreshetError, outcomeUnknown } from "../src/error.js";
import { Requests, type RequestCall } from "../src/requests.js";

type Kind = RequestCall["type"];
/**
 * waiting: no socket has seen it · resent: it was sent, the connection was lost, it waits again · sent · foreign: sent under another identity ·
 * included: sent, and a transition already includes it · answered: not included yet · answered before: on an earlier connection
 */
type State = "waiting" | "sent" | "resent" | "foreign" | "included" | "answered" | "answered before";

const error = { code: "forbidden", message: "no", retryable: false } as const;

const events = {
  "value": (r: Requests, id: number) => r.respond({ type: "response", id, value: 1 }, true),
  "value, nothing held": (r: Requests, id: number) => r.respond({ type: "response", id, value: 1 }, false),
  "error": (r: Requests, id: number) => r.respond({ type: "response", id, error }, true),
  "included": (r: Requests, id: number) => r.include(new Set([id])),
  "another's inclusion": (r: Requests) => r.include(new Set()),
  "nothing is held any more": (r: Requests) => r.finishAnswered(),
  "connection lost": (r: Requests) => r.connectionLost(),
  "new session": (r: Requests) => r.sessionReplaced(0),
  "another identity": (r: Requests) => r.identityChanged(),
  "identity refused": (r: Requests) => r.identityRefused(new FreshetError({ code: "unauthenticated", message: "no", retryable: false })),
  "withdrawn": (r: Requests, id: number) => r.withdraw(id),
  "closed": (r: Requests) => r.failAll((everSent) => (everSent ? outcomeUnknown("closed") : new FreshetError({ ...error, code: "client_closed" }))),
} as const;

const columns = Object.keys(events) as (keyof typeof events)[];

// What the owner is told, and what becomes of it: waits (for a socket) · keeps (its place) · goes. "." means told nothing.
const table: Record<Kind, Partial<Record<State, string[]>>> = {
  mutate: {
    waiting: ["answered keeps", "answered visible goes", "forbidden goes", ". waits", ". waits", ". waits", ". waits", ". waits", "unauthenticated goes", "unauthenticated goes", ". goes", "client_closed goes"],
    sent: ["answered keeps", "answered visible goes", "forbidden goes", ". keeps", ". keeps", ". keeps", ". waits", "outcome_unknown goes", ". keeps", ". keeps", ". keeps", "outcome_unknown goes"],
    resent: ["answered keeps", "answered visible goes", "forbidden goes", ". waits", ". waits", ". waits", ". waits", "outcome_unknown goes", "outcome_unknown goes", "outcome_unknown goes", ". waits", "outcome_unknown goes"],
    foreign: ["answered keeps", "answered visible goes", "forbidden goes", ". keeps", ". keeps", ". keeps", "outcome_unknown goes", "outcome_unknown goes", ". keeps", ". keeps", ". keeps", "outcome_unknown goes"],
    included: ["answered visible goes", "answered visible goes", "forbidden goes", ". keeps", ". keeps", ". keeps", ". waits", "outcome_unknown goes", ". keeps", ". keeps", ". keeps", "outcome_unknown goes"],
    "answered before": [". keeps", ". keeps", ". keeps", "visible goes", "visible goes", "visible goes", ". keeps", ". keeps", ". keeps", ". keeps", ". keeps", "visible goes"],
    answered: [". keeps", ". keeps", ". keeps", "visible goes", ". keeps", "visible goes", ". keeps", ". keeps", ". keeps", ". keeps", ". keeps", "visible goes"],
  },
  query: {
    waiting: ["answered visible goes", "answered visible goes", "forbidden goes", ". waits", ". waits", ". waits", ". waits", ". waits", "unauthenticated goes", ". waits", ". goes", "client_closed goes"],
    sent: ["answered visible goes", "answered visible goes", "forbidden goes", ". keeps", ". keeps", ". keeps", ". waits", ". keeps", ". keeps", ". keeps", ". goes", "client_closed goes"],
    resent: ["answered visible goes", "answered visible goes", "forbidden goes", ". waits", ". waits", ". waits", ". waits", ". waits", "unauthenticated goes", ". waits", ". goes", "client_closed goes"],
    foreign: ["answered visible goes", "answered visible goes", "forbidden goes", ". keeps", ". keeps", ". keeps", "unauthenticated goes", ". keeps", ". keeps", ". keeps", ". goes", "client_closed goes"],
  },
  act: {
    waiting: ["answered visible goes", "answered visible goes", "forbidden goes", ". waits", ". waits", ". waits", ". waits", ". waits", "unauthenticated goes", "unauthenticated goes", ". goes", "client_closed goes"],
    sent: ["answered visible goes", "answered visible goes", "forbidden goes", ". keeps", ". keeps", ". keeps", "outcome_unknown goes", "outcome_unknown goes", ". keeps", ". keeps", ". keeps", "outcome_unknown goes"],
    foreign: ["answered visible goes", "answered visible goes", "forbidden goes", ". keeps", ". keeps", ". keeps", "outcome_unknown goes", "outcome_unknown goes", ". keeps", ". keeps", ". keeps", "outcome_unknown goes"],
  },
};

function outcomeOf(kind: Kind, state: State, event: keyof typeof events): string {
  const requests = new Requests();
  const told: string[] = [];
  const id = requests.add(
    { type: kind, path: "m.f", args: {} },
    { answered: () => told.push("answered"), visible: () => told.push("visible"), failed: (why) => told.push((why as FreshetError).code) },
  );
  if (state !== "waiting") {
    requests.take(Infinity);
  }
  if (state === "resent") {
    requests.connectionLost();
  }
  if (state === "foreign") {
    requests.identityChanged();
  }
  if (state === "included") {
    requests.include(new Set([id]));
  }
  if (state === "answered" || state === "answered before") {
    requests.respond({ type: "response", id, value: 1 }, true);
  }
  if (state === "answered before") {
    requests.connectionLost();
  }
  requests.takeSettled().forEach((settle) => settle());
  told.length = 0;
  events[event](requests, id);
  requests.takeSettled().forEach((settle) => settle());
  const fate = requests.take(Infinity).length > 0 ? "waits" : requests.has(id) ? "keeps" : "goes";
  return `${told.join(" ") || "."} ${fate}`;
}

for (const kind of Object.keys(table) as Kind[]) {
  for (const state of Object.keys(table[kind]) as State[]) {
    describe(`a ${kind} that is ${state}`, () => {
      const expected = table[kind][state]!;
      test.each(columns.map((event, at) => [event, expected[at]] as const))("%s: %s", (event, cell) => {
        expect(outcomeOf(kind, state, event)).toBe(cell);
      });
    });
  }
}
