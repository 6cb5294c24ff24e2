import { expect, test } from "vitest";
import { FrameWatch, readFrame } from "../src/frame_watch.ts";

const html = (accounts: number[], books: number[], notice = 4) => `
  <table data-tile="accounts"><caption>Notice <b data-notice>${notice}</b></caption>${rows(accounts)}</table>
  <table data-tile="books"><caption>Notice <b data-notice>${notice}</b></caption>${rows(books)}</table>`;
const rows = (balances: number[]) =>
  balances.map((balance, at) => `<tr data-account="${at + 1}"><td>Somebody 3</td><td data-balance>${balance.toLocaleString("en").replace("-", "−")}</td></tr>`).join("");
const observed = () => new Promise((resolve) => setTimeout(resolve));

function page(content: string): HTMLElement {
  const element = document.createElement("div");
  element.innerHTML = content;
  return element;
}

test("a frame is read from what the page says", () => {
  expect(readFrame(page(html([12_345, -7], [12_345, -8])))).toEqual({
    accounts: new Map([[1, 12_345], [2, -7]]),
    books: new Map([[1, 12_345], [2, -8]]),
    notice: 4,
  });
});

test("a tile without rows shows nothing", () => {
  expect(readFrame(page("<p data-tile='accounts'>You are no member.</p>"))).toEqual({ accounts: undefined, books: undefined, notice: undefined });
});

test("a torn frame that is put on the page is counted, and its mending is another frame", async () => {
  const element = page(html([10, 20], [10, 20]));
  const watch = new FrameWatch(element);
  expect(watch.counter.tally(1, [])).toEqual({ frames: 1, torn: 0, leaked: 0 });
  const cell = element.querySelector("[data-tile='accounts'] [data-account='2'] [data-balance]")!;
  cell.firstChild!.nodeValue = "21";
  await observed();
  expect(watch.counter.tally(1, [])).toEqual({ frames: 2, torn: 1, leaked: 0 });
  cell.textContent = "20";
  await observed();
  expect(watch.counter.tally(1, [])).toEqual({ frames: 3, torn: 1, leaked: 0 });
  watch.stop();
});

test("both tiles changed in one commit are one frame", async () => {
  const element = page(html([10, 20], [10, 20]));
  const watch = new FrameWatch(element);
  element.querySelectorAll("[data-account='1'] [data-balance]").forEach((cell) => (cell.textContent = "11"));
  await observed();
  expect(watch.counter.tally(1, [])).toEqual({ frames: 2, torn: 0, leaked: 0 });
  watch.stop();
});

test("rows that a user was shown after the end of the membership are counted as leaked", async () => {
  const element = page(html([10], [10], 4));
  const watch = new FrameWatch(element);
  element.innerHTML = html([10], [10], 5);
  await observed();
  element.innerHTML = "<p>You are no member.</p>";
  await observed();
  expect(watch.counter.tally(1, [{ user: 1, from: 5, until: null }])).toEqual({ frames: 2, torn: 0, leaked: 1 });
  watch.stop();
});
