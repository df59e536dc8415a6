import type { Page } from "@playwright/test";
import { Around } from "../pages/around";
import { expect, name, test } from "../test";
import { tell } from "../told";
import { endless } from "./endless";

/** The focus is somewhere. Where what had it goes, it is caught in the next frame. */
const focused = (page: Page) => expect.poll(() => page.evaluate(() => document.activeElement !== document.body), "the focus is lost").toBe(true);

/** Presses Tab until this has the focus: what a person without a mouse does. */
async function reach(page: Page, what: ReturnType<Page["getByRole"]>, key = "Tab"): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press(key);
    if (await what.evaluate((node) => node === document.activeElement).catch(() => false)) return;
  }
  throw new Error(`${key} never reaches ${what}`);
}

test("a project is made, talked to, allowed something and deleted by keys alone [keyboard]", async ({ fleet, project, page }) => {
  const called = name("keys");
  await fleet.open();
  await page.keyboard.press("n");
  await expect(page.getByRole("dialog", { name: "New project" }).getByRole("textbox", { name: "Name" })).toBeFocused();
  await page.keyboard.type(called);
  await page.keyboard.press("Enter");
  await project.isOpen(called);
  await reach(page, project.composer);
  await page.keyboard.type("create a file hello.txt with hi");
  await page.keyboard.press("Enter");
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await expect(project.composer).toBeFocused();
  const allow = project.approval.getByRole("button", { name: /allow.*once/i });
  await reach(page, allow, "Shift+Tab");
  // What is pressed in its first half second was meant for something else.
  await expect(allow).toBeEnabled();
  await page.keyboard.press("Enter");
  await expect(project.approval).toHaveCount(0);
  await focused(page);
  await project.ended(2);
  await expect(project.tools("completed")).not.toHaveCount(0);
  await focused(page);
  const remove = page.getByRole("button", { name: "Delete project" }).first();
  await reach(page, remove, "Shift+Tab");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  await reach(page, dialog.getByRole("button", { name: "Delete project" }));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/u\/alice$/);
  await expect(fleet.card(called)).toHaveCount(0);
});

test("the tour has three steps, notes tell again what has passed, and a refusal of notifications is said [tour, notes, notifications]", async ({ fleet, project, page, context }) => {
  const called = name("first look");
  await fleet.open("bob");
  await new Around(page).make("bob", [called]);
  const tour = page.getByRole("region", { name: "A first look" });
  for (const [at, says] of [["1 of 3", "A project is a place"], ["2 of 3", "It asks before"], ["3 of 3", "a few letters away"]] as const) {
    await expect(tour).toContainText(at);
    await expect(tour.getByRole("heading")).toContainText(says);
    await tour.getByRole("button", { name: at === "3 of 3" ? "Got it" : "Next" }).click();
  }
  await expect(tour).toHaveCount(0);
  await page.reload();
  await expect(fleet.card(called)).toBeVisible();
  await expect(tour).toHaveCount(0);

  // A toast that passes, and is told again.
  await fleet.card(called).getByRole("link", { name: called, exact: true }).click();
  await project.isOpen(called);
  await project.tab("Resources");
  await page.getByRole("button", { name: /^Copy/ }).first().click();
  const toast = page.locator(".toast", { hasText: "Copied" });
  await expect(toast).toBeVisible();
  await expect(toast).toHaveCount(0);
  const bell = page.getByRole("button", { name: "Notes and notifications" });
  await bell.click();
  const notes = page.getByRole("dialog", { name: "Notes" });
  await expect(notes.getByRole("listitem")).toHaveText(/^Copied/);

  const wish = notes.getByRole("checkbox", { name: /Tell me on the desktop/ });
  await expect(wish).not.toBeChecked();
  const answer = (permission: string) =>
    page.evaluate((permission) => {
      const asked = { permission: "default", requestPermission: async () => (asked.permission = permission) };
      Object.defineProperty(window, "Notification", { value: asked, configurable: true });
    }, permission);
  await answer("denied");
  await wish.click();
  await expect(notes.getByRole("listitem").first()).toContainText("The browser does not allow notifications");
  await expect(wish).not.toBeChecked();
  expect(await page.evaluate(() => localStorage.getItem("gaggle.notify"))).toBeNull();
  await answer("granted");
  await wish.click();
  await expect(wish).toBeChecked();
  await expect.poll(() => page.evaluate(() => localStorage.getItem("gaggle.notify"))).toBe("1");
  await page.keyboard.press("Escape");
  await expect(notes).toHaveCount(0);
  await expect(bell).toBeFocused();
  await context.clearPermissions();
});

