import { open, PLACES } from "../pictures/places";
import { expect } from "../test";
import { clean } from "./access";
import { flocked as test } from "./flocked";

/** What is meant to scroll sideways, where it does: tabs and filters of a phone, tables, code, changes, and lines of a log. */
const SIDEWAYS = ".tabs, .filters, .table, .table-frame, pre, .yaml, .arguments, .diff-lines, .log .scroller";

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
    page.evaluate(async (sideways) => {
      // A list places its items in the frame after the window's size.
      for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame);
      const found = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
      for (const one of document.querySelectorAll<HTMLElement>(`button, a, input, select, textarea, h1, h2, p, ${sideways}`)) {
        const box = one.getBoundingClientRect();
        if (box.width === 0 || !one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        let [right, edge] = [box.right, innerWidth];
        let meant = false;
        for (let around = one.parentElement; around && around !== document.body && !meant; around = around.parentElement) {
          const { overflowX, textOverflow } = getComputedStyle(around);
          // What is shortened with dots ends where it is shortened.
          if (overflowX === "hidden" && textOverflow === "ellipsis") right = Math.min(right, around.getBoundingClientRect().right);
          if (!/auto|scroll/.test(overflowX)) continue;
          meant = around.matches(sideways);
          // All else scrolls down only, though a browser lets it scroll sideways too: nobody finds what is there.
          edge = Math.min(edge, around.getBoundingClientRect().right);
        }
        if (!meant && right > edge + 1) found.push(`${one.tagName}.${one.className} ${one.textContent?.slice(0, 30)}: ${Math.round(right)} > ${Math.round(edge)}`);
      }
      return found;
    }, SIDEWAYS);
  for (const place of PLACES) {
    await page.setViewportSize({ width: 360, height: 740 });
    await open(page, flock, place);
    await expect.poll(wide, `${place.name} at 360 px`).toEqual([]);
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
