import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Fails if axe finds anything on the page as it is. */
export async function clean(page: Page, where: string): Promise<void> {
  // Colours are judged when nothing moves any more.
  await page.evaluate(async () => {
    const ending = () => document.getAnimations().filter((a) => a.playState === "running" && a.effect?.getTiming().iterations !== Infinity);
    // One whose element goes is not finished but cancelled: it does not move either.
    for (let all = ending(); all.length > 0; all = ending()) await Promise.allSettled(all.map((a) => a.finished));
  });
  const found = await new AxeBuilder({ page }).analyze();
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`), where).toEqual([]);
}
