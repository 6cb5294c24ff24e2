import { describe, expect, test } from "vitest";
import { Caller } from "../src/caller.js";

const ok = { type: "auth", ok: true, identity: { sub: "a" } } as const;
const refused = { type: "auth", ok: false, error: { code: "unauthenticated", message: "no", retryable: false } } as const;
const limited = { type: "auth", ok: false, error: { code: "rate_limited", message: "slow down", retryable: true } } as const;

const supplied = (fixed: boolean) => {
  const caller = new Caller();
  caller.supply("t", fixed, true);
  caller.frame();
  return caller;
};
const answered = (caller: Caller, ...messages: (typeof ok | typeof refused)[]) => {
  messages.forEach((message) => caller.answer(message));
  return caller;
};

const states = {
  "nobody": () => new Caller(),
  "a fixed token was sent": () => supplied(true),
  "a supplier's token was sent": () => supplied(false),
  "accepted": () => answered(supplied(false), ok),
  "renewing": () => answered(supplied(false), refused),
  "the renewed token was sent": () => {
    const caller = answered(supplied(false), refused);
    caller.supply("t2", false, true);
    caller.frame();
    return caller;
  },
  "rejected": () => answered(supplied(true), refused),
  "changed, and the socket told so": () => {
    const caller = answered(supplied(false), ok);
    caller.change();
    caller.frameOfNobody();
    return caller;
  },
  "a first token is awaited": () => {
    const caller = new Caller();
    caller.await();
    return caller;
  },
} as const;

const events = {
  "accepted": (caller: Caller) => caller.answer(ok),
  "refused": (caller: Caller) => caller.answer(refused),
  "limited": (caller: Caller) => caller.answer(limited),
  "changed": (caller: Caller) => caller.change(),
  "token while connected": (caller: Caller) => caller.supply("n", false, true),
  "token while away": (caller: Caller) => caller.supply("n", false, false),
  "nobody while away": (caller: Caller) => caller.supply(null, true, false),
  "awaited": (caller: Caller) => caller.await(),
  "lost": (caller: Caller) => caller.lost(),
} as const;

// "verdict? status", then what is so: r renewing, s settled, t a token goes right after hello.
const table: Record<keyof typeof states, string[]> = {
  "nobody": ["accepted anonymous s", "rejected rejected s", "limited anonymous s", "authenticating", "anonymous st", "authenticating st", "anonymous s", "authenticating", "anonymous s"],
  "a fixed token was sent": ["accepted authenticated st", "rejected rejected st", "limited anonymous st", "authenticating", "anonymous t", "authenticating t", "anonymous", "authenticating", "anonymous st"],
  "a supplier's token was sent": ["accepted authenticated st", "renew anonymous r", "limited anonymous st", "authenticating", "anonymous t", "authenticating t", "anonymous", "authenticating", "anonymous st"],
  "accepted": ["accepted authenticated st", "renew authenticated r", "limited authenticated st", "authenticating", "authenticated st", "authenticating st", "anonymous s", "authenticated", "authenticated st"],
  "renewing": ["stale anonymous r", "stale anonymous r", "stale anonymous r", "authenticating", "anonymous rst", "authenticating rst", "anonymous rs", "authenticating r", "anonymous"],
  "the renewed token was sent": ["accepted authenticated st", "rejected rejected st", "limited anonymous rst", "authenticating", "anonymous rt", "authenticating rt", "anonymous r", "authenticating r", "anonymous st"],
  "rejected": ["accepted authenticated st", "rejected rejected st", "limited rejected st", "authenticating", "rejected st", "authenticating st", "anonymous s", "authenticating", "rejected st"],
  "changed, and the socket told so": ["stale authenticating", "stale authenticating", "stale authenticating", "authenticating", "authenticating t", "authenticating t", "anonymous", "authenticating", "authenticating"],
  "a first token is awaited": ["stale authenticating", "stale authenticating", "stale authenticating", "authenticating", "authenticating st", "authenticating st", "anonymous s", "authenticating", "authenticating"],
};

function cell(state: keyof typeof states, event: keyof typeof events): string {
  const caller = states[state]();
  const verdict = events[event](caller);
  const marks = `${caller.isRenewing ? "r" : ""}${caller.isSettled ? "s" : ""}${caller.hasToken ? "t" : ""}`;
  return [verdict, caller.state.status, marks].filter(Boolean).join(" ");
}

for (const state of Object.keys(states) as (keyof typeof states)[]) {
  describe(state, () => {
    test.each((Object.keys(events) as (keyof typeof events)[]).map((event, at) => [event, table[state][at]] as const))("%s: %s", (event, expected) => {
      expect(cell(state, event)).toBe(expected);
    });
  });
}
