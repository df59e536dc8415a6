import type { Page } from "@playwright/test";
import { Around } from "../pages/around";
import { expect, name, scripted } from "../test";
import { clean } from "./access";

const test = scripted();

/** A project that asks before everything, without its page. */
async function made(page: Page, url: string, user = "alice"): Promise<{ called: string; path: string; api: string }> {
  const called = name("asks");
  const project = await page.request.post(`${url}/api/users/${user}/projects`, { data: { name: called, settings: { mode: "approve" } } });
  const { id } = await project.json();
  return { called, path: `/u/${user}/p/${id}`, api: `${url}/api/users/${user}/projects/${id}` };
}

/** What waits, as soon as there is as much of it. */
async function pending(page: Page, api: string, count = 1): Promise<void> {
  const read = async () => (await (await page.request.get(`${api}/permissions?state=pending`)).json()).items.length;
  await expect.poll(read, { timeout: 60_000 }).toBe(count);
}

const ask = (page: Page, api: string, text: string, sessionId?: string) =>
  page.request.post(`${api}/messages`, { data: { text, sessionId }, headers: { prefer: "respond-async" } });

/** Answers that leave this page. */
function answers(page: Page): string[] {
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes("/permissions/")) sent.push(request.postDataJSON().optionId);
  });
  return sent;
}

/** Lets the page's stopped clock run for so long, in steps, until something is so. */
async function until(page: Page, is: () => Promise<boolean>, step = 20): Promise<void> {
  await expect.poll(async () => {
    await page.clock.runFor(step);
    return is();
  }, { intervals: [50] }).toBe(true);
}

/** What a tool is given, and what must stand in its card, with the question that heads it. */
const GIVEN: [tool: string, input: Record<string, unknown>, question: string, seen: string[]][] = [
  ["shell", { command: "touch one.txt && echo \"two\"", timeout_secs: 7 }, "Wants to run a command", ["touch one.txt && echo \"two\"", "timeout_secs", "7"]],
  ["shell", { command: ["rm", "a b"], cwd: "/tmp/elsewhere" }, "Wants to run a command", ["rm 'a b'", "/tmp/elsewhere"]],
  ["write", { path: "deep/new.md", content: "# One\n\ntwo\n", mode: "0777" }, "Wants to write a file", ["deep/new.md", "# One", "two", "mode", "0777", "replaces what is there"]],
  ["edit", { path: "a.rs", before: "let x = 1;", after: "let x = 2;", all: true }, "Wants to edit a file", ["a.rs", "let x = 1;", "let x = 2;", "all", "true"]],
  ["delegate", { command: "deploy", target: "prod", force: true, steps: ["build", { name: "ship" }], note: "first\nsecond" }, "Wants to use a tool", ["command", "\"deploy\"", "target", "\"prod\"", "force", "true", "\"build\"", "\"ship\"", "first\nsecond"]],
];

test("all that a tool is given stands in its approval [permissions]", async ({ project, page, server }) => {
  test.setTimeout(180_000);
  const { called, path } = await made(page, server.url);
  await page.goto(path);
  await project.isOpen(called);
  for (const [at, [tool, input, question, seen]] of GIVEN.entries()) {
    await test.step(`${tool} ${JSON.stringify(input)}`, async () => {
      await project.say(`@tool ${tool} ${JSON.stringify(input)}\n@say done with ${at}.`);
      await expect(project.approval).toBeVisible({ timeout: 60_000 });
      await expect(project.approval.locator("header")).toContainText(question);
      await expect(project.approval.locator("header .tool-name")).toHaveText(tool);
      for (const value of seen) await expect.poll(() => project.approval.innerText(), value).toContain(value);
      await expect(project.approval).not.toContainText("new file");
      await expect(project.approval.locator(".where")).toContainText(tool === "shell" && !("cwd" in input) ? "Starts in the project's workspace, on this computer, as you." : "Runs on this computer, as you.");
      // The same is told once: the transcript has one line of it, and nothing turns that does not run.
      await expect(project.tools("waits")).toHaveCount(1);
      await expect(project.tools("waits").locator(".tool-body")).toHaveCount(0);
      await expect(page.locator(".transcript .spin")).toHaveCount(0);
      await project.approval.getByRole("button", { name: "Reject once" }).click();
      await project.approval.getByRole("button", { name: "Reject", exact: true }).click();
      await expect(project.answer).toContainText(`done with ${at}.`);
      // Until it is over it may open and fold its tools by itself.
      await expect(project.answer).toHaveAttribute("aria-busy", "false");
      // Nor does the tool's own card hide anything.
      const card = project.answer.locator(".tool").last();
      if ((await card.locator(".tool-head").getAttribute("aria-expanded")) === "false") await card.locator(".tool-head").click();
      for (const value of seen) await expect.poll(() => card.innerText(), value).toContain(value);
    });
  }
});

