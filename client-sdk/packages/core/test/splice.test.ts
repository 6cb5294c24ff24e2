import fc from "fast-check";
import { expect, test } from "vitest";
import type { Splice } from "../src/protocol.js";
import { applySplices } from "../src/splice.js";

const rows = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 });

/** Edits between two arrays by longest common subsequence, ascending, each index in the array after the edits before it. */
function editsBetween(from: readonly number[], to: readonly number[]): Splice[] {
  const common = Array.from({ length: from.length + 1 }, () => new Array<number>(to.length + 1).fill(0));
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      common[i]![j] = from[i] === to[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const splices: [number, number, number[]][] = [];
  let [i, j] = [0, 0];
  let open: [number, number, number[]] | undefined;
  while (i < from.length || j < to.length) {
    if (i < from.length && j < to.length && from[i] === to[j]) {
      [i, j, open] = [i + 1, j + 1, undefined];
      continue;
    }
    if (open === undefined) {
      open = [j, 0, []];
      splices.push(open);
    }
    if (j < to.length && (i === from.length || common[i]![j + 1]! >= common[i + 1]![j]!)) {
      open[2].push(to[j++]!);
    } else {
      open[1]++;
      i++;
    }
  }
  return splices;
}

test("edits between two arrays make the one into the other", () => {
  fc.assert(
    fc.property(rows, rows, (from, to) => {
      expect(applySplices(from, editsBetween(from, to))).toEqual(to);
    }),
    { numRuns: 2_000 },
  );
});

test("rows that no edit touches stay the same objects", () => {
  const [a, b, c] = [{ n: 1 }, { n: 2 }, { n: 3 }];
  const after = applySplices([a, b, c], [[1, 1, [{ n: 9 }]]]);
  expect(after?.[0]).toBe(a);
  expect(after?.[2]).toBe(c);
});

test("the base is left as it was", () => {
  const base = [1, 2, 3];
  applySplices(base, [[0, 3, []]]);
  expect(base).toEqual([1, 2, 3]);
});

test("an edit outside of the array is refused", () => {
  expect(applySplices([1, 2], [[3, 0, [9]]])).toBeUndefined();
  expect(applySplices([1, 2], [[1, 2, []]])).toBeUndefined();
});

test("an edit with a hundred thousand rows is applied", () => {
  const many = Array.from({ length: 100_000 }, (_, n) => n);
  expect(applySplices([-1, -2], [[1, 0, many]])).toHaveLength(100_002);
});
