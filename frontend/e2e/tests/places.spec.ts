import { open, PLACES } from "../pictures/places";
import { expect } from "../test";
import { clean } from "./access";
import { flocked as test } from "./flocked";

for (const theme of ["light", "dark"] as const) {
  test(`every page in every state is clean for axe, ${theme} [accessibility]`, async ({ flock, page }) => {
    test.setTimeout(400_000);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    for (const place of PLACES) {
      await open(page, flock, place);
      await clean(page, place.name);
      await place.after?.(page);
      await page.unrouteAll({ behavior: "ignoreErrors" });
    }
  });
}

test("every page in every state fits into 360, 768 and 1024 px, and nothing of it is cut off sideways [responsive]", async ({ flock, page }) => {
  test.setTimeout(300_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
  const wide = () =>
    page.evaluate(() => {
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
  for (const place of PLACES) {
    await page.setViewportSize({ width: 360, height: 740 });
    await open(page, flock, place);
    expect(await wide(), `${place.name} at 360 px`).toEqual([]);
    for (const width of [768, 1024]) {
      await page.setViewportSize({ width, height: 740 });
      await expect.poll(wide, `${place.name} at ${width} px`).toEqual([]);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    await place.after?.(page);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  }
});

test("a start shows what is usual here, and can be cancelled [activation, deactivate]", async ({ flock, page }) => {
  const usual = ["workspace", "process", "relay", "agent"].map((step) => `${step}=2000,2000,2000`).join(";");
  await page.addInitScript((usual) => localStorage.setItem("gaggle.usual.local", usual), usual);
  await page.goto(`/u/alice/p/${flock.id("mobile app")}`);
  const start = page.getByRole("region", { name: "Start", exact: true });
  await expect(start.getByRole("listitem").last()).toHaveAttribute("title", "usually 2.0 s here");
  await expect(start.locator(".bar b").last()).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "Cancel" }).click();
  await expect(start).toHaveCount(0);
  await expect(page.getByRole("main").getByText("Asleep", { exact: true })).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole("button", { name: "Wake", exact: true })).toBeVisible();
});
