import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { Around } from "../pages/around";
import { Server } from "../server";
import { expect, name, test } from "../test";
import { clean } from "./access";
import { begun, endless } from "./endless";

/** A stream that tells this once; who comes again waits, as where nothing happens. */
async function once(page: Page, what: RegExp, body: string): Promise<void> {
  let told = false;
  await page.route(what, async (route) => {
    if (told) return;
    told = true;
    await route.fulfill({ contentType: "text/event-stream", body });
  });
}

test("what a project used is told turn by turn, leads to each turn, and comes as its own file [GET usage, GET turns]", async ({ fleet, project, page }) => {
  const [called, other] = [name("by turn"), name("other use")];
  await fleet.open("carol");
  await new Around(page).make("carol", [other]);
  await fleet.create(called);
  await project.isOpen(called);
  await project.say("count to 5");
  await project.ended(2);
  await project.say("What can you do?");
  await project.ended(4);
  await project.tab("Usage");
  const turns = page.getByRole("region", { name: "Use by turn" });
  await expect(turns.getByRole("row")).toHaveCount(3);
  await expect(turns.getByRole("row").nth(1)).toContainText("What can you do?");
  await expect(turns.getByRole("row").nth(1)).toContainText("Done");
  await clean(page, "usage by turn");
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV" }).click();
  const file = readFileSync((await (await download).path())!, "utf8").trim().split("\r\n");
  expect(file.length).toBeGreaterThan(1);
  expect(file.slice(1).every((line) => line.includes(`"${called}"`))).toBe(true);
  await turns.getByRole("link", { name: "count to 5" }).click();
  await expect(project.messages.first()).toContainText("count to 5");
  await expect(project.messages.first()).toBeInViewport();
});

