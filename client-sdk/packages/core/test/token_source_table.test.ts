import { describe, expect, test } from "vitest";
import { TokenSource } from "../src/token_source.js";
import { settled } from "./client_fixture.js";
import { FakeEnvironment } from "./fake_environment.js";

const lifeMs = 600_000;

/** A source over a supplier whose answers the test gives. */
function source() {
  const environment = new FakeEnvironment();
  const asked: { refused: boolean; give: (token: string | null) => void; fail: (error: Error) => void }[] = [];
  const told: string[] = [];
  const supplier = ({ refused }: { refused: boolean }) =>
    new Promise<string | null>((give, fail) => asked.push({ refused, give, fail }));
  const made = new TokenSource(supplier, environment, {
    token: (token) => told.push(`token ${token === null ? "null" : (token.split(".")[2] ?? token)}`),
    failed: (error) => told.push(`failed ${(error as Error).message}`),
  });
  const jwt = (name: string) => `h.${btoa(JSON.stringify({ exp: (environment.wallClock() + lifeMs) / 1_000 }))}.${name}`;
  return { made, environment, asked, told, jwt };
}

type Source = ReturnType<typeof source>;

const states = {
  "idle": async () => source(),
  "asking": async () => {
    const s = source();
    s.made.request(false);
    await settled();
    return s;
  },
  "supplied": async () => {
    const s = await states.asking();
    s.asked[0]!.give(s.jwt("first"));
    await settled();
    return s;
  },
  "supplied for good": async () => {
    const s = await states.asking();
    s.asked[0]!.give("opaque");
    await settled();
    return s;
  },
  "failing": async () => {
    const s = await states.asking();
    s.asked[0]!.fail(new Error("down"));
    await settled();
    return s;
  },
  "stopped while asking": async () => {
    const s = await states.asking();
    s.made.stop();
    return s;
  },
  "replaced while asking": async () => {
    const s = await states.asking();
    s.made.replace("fixed");
    return s;
  },
} as const;

// The first question, where one was asked, is answered late in `given` and `failed`.
const events = {
  "asked for": (s: Source) => s.made.request(false),
  "refused": (s: Source) => s.made.request(true),
  "given": (s: Source) => s.asked[0]?.give(s.jwt("late")),
  "failed": (s: Source) => s.asked[0]?.fail(new Error("late")),
  "five seconds": (s: Source) => s.environment.advance(5_000),
  "nearly its life": (s: Source) => s.environment.advance(lifeMs - 60_000),
  "stopped": (s: Source) => s.made.stop(),
  "became nobody": (s: Source) => (s.made.replace(null), s.made.request(false)),
} as const;

// What is told; how often the supplier was asked by then, "!" when it was told of a refusal; whether a timer runs.
const table: Record<keyof typeof states, string[]> = {
  "idle": ["asked 1", "asked 1!", "", "", "", "", "", "token null"],
  "asking": ["asked 1", "asked 1!", "token late timer", "failed late timer", "", "", "", "token null"],
  "supplied": ["asked 1", "asked 1!", "timer", "timer", "timer", "asked 1", "", "token null"],
  "supplied for good": ["asked 1", "asked 1!", "", "", "", "", "", "token null"],
  "failing": ["asked 1", "asked 1!", "timer", "timer", "asked 1", "asked 1", "", "token null"],
  "stopped while asking": ["asked 1", "asked 1!", "", "", "", "", "", "token null"],
  "replaced while asking": ["token fixed", "token fixed", "", "", "", "", "", "token null"],
};

for (const state of Object.keys(states) as (keyof typeof states)[]) {
  describe(`a source that is ${state}`, () => {
    test.each((Object.keys(events) as (keyof typeof events)[]).map((event, at) => [event, table[state][at]] as const))("%s: %s", async (event, expected) => {
      const s = await states[state]();
      const before = s.asked.length;
      s.told.length = 0;
      events[event](s);
      await settled();
      const asked = s.asked.slice(before);
      const questions = asked.length === 0 ? [] : [`asked ${asked.length}${asked.some(({ refused }) => refused) ? "!" : ""}`];
      expect([...s.told, ...questions, ...(s.environment.timerCount > 0 ? ["timer"] : [])].join(" ")).toBe(expected);
    });
  });
}
