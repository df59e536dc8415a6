import { readFileSync } from "node:fs";
import { Around } from "../pages/around";
import { expect, name, test } from "../test";
import { clean } from "./access";

test("a long list draws only what is near the eye, and goes by keys [long list]", async ({ fleet, page }) => {
  const around = new Around(page);
  await fleet.open("bob");
  const called = name("many");
  await around.make("bob", Array.from({ length: 150 }, (_, n) => `${called} ${String(n).padStart(3, "0")}`));
  await page.goto(`/u/bob?q=${encodeURIComponent(called)}&sort=name`);
  const list = page.getByRole("list", { name: "Projects" });
  await expect(list.locator("li").first()).toHaveAttribute("aria-setsize", "150");
  expect(await list.locator("li").count()).toBeLessThan(70);
  const link = (n: string) => list.getByRole("link", { name: `${called} ${n}`, exact: true });
  // Rows are used again, and yet stand in the document as they are read: down, far down, and back up.
  const places = () => list.locator("li").evaluateAll((all) => all.map((one) => Number(one.getAttribute("data-index"))));
  for (const way of [300, 700, 4_000, -900, -5_000]) {
    const before = await places();
    await page.locator(".list-body > .scroller").evaluate((node, by) => node.scrollBy(0, by), way);
    await expect.poll(places).not.toEqual(before);
    await expect.poll(async () => (await places()).every((at, n, all) => n === 0 || all[n - 1] < at)).toBe(true);
    // Its row may just be given to another one.
    await expect(async () => {
      const at = (await places())[5];
      await expect(list.locator(`li[data-index="${at}"]`).getByRole("heading")).toHaveText(`${called} ${String(at).padStart(3, "0")}`, { timeout: 1_000 });
    }).toPass();
  }
  const first = link("000");
  await first.focus();
  await page.keyboard.press("End");
  await expect(link("149")).toBeFocused();
  await expect(link("149")).toBeInViewport();
  await page.keyboard.press("Home");
  await expect(first).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(link("001")).toBeFocused();
});

test("several projects are put to sleep, woken and deleted at once, with an undo [bulk]", async ({ fleet, page }) => {
  const around = new Around(page);
  const called = name("bulk");
  const names = [`${called} a`, `${called} b`];
  await fleet.open("bob");
  await around.make("bob", names);
  await page.goto(`/u/bob?q=${encodeURIComponent(called)}`);
  for (const one of names) {
    await fleet.card(one).hover();
    await around.box(one).check();
  }
  await expect(around.bar).toContainText("2 selected");
  await around.bar.getByRole("button", { name: /^Wake/ }).click();
  await expect(page.getByText("Woke 2 projects")).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Put 2 projects to sleep")).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Put this away" }).click();
  await fleet.card(names[0]).getByRole("link", { name: names[0], exact: true }).focus();
  await page.keyboard.press("x");
  await around.bar.getByRole("button", { name: "Select all shown" }).click();
  await around.bar.getByRole("button", { name: "Delete" }).click();
  await clean(page, "the question before a bulk delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete them" }).click();
  await expect(page.getByText("Deleted 2 projects")).toBeVisible({ timeout: 60_000 });
  await expect(fleet.card(names[0])).toHaveCount(0);
});

test("search, filter and order stand in the address [fleet]", async ({ fleet, page }) => {
  const around = new Around(page);
  await fleet.open("bob");
  const called = name("address");
  await around.make("bob", [called]);
  await page.getByRole("searchbox", { name: "Search projects" }).fill(called);
  await page.getByRole("button", { name: /^Asleep/ }).click();
  await page.getByRole("combobox", { name: "Order" }).selectOption("name");
  await expect(page).toHaveURL(/q=.*show=asleep.*sort=name/);
  await page.reload();
  await expect(fleet.card(called)).toBeVisible();
  await expect(page.getByRole("list", { name: "Projects" }).locator("li")).toHaveCount(1);
});