test("on a phone several notes leave the menu free, and each can be read as a whole [notes]", async ({ fleet, page }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  // However long this takes, no note goes by itself meanwhile.
  await endless(page, 5_000);
  const called = ["one", "two", "three"].map(name);
  await fleet.open("carol");
  await new Around(page).make("carol", called);
  const detail = `The scheduler found no node: ${"0/3 nodes are available, 3 Insufficient memory; ".repeat(8)}the end.`;
  const problem = { type: "about:blank", title: "Refused", status: 409, detail, code: "unschedulable", hint: "Ask for less memory." };
  await page.route(/\/activate$/, (route) => route.fulfill({ status: 409, contentType: "application/problem+json", json: problem }));
  const toasts = page.locator(".toast");
  const bad = page.locator(".toast.bad");
  for (const one of called) {
    // Only cards in sight are drawn, and others have projects here too.
    await page.getByRole("searchbox", { name: "Search projects" }).fill(one);
    const refused = page.waitForResponse(/\/activate$/);
    await fleet.card(one).getByRole("button", { name: `Wake ${one}` }).click();
    await refused;
  }
  // A few are kept, the last of them in sight.
  await expect(bad).toHaveCount(2);
  await expect(bad.last()).toBeVisible();
  await expect(toasts.filter({ visible: true })).toHaveCount(1);
  const [bar, all] = [await page.locator(".page-bar").boundingBox(), await page.locator(".toasts").boundingBox()];
  expect(all!.y, "a note lies over the bar").toBeGreaterThanOrEqual(bar!.y + bar!.height);
  expect(all!.y + all!.height, "a note lies where one writes and answers").toBeLessThan(640 / 2);
  const menu = page.getByRole("button", { name: "Menu" });
  await menu.click();
  // The menu lies over the notes.
  for (const link of await page.getByRole("navigation", { name: "Main" }).getByRole("link").all()) await link.click({ trial: true });
  await page.getByRole("button", { name: "Notes and notifications" }).click();
  const notes = page.getByRole("dialog", { name: "Notes" });
  await expect(notes.getByRole("listitem").filter({ hasText: "the end." })).toHaveCount(3);
  await page.keyboard.press("Escape");
  await expect(menu).toHaveAttribute("aria-expanded", "false");
  await page.getByRole("button", { name: /^\d more notes?$/ }).click();
  await expect(bad.filter({ visible: true })).toHaveCount(2);
  // Who puts one away does not lose the focus.
  await bad.last().getByRole("button", { name: "Dismiss" }).click();
  await expect.poll(() => bad.count()).toBeLessThan(2);
  await expect(page.locator("main")).toBeFocused();
});

test("settings rename, choose a mode, go back to a default and say what waits for a restart [PATCH project]", async ({ fleet, project, page }) => {
  const called = name("renamed");
  await fleet.open("bob");
  await fleet.create(called);
  await project.isOpen(called);
  await project.tab("Settings");
  const saved = page.getByText("Saved", { exact: true });
  const save = page.getByRole("button", { name: "Save" });
  const idle = page.getByRole("textbox", { name: "Falls asleep after" });
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(`${called} anew`);
  await page.getByRole("combobox", { name: "Mode", exact: true }).selectOption("auto");
  await expect(page.getByText("It writes, runs and deletes without a question.")).toBeVisible();
  await idle.fill("45m");
  await save.click();
  await expect(saved).toBeVisible();
  await expect(page.getByRole("heading", { name: `${called} anew`, level: 1 })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Mode", exact: true })).toHaveValue("auto");
  await expect(idle).toHaveValue("45m");
  await idle.fill("");
  await expect(idle).toHaveAttribute("placeholder", "Default: 30m");
  const sent = page.waitForRequest((request) => request.method() === "PATCH");
  await save.click();
  expect((await sent).postDataJSON().settings.idleTimeout).toBeNull();
  await expect(saved).toBeVisible();
  await page.reload();
  await expect(idle).toHaveValue("");
  const id = /\/p\/([^/]+)/.exec(page.url())![1]!;
  await tell(page, { projects: { [id]: { restartNeeded: true, phase: "active" } } });
  await page.reload();
  const asleep = page.waitForRequest(/\/deactivate$/);
  await page.getByRole("button", { name: "Put it to sleep now" }).click();
  await asleep;
});

test("ten thousand projects are drawn a few at a time and found at once, stubbed [fleet]", async ({ fleet, page }) => {
  await fleet.open("carol");
  await new Around(page).make("carol", [name("one of many")]);
  await tell(page, { many: 10_000 });
  await page.goto("/u/carol?sort=name");
  const lines = page.getByRole("list", { name: "Projects" }).locator("li");
  await expect(lines.first()).toHaveAttribute("aria-setsize", "10000");
  expect(await lines.count()).toBeLessThan(80);
  await page.getByRole("searchbox", { name: "Search projects" }).fill("project 09999");
  await expect(lines).toHaveCount(1);
  await expect(fleet.card("project 09999")).toBeVisible();
});
