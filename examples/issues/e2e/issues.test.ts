import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { eventually } from "../../../tests/harness/deadline.ts";
import { IssuesPage, launchBrowser } from "./issues_page.ts";
import { IssuesStack } from "./issues_stack.ts";
import { runInWorker } from "./worker_client.ts";

let stack: IssuesStack;
let browser: Browser;
let ada: IssuesPage;
let ben: IssuesPage;
let chloe: IssuesPage;

beforeAll(async () => {
  stack = await IssuesStack.start();
  browser = await launchBrowser();
  ada = await IssuesPage.open(browser, stack.url, "Ada Linden");
  ben = await IssuesPage.open(browser, stack.url, "Ben Okafor");
  chloe = await IssuesPage.open(browser, stack.url, "Chloé Martin");
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

function explain(): void {
  onTestFailed(() => console.error(stack.gateway.log().slice(-4_000)));
}

const shown = { state: "visible" } as const;

/** Compares, in every frame from now on, the number of cards in each column with what the column says, Done excepted: it shows fifty. */
async function watchCounters(issues: IssuesPage): Promise<() => Promise<{ frames: number; wrong: string[] }>> {
  await issues.page.evaluate(() => {
    const watch = { frames: 0, wrong: [] as string[] };
    (window as unknown as { counterWatch: typeof watch }).counterWatch = watch;
    const frame = () => {
      watch.frames++;
      for (const column of document.querySelectorAll<HTMLElement>('.column:not([data-status="done"])')) {
        const said = column.querySelector(".count")?.textContent ?? "";
        const cards = column.querySelectorAll(".card").length;
        // Nothing is said before the counters have arrived.
        if (said !== "" && Number(said) !== cards) {
          watch.wrong.push(`${column.dataset["status"]}: ${said} said, ${cards} there`);
        }
      }
      requestAnimationFrame(frame);
    };
    frame();
  });
  return () => issues.page.evaluate(() => (window as unknown as { counterWatch: { frames: number; wrong: string[] } }).counterWatch);
}

test("the generated types are those of the catalog", async () => {
  await stack.codegen("--out", new URL("../src/generated/api.ts", import.meta.url).pathname, "--check");
});

test("the SQL tests beside the schema pass", async () => {
  expect(await stack.sqlTests()).toMatch(/# \d\d passed, 0 failed/);
});

test("a card is in its new column at once, in everybody's page soon, and counters never disagree with cards", async () => {
  explain();
  const counters = await Promise.all([watchCounters(ada), watchCounters(ben)]);
  await ada.openProject("Web orders");
  await ben.openProject("Web orders");
  const title = "Let people cancel until six";
  await ada.card(title).waitFor(shown);
  const open = Number(await ada.page.locator(".project[aria-current] .open").textContent());
  for (const column of ["To do", "In progress", "Done", "Backlog", "Done"] as const) {
    await ada.drag(title, column);
    await ada.cardIn(column, title).waitFor(shown);
    await ben.cardIn(column, title).waitFor(shown);
  }
  const wasOpen = (await stack.sql("SELECT count(*)::int FROM app.issue i JOIN app.project p ON p.id = i.project_id WHERE p.key = 'WEB' AND i.status <> 'done'"))[0]![0] as number;
  await ben.page.locator(".project[aria-current] .open", { hasText: new RegExp(`^${wasOpen}$`) }).waitFor(shown);
  expect(Math.abs(open - wasOpen)).toBeLessThanOrEqual(1);
  for (const seen of await Promise.all(counters.map((read) => read()))) {
    expect(seen.frames).toBeGreaterThan(10);
    expect(seen.wrong).toEqual([]);
  }
});

test("a move is on the screen before the gateway has heard of it", async () => {
  explain();
  await ada.openProject("Ovens and doughs");
  const title = "Baguette scoring training";
  await stack.sql("UPDATE app.issue SET status = 'backlog' WHERE title = $1", [title]);
  await ada.cardIn("Backlog", title).waitFor(shown);
  await stack.gateway.stop("SIGTERM");
  await ada.drag(title, "Done");
  await ada.cardIn("Done", title).waitFor(shown);
  await stack.gateway.boot();
  await eventually(
    "the database has the move",
    async () => (await stack.sql("SELECT status = 'done' FROM app.issue WHERE title = $1", [title]))[0]![0] === true,
    { within: 30_000, every: 50 },
  );
  await ben.openProject("Ovens and doughs");
  await ben.cardIn("Done", title).waitFor(shown);
  expect(await ada.cardIn("Done", title).count()).toBe(1);
});

test("a card that is dropped above another one stands there, for everybody", async () => {
  explain();
  await ada.openProject("Shop front");
  await ben.openProject("Shop front");
  const [above, moved] = ["Key for the side door", "Clean the extractor"];
  await stack.sql("UPDATE app.issue SET status = CASE WHEN title = $1 THEN 'todo' ELSE 'backlog' END::app.status WHERE title IN ($1, $2)", [above, moved]);
  await ada.cardIn("To do", above).waitFor(shown);
  await ada.cardIn("Backlog", moved).waitFor(shown);
  await ada.card(moved).dragTo(ada.card(above));
  const order = async (page: IssuesPage) => {
    const titles = await page.column("To do").locator(".card .text").allTextContents();
    return titles.indexOf(above) - titles.indexOf(moved);
  };
  await eventually("it stands above in both pages", async () => (await order(ada)) === 1 && (await order(ben)) === 1, { within: 20_000, every: 50 });
});

test("a card is moved from the keyboard", async () => {
  const title = "Move the coffee machine nearer the window";
  await stack.sql("UPDATE app.issue SET status = 'todo' WHERE title = $1", [title]);
  await ada.cardIn("To do", title).waitFor(shown);
  await ada.card(title).getByRole("button").press("Shift+ArrowRight");
  await ada.cardIn("In progress", title).waitFor(shown);
});

test("a guest's move goes back to where it was, with the reason", async () => {
  explain();
  const dev = await IssuesPage.open(browser, stack.url, "Dev Patel");
  await dev.openProject("Ovens and doughs");
  const title = "Try 78 percent hydration";
  await stack.sql("UPDATE app.issue SET status = 'backlog' WHERE title = $1", [title]);
  await dev.cardIn("Backlog", title).waitFor(shown);
  await dev.drag(title, "Done");
  await dev.notice().getByText("You may look here, but not change anything.").waitFor(shown);
  await dev.cardIn("Backlog", title).waitFor(shown);
  expect(await dev.page.getByRole("button", { name: "New issue" }).isDisabled()).toBe(true);
  expect(dev.errors).toEqual([]);
  await dev.page.context().close();
});

test("one tenant's pages receive nothing of the other's, however it is changed, and can't ask for it", async () => {
  explain();
  const canary = "canary of the bakery 5f1c";
  const before = chloe.received.length;
  await stack.sql("UPDATE app.issue SET title = $1 WHERE id = (SELECT min(id) FROM app.issue WHERE project_id = 1)", [canary]);
  await ada.openProject("Shop front");
  await ada.card(canary).waitFor(shown);
  await stack.sql("UPDATE app.issue SET title = 'seen by the studio' WHERE id = (SELECT min(id) FROM app.issue WHERE project_id = 4)");
  await chloe.openProject("Short film");
  await chloe.card("seen by the studio").waitFor(shown);
  expect(chloe.received.length).toBeGreaterThan(before);
  expect(chloe.received.filter((frame) => frame.includes(canary) || frame.includes("Ovens and doughs"))).toEqual([]);
  for (const [path, args] of [
    ["issues.board", { project: 1 }],
    ["issues.list", { project: 1 }],
    ["issues.get", { issue: 1 }],
    ["projects.counts", { project: 1 }],
    ["people.list", { workspace: 1 }],
  ] as const) {
    const answer = await chloe.page.evaluate(
      async ([path_, args_]) => {
        const { token } = (await (await fetch("/demo/token", { method: "POST", headers: { "content-type": "application/json" }, body: '{"account":3}' })).json()) as { token: string };
        const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
        const response = await fetch("/api/query", { method: "POST", headers, body: JSON.stringify({ path: path_, args: args_ }) });
        return [response.status, ((await response.json()) as { code?: string }).code];
      },
      [path, args] as const,
    );
    expect([path, ...answer]).toEqual([path, 403, "forbidden"]);
  }
});

test("whoever is taken out of a workspace sees it no more", async () => {
  explain();
  await ben.openProject("Shop front");
  await stack.sql("DELETE FROM app.member WHERE person_id = 2");
  await ben.page.getByText("There is no project yet.").waitFor(shown);
  await stack.sql("INSERT INTO app.member (workspace_id, person_id) VALUES (1, 2)");
  await ben.page.locator(".card").first().waitFor(shown);
});

test("what the database refuses stands beside the field that it is about", async () => {
  explain();
  await ada.page.getByRole("button", { name: "+ New project" }).click();
  const dialog = ada.page.getByRole("dialog", { name: "New project" });
  await dialog.getByLabel("Name").fill("Second shop");
  const key = dialog.getByLabel("Key");
  const note = dialog.locator("#key-note");
  for (const [given, said] of [
    ["shop", "Two to five capital letters."],
    ["SHOP", "Another project of this workspace has this key."],
  ] as const) {
    await key.fill(given);
    await dialog.getByRole("button", { name: "Create project" }).click();
    await note.getByText(said).waitFor(shown);
  }
  await ada.screenshot("issues-field-error");
  await dialog.getByLabel("Name").fill(" ");
  await key.fill("NEXT");
  await dialog.getByRole("button", { name: "Create project" }).click();
  await dialog.locator("#name-note").getByText("Between 1 and 60 characters.").waitFor(shown);
  await dialog.getByLabel("Name").fill("Second shop");
  await dialog.getByRole("button", { name: "Create project" }).click();
  await ada.page.locator(".bar h2", { hasText: "Second shop" }).waitFor();
  await ben.page.locator(".project", { hasText: "Second shop" }).waitFor(shown);
});

test("an issue is opened, described and talked about, and every page follows", async () => {
  explain();
  await ada.openProject("Second shop");
  await ben.openProject("Second shop");
  await ada.page.getByRole("button", { name: "New issue" }).click();
  const dialog = ada.page.getByRole("dialog", { name: "New issue" });
  await dialog.getByLabel("Title").fill("Find a place with a courtyard");
  await dialog.getByLabel("Priority").selectOption("high");
  await dialog.getByRole("button", { name: "Create issue" }).click();
  const title = "Find a place with a courtyard";
  await ben.card(title).getByText("NEXT-1").waitFor(shown);
  await ben.card(title).getByRole("button").click();
  const panel = ben.page.getByRole("dialog", { name: "Issue" });
  await panel.getByLabel("Add a comment").fill("There is one by the canal.");
  await panel.getByRole("button", { name: "Comment" }).click();
  // As a comment: the field that it was written in may still hold it.
  await panel.getByRole("paragraph").filter({ hasText: "There is one by the canal." }).waitFor(shown);
  await panel.getByLabel("Assignee").selectOption({ label: "Ben Okafor" });
  await ada.card(title).getByTitle("Ben Okafor").waitFor(shown);
  await ada.card(title).getByTitle("1 comment").waitFor(shown);
  await panel.getByLabel("State").selectOption("doing");
  await ada.cardIn("In progress", title).waitFor(shown);
  await ben.page.keyboard.press("Escape");
});

test("the list grows by pages and stays whole while issues are added", async () => {
  explain();
  await ada.openProject("Shop front");
  await ada.page.getByRole("tab", { name: "All issues" }).click();
  const rows = ada.page.locator("tbody tr");
  await rows.nth(29).waitFor(shown);
  await ada.page.getByRole("button", { name: "Show more" }).click();
  await rows.nth(53).waitFor(shown);
  await stack.sql(`INSERT INTO app.issue (project_id, number, title, place, author_id) SELECT 1, 900 + n, 'Bulk ' || n, n, 1 FROM generate_series(1, 3) n`);
  await ada.page.getByText("Bulk 3", { exact: true }).waitFor(shown);
  const numbers = await rows.evaluateAll((all) => all.map((row) => Number((row as HTMLElement).dataset["number"])));
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
  await ada.screenshot("issues-list");
});

test("the client works in a worker of the browser", async () => {
  explain();
  interface Workspace {
    readonly projects: readonly { readonly id: number; readonly open: number }[];
  }
  const seen = (await runInWorker(chloe.page, 3, 5)) as { before: Workspace[]; after: Workspace[]; error?: string };
  expect(seen.error).toBeUndefined();
  const open = (workspaces: Workspace[]) => workspaces[0]!.projects.find(({ id }) => id === 5)!.open;
  expect(open(seen.after)).toBe(open(seen.before) + 1);
});

test("it looks right on wide and narrow screens, light and dark", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    const wide = await IssuesPage.open(browser, stack.url, "Ada Linden", { colorScheme });
    await wide.openProject("Ovens and doughs");
    await wide.card("Baguette scoring training").waitFor(shown);
    await wide.screenshot(`issues-wide-${colorScheme}`);
    await wide.page.locator(".card button").first().click();
    await wide.page.getByRole("dialog").getByLabel("State").waitFor(shown);
    await wide.screenshot(`issues-panel-${colorScheme}`);
    await wide.page.context().close();
    const narrow = await IssuesPage.open(browser, stack.url, "Ada Linden", { colorScheme, viewport: { width: 390, height: 780 } });
    await narrow.screenshot(`issues-narrow-${colorScheme}`);
    expect(await narrow.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await narrow.page.getByRole("button", { name: "Projects", exact: true }).click();
    await narrow.screenshot(`issues-menu-${colorScheme}`);
    await narrow.page.locator(".project", { hasText: "Shop front" }).click();
    await narrow.page.getByRole("tab", { name: "All issues" }).click();
    await narrow.page.locator("tbody tr").first().waitFor(shown);
    await narrow.screenshot(`issues-narrow-list-${colorScheme}`);
    await narrow.page.context().close();
  }
});

test("no page has met an error", () => {
  expect([...ada.errors, ...ben.errors, ...chloe.errors]).toEqual([]);
});
