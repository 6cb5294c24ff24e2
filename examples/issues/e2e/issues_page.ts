import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core";

const results = fileURLToPath(new URL("../../../test-results", import.meta.url));

export type ColumnName = "Backlog" | "To do" | "In progress" | "Done";

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    // Chromium's own sandbox refuses root, and /dev/shm is small in containers. The page is ours.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

/** One person's browser, signed in; what its socket received is kept. */
export class IssuesPage {
  readonly errors: string[] = [];
  readonly received: string[] = [];

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => this.received.push(String(payload))));
  }

  static async open(browser: Browser, url: string, person: string, options: BrowserContextOptions = {}): Promise<IssuesPage> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-US", ...options });
    const opened = new IssuesPage(await context.newPage());
    await opened.page.goto(url);
    await opened.page.getByRole("button", { name: person }).click();
    await opened.page.locator(".card").first().waitFor();
    return opened;
  }

  async openProject(name: string): Promise<void> {
    await this.page.locator(".project", { hasText: name }).click();
    await this.page.locator(".bar h2", { hasText: name }).waitFor();
  }

  column(name: ColumnName): Locator {
    return this.page.getByRole("region", { name, exact: true });
  }

  card(title: string): Locator {
    return this.page.locator(".card", { has: this.page.getByText(title, { exact: true }) });
  }

  cardIn(column: ColumnName, title: string): Locator {
    return this.column(column).locator(".card", { has: this.page.getByText(title, { exact: true }) });
  }

  /** What the column says that it holds. */
  async count(column: ColumnName): Promise<number> {
    return Number(await this.column(column).locator(".count").textContent());
  }

  async drag(title: string, column: ColumnName): Promise<void> {
    await this.card(title).dragTo(this.column(column).locator("h3"));
  }

  notice(): Locator {
    return this.page.locator(".notices p");
  }

  async screenshot(name: string): Promise<void> {
    await this.page.mouse.move(0, 0);
    await this.page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
    mkdirSync(results, { recursive: true });
    await this.page.screenshot({ path: `${results}/${name}.png` });
  }
}
