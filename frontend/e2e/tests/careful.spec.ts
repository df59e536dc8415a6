import type { Page, Route } from "@playwright/test";
import { Around } from "../pages/around";
import { expect, name, scripted } from "../test";

const test = scripted();

/** A project without its page. */
async function made(page: Page, url: string, user: string, settings: object = {}): Promise<{ called: string; path: string; api: string }> {
  const called = name("careful");
  const project = await page.request.post(`${url}/api/users/${user}/projects`, { data: { name: called, settings } });
  const { id } = await project.json();
  return { called, path: `/u/${user}/p/${id}`, api: `${url}/api/users/${user}/projects/${id}` };
}

/** Lets the page's stopped clock run, in steps, until something is so. */
async function until(page: Page, is: () => Promise<boolean>): Promise<void> {
  await expect.poll(async () => {
    await page.clock.runFor(20);
    return is();
  }, { intervals: [50] }).toBe(true);
}

/** Until what was under way in the page is drawn. */
const drawn = (page: Page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

const REFUSED = { status: 409, contentType: "application/problem+json", json: { type: "about:blank", title: "Refused", status: 409, detail: "The stub says no.", code: "no_running_turn" } };

test("an answer for all later calls is not given by a key that is held down, nor by a second press at once [permissions, keys]", async ({ project, page, server }) => {
  const { called, path, api } = await made(page, server.url, "alice", { mode: "approve" });
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes("/permissions/")) sent.push(request.postDataJSON().optionId);
  });
  await page.clock.install();
  await page.goto(path);
  await project.isOpen(called);
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.request.post(`${api}/messages`, { data: { text: "@shell touch one.txt\n@say done" }, headers: { prefer: "respond-async" } });
  await expect.poll(async () => (await (await page.request.get(`${api}/permissions?state=pending`)).json()).items.length, { timeout: 60_000 }).toBe(1);
  await until(page, () => project.approval.isVisible());
  const always = project.approval.getByRole("button", { name: "Allow always" });
  const sure = project.approval.getByText("Every later call of shell runs without asking.");
  await page.clock.runFor(600);
  await always.focus();
  await page.clock.runFor(600);
  await page.keyboard.down("Enter");
  await expect(sure).toBeVisible();
  await expect(always).toBeFocused();
  await expect(always).toHaveAttribute("aria-disabled", "true");
  // Still down: at first, and when answers are taken again.
  await page.keyboard.down("Enter");
  await page.clock.runFor(600);
  await expect(always).toHaveAttribute("aria-disabled", "false");
  await page.keyboard.down("Enter");
  await page.keyboard.up("Enter");
  await expect(sure).toBeVisible();
  expect(sent).toEqual([]);

  await project.approval.getByRole("button", { name: "Back" }).click();
  await expect(sure).toHaveCount(0);
  await page.clock.runFor(600);
  await always.focus();
  await page.clock.runFor(600);
  await page.keyboard.press("Enter");
  await expect(sure).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(sure).toBeVisible();
  expect(sent).toEqual([]);
  await page.clock.runFor(600);
  await page.keyboard.press("Enter");
  await until(page, async () => (await project.approval.count()) === 0);
  expect(sent).toEqual(["allow_always"]);
  await page.clock.resume();
  await project.ended(2);
});

test("on a phone the answers for all later calls stand apart from those for this one [permissions, 360 px]", async ({ project, page, server }) => {
  const { called, path } = await made(page, server.url, "alice", { mode: "approve" });
  await page.goto(path);
  await project.isOpen(called);
  await project.say("@shell touch one.txt\n@say done");
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await page.setViewportSize({ width: 360, height: 740 });
  const box = async (name: string) => (await project.approval.getByRole("button", { name }).boundingBox())!;
  const [yes, no, never, always] = [await box("Allow once"), await box("Reject once"), await box("Reject always"), await box("Allow always")];
  expect(no.y).toBeCloseTo(yes.y, 0);
  expect(never.y).toBeGreaterThanOrEqual(no.y + no.height);
  expect(always.y).toBeCloseTo(never.y, 0);
  await project.approval.getByRole("button", { name: "Reject once" }).click();
  await project.approval.getByRole("button", { name: "Reject", exact: true }).click();
  await expect(project.approval).toHaveCount(0);
});

