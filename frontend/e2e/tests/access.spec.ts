import { expect, name, test } from "../test";
import { clean } from "./access";

for (const theme of ["light", "dark"] as const) {
  test(`axe finds nothing on any page, ${theme} [accessibility]`, async ({ fleet, project, page }) => {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    const called = name("axe");
    await fleet.open("carol");
    await clean(page, "fleet");
    await page.getByRole("button", { name: "New project" }).first().click();
    await clean(page, "new project");
    await page.keyboard.press("Escape");
    await fleet.create(called);
    await project.isOpen(called);
    await clean(page, "empty chat");
    await project.say("create a file hello.txt with hi");
    await expect(project.approval).toBeVisible({ timeout: 60_000 });
    await clean(page, "chat with an approval");
    for (const tab of ["Activity", "Logs", "Resources", "Usage", "Settings"]) {
      await project.tab(tab);
      await clean(page, tab);
    }
    await page.goto("/u/carol/approvals");
    await expect(project.approval.first()).toBeVisible();
    await clean(page, "approvals");
    for (const place of ["usage", "status"]) {
      await page.goto(`/u/carol/${place}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await clean(page, place);
    }
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("combobox", { name: /Go to/ })).toBeFocused();
    await clean(page, "palette");
  });
}

test("a phone of 360 px shows everything without scrolling sideways [responsive]", async ({ fleet, project, page }) => {
  const called = name("phone");
  await fleet.open("carol");
  await fleet.create(called);
  await project.isOpen(called);
  await page.setViewportSize({ width: 360, height: 740 });
  for (const place of ["", "/activity", "/logs", "/resources", "/usage", "/settings"]) {
    await page.goto(page.url().replace(/(\/p\/[^/]+).*/, `$1${place}`));
    await expect(page.getByRole("heading", { name: called, level: 1 })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth), place).toBeLessThanOrEqual(360);
  }
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("link", { name: /^Projects/ }).click();
  await expect(page.getByRole("heading", { name: "Projects", level: 1 })).toBeVisible();
});

test("the palette goes anywhere by keyboard alone [command palette]", async ({ fleet, project, page }) => {
  const called = name("far away");
  await fleet.open("bob");
  await fleet.create(called);
  await project.isOpen(called);
  await fleet.open("bob");
  await page.keyboard.press("Control+k");
  await page.keyboard.type(called);
  await page.keyboard.press("Enter");
  await project.isOpen(called);
});

test("what is typed before the palette is there is not lost [command palette]", async ({ fleet, project, page }) => {
  const called = name("typed ahead");
  await fleet.open("bob");
  await fleet.create(called);
  await project.isOpen(called);
  // Its file comes only once all was typed.
  let arrive = () => {};
  const typed = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(/desk.*\.wasm/, async (route) => {
    await typed;
    await route.continue();
  });
  await fleet.open("bob");
  await page.keyboard.press("Control+k");
  await page.keyboard.type(`${called}x`);
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Enter");
  arrive();
  await project.isOpen(called);
});
