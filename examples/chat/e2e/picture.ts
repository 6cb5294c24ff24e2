import type { Browser } from "playwright-core";
import { type ChatPage, resultPath } from "./chat_page.ts";

/** Windows beside each other on one ground, as one picture: what the README shows. */
export async function takePicture(browser: Browser, windows: readonly ChatPage[], name: string): Promise<void> {
  const shots: string[] = [];
  for (const window of windows) {
    await window.settle();
    const { page } = window;
    const { width, height } = page.viewportSize()!;
    shots.push(`<img width="${width}" height="${height}" src="data:image/png;base64,${(await page.screenshot()).toString("base64")}">`);
  }
  const context = await browser.newContext({ deviceScaleFactor: 1.5 });
  const page = await context.newPage();
  await page.setContent(`<style>
      body { margin: 0; }
      main { display: inline-flex; gap: 28px; padding: 28px; background: #d5e3e0; }
      img { border-radius: 12px; }
    </style><main>${shots.join("")}</main>`);
  await page.locator("main").screenshot({ path: resultPath(name) });
  await context.close();
}
