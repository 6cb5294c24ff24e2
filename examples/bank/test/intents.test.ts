import { expect, test } from "vitest";
import { tallyIntents } from "../count/intents.ts";

const outcomes = (...list: ["acknowledged" | "refused" | "unknown", string][]) => list.map(([outcome, intent]) => ({ outcome, intent }));

test("what was acknowledged and is not in the books is lost", () => {
  const tally = tallyIntents(outcomes(["acknowledged", "a"], ["acknowledged", "b"]), new Map([["a", 1]]));
  expect(tally).toMatchObject({ intents: 2, acknowledged: 2, lost: 1, twice: 0 });
});

test("each time beyond the first is twice, whatever the browser was told", () => {
  const tally = tallyIntents(outcomes(["acknowledged", "a"], ["unknown", "b"], ["refused", "c"]), new Map([["a", 3], ["b", 2], ["c", 2]]));
  expect(tally).toMatchObject({ lost: 0, twice: 4 });
});

test("what is unknown or refused is not lost when it was not made", () => {
  expect(tallyIntents(outcomes(["unknown", "a"], ["refused", "b"]), new Map())).toEqual({ intents: 2, acknowledged: 0, refused: 1, unknown: 1, lost: 0, twice: 0 });
});
