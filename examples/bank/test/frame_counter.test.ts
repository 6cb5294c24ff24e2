import { describe, expect, test } from "vitest";
import { gapsOf, type Frame } from "../count/frame.ts";
import { FrameCounter, sumOf } from "../count/frame_counter.ts";

const frame = (accounts: [number, number][] | undefined, books: [number, number][] | undefined, notice?: number): Frame => ({
  accounts: accounts && new Map(accounts),
  books: books && new Map(books),
  notice,
});
const counted = (frames: Frame[]) => {
  const counter = new FrameCounter();
  frames.forEach((each) => counter.see(each));
  return counter;
};

describe("torn", () => {
  test("a frame whose tiles disagree on one account is torn, and what they said is kept", () => {
    const counter = counted([frame([[1, 10], [2, 20]], [[1, 10], [2, 20]]), frame([[1, 5], [2, 25]], [[1, 10], [2, 20]]), frame([[1, 5], [2, 25]], [[1, 5], [2, 25]])]);
    expect(counter.tally(1, [])).toEqual({ frames: 3, torn: 1, leaked: 0 });
    expect(counter.lastTorn).toEqual([
      { account: 1, accounts: 5, books: 10 },
      { account: 2, accounts: 25, books: 20 },
    ]);
  });

  test("an account that one tile has and the other has not is a disagreement", () => {
    expect(gapsOf(frame([[1, 10]], [[1, 10], [2, 0]]))).toEqual([{ account: 2, accounts: undefined, books: 0 }]);
    expect(gapsOf(frame([[1, 10], [2, 0]], [[1, 10]]))).toEqual([{ account: 2, accounts: 0, books: undefined }]);
  });

  test("sums that agree do not hide accounts that disagree", () => {
    expect(counted([frame([[1, 10], [2, 20]], [[1, 20], [2, 10]])]).tally(1, []).torn).toBe(1);
  });

  test("a frame with one tile still loading is a frame and not torn", () => {
    expect(counted([frame([[1, 10]], undefined), frame(undefined, [[1, 10]])]).tally(1, [])).toEqual({ frames: 2, torn: 0, leaked: 0 });
  });

  test("each torn frame counts, also when it is followed by another", () => {
    expect(counted([frame([[1, 1]], [[1, 2]]), frame([[1, 3]], [[1, 2]]), frame([[1, 3]], [[1, 4]])]).tally(1, []).torn).toBe(3);
  });
});

describe("frames", () => {
  test("what shows the same as before is no frame, and what shows nothing is none", () => {
    const same = frame([[1, 10]], [[1, 10]], 1);
    expect(counted([same, same, frame(undefined, undefined), same]).tally(1, []).frames).toBe(2);
  });
});

describe("leaked", () => {
  const shows = (...notices: number[]) => counted(notices.map((notice, at) => frame([[1, at]], [[1, at]], notice)));

  test("a frame with a notice from after the end of the membership has leaked", () => {
    expect(shows(4, 5, 6, 6).tally(7, [{ user: 7, from: 5, until: null }]).leaked).toBe(3);
  });

  test("what was written before it, or after it began again, has not", () => {
    expect(shows(3, 4, 8, 9).tally(7, [{ user: 7, from: 5, until: 8 }]).leaked).toBe(0);
    expect(shows(3, 5, 7, 8).tally(7, [{ user: 7, from: 5, until: 8 }]).leaked).toBe(2);
  });

  test("another user's end is none of theirs", () => {
    expect(shows(5, 6).tally(8, [{ user: 7, from: 5, until: null }]).leaked).toBe(0);
  });

  test("an end that is heard of after the frames still counts them", () => {
    const counter = shows(5, 6);
    expect(counter.tally(7, []).leaked).toBe(0);
    expect(counter.tally(7, [{ user: 7, from: 6, until: null }]).leaked).toBe(1);
  });

  test("one tile is enough to leak", () => {
    expect(counted([frame(undefined, [[1, 1]], 6)]).tally(7, [{ user: 7, from: 5, until: null }]).leaked).toBe(1);
  });
});

test("browsers add up", () => {
  expect(sumOf([{ frames: 1, torn: 2, leaked: 3 }, { frames: 10, torn: 20, leaked: 30 }])).toEqual({ frames: 11, torn: 22, leaked: 33 });
});