test("what is done to several is not given up for the next, and says what is not done where it is stopped or another user is shown [bulk]", async ({ fleet, page }) => {
  const around = new Around(page);
  const called = name("held");
  const names = Array.from({ length: 8 }, (_, n) => `${called} ${n}`);
  await fleet.open("bob");
  await around.make("bob", names);
  const [asked, held]: [string[], Route[]] = [[], []];
  await page.route(/\/activate$/, (route) => {
    asked.push(route.request().url());
    held.push(route);
  });
  await page.goto(`/u/bob?q=${encodeURIComponent(called)}`);
  const tick = async () => {
    await fleet.card(names[0]!).hover();
    await around.box(names[0]!).check();
  };
  const wake = around.bar.getByRole("button", { name: /^Wake/ });
  const told = page.locator(".toast").filter({ hasText: "Waking 8 projects: 0 done; 6 still under way, stopped before 2 of them" });
  await tick();
  await around.bar.getByRole("button", { name: "Select all shown" }).click();
  await wake.click();
  await expect.poll(() => asked.length).toBe(6);
  await tick();
  for (const button of [wake, around.bar.getByRole("button", { name: "Delete" })]) {
    await expect(button).toBeDisabled();
    await expect(button).toHaveAttribute("title", /not over yet/);
  }
  await page.getByRole("button", { name: "Stop and put this away" }).click();
  await expect(told).toBeVisible();
  await expect(page.getByText(/^Waking 8 projects: 0 done$/)).toHaveCount(0);
  await told.getByRole("button", { name: "Dismiss" }).click();
  await expect(told).toHaveCount(0);

  // The same again, until another user is shown.
  await around.bar.getByRole("button", { name: "Select all shown" }).click();
  await expect(wake).toBeEnabled();
  await wake.click();
  await expect.poll(() => asked.length).toBe(12);
  await page.getByRole("combobox", { name: "User" }).selectOption("carol");
  await expect(page).toHaveURL(/\/u\/carol$/);
  await expect(told).toBeVisible();
  await expect(page.locator(".bulk")).toHaveCount(0);
  // Who was held up asks nobody else.
  for (const route of held) {
    const answered = page.waitForResponse((response) => response.request() === route.request());
    await route.fulfill(REFUSED);
    await answered;
  }
  await drawn(page);
  expect(asked).toHaveLength(12);
  expect(asked.filter((url) => !url.includes("/api/users/bob/"))).toEqual([]);
});

test("who goes to another page is told which: its heading has the focus, and the window its name [focus, titles]", async ({ fleet, project, page }) => {
  const called = name("heard");
  await fleet.open("carol");
  await expect(page).toHaveTitle("Projects · Gaggle");
  await fleet.create(called);
  await project.isOpen(called);
  const heading = (name: string) => page.getByRole("heading", { name, level: 1 });
  await expect(page).toHaveTitle(`${called} · Chat · Gaggle`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: /^Projects/ }).press("Enter");
  await expect(heading("Projects")).toBeFocused();
  await expect(page).toHaveTitle("Projects · Gaggle");
  await fleet.card(called).getByRole("link", { name: called, exact: true }).press("Enter");
  await expect(heading(called)).toBeFocused();
  await expect(page).toHaveTitle(`${called} · Chat · Gaggle`);
  // What has the focus and stays keeps it.
  const tab = page.getByRole("navigation", { name: "Project", exact: true }).getByRole("link", { name: "Activity" });
  await tab.press("Enter");
  await expect(page).toHaveTitle(`${called} · Activity · Gaggle`);
  await drawn(page);
  await expect(tab).toBeFocused();
  await new Around(page).go("Usage");
  await expect(heading("Usage")).toBeFocused();
  await expect(page).toHaveTitle("Usage · Gaggle");
  // Another query is no other page.
  const days = page.getByRole("button", { name: "7 days" });
  await days.press("Enter");
  await expect(page).toHaveURL(/[?&]days=7(&|$)/);
  await drawn(page);
  await expect(days).toBeFocused();
  await page.goBack();
  await expect(heading(called)).toBeFocused();
  await expect(page).toHaveTitle(`${called} · Activity · Gaggle`);
});

test("a log is called empty only once it is known to be, stubbed [GET logs]", async ({ page, server }) => {
  const { path } = await made(page, server.url, "carol");
  await page.addInitScript(() => {
    const real = window.fetch;
    window.fetch = async (...asked) => {
      const url = asked[0] instanceof Request ? asked[0].url : String(asked[0]);
      if (!/\/logs\?follow/.test(url)) return real(...asked);
      const begin = (out: ReadableStreamDefaultController) => {
        (window as any).log = (text: string) => out.enqueue(new TextEncoder().encode(text));
      };
      return new Response(new ReadableStream({ start: begin }), { headers: { "content-type": "text/event-stream" } });
    };
  });
  const says = async (text: string) => {
    await page.waitForFunction(() => "log" in window);
    await page.evaluate((text) => (window as any).log(text), text);
    await drawn(page);
  };
  const [reading, none] = [page.getByText("Reading the log"), page.getByText("No lines yet.")];
  await page.goto(`${path}/logs`);
  await says(": here\n\n");
  await expect(reading).toBeVisible();
  await expect(none).toHaveCount(0);
  await says("data: the first line\n\n");
  await expect(page.getByText("the first line")).toBeVisible();
  await expect(reading).toHaveCount(0);
  await page.reload();
  await says(": here\n\n");
  await expect(none).toHaveCount(0);
  await says(": still here\n\n");
  await expect(none).toBeVisible();
});

