// Looks at the served chat as a person would: signs in, opens a channel, sees a row that psql writes, and sends a message.
// usage: node chat_check.mjs URL [SCREENSHOT]; psql is told where by PGHOST and the like.
import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";

const [url, screenshot] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  page.setDefaultTimeout(60_000);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const message = (body) => page.locator(".message", { has: page.getByText(body, { exact: true }) });

  await page.goto(url);
  await page.getByRole("button", { name: "Ada Linden" }).click();
  await page.getByRole("option", { name: "general" }).click();
  await page.locator(".message").first().waitFor();

  const written = `by psql, ${process.pid}`;
  execFileSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", `body=${written}`, "-f", "-"], {
    input: `INSERT INTO app.message (channel_id, author_id, body)
      SELECT c.id, (SELECT min(id) FROM app.usr WHERE NOT is_demo), :'body' FROM app.channel c WHERE c.name = 'general';`,
    stdio: ["pipe", "inherit", "inherit"],
  });
  await message(written).waitFor();

  const sent = `by the browser, ${process.pid}`;
  await page.getByRole("textbox", { name: /^Message to/ }).fill(sent);
  await page.keyboard.press("Enter");
  await page.locator('.message[data-pending="false"]', { hasText: sent }).waitFor();
  if (screenshot !== undefined) {
    await page.screenshot({ path: screenshot });
  }
  if (errors.length > 0) {
    throw new Error(`the page met errors: ${errors.join("; ")}`);
  }
} finally {
  await browser.close();
}
