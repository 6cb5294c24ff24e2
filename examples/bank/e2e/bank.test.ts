import { request } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { eventually } from "../../../tests/harness/deadline.ts";
import type { Command, Status } from "../control/status.ts";
import { BankPage, launchBrowser } from "./bank_page.ts";
import { BankStack } from "./bank_stack.ts";

// What Freshet promises is required of it. Of the app beside it nothing is required but that it is counted as well.
let stack: BankStack;
let browser: Browser;
let bank: BankPage;
const browsers = 6;

beforeAll(async () => {
  stack = await BankStack.start();
  browser = await launchBrowser();
  bank = await BankPage.open(browser, stack.url);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

function explain(): void {
  onTestFailed(async () => console.error(stack.log(), JSON.stringify(await stack.status().catch(String), null, 1)));
}

const shown = { state: "visible" } as const;
const until = (what: string, probe: (status: Status) => unknown, within = 20_000) =>
  eventually(what, async () => Boolean(probe(await stack.status())), { within, every: 100 });

test("the generated types are those of the catalog", async () => {
  await stack.codegen("--out", new URL("../src/generated/api.ts", import.meta.url).pathname, "--check");
});

test("both sides follow psql, in the page and in every simulated browser", async () => {
  explain();
  await stack.do({ do: "browsers", count: browsers });
  await bank.choose("psql writers", 2);
  await until("all browsers are connected", ({ sides }) => sides.freshet.browsers.connected === browsers && sides.rival.browsers.connected === browsers);
  for (const side of ["freshet", "rival"] as const) {
    await eventually(`the page has counted frames of ${side}`, async () => (await bank.ownCount(side, "frames")) >= 20, { within: 20_000, every: 100 });
    await until(`the browsers have counted frames of ${side}`, ({ sides }) => sides[side].browsers.frames >= 20 * browsers);
  }
});

test("over a storm of transfers, killed servers and a revoked member Freshet's frames are whole, and nothing is lost, twice or leaked", async () => {
  explain();
  const each = 25;
  await stack.do({ do: "storm", perBrowser: each, once: false });
  await until("the storm has begun", ({ storm }) => storm !== null && storm.done > browsers);
  await bank.press("Kill the servers");
  expect((await stack.status()).storm).not.toBeNull();
  await until("both servers are gone", ({ sides }) => !sides.freshet.isUp || !sides.rival.isUp);
  await until("and are back", ({ sides }) => sides.freshet.isUp && sides.rival.isUp);
  await until("the storm is over", ({ storm }) => storm === null, 40_000);
  await until("all are back", ({ sides }) => sides.freshet.browsers.connected === browsers && sides.rival.browsers.connected === browsers);
  await eventually("the page is too", async () => (await bank.page.locator('.connection[data-status="live"]').count()) === 2, { within: 20_000, every: 50 });
  await bank.page.getByRole("button", { name: "Storm", exact: true }).waitFor(shown);
  await bank.screenshot("bank-storm");
  await bank.press("Revoke one");
  await bank.press("Revoke me");
  for (const side of ["freshet", "rival"] as const) {
    await bank.side(side).getByText("Members only.").nth(1).waitFor(shown);
    expect(await bank.rows(side, "accounts").count()).toBe(0);
  }
  const before = await stack.status();
  expect(before.shuts).toHaveLength(2);
  await until("the others see more", ({ sides }) => sides.freshet.browsers.frames > before.sides.freshet.browsers.frames + 20);
  await until("every transfer has been looked for", ({ sides }) => sides.freshet.transfers.intents === each * browsers && sides.rival.transfers.intents === each * browsers);
  const { freshet, rival } = (await stack.status()).sides;
  expect(freshet.transfers).toEqual({ intents: each * browsers, acknowledged: each * browsers, refused: 0, unknown: 0, lost: 0, twice: 0 });
  expect(rival.transfers.acknowledged + rival.transfers.refused + rival.transfers.unknown).toBe(each * browsers);
  const counts = { freshet: await bank.counts("freshet"), rival: await bank.counts("rival") };
  console.log(`bank: ${JSON.stringify(counts)}`);
  expect(counts.freshet).toMatchObject({ torn: 0, lost: 0, twice: 0, leaked: 0 });
  for (const count of Object.values(counts.rival)) {
    expect(count).toBeGreaterThanOrEqual(0);
  }
  await bank.press("Let all in");
  await bank.rows("freshet", "books").first().waitFor(shown);
  await bank.rows("rival", "books").first().waitFor(shown);
});

test("at rest every browser shows what the database holds", async () => {
  explain();
  await bank.choose("psql writers", 0);
  await until("nothing has been written for a while", ({ isAtRest }) => isAtRest);
  expect(await stack.sql("SELECT sum(balance)::int FROM app.account")).toEqual([[40_000]]);
  const { freshet, rival } = (await stack.status()).sides;
  expect(freshet.behind).toBe(0);
  console.log(`bank: at rest ${rival.behind} browsers of the other side are behind`);
});

// Nobody shall say that a zero is drawn: each counter is shown what it is to count.

test("a torn frame that is put on the page is counted", async () => {
  explain();
  const before = await bank.ownCount("freshet", "torn");
  await bank.rows("freshet", "accounts").first().locator("[data-balance]").evaluate((cell) => {
    const text = cell.firstChild!;
    const was = text.nodeValue;
    text.nodeValue = "1";
    queueMicrotask(() => queueMicrotask(() => (text.nodeValue = was)));
  });
  await eventually("it is counted", async () => (await bank.ownCount("freshet", "torn")) === before + 1, { within: 5_000, every: 50 });
  await bank.side("freshet").getByText("Last torn frame: account 1 had 1 in one tile").waitFor(shown);
});

test("rows that a former member is shown are counted as leaked", async () => {
  explain();
  await bank.press("Revoke me");
  await bank.side("freshet").getByText("Members only.").nth(1).waitFor(shown);
  const { shuts } = await stack.status();
  await bank.side("freshet").locator(".tiles").evaluate((tiles, notice) => {
    const row = document.createElement("div");
    row.innerHTML = `<i data-tile="books"><i data-account="1"><i data-balance>1</i></i></i><i data-notice>${notice}</i>`;
    tiles.append(row);
    setTimeout(() => row.remove());
  }, shuts.at(-1)!.from);
  await eventually("it is counted", async () => (await bank.ownCount("freshet", "leaked")) === 1, { within: 5_000, every: 50 });
  await bank.press("Let all in");
  await bank.rows("freshet", "books").first().waitFor(shown);
});

test("a transfer that is taken out of the books is counted as lost, one that is written again as twice", async () => {
  explain();
  await bank.press("Count anew");
  await until("it begins anew", ({ run, sides }) => run === 2 && sides.freshet.transfers.intents === 0);
  await stack.do({ do: "storm", perBrowser: 2, once: true });
  await until("the storm is over", ({ storm, sides }) => storm === null && sides.freshet.transfers.intents === 2 * browsers, 30_000);
  // The newest are the storm's, those before psql's. Balances stay as they are: the tiles go on agreeing.
  const debits = (from: number) => `SELECT e.id, e.intent, row_number() OVER (ORDER BY e.id DESC) AS n FROM app.entry e WHERE e.amount < 0 ORDER BY e.id DESC LIMIT ${4 * browsers} OFFSET ${from}`;
  await stack.sql(`UPDATE app.entry e SET intent = s.intent FROM (${debits(0)}) s JOIN (${debits(4 * browsers)}) o ON o.n = s.n + ${4 * browsers} WHERE e.id = o.id`);
  await until("all are twice", ({ sides }) => sides.freshet.transfers.twice === 2 * browsers && sides.rival.transfers.twice === 2 * browsers);
  await eventually("the page says so", async () => (await bank.count("freshet", "twice")) === 2 * browsers, { within: 5_000, every: 50 });
  await stack.sql(`UPDATE app.entry e SET intent = gen_random_uuid() FROM (${debits(0)}) s WHERE e.intent = s.intent`);
  await until("all are lost", ({ sides }) => sides.freshet.transfers.lost === 2 * browsers && sides.rival.transfers.lost === 2 * browsers);
  await eventually("the page says so", async () => (await bank.count("freshet", "lost")) === 2 * browsers && (await bank.count("rival", "lost")) >= 2 * browsers, {
    within: 5_000,
    every: 50,
  });
});

test("the control server answers its own page alone", async () => {
  const { hostname, port } = new URL(stack.url);
  const kill = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const sent = request({ hostname, port, path: "/control/do", method: "POST", headers }, (response) => resolve(response.resume().statusCode!));
      sent.once("error", reject).end('{"do":"kill"}');
    });
  expect(await kill({ "content-type": "text/plain" })).toBe(404);
  expect(await kill({ "content-type": "application/json", host: "elsewhere.example" })).toBe(403);
  expect((await stack.status()).kills).toBe(0);
  await expect(stack.do({ do: "nothing" } as unknown as Command)).rejects.toThrow("no such command");
});

test("it looks right on wide and narrow screens, light and dark", async () => {
  await bank.press("Count anew");
  await bank.choose("Browsers", 4);
  await bank.choose("psql writers", 1);
  for (const colorScheme of ["light", "dark"] as const) {
    const wide = await BankPage.open(browser, stack.url, { colorScheme, viewport: { width: 1360, height: 1000 } });
    await wide.screenshot(`bank-wide-${colorScheme}`);
    await wide.counter("freshet", "leaked").hover();
    await wide.counter("freshet", "leaked").getByRole("tooltip").waitFor(shown);
    await wide.page.context().close();
    const narrow = await BankPage.open(browser, stack.url, { colorScheme, viewport: { width: 390, height: 780 } });
    expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await narrow.screenshot(`bank-narrow-${colorScheme}`, { fullPage: true });
    await narrow.page.context().close();
  }
});

test("no page has met an error", () => {
  expect(bank.errors).toEqual([]);
});