test("nothing of a long change is cut off before its answers, and none of them stands out [permissions]", async ({ project, page, server }) => {
  const { called, path } = await made(page, server.url);
  await page.goto(path);
  await project.isOpen(called);
  const content = Array.from({ length: 200 }, (_, n) => `line ${n} of many\n`).join("");
  await project.say(`@tool write ${JSON.stringify({ path: "long.md", content, note: content })}\n@say done`);
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  const parts = project.approval.locator("pre, .arguments, .diff-lines");
  for (const width of [1280, 360]) {
    await page.setViewportSize({ width, height: 740 });
    const cut = () => parts.evaluateAll((all) => all.map((one) => [one.className, one.scrollHeight > one.clientHeight]));
    await expect.poll(cut).toEqual([["diff-lines", false], ["arguments", false]]);
    for (const what of [project.approval.locator(".diff-lines").getByText("line 199 of many"), project.approval.getByRole("button", { name: "Allow once" })]) {
      await what.scrollIntoViewIfNeeded();
      await expect(what).toBeInViewport();
    }
  }
  const buttons = project.approval.getByRole("button");
  await expect(buttons).toHaveText([/^Allow once/, /^Reject once/, /^Reject always/, /^Allow always/]);
  await expect(project.approval.locator(".primary")).toHaveCount(0);
});

test("a number answers, but not in the first half second and not in the composer [permissions, keys]", async ({ project, page, server }) => {
  const { called, path, api } = await made(page, server.url);
  const sent = answers(page);
  await page.clock.install();
  await page.goto(path);
  await project.isOpen(called);
  await page.clock.pauseAt(Date.now() + 60_000);
  await ask(page, api, "@shell touch one.txt\n@say done");
  await pending(page, api);
  await until(page, () => project.approval.isVisible());
  const allow = project.approval.getByRole("button", { name: "Allow once" });
  await expect(project.approval.locator("header time")).toHaveText(/is rejected by itself in \d+ min/);
  // Whatever was on its way when the card came was meant for something else.
  await project.approval.focus();
  await page.keyboard.press("1");
  await allow.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Space");
  await allow.click({ force: true });
  await expect(allow).toHaveAttribute("aria-disabled", "true");
  expect(sent).toEqual([]);
  await page.clock.runFor(500);
  await expect(allow).toHaveAttribute("aria-disabled", "false");
  await project.composer.focus();
  await page.keyboard.type("1");
  await expect(project.composer).toHaveValue("1");
  // Who has just come to it by key waits as long.
  await allow.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("1");
  expect(sent).toEqual([]);
  await page.clock.runFor(500);
  await page.keyboard.press("1");
  await until(page, async () => (await project.approval.count()) === 0);
  expect(sent).toEqual(["allow_once"]);
  await page.clock.resume();
  await project.ended(2);
  await expect(project.answer).toContainText(/Allow once by alice, .*\d\d:\d\d/);
});

test("two approvals count themselves, and the next one gets the focus [permissions, keys]", async ({ project, page, server }) => {
  const { called, path, api } = await made(page, server.url);
  const sent = answers(page);
  await page.clock.install();
  await page.goto(path);
  await project.isOpen(called);
  await page.clock.pauseAt(Date.now() + 60_000);
  // One conversation asks one thing after the other: two ask at once.
  await ask(page, api, "@shell touch one.txt\n@say done");
  await pending(page, api);
  const other = (await (await page.request.post(`${api}/sessions`, { data: {} })).json()).id;
  await ask(page, api, "@shell touch two.txt\n@say done", other);
  await pending(page, api, 2);
  await until(page, async () => (await project.approval.count()) === 2);
  await expect(project.approval.first().locator(".place")).toHaveText("1 of 2");
  await expect(project.approval.last().locator(".place")).toHaveText("2 of 2");
  // Only what another conversation asks says whose it is.
  const elsewhere = page.locator(".asks .inbox-project:visible");
  await until(page, async () => (await elsewhere.allInnerTexts()).join() === "In Scripted title");
  await project.approval.first().focus();
  await page.clock.runFor(600);
  await page.keyboard.press("1");
  await until(page, async () => (await project.approval.count()) === 1);
  await until(page, () => project.approval.evaluate((card) => card === document.activeElement));
  await expect(project.approval.locator(".place")).toHaveCount(0);
  // A second press of the same key does not answer what has just come in its place.
  await page.keyboard.press("1");
  expect(sent).toEqual(["allow_once"]);
  await page.clock.runFor(600);
  await page.keyboard.press("1");
  await until(page, async () => (await project.approval.count()) === 0);
  expect(sent).toEqual(["allow_once", "allow_once"]);
  await page.clock.resume();
  await project.ended(2);
  await expect(project.composer).toBeFocused();
});

