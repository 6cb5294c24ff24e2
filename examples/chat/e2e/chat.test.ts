import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import { ChatPage, launchBrowser } from "./chat_page.ts";
import { eventually } from "../../../tests/harness/deadline.ts";
import { ChatStack } from "./chat_stack.ts";
import { takePicture } from "./picture.ts";
import { disagreements, watchUnread } from "./unread_watch.ts";

let stack: ChatStack;
let browser: Browser;
let ada: ChatPage;
let ben: ChatPage;

beforeAll(async () => {
  stack = await ChatStack.start();
  browser = await launchBrowser();
  ada = await ChatPage.open(browser, stack.url, "Ada Linden");
  ben = await ChatPage.open(browser, stack.url, "Ben Okafor");
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

function explain(): void {
  onTestFailed(() => console.error(stack.gateway.log().slice(-4_000)));
}

/** The counts at the foot of the list become those of the database, which move as long as the open channel is being read. */
async function showsEverything(chat: ChatPage): Promise<void> {
  let wanted = "";
  await eventually(
    "the foot of the list shows what the database has",
    async () => {
      const rows = await stack.cluster.rows<[string, string]>(
        "owner",
        `SELECT count(DISTINCT m.channel_id), count(g.id) FROM app.member m JOIN app.usr u ON u.id = m.user_id
         LEFT JOIN app.message g ON g.channel_id = m.channel_id AND g.id > m.last_read_id AND g.author_id <> u.id WHERE u.name = 'Ben Okafor'`,
      );
      const [channels, unread] = rows[0]!.map((n) => Number(n).toLocaleString("en-US"));
      wanted = `${channels} channels, ${unread} unread`;
      return chat.page.getByText(wanted).isVisible();
    },
    { within: 60_000, every: 100 },
  ).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: wanted "${wanted}", shown "${await chat.page.getByText(/ channels, /).textContent()}"`);
  });
}

const shown = { state: "visible" } as const;

test("two people talk, one at a desk and one on a phone", async () => {
  explain();
  const desk = await ChatPage.open(browser, stack.url, "Ada Linden", { viewport: { width: 860, height: 600 }, deviceScaleFactor: 1.5 });
  const phone = await ChatPage.open(browser, stack.url, "Ben Okafor", {
    viewport: { width: 360, height: 600 },
    deviceScaleFactor: 1.5,
    colorScheme: "dark",
  });
  const talk = [
    [desk, "Second batch is out. Forty minutes at 230 degrees, steam for the first ten."],
    [phone, "I can smell it through the screen. Keep one for me?"],
    [desk, "It has your name on it."],
  ] as const;
  await Promise.all([desk, phone].map((chat) => chat.openChannel("bread")));
  for (const [chat, body] of talk) {
    await chat.send(body);
    await Promise.all([desk, phone].map((other) => other.message(body).and(other.page.locator('[data-pending="false"]')).waitFor(shown)));
  }
  await takePicture(browser, [desk, phone], "two-people");
  await Promise.all([desk.close(), phone.close()]);
});

describe("two browsers", () => {
  beforeAll(async () => {
    await ada.openChannel("general");
    await ben.openChannel("general");
  });

  test("a message written in one appears in the other without reload", async () => {
    explain();
    await ada.send("hello from Ada");
    await ben.message("hello from Ada").waitFor(shown);
    expect(await ben.message("hello from Ada").count()).toBe(1);
  });

  test("a row written by plain psql appears in both", async () => {
    explain();
    await stack.writeWithPsql("general", "written by psql");
    await Promise.all([ada, ben].map((chat) => chat.message("written by psql").waitFor(shown)));
  });

  test("unread count and message list never disagree on the screen", async () => {
    explain();
    await ben.scrollUp();
    await watchUnread(ben.page);
    for (let n = 0; n < 15; n++) {
      await Promise.all([stack.writeWithPsql("general", `burst ${n}`), ada.send(`answer ${n}`)]);
    }
    await ben.message("burst 14").waitFor({ state: "attached" });
    await ben.message("answer 14").waitFor({ state: "attached" });
    await ben.screenshot("unread");
    const { samples, wrong, highest } = await disagreements(ben.page);
    expect(wrong).toEqual([]);
    expect(samples).toBeGreaterThan(10);
    expect(highest).toBe(30);
  });

  test("reading to the end takes the badge away", async () => {
    explain();
    await ben.page.locator(".messages").evaluate((list) => (list.scrollTop = list.scrollHeight));
    await ben.page.locator('.channel[aria-selected="true"][data-unread="0"]').waitFor(shown);
    const unread = await stack.cluster.rows(
      "owner",
      `SELECT m.last_read_id = (SELECT max(id) FROM app.message g WHERE g.channel_id = m.channel_id)
       FROM app.member m JOIN app.usr u ON u.id = m.user_id JOIN app.channel c ON c.id = m.channel_id
       WHERE u.name = 'Ben Okafor' AND c.name = 'general'`,
    );
    expect(unread).toEqual([[true]]);
  });

  test("what is sent is on the screen before the gateway answers, and there once afterwards", async () => {
    explain();
    process.kill(stack.gateway.pid, "SIGSTOP");
    try {
      await ada.send("sent into silence");
      await ada.message("sent into silence").waitFor(shown);
      expect(await ada.message("sent into silence").getAttribute("data-pending")).toBe("true");
      await ada.screenshot("pending");
    } finally {
      process.kill(stack.gateway.pid, "SIGCONT");
    }
    await ada.page.locator('.message[data-pending="false"]', { hasText: "sent into silence" }).waitFor(shown);
    expect(await ada.message("sent into silence").count()).toBe(1);
  });

  test("a message that the database refuses is kept, and can be sent again", async () => {
    explain();
    await stack.cluster.sql("owner", "ALTER TABLE app.message ADD CONSTRAINT no_rhubarb CHECK (body <> 'rhubarb')");
    await ada.send("rhubarb");
    await ada.page.locator(".failed", { hasText: "rhubarb" }).waitFor(shown);
    expect(await ada.message("rhubarb").count()).toBe(0);
    await ada.screenshot("failed");
    await stack.cluster.sql("owner", "ALTER TABLE app.message DROP CONSTRAINT no_rhubarb");
    await ada.page.getByRole("button", { name: "Try again" }).click();
    await ben.message("rhubarb").waitFor(shown);
    expect(await ada.page.locator(".failed").count()).toBe(0);
  });

  test("a gateway that is killed and started again is caught up with", async () => {
    explain();
    await stack.gateway.stop("SIGKILL");
    await ada.connection("waiting").or(ada.connection("connecting")).waitFor(shown);
    await ada.send("sent while away");
    await stack.writeWithPsql("general", "written while away");
    await ada.screenshot("reconnecting");
    await stack.gateway.boot();
    await Promise.all([ada, ben].map((chat) => chat.connection("connected").waitFor(shown)));
    for (const chat of [ada, ben]) {
      await chat.message("sent while away").waitFor(shown);
      await chat.message("written while away").waitFor(shown);
      expect(await chat.message("sent while away").count()).toBe(1);
    }
    expect(await stack.cluster.rows("owner", "SELECT count(*) FROM app.message WHERE body = 'sent while away'")).toEqual([["1"]]);
  });
});

test("the channel list is used with the keyboard alone", async () => {
  explain();
  await ada.page.keyboard.press("Control+k");
  await ada.page.keyboard.type("gard");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByRole("heading", { name: "garden", level: 2 }).waitFor(shown);
  await ada.page.getByRole("searchbox").fill("");
  await ada.page.getByRole("searchbox").press("ArrowDown");
  await ada.page.keyboard.press("ArrowDown");
  await ada.page.getByRole("heading", { name: "general", level: 2 }).waitFor(shown);
});

test("a stream that is loaded while the app is open fills it, to the last count", async () => {
  explain();
  const folder = await mkdtemp(join(tmpdir(), "freshet-stream-"));
  const file = join(folder, "stream.tsv");
  const lines = Array.from({ length: 6_000 }, (_, n) => {
    // Few channels get most, as in life.
    const channel = `stream-${Math.floor(400 * (((n * 7919) % 6_000) / 6_000) ** 3)}`;
    return `${channel}\t${n % 90}\t2024-05-01T10:00:00+02:00\tline ${n} with \\ and 'quotes'\n`;
  });
  try {
    await writeFile(file, lines.join(""));
    await stack.load(file, "--batch", "250");
  } finally {
    await rm(folder, { recursive: true });
  }
  await showsEverything(ben);
});

test("the generated types are those of the schema", async () => {
  const api = fileURLToPath(new URL("../src/generated/api.ts", import.meta.url));
  await expect(stack.codegen("--out", api, "--check")).resolves.toContain("up to date");
});

test.each([
  ["wide-light", 1200, "light"],
  ["wide-dark", 1200, "dark"],
  ["narrow-light", 400, "light"],
  ["narrow-dark", 400, "dark"],
] as const)("it looks as it should: %s", async (name, width, colorScheme) => {
  explain();
  const chat = await ChatPage.open(browser, stack.url, "Dev Patel", { viewport: { width, height: 780 }, colorScheme });
  await chat.page.getByRole("option", { name: "bread" }).waitFor(shown);
  await chat.screenshot(`${name}-channels`);
  await chat.openChannel("bread");
  await chat.page.getByText(/members$/).waitFor({ state: "attached" });
  await chat.screenshot(`${name}-conversation`);
  // Nothing sticks out sideways.
  expect(await chat.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await chat.close();
});

test.runIf(process.env["FRESHET_CHAT_STREAM"])("a real stream (FRESHET_CHAT_STREAM) is loaded while the app is open", async () => {
  explain();
  const [[before]] = (await stack.cluster.rows<[string]>("owner", "SELECT max(id) FROM app.message")) as [[string]];
  const loaded = async (least: number) => {
    const count = async () => Number((await stack.cluster.rows("owner", "SELECT count(*) FROM app.message WHERE id > $1", [before]))[0]![0]);
    await eventually(`${least} messages are loaded`, async () => (await count()) >= least, { within: 60_000, every: 20 });
  };
  const loading = stack.load(process.env["FRESHET_CHAT_STREAM"]!, "--batch", "200", "--pause", "20");
  await loaded(2_000);
  const busiest = await stack.cluster.rows<[string, string]>(
    "owner",
    `SELECT c.id, c.name FROM app.message g JOIN app.channel c ON c.id = g.channel_id
     WHERE g.id > $1 GROUP BY c.id, c.name ORDER BY count(*) DESC, c.name LIMIT 1`,
    [before],
  );
  const [channel, name] = busiest[0]!;
  await ben.openChannel(name);
  await ben.screenshot("stream-begins");
  await loaded(20_000);
  await ben.screenshot("stream-half");
  await loading;
  await showsEverything(ben);
  const newest = await stack.cluster.rows("owner", "SELECT id FROM app.message WHERE channel_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1", [channel]);
  expect(await ben.page.locator(".message").last().getAttribute("data-id")).toBe(newest[0]![0]);
  await ben.screenshot("stream-loaded");
}, 300_000);

test("no page has met an error", () => {
  expect([...ada.errors, ...ben.errors]).toEqual([]);
});
