import { Flock } from "../pictures/flock";
import { open, PLACES } from "../pictures/places";
import { expect, test } from "../test";
import { clean } from "./access";

// One flock with an agent in every state, for all pages: it lives as long as this file's tests.
test.describe.configure({ mode: "serial" });
const flock = new Flock();
test.beforeAll(async () => {
  test.setTimeout(240_000);
  await flock.start(0);
});
test.afterAll(() => flock.stop());
test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => {
    if (!localStorage.getItem("known")) for (const name of ["known", "gaggle.tour"]) localStorage.setItem(name, "done");
  });
});

for (const theme of ["light", "dark"] as const) {
  test(`every page in every state is clean for axe, ${theme} [accessibility]`, async ({ browser }) => {
    test.setTimeout(400_000);
    const page = await browser.newPage({ baseURL: flock.server.url, colorScheme: theme, reducedMotion: "reduce" });
    for (const place of PLACES) {
      await open(page, flock, place);
      await clean(page, place.name);
      await place.after?.(page);
      await page.unrouteAll({ behavior: "ignoreErrors" });
    }
    await page.close();
  });
}

test("every page in every state fits into 360 px, and nothing of it is cut off sideways [responsive]", async ({ browser }) => {
  test.setTimeout(300_000);
  const page = await browser.newPage({ baseURL: flock.server.url, viewport: { width: 360, height: 740 }, reducedMotion: "reduce" });
  for (const place of PLACES) {
    await open(page, flock, place);
    const wide = await page.evaluate(() => {
      const found = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
      // What stands out of the window and is in nothing that scrolls cannot be reached.
      for (const one of document.querySelectorAll<HTMLElement>("button, a, input, select, textarea, h1, h2, p")) {
        const box = one.getBoundingClientRect();
        if (box.width === 0 || box.right <= innerWidth + 1 || !one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        let around = one.parentElement;
        while (around && !/auto|scroll/.test(getComputedStyle(around).overflowX)) around = around.parentElement;
        if (!around || around === document.body) found.push(`${one.tagName} ${one.textContent?.slice(0, 30)}`);
      }
      return found;
    });
    expect(wide, place.name).toEqual([]);
    await place.after?.(page);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  }
  await page.close();
});
