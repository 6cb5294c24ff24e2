import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core";

const results = fileURLToPath(new URL("../../../test-results", import.meta.url));

/** Where a screenshot of that name goes. */
export function resultPath(name: string): string {
  mkdirSync(results, { recursive: true });
  return `${results}/${name}.png`;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    // Chromium's own sandbox refuses root, and /dev/shm is small in containers. The page is ours.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

/** One person's browser, signed in. */
export class ChatPage {
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => this.errors.push(String(error)));
  }

  static async open(browser: Browser, url: string, person: string, options: BrowserContextOptions = {}): Promise<ChatPage> {
    const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: "en-US", ...options });
    const chat = new ChatPage(await context.newPage());
    await chat.page.goto(url);
    await chat.page.getByRole("button", { name: person }).click();
    return chat;
  }

  async openChannel(name: string): Promise<void> {
    const search = this.page.getByRole("searchbox");
    await search.fill(name);
    await this.page.getByTitle(name, { exact: true }).click();
    // On a narrow page the conversation takes its place.
    if (await search.isVisible()) {
      await search.fill("");
    }
    await this.page.getByRole("heading", { name, level: 2 }).waitFor();
    await this.page.locator(".message").first().waitFor();
  }

  async send(body: string): Promise<void> {
    await this.page.getByRole("textbox", { name: /^Message to/ }).fill(body);
    await this.page.keyboard.press("Enter");
  }

  message(body: string): Locator {
    return this.page.locator(".message", { has: this.page.getByText(body, { exact: true }) });
  }

  connection(status: string): Locator {
    return this.page.locator(`.connection[data-status="${status}"]`);
  }

  async scrollUp(): Promise<void> {
    await this.page.locator(".messages").evaluate((list) => {
      list.scrollTop = 0;
      return new Promise(requestAnimationFrame);
    });
  }

  async screenshot(name: string): Promise<void> {
    await this.settle();
    await this.page.screenshot({ path: resultPath(name) });
  }

  /** The page at rest: nothing moves, nothing is under the mouse. */
  async settle(): Promise<void> {
    await this.page.mouse.move(0, 0);
    await this.page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
