import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core";
import type { CounterName } from "../src/definitions.ts";
import type { Side } from "../crowd/messages.ts";

const results = fileURLToPath(new URL("../../../test-results", import.meta.url));

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    // Chromium's own sandbox refuses root, and /dev/shm is small in containers. The page is ours.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

/** The page, and what it says. */
export class BankPage {
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => this.errors.push(String(error)));
  }

  static async open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<BankPage> {
    const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, locale: "en-US", ...options });
    const opened = new BankPage(await context.newPage());
    await opened.page.goto(url);
    for (const side of ["freshet", "rival"] as const) {
      await opened.rows(side, "books").first().waitFor();
      await opened.rows(side, "accounts").first().waitFor();
    }
    return opened;
  }

  side(side: Side): Locator {
    return this.page.locator(`[data-side="${side}"]`);
  }

  rows(side: Side, tile: "accounts" | "books"): Locator {
    return this.side(side).locator(`[data-tile="${tile}"] [data-account]`);
  }

  counter(side: Side, name: CounterName): Locator {
    return this.side(side).locator(`[data-counter="${name}"]`);
  }

  async count(side: Side, name: CounterName): Promise<number> {
    return Number((await this.counter(side, name).locator(".value").textContent())!.replaceAll(",", ""));
  }

  /** What of a counter this page has counted itself. */
  async ownCount(side: Side, name: "frames" | "torn" | "leaked"): Promise<number> {
    return Number((await this.counter(side, name).locator(".detail").first().textContent())!.replaceAll(/[^0-9]/g, ""));
  }

  async counts(side: Side): Promise<Record<CounterName, number>> {
    const [frames, torn, lost, twice, leaked] = await Promise.all((["frames", "torn", "lost", "twice", "leaked"] as const).map((name) => this.count(side, name)));
    return { frames: frames!, torn: torn!, lost: lost!, twice: twice!, leaked: leaked! };
  }

  async choose(group: string, count: number): Promise<void> {
    await this.page.locator("fieldset", { hasText: group }).getByRole("button", { name: String(count), exact: true }).click();
  }

  async press(button: string): Promise<void> {
    await this.page.getByRole("button", { name: button, exact: true }).click();
  }

  async screenshot(name: string, options: { fullPage?: boolean } = {}): Promise<void> {
    await this.page.mouse.move(0, 0);
    mkdirSync(results, { recursive: true });
    await this.page.screenshot({ path: `${results}/${name}.png`, ...options });
  }
}
