import { open, PLACES } from "../pictures/places";
import { expect } from "../test";
import { clean } from "./access";
import { flocked as test } from "./flocked";

/** What a screen reader is told of the main pages: the parts that must not get lost, in their order. */
const TOLD: Record<string, string> = {
  "fleet-cards": `
    - main:
      - heading "Projects" [level=1]
      - button "New project"
      - group "Show":
        - button /All/ [pressed]
      - searchbox "Search projects"
      - combobox "Order"
      - list "Projects":
        - listitem:
          - article:
            - checkbox "Select billing-service"
            - heading "billing-service" [level=2]:
              - link "billing-service"
            - text: Needs you
            - paragraph: /^\\d+ (s|min)/
            - paragraph:
              - code: /sqlx migrate run/
            - link "Review billing-service"
            - button "Put billing-service to sleep"
        - listitem:
          - article:
            - heading "docs site" [level=2]:
              - link "docs site"
            - text: Working
            - paragraph: /^\\d+ (s|min)/
            - paragraph
            - link "Open docs site"
            - button "Stop the turn of docs site"
            - button "Delete docs site"
        - listitem:
          - article:
            - heading "mobile app" [level=2]:
              - link "mobile app"
            - text: Starting
            - paragraph: /^\\d+ (s|min), usually [\\d.]+ m?s$/
            - paragraph: /^(Agent|Relay|Process|Starting)/
            - link "Open mobile app"
            - button "Put mobile app to sleep"
        - listitem:
          - article:
            - heading "gpu worker" [level=2]:
              - link "gpu worker"
            - text: Failed
            - paragraph: /^(just now|\\d+ (s|min) ago)$/
            - paragraph
            - link "Change its model"
            - button "Try gpu worker again"
            - button "Delete gpu worker"
  `,
  approvals: `
    - main:
      - heading "Approvals" [level=1]
      - text: 2 wait for you
      - 'group "Approval: Wants to write a file"':
        - figure /CHANGELOG.md/
        - button /Allow once/
        - button /Reject once/
        - button /Reject always/
        - button /Allow always/
  `,
  "chat-waiting": `
    - main:
      - heading "billing-service" [level=1]
      - button "Put to sleep"
      - navigation "Project":
        - link "Chat"
        - link "Activity"
        - link "Logs"
        - link "Resources"
        - link "Usage"
        - link "Settings"
      - region "Conversation":
        - article
      - 'group "Approval: Wants to run a command"':
        - button /Allow once/
      - textbox "Message"
      - button "Stop"
      - complementary "Details"
  `,
  usage: `
    - main:
      - heading "Usage" [level=1]
      - group "Period":
        - button "30 days" [pressed]
      - link "CSV"
      - figure:
        - slider "Use by day"
      - heading "By project" [level=2]
      - region "Use by project":
        - table:
          - rowgroup:
            - row /Project Turns/
  `,
  status: `
    - main:
      - heading "Status" [level=1]
      - status: Everything works
      - list:
        - listitem:
          - strong: Gaggle
      - heading "This Gaggle" [level=2]
  `,
  palette: `
    - dialog:
      - combobox /Go to/
      - listbox:
        - option /billing-service/
  `,
};

test("a screen reader is told what stands on the main pages [accessibility]", async ({ flock, page }) => {
  test.setTimeout(120_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const [name, tree] of Object.entries(TOLD)) {
    const place = PLACES.find((place) => place.name === name)!;
    await open(page, flock, place);
    await expect(page.locator("body"), name).toMatchAriaSnapshot(tree);
    await place.after?.(page);
  }
});

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

test("every page in every state fits into 360 px, and nothing of it is cut off sideways [responsive]", async ({ flock, page }) => {
  test.setTimeout(300_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.setViewportSize({ width: 360, height: 740 });
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
});
