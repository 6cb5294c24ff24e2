import { randomUUID } from "node:crypto";
import { sign } from "../../chat/demo_tokens.ts";
import type { Shut } from "../count/frame_counter.ts";
import { report, type Browser } from "./browser.ts";
import { FreshetBrowser } from "./freshet_browser.ts";
import { sides, type Order, type Report, type Side, type StormOrder } from "./messages.ts";
import { RivalBrowser } from "./rival_browser.ts";

// Many browsers without windows in one process: each user has one at Freshet and one at the app beside it. It is told what to do by the
// control server that started it, tells it what it counted, and ends with it.
const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`crowd: ${name} is not set`);
  }
  return value;
};
const bank = Number(setting("CROWD_BANK"));
const accounts = setting("CROWD_ACCOUNTS").split(",").map(Number);
const secret = setting("CROWD_JWT_KEY");
const firstUser = Number(setting("CROWD_FIRST_USER"));
const tallyEveryMs = 250;

const makers: Record<Side, (user: number) => Browser> = {
  freshet: (user) => new FreshetBrowser(setting("CROWD_FRESHET_URL"), bank, user, () => tokenOf(user)),
  rival: (user) => new RivalBrowser(setting("CROWD_RIVAL_URL"), bank, user, () => tokenOf(user)),
};
const open: Record<Side, Browser[]> = { freshet: [], rival: [] };
const gone: Record<Side, Browser[]> = { freshet: [], rival: [] };
let shuts: readonly Shut[] = [];

async function tokenOf(user: number): Promise<string> {
  return sign({ sub: String(user), exp: Math.floor(Date.now() / 1_000) + 3_600 }, secret);
}

function tell(message: Report): void {
  process.send?.(message);
}

function resize(count: number): void {
  for (const side of sides) {
    while (open[side].length > count) {
      const browser = open[side].pop()!;
      browser.close();
      gone[side].push(browser);
    }
    while (open[side].length < count) {
      open[side].push(makers[side](firstUser + open[side].length));
    }
  }
}

/** Each browser makes its transfers one after the other, all browsers of both sides at once. */
async function storm({ perBrowser, once }: StormOrder): Promise<void> {
  await Promise.all(
    sides.flatMap((side) =>
      open[side].map(async (browser) => {
        for (let made = 0; made < perBrowser; made++) {
          const [source, target] = twoOf(accounts);
          const intent = randomUUID();
          const outcome = await browser.transfer({ intent, source, target, amount: 1 + Math.floor(Math.random() * 50) }, once);
          tell({ type: "outcome", side, outcome: { intent, outcome } });
        }
      }),
    ),
  );
  tell({ type: "storm_ended" });
}

function twoOf(ids: readonly number[]): [number, number] {
  const first = Math.floor(Math.random() * ids.length);
  const second = (first + 1 + Math.floor(Math.random() * (ids.length - 1))) % ids.length;
  return [ids[first]!, ids[second]!];
}

/** What was counted is forgotten by counting anew: with new browsers. */
function reset(): void {
  const count = open.freshet.length;
  resize(0);
  sides.forEach((side) => (gone[side] = []));
  resize(count);
}

process.on("message", (order: Order) => {
  switch (order.type) {
    case "browsers":
      return resize(order.count);
    case "storm":
      return void storm(order.storm);
    case "shuts":
      shuts = order.shuts;
      return;
    case "reset":
      return reset();
    default:
      order satisfies never;
  }
});
process.on("disconnect", () => process.exit(0));
setInterval(
  () => tell({ type: "tally", sides: { freshet: report(open.freshet, gone.freshet, shuts), rival: report(open.rival, gone.rival, shuts) } }),
  tallyEveryMs,
);
