import { expect, name, test } from "../test";
import { clean } from "./access";

test("on a phone the menu leads on [responsive]", async ({ fleet, project, page }) => {
  const called = name("phone");
  await fleet.open("carol");
  await fleet.create(called);
  await project.isOpen(called);
  await page.setViewportSize({ width: 360, height: 740 });
  await page.getByRole("button", { name: "Menu" }).click();
  await expect(page.getByRole("link", { name: /^Projects/ })).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await clean(page, `the menu, ${colorScheme}`);
  }
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
  // What is found first is what Enter takes; the projects may have come just now.
  const found = page.getByRole("listbox", { name: "Finds" }).getByRole("option").first();
  await expect(found).toContainText(called);
  await page.keyboard.press("Enter");
  await project.isOpen(called);
  // It also does.
  await project.wake();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("put it to sleep");
  await expect(found).toContainText("Put it to sleep");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main").getByText("Asleep", { exact: true })).toBeVisible();
});

test("a theme is chosen, and kept over a reload [theme]", async ({ fleet, page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await fleet.open("bob");
  const root = page.locator("html");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  for (const [is, to, kept, looks] of [
    ["System", "light", "light", "light"], ["Light", "dark", "dark", "dark"], ["Dark", "system", null, "dark"],
  ] as const) {
    await page.getByRole("button", { name: `${is} theme; switch to ${to} theme` }).click();
    for (const again of [false, true]) {
      if (again) await page.reload();
      await expect(page.getByRole("heading", { name: "Projects", level: 1 })).toBeVisible();
      await expect.poll(() => root.getAttribute("data-theme"), `${to}, ${again}`).toBe(kept);
      await expect.poll(async () => (await ground()) === dark).toBe(looks === "dark");
    }
  }
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
  // It is found only where the projects are known.
  await expect(page.getByRole("list", { name: "Projects" }).locator("li").first()).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type(`${called}x`);
  await page.keyboard.press("Backspace");
  await page.keyboard.press("Enter");
  arrive();
  await project.isOpen(called);
});
