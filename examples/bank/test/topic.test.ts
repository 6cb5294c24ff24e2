import { expect, test } from "vitest";
import type { FetchedTile } from "../rival/tiles.ts";
import { Topic, type Subscriber } from "../rival/topic.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve));

/** A topic whose fetches end when they are told to, each with the number that the data had when it began. */
function topic(members: () => number[] = () => [1, 2]) {
  const fetches: (() => void)[] = [];
  const failures: unknown[] = [];
  let version = 0;
  const made = new Topic(
    "accounts",
    () =>
      new Promise<FetchedTile>((resolve) => {
        const seen = { rows: `[${version}]`, members: new Set(members()) };
        fetches.push(() => resolve(seen));
      }),
    (error) => failures.push(error),
  );
  return { made, fetches, failures, write: () => version++ };
}

function subscriber(user: number) {
  const events: unknown[] = [];
  const made = { user, isReady: true, send: (event: string) => void events.push(JSON.parse(event)) };
  return { made: made as Subscriber & { isReady: boolean }, events };
}

test("changes that come while a tile is fetched are one more fetch after it, for everybody at once", async () => {
  const { made, fetches, write } = topic();
  const [one, two] = [subscriber(1), subscriber(2)];
  made.add(one.made);
  made.add(two.made);
  for (let change = 0; change < 5; change++) {
    write();
    made.refresh();
  }
  expect(fetches).toHaveLength(1);
  fetches.shift()!();
  await turn();
  expect(fetches).toHaveLength(1);
  fetches.shift()!();
  await turn();
  expect(fetches).toHaveLength(0);
  expect(one.events.at(-1)).toEqual({ tile: "accounts", rows: [5] });
  expect(two.events.at(-1)).toEqual({ tile: "accounts", rows: [5] });
});

test("whoever was no member when the tile was read is not sent it", async () => {
  const { made, fetches } = topic(() => [2]);
  const [one, two] = [subscriber(1), subscriber(2)];
  made.add(one.made);
  made.add(two.made);
  fetches.shift()!();
  await turn();
  fetches.shift()!();
  await turn();
  expect(one.events).toEqual([{ tile: "accounts", error: "forbidden" }, ...one.events.slice(1)]);
  expect(JSON.stringify(one.events)).not.toContain("rows");
  expect(two.events.at(-1)).toEqual({ tile: "accounts", rows: [0] });
});

test("a slow reader is brought up to date when it has read, and not queued for", async () => {
  const { made, fetches, write } = topic();
  const slow = subscriber(1);
  slow.made.isReady = false;
  made.add(slow.made);
  fetches.shift()!();
  await turn();
  write();
  slow.made.isReady = true;
  made.drained(slow.made);
  fetches.shift()!();
  await turn();
  expect(slow.events).toEqual([{ tile: "accounts", rows: [1] }]);
});

test("nobody is sent anything after they left, and nothing is fetched for nobody", async () => {
  const { made, fetches } = topic();
  const gone = subscriber(1);
  made.add(gone.made);
  made.remove(gone.made);
  fetches.shift()!();
  await turn();
  made.refresh();
  await turn();
  expect(gone.events).toEqual([]);
  expect(fetches).toEqual([]);
});