test("a no takes words, an answer for all later calls says what it means, and both can be left [permissions, focus]", async ({ project, page, server }) => {
  const { called, path } = await made(page, server.url);
  await page.goto(path);
  await project.isOpen(called);
  await project.say("@shell touch one.txt\n@say done");
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  const words = project.approval.getByRole("textbox", { name: "What should it do instead?" });
  await project.approval.getByRole("button", { name: "Reject once" }).click();
  await expect(words).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(project.approval).toBeFocused();
  await project.approval.getByRole("button", { name: "Allow always" }).click();
  await expect(project.approval).toContainText("Every later call of shell runs without asking.");
  await expect(project.approval.getByRole("button", { name: "Allow always" })).toBeFocused();
  await clean(page, "the second step of an answer");
  await project.approval.getByRole("button", { name: "Back" }).click();
  await expect(project.approval).toBeFocused();
  await project.approval.getByRole("button", { name: "Reject always" }).click();
  await expect(project.approval).toContainText("Every later call of shell is rejected without asking.");
  await words.fill("use two.txt");
  await page.keyboard.press("Enter");
  await expect(project.approval).toHaveCount(0);
  await expect(project.composer).toBeFocused();
  await expect(page.locator(".asked")).toContainText("Reject always by alice");
  await expect(page.getByText("use two.txt").first()).toBeVisible();
});

test("a question that ends while one writes gives no key to the next, and says what was not sent [permissions, focus]", async ({ project, page, server }) => {
  const { called, path, api } = await made(page, server.url);
  const sent = answers(page);
  await page.goto(path);
  await project.isOpen(called);
  await ask(page, api, "@shell touch one.txt\n@say done");
  await pending(page, api);
  const other = (await (await page.request.post(`${api}/sessions`, { data: {} })).json()).id;
  const [asked] = (await (await page.request.get(`${api}/permissions?state=pending`)).json()).items;
  await ask(page, api, "@shell touch two.txt\n@say done", other);
  await expect(project.approval).toHaveCount(2, { timeout: 60_000 });
  const first = project.approval.filter({ hasText: "touch one.txt" });
  await first.getByRole("button", { name: "Reject once" }).click();
  await expect(first.getByRole("textbox", { name: "What should it do instead?" })).toBeFocused();
  await page.keyboard.type("make another");
  // Somebody else answers.
  expect((await page.request.post(`${api}/permissions/${asked.id}`, { data: { optionId: "allow_once" } })).ok()).toBe(true);
  await expect(first).toHaveCount(0);
  await expect(project.approval).toHaveCount(1);
  await expect(project.composer).toBeFocused();
  await page.keyboard.type("n1");
  await expect(project.composer).toHaveValue("n1");
  const note = page.locator(".toast").filter({ hasText: "Answered elsewhere: Allow once" });
  await expect(note).toContainText("What you wrote was not sent: make another");
  // It lies over nothing that is written or answered.
  const [told, dock] = [await note.boundingBox(), await page.locator(".dock").boundingBox()];
  expect(told!.y + told!.height).toBeLessThanOrEqual(dock!.y);
  expect(sent).toEqual([]);
});

