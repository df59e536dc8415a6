import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Fails if axe finds anything on the page as it is. */
export async function clean(page: Page, where: string): Promise<void> {
  // Colours are judged when nothing moves any more. By frames: what is cancelled never finishes, and Chromium does not
  // always tell that a transition has.
  await page.evaluate(async () => {
    const ends = (one: Animation) => one.playState === "running" && one.effect?.getTiming().iterations !== Infinity;
    while (document.getAnimations().some(ends)) await new Promise(requestAnimationFrame);
  });
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`), where).toEqual([]);
}