test("a model that is refused is not shown as chosen [pickers]", async ({ project, page, server }) => {
  const { called, path } = await made(page, server.url, "alice", { mode: "auto" });
  await page.goto(path);
  await project.isOpen(called);
  await project.say("hi\n@say hello");
  await project.ended(2);
  await page.reload();
  const models = page.getByRole("combobox", { name: "Model", exact: true });
  await expect(models).toHaveValue("gpt-4o");
  const all = await models.getByRole("option").evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
  await page.route(/\/sessions\/[^/?]+$/, (route) => (route.request().method() === "PATCH" ? route.fulfill(REFUSED) : route.continue()));
  await models.selectOption(all.find((one) => one !== "gpt-4o")!);
  await expect(page.locator(".toast").filter({ hasText: "The model was not changed" })).toBeVisible();
  await expect(models).toHaveValue("gpt-4o");
});

test("settings save what was changed here, and follow what another window has saved [PATCH project]", async ({ page, server }) => {
  const { path, api } = await made(page, server.url, "bob");
  await page.goto(`${path}/settings`);
  const idle = page.getByRole("textbox", { name: "Falls asleep after" });
  const model = page.getByRole("textbox", { name: "Model" });
  await expect(idle).toHaveValue("");
  await model.fill("mine");
  expect((await page.request.patch(api, { data: { settings: { idleTimeout: "45m", model: "theirs" } } })).ok()).toBe(true);
  await expect(idle).toHaveValue("45m");
  await expect(model).toHaveValue("mine");
  const patch = page.waitForRequest((request) => request.method() === "PATCH");
  await page.getByRole("button", { name: "Save" }).click();
  expect((await patch).postDataJSON().settings).toEqual({ model: "mine" });
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  expect((await (await page.request.get(api)).json()).settings).toMatchObject({ idleTimeout: "45m", model: "mine" });
});

test("keys of the page work after a click on a filter [keys]", async ({ fleet, page }) => {
  await fleet.open("carol");
  await new Around(page).make("carol", [name("keys")]);
  const filter = page.getByRole("group", { name: "Show" }).getByRole("button", { name: /^All/ });
  await filter.click();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(filter).toBeFocused();
  await page.keyboard.press("/");
  await expect(page.getByRole("searchbox", { name: "Search projects" })).toBeFocused();
  await filter.click();
  await page.keyboard.press("n");
  await expect(page.getByRole("dialog", { name: "New project" })).toBeVisible();
});

test("what could not be copied is not called copied, stubbed [copy]", async ({ project, page, server }) => {
  const { called, path } = await made(page, server.url, "alice", { mode: "auto" });
  await page.goto(path);
  await project.isOpen(called);
  await project.say("hi\n@say hello");
  await project.ended(2);
  const acts = project.answer.locator(".answer-acts");
  for (const why of ["without HTTPS", "did not allow it"]) {
    await page.evaluate((none) => {
      const value = none ? undefined : { writeText: async () => Promise.reject(new DOMException("no", "NotAllowedError")) };
      Object.defineProperty(navigator, "clipboard", { configurable: true, value });
    }, why === "without HTTPS");
    await acts.getByRole("button", { name: "Copy", exact: true }).click();
    await expect(page.locator(".toast").filter({ hasText: "It was not copied" }).filter({ hasText: why })).toBeVisible();
    await expect(acts.getByRole("button", { name: "Copied" })).toHaveCount(0);
  }
});

test("what a step usually takes is never marked beside its bar [activation.step]", async ({ project, page, server }) => {
  const usual = ["workspace", "process", "relay", "agent"].map((step) => `${step}=900000,900000,900000`).join(";");
  await page.addInitScript((usual) => localStorage.setItem("gaggle.usual.local", usual), usual);
  const { called, path } = await made(page, server.url, "alice");
  await page.goto(path);
  await project.isOpen(called);
  await project.wake();
  const marks = page.locator(".steps .bar b");
  await expect(marks.first()).toBeAttached();
  await expect.poll(() => marks.evaluateAll((all) => Math.max(...all.map((one) => parseFloat((one as HTMLElement).style.left))))).toBe(100);
});