test("use is told by day, project and model, by keys, and as a file [GET usage]", async ({ fleet, project, page }) => {
  const called = name("use");
  await fleet.open("bob");
  await fleet.create(called);
  await project.isOpen(called);
  await project.say("What can you do?");
  await project.ended(2);
  await new Around(page).go("Usage");
  await expect(page.getByRole("region", { name: "Use by project" }).getByRole("link", { name: called })).toBeVisible();
  const chart = page.getByRole("slider", { name: "Use by day" });
  await expect(chart).toHaveAttribute("aria-valuetext", /turn.*tokens/);
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(chart).toHaveAttribute("aria-valuetext", /0 turns, 0 tokens/);
  await clean(page, "usage");
  await expect(page.getByRole("region", { name: "Use by model" }).getByRole("row")).toHaveCount(2);
  await expect(page.getByRole("region", { name: "Use by day" }).getByRole("row")).toHaveCount(2);
  await page.getByRole("button", { name: "7 days" }).click();
  await expect(page).toHaveURL(/[?&]days=7(&|$)/);
  await expect(page.getByRole("button", { name: "7 days" })).toHaveAttribute("aria-pressed", "true");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  const file = readFileSync((await (await download).path())!, "utf8");
  expect(file).toContain(`"${called}"`);
  await page.getByRole("region", { name: "Use by project" }).getByRole("link", { name: called }).click();
  await expect(page.getByRole("heading", { name: called, level: 1 })).toBeVisible();
});

test("status says what works, what is a demo and what is not isolated [GET status]", async ({ fleet, page }) => {
  await fleet.open("bob");
  await new Around(page).go("Status");
  await expect(page.getByText("they are not isolated")).toBeVisible();
  await expect(page.getByText("the built-in demo answers")).toBeVisible();
  await clean(page, "status");
});

test("activity and logs filter, and lead to each other [GET events, GET logs]", async ({ fleet, project, page }) => {
  const called = name("told");
  await fleet.open("bob");
  await fleet.create(called);
  await project.isOpen(called);
  await project.wake();
  await project.tab("Activity");
  await expect(page.getByText("Agent up", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Approvals", exact: true }).click();
  await expect(page.getByText("Nothing like that")).toBeVisible();
  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.getByRole("searchbox", { name: "Search what happened" }).fill("agent up");
  await expect(page.locator(".moment")).toHaveCount(1);
  await clean(page, "activity");
  await page.locator(".moment").getByRole("link", { name: "Log" }).click();
  const lines = page.getByRole("list", { name: "The agent's log" }).getByRole("listitem");
  await expect(lines.filter({ hasText: "linked to the server" })).toBeVisible();
  await page.getByRole("searchbox", { name: "Search the log" }).fill("LINKED");
  await expect(lines).toHaveCount(1);
  await expect(lines.locator("mark")).toHaveText("linked");
  await expect(lines.locator("time")).toBeHidden();
  await page.getByRole("checkbox", { name: "Times" }).check();
  await expect(lines.locator("time")).toBeVisible();
  await page.reload();
  await expect(page.getByRole("checkbox", { name: "Times" })).toBeChecked();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download" }).click();
  expect(readFileSync((await (await download).path())!, "utf8")).toContain("linked to the server");
  await clean(page, "logs");
  await project.tab("Resources");
  await expect(page.getByText("it is not isolated")).toBeVisible();
  await clean(page, "resources");
});

test("a setting is judged as it is typed, saved and kept [PATCH project]", async ({ fleet, project, page }) => {
  const called = name("set");
  await fleet.open("bob");
  await fleet.create(called);
  await project.isOpen(called);
  await project.tab("Settings");
  const idle = page.getByRole("textbox", { name: "Falls asleep after" });
  await idle.fill("soon");
  await expect(idle).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await clean(page, "settings with a mistake");
  await idle.fill("45m");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await page.reload();
  await expect(idle).toHaveValue("45m");
});

test("help, notes and the tour are there and can be put away [help]", async ({ fleet, page }) => {
  const around = new Around(page);
  await fleet.open("bob");
  await around.make("bob", [name("tour")]);
  await page.getByRole("button", { name: "Skip", exact: true }).click();
  await expect(page.getByRole("region", { name: "A first look" })).toHaveCount(0);
  await page.locator("main").focus();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Shortcuts" });
  await expect(sheet).toBeVisible();
  await clean(page, "shortcuts");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Notes and notifications" }).click();
  await expect(page.getByRole("dialog", { name: "Notes" })).toContainText("Nothing was noted");
  await clean(page, "notes");
});