test("settings say what holds while they are empty, as this server was told [GET info]", async ({ browser }) => {
  test.setTimeout(120_000);
  const server = new Server({ GAGGLE_IDLE_TIMEOUT: "45m" });
  await server.start();
  try {
    const made = await fetch(`${server.url}/api/users/alice/projects`, { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"defaults"}' });
    const { id } = await made.json();
    const page = await browser.newPage();
    await page.goto(`${server.url}/u/alice/p/${id}/settings`);
    const idle = page.getByRole("textbox", { name: "Falls asleep after" });
    await expect(idle).toHaveAttribute("placeholder", "Default: 45m");
    await expect(page.getByRole("textbox", { name: "Approvals wait" })).toHaveAttribute("placeholder", "Default: 10m");
    await expect(page.getByRole("combobox", { name: "Mode" })).toContainText("Default: ask before what writes or runs");
    await idle.fill("5m");
    await expect(page.getByText("Default: 45m.")).toBeVisible();
    await page.close();
  } finally {
    await server.stop();
  }
});

test("how the agent started is told where it was, however long the answer, after a reload and on a phone [activation.step]", async ({ fleet, project, page }) => {
  const called = name("started");
  await fleet.open("carol");
  await fleet.create(called);
  await project.isOpen(called);
  await project.say("count to 600");
  await project.ended(2);
  await expect(project.answer).toContainText("600");
  const line = project.page.locator(".transcript").getByText(/^Started in [\d.]+ m?s: \w+ [\d.]+ m?s/);
  await expect(line).toHaveCount(1);
  await page.reload();
  await project.ended(2);
  await page.setViewportSize({ width: 390, height: 800 });
  // The page may just have gone to its end again: the window is another.
  await expect(async () => {
    await page.getByRole("region", { name: "Conversation" }).evaluate((node) => node.scrollTo(0, 0));
    await expect(line).toBeInViewport({ timeout: 1_000 });
  }).toPass();
  // It stands below what woke it and above the answer.
  const order = () => page.locator(".transcript :is(.message, .started)").evaluateAll((all) => all.map((one) => one.className.split(" ")[0]));
  await expect.poll(order).toEqual(["message", "started", "message"]);
  await line.click();
  await expect(page.locator(".transcript .started .steps li.ok").first()).toBeVisible();
  await clean(page, "a start in the chat");
});

test("a sleep and a wake can be undone [undo]", async ({ fleet, project, page }) => {
  test.setTimeout(180_000);
  const called = name("undo sleep");
  // However long this takes, there is a way back.
  await endless(page, 5_000);
  await fleet.open("carol");
  await fleet.create(called);
  await project.isOpen(called);
  const main = page.getByRole("main");
  const [wake, sleep] = ["Wake", "Put to sleep"].map((name) => main.getByRole("button", { name, exact: true }));
  const undo = (said: string) => page.locator(".toast", { hasText: said }).last().getByRole("button", { name: "Undo" });
  /** Does something, and waits until the server said yes to this. */
  const told = async (what: "activate" | "deactivate", act: () => Promise<void>) => {
    const heard = page.waitForResponse((response) => response.request().method() === "POST" && response.url().endsWith(`/${what}`));
    await act();
    expect((await heard).ok(), what).toBe(true);
  };
  // What was done shows before it is undone: as it was before, it looks like one that was undone.
  await told("activate", () => wake!.click());
  await expect(main.getByRole("button", { name: /^(Cancel|Put to sleep)$/ })).toBeVisible();
  await told("deactivate", () => undo(`Waking ${called}`).click());
  await expect(wake!).toBeVisible({ timeout: 60_000 });
  await expect(main.getByText("Asleep", { exact: true })).toBeVisible();

  await project.wake();
  await told("deactivate", () => sleep!.click());
  await expect(sleep!).toBeHidden();
  await told("activate", () => undo(`Putting ${called} to sleep`).click());
  await expect(sleep!).toBeVisible({ timeout: 60_000 });
  await expect(main.getByText("Ready", { exact: true })).toBeVisible();
});

test("a turn is stopped from its card, and a network that is back is used at once [cards, reconnect]", async ({ fleet, project, page }) => {
  const called = name("stopped");
  await fleet.open("carol");
  await fleet.create(called);
  await project.isOpen(called);
  await project.say("count to 900 slowly");
  await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeVisible({ timeout: 60_000 });
  await fleet.open("carol");
  const card = fleet.card(called);
  await expect(card).toContainText("Working");
  await expect(card.locator(".facts-line")).toContainText(/^\d+ s/);
  await card.getByRole("button", { name: `Stop the turn of ${called}` }).click();
  await expect(card).toContainText("Ready");
  await expect(card.locator(".facts-line")).toContainText("just now · sleeps in");
  // The network goes. Tries come ever more seldom; a wait of a second and more never ends here: what tries once more is
  // what heard that the network is back.
  const events = /\/api\/users\/carol\/events/;
  await page.route(events, (route) => route.abort());
  await endless(page, 1_000);
  await page.reload();
  await expect.poll(() => begun(page), { timeout: 30_000 }).toBe(1);
  await expect(card).toHaveCount(0);
  await page.unroute(events);
  const again = page.waitForRequest(events, { timeout: 20_000 });
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await again;
  await expect(card).toBeVisible();
});

test("keys are called as they are on this computer [command palette]", async ({ fleet, project, page }) => {
  await page.addInitScript(() => Object.defineProperty(navigator, "platform", { get: () => "MacIntel" }));
  await fleet.open("carol");
  await expect(page.getByRole("button", { name: /Search or jump to/ })).toContainText("⌘K");
  const called = name("mac");
  await new Around(page).make("carol", [called]);
  const tour = page.getByRole("region", { name: "A first look" });
  await tour.getByRole("button", { name: "Next" }).click();
  await tour.getByRole("button", { name: "Next" }).click();
  await expect(tour).toContainText("Press ⌘ K");
  await page.locator("main").focus();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Shortcuts" });
  await expect(sheet).toContainText("⌘ Enter");
  await expect(sheet).not.toContainText("Ctrl");
  await page.keyboard.press("Escape");
  await fleet.card(called).getByRole("link", { name: called, exact: true }).click();
  await project.isOpen(called);
  await project.say("count to 900 slowly");
  await expect(project.composer).toHaveAttribute("placeholder", /⌘-Enter steers/, { timeout: 60_000 });
  await expect(page.locator(".composer-hint")).toHaveText("Esc stops, ⌘-Enter steers");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
});

test("a moment of the activity leads to its place in the log and in the chat [GET logs, GET events]", async ({ fleet, project, page }) => {
  const called = name("moment");
  await fleet.open("carol");
  await fleet.create(called);
  await project.isOpen(called);
  await project.say("count to 300");
  await project.ended(2);
  await project.tab("Activity");
  const moment = (title: string) => page.locator(".moment").filter({ hasText: title }).first();
  const link = moment("Agent up").getByRole("link", { name: "Log" });
  const at = /at=([^&]+)/.exec((await link.getAttribute("href"))!)![1];
  // What the log says around then; all else is long before and long after it.
  const line = (seconds: number, text: string) => `${new Date(Date.parse(at) + seconds * 1000).toISOString()} INFO ${text}`;
  const lines = [
    ...Array.from({ length: 900 }, (_, n) => line(n - 1000, `before ${n}`)), line(1, "the moment itself"),
    ...Array.from({ length: 900 }, (_, n) => line(n + 60, `after ${n}`)),
  ];
  await once(page, /\/logs\?follow/, lines.map((text) => `data: ${text}\n\n`).join(""));
  await link.click();
  const sought = page.locator(".line.sought");
  await expect(sought).toContainText("the moment itself");
  await expect(sought).toBeInViewport();
  await expect(page.getByRole("checkbox", { name: "Follow" })).not.toBeChecked();
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await project.tab("Activity");
  await moment("Message").getByRole("link", { name: "Chat" }).click();
  await expect(project.messages.first()).toBeInViewport();
  await expect(project.messages.first()).toContainText("count to 300");
});

test("a log of 100 000 lines is searched, filtered and scrolled without waiting [GET logs]", async ({ fleet, project, page }) => {
  test.setTimeout(120_000);
  const called = name("long log");
  await fleet.open("carol");
  await fleet.create(called);
  await project.isOpen(called);
  const kind = (n: number) => (n % 1000 === 0 ? "ERROR" : n % 100 === 0 ? "WARN" : n % 2 === 0 ? "DEBUG" : "INFO");
  const body = Array.from({ length: 100_000 }, (_, n) => `data: 2026-11-23T10:00:00.${String(n).padStart(6, "0")}Z ${kind(n)} step ${n} of the Long Way\n\n`).join("");
  await once(page, /\/logs\?follow/, body);
  await project.tab("Logs");
  const count = page.locator(".logs .count");
  await expect(count).toHaveText("100000 lines", { timeout: 60_000 });
  const lines = page.getByRole("list", { name: "The agent's log" }).getByRole("listitem");
  expect(await lines.count()).toBeLessThan(120);
  await expect(lines.last()).toContainText("step 99999 ");
  // Filters count what fits.
  await page.getByRole("combobox", { name: "Levels" }).selectOption("Errors");
  await expect(count).toHaveText("100 of 100000 lines");
  await page.getByRole("combobox", { name: "Levels" }).selectOption("Warnings and errors");
  await expect(count).toHaveText("1000 of 100000 lines");
  await page.getByRole("combobox", { name: "Levels" }).selectOption("All lines");
  const search = page.getByRole("searchbox", { name: "Search the log" });
  await page.evaluate(() => {
    const tasks: number[] = [];
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => tasks.push(entry.duration))).observe({ type: "longtask" });
    Object.assign(window, { tasks });
  });
  await search.pressSequentially("STEP 777", { delay: 30 });
  await expect(count).toHaveText("111 of 100000 lines");
  await expect(lines.last().locator("mark")).toHaveText("step 777");
  // Nobody waits for a key: what is searched is searched in slices.
  const longest = await page.evaluate(() => Math.max(0, ...(window as unknown as { tasks: number[] }).tasks));
  expect(longest, "the longest time that the page did not answer").toBeLessThan(300);
  await search.fill("");
  await expect(count).toHaveText("100000 lines");
  // Up, and to the end again; with and without wrapping.
  const scroller = page.locator(".log .scroller");
  await scroller.evaluate((node) => node.scrollTo(0, 5_000));
  await expect(page.getByRole("checkbox", { name: "Follow" })).not.toBeChecked();
  await page.getByRole("checkbox", { name: "Wrap" }).uncheck();
  await expect(lines.first()).toBeAttached();
  await page.getByRole("button", { name: "To the end" }).click();
  await expect(lines.last()).toContainText("step 99999 ");
  await expect(lines.last()).toBeInViewport();
  expect(await lines.count()).toBeLessThan(120);
  const file = page.getByRole("link", { name: "Download" });
  await expect(file).toHaveAttribute("href", /logs\?tail=100000$/);
  await expect(file).toHaveAttribute("download", /\.log$/);
  await clean(page, "a long log");
});