test("answered in one window, the other is told by whom [permissions]", async ({ project, page, server, context }) => {
  const { called, path, api } = await made(page, server.url);
  await ask(page, api, "@shell touch one.txt\n@say done");
  await pending(page, api);
  const [follows, lost] = [await context.newPage(), await context.newPage()];
  // The last one hears of nothing, and still has the card.
  await lost.route(/\/events(\?after=\d+)?&?$/, (route) => route.abort());
  for (const one of [page, follows, lost]) {
    await one.goto(path);
    await expect(one.getByRole("group", { name: /^Approval:/ })).toBeVisible({ timeout: 60_000 });
  }
  await project.isOpen(called);
  await project.approval.getByRole("button", { name: "Allow once" }).click();
  await expect(project.approval).toHaveCount(0);
  await expect(follows.getByRole("group", { name: /^Approval:/ })).toHaveCount(0);
  // A note passes by; the bell keeps it.
  for (const [one, told] of [[follows, /Answered elsewhere: Allow once by alice/], [page, "Nothing was noted"]] as const) {
    await one.getByRole("button", { name: "Notes and notifications" }).click();
    await expect(one.getByRole("dialog", { name: "Notes" })).toContainText(told);
  }
  await lost.getByRole("group", { name: /^Approval:/ }).getByRole("button", { name: "Allow once" }).click();
  await expect(lost.locator(".toast")).toContainText(/alice/);
});

test("the inbox counts, answers, goes on to the next and knows what was answered [approvals]", async ({ project, page, server }) => {
  const user = "carol";
  const all = [await made(page, server.url, user), await made(page, server.url, user)];
  for (const { api } of all) {
    await ask(page, api, "@shell touch one.txt\n@say done");
    await pending(page, api);
  }
  await page.goto(`/u/${user}`);
  await new Around(page).go("Approvals");
  await expect(project.approval).toHaveCount(2);
  await expect(project.approval.locator(".place")).toHaveText(["1 of 2", "2 of 2"]);
  await page.getByText("Answered lately").click();
  await expect(page.getByText("Nothing was asked yet.")).toBeVisible();
  await project.approval.first().getByRole("button", { name: "Allow once" }).click();
  await expect(project.approval).toHaveCount(1);
  await expect(project.approval).toBeFocused();
  const told = page.locator(".lately li");
  await expect(told).toHaveCount(1);
  await expect(told).toContainText(`${all[0].called}`);
  await expect(told).toContainText(/Run touch one.txt\s*Allow once by carol/);
  await project.approval.getByRole("button", { name: "Reject once" }).click();
  await project.approval.getByRole("button", { name: "Reject", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Nobody waits for you" })).toBeVisible();
  await expect(page.locator("main")).toBeFocused();
  await expect(told).toHaveCount(2);
  await expect(told.first()).toContainText("Reject once by carol");
  await clean(page, "the inbox with what was answered");
});

test("the inbox keeps what is being written while it cannot be read anew [approvals, offline]", async ({ project, page, server }) => {
  const user = "bob";
  const first = await made(page, server.url, user);
  await ask(page, first.api, "@shell touch one.txt\n@say done");
  await pending(page, first.api);
  await page.goto(`/u/${user}/approvals`);
  await project.approval.getByRole("button", { name: "Reject once" }).click();
  const words = page.getByRole("textbox", { name: "What should it do instead?" });
  await words.fill("half a");
  const reads = /\/api\/users\/bob\/permissions\?/;
  await page.route(reads, (route) => route.abort());
  // Somebody else is asked: the list is read anew, which fails.
  const other = await made(page, server.url, user);
  await ask(page, other.api, "@shell touch two.txt\n@say done");
  await pending(page, other.api);
  const trouble = page.getByRole("alert").filter({ hasText: "cannot be reached" });
  await expect(trouble).toBeVisible();
  await expect(words).toHaveValue("half a");
  await expect(words).toBeFocused();
  await page.unroute(reads);
  const [asked] = (await (await page.request.get(`${other.api}/permissions?state=pending`)).json()).items;
  await page.request.post(`${other.api}/permissions/${asked.id}`, { data: { optionId: "allow_once" } });
  await expect(trouble).toHaveCount(0);
  await expect(words).toHaveValue("half a");
  await page.keyboard.type(" thought");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Nobody waits for you" })).toBeVisible();
  await page.getByText("Answered lately").click();
  await expect(page.locator(".lately")).toContainText("half a thought");
});

test("what an approval is worth is said where one answers [approvals]", async ({ project, page, server }) => {
  const { called, path } = await made(page, server.url);
  await page.goto(path);
  await project.isOpen(called);
  await project.say("@shell touch one.txt\n@say done");
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await expect(project.approval.locator(".where")).toContainText("Starts in the project's workspace, on this computer, as you.");
  await expect(project.approval.locator(".where")).toContainText(/mistakes, not against malice/);
  await page.goto("/u/alice");
  await new Around(page).go("Status");
  await expect(page.locator(".finding").filter({ hasText: "answer for you" })).toContainText("approvals");
});
