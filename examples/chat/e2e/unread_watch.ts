import type { Page } from "playwright-core";

interface Watch {
  samples: number;
  wrong: string[];
  highest: number;
}

declare global {
  interface Window {
    unreadWatch: Watch;
  }
}

/** Compares the badge of the open channel with the messages marked as new, after every change of the page and in every frame. */
export async function watchUnread(page: Page): Promise<void> {
  await page.evaluate(() => {
    const watch: Watch = { samples: 0, wrong: [], highest: 0 };
    window.unreadWatch = watch;
    const sample = () => {
      const badge = Number(document.querySelector<HTMLElement>('.channel[aria-selected="true"]')?.dataset["unread"]);
      const marked = document.querySelectorAll('.message[data-new="true"]').length;
      watch.samples++;
      watch.highest = Math.max(watch.highest, marked);
      if (badge !== marked) {
        watch.wrong.push(`badge ${badge}, list ${marked}`);
      }
    };
    new MutationObserver(sample).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    const frame = () => {
      sample();
      requestAnimationFrame(frame);
    };
    frame();
  });
}

export function disagreements(page: Page): Promise<Watch> {
  return page.evaluate(() => window.unreadWatch);
}
