import type { Page } from "@playwright/test";
import { expect, name, scripted } from "../test";

const test = scripted();

test.beforeEach(async ({ fleet, project }) => {
  const called = name("edits");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
});

const TURNS = 150;

/** A made-up past of so many turns, page by page. */
async function past(page: Page): Promise<void> {
  const id = (n: number) => `0${String(n).padStart(6, "0")}`;
  await page.route(/\/messages\?/, async (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const before = asked.get("before");
    const end = before ? Number(before.slice(1)) : TURNS;
    const start = Math.max(0, end - Number(asked.get("limit")) / 2);
    const items = Array.from({ length: end - start }, (_, at) => start + at).flatMap((n) => {
      const createdAt = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
      const common = { sessionId: asked.get("sessionId"), turnId: id(n), createdAt, state: "complete", failure: null };
      return [
        { ...common, id: `${id(n)}-u`, role: "user", parts: [{ type: "text", text: `question ${n}` }] },
        { ...common, id: `${id(n)}-a`, role: "assistant", parts: [{ type: "text", text: `Answer ${n}. ${"Some words of it. ".repeat(30)}` }], endedAt: createdAt, stopReason: "end_turn" },
      ];
    });
    await route.fulfill({ json: { items, nextCursor: start > 0 ? id(start) : null } });
  });
}

test("a waiting message that is sent while it is changed leaves the new words in the draft [queue, draft]", async ({ project, page, model }) => {
  await project.say("@words 20 hold=5");
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible({ timeout: 60_000 });
  await project.say("@say as it was");
  await project.composer.fill("half a thought");
  const chips = page.getByRole("list", { name: "Waiting messages" });
  const field = chips.getByRole("textbox", { name: "Waiting message" });
  await chips.getByRole("button", { name: "Edit waiting message" }).click();
  await field.fill("@say as it should be");
  // Who looks at the log meanwhile finds it as it was left.
  await project.tab("Logs");
  await expect(project.composer).toHaveCount(0);
  await project.tab("Chat");
  await expect(field).toHaveValue("@say as it should be");
  await expect(field).toBeFocused();
  await model.release();
  await expect(chips).toHaveCount(0, { timeout: 60_000 });
  await expect(project.composer).toHaveValue("half a thought\n\n@say as it should be");
  await expect(project.composer).toBeFocused();
  await expect(page.locator(".toasts")).toContainText("The message was sent as it was before");
  await project.ended(4);
  await expect(project.answer).toContainText("as it was");
  await page.reload();
  await expect(project.composer).toHaveValue("half a thought\n\n@say as it should be");
});

test("words to be sent again are kept while their message is out of sight [edit and send again]", async ({ project, page }) => {
  await past(page);
  await page.reload();
  const asked = `question ${TURNS - 1}`;
  await expect(page.getByText(asked, { exact: true })).toBeInViewport();
  const mine = project.messages.filter({ has: page.getByText(asked, { exact: true }) });
  const edit = mine.getByRole("button", { name: "Edit and send again" });
  const field = page.getByRole("textbox", { name: "Message to send again" });
  await mine.hover();
  await edit.click();
  await field.fill("said better");
  const scroller = page.getByRole("region", { name: "Conversation", exact: true });
  await scroller.evaluate((node) => node.scrollBy(0, -5_000));
  await expect(field).toHaveCount(0);
  await expect(scroller).toBeFocused();
  await page.getByRole("button", { name: "Newest" }).click();
  await expect(field).toHaveValue("said better");
  await field.press("Escape");
  await expect(field).toHaveCount(0);
  await mine.hover();
  await edit.click();
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(asked);
});

test("two presses of one button send once [retry, first ideas]", async ({ project, page }) => {
  const twice = (node: HTMLElement | SVGElement) => [0, 1].forEach(() => (node as HTMLElement).click());
  await page.getByRole("button", { name: "What can you do?" }).evaluate(twice);
  await project.ended(2);
  await project.answer.getByRole("button", { name: "Try again" }).evaluate(twice);
  await project.ended(4);
  const [, user, id] = /\/u\/([^/]+)\/p\/([^/?]+)/.exec(page.url())!;
  const turns = await page.request.get(`${new URL(page.url()).origin}/api/users/${user}/projects/${id}/turns`);
  expect((await turns.json()).items).toHaveLength(2);
});

test("what was added to a turn and never answered is added once, however it is tried again [POST steer]", async ({ project, page, model }) => {
  await project.say("@words 30 hold=10");
  const stop = page.getByRole("button", { name: "Stop" });
  await expect(stop).toBeVisible({ timeout: 60_000 });
  let lost = false;
  await page.route(/\/steer$/, async (route) => {
    if (lost) return route.continue();
    lost = true;
    await route.fetch();
    await route.abort();
  });
  await project.composer.fill("by the way");
  await project.composer.press("ControlOrMeta+Enter");
  await expect(page.getByRole("alert").filter({ hasText: "press Enter to try again" })).toBeVisible();
  await expect(project.composer).toHaveValue("by the way");
  await project.composer.press("Enter");
  await expect(project.composer).toHaveValue("");
  await expect(page.getByRole("list", { name: "Waiting messages" })).toHaveCount(0);
  const added = project.messages.locator(".said").filter({ hasText: "by the way" });
  await expect(added).toHaveCount(1);
  await model.release();
  await expect(stop).toBeHidden({ timeout: 60_000 });
  await page.reload();
  await expect(added).toHaveCount(1);
});

test("a mode is kept from its choice until a message went with it [mode]", async ({ project, page }) => {
  const mode = page.getByRole("combobox", { name: "Mode", exact: true });
  await mode.selectOption("auto");
  await project.tab("Logs");
  await expect(mode).toHaveCount(0);
  await project.tab("Chat");
  await expect(mode).toHaveValue("auto");
  await page.reload();
  await expect(mode).toHaveValue("auto");
  await project.say("@shell touch kept.txt\n@say done");
  await project.ended(2);
  await expect(project.tools("completed")).toHaveCount(1);
  // From here on it is the conversation's own: what is chosen elsewhere shows here.
  const chosen = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("gaggle.mode.")));
  expect(await chosen()).toEqual([]);
  await expect(mode).toHaveValue("auto");
  await page.reload();
  await expect(mode).toHaveValue("auto");
});

test("completions close when the caret goes elsewhere, the field is left and the message is sent [GET files]", async ({ project, page }) => {
  await page.getByRole("combobox", { name: "Mode", exact: true }).selectOption("auto");
  await project.say('@tool write {"path":"src/found-me.txt","content":"x"}\n@say done');
  await project.ended(2);
  const offered = page.getByRole("option", { name: "src/found-me.txt" });
  await project.composer.pressSequentially("look at @found");
  await expect(offered).toBeVisible();
  await project.composer.press("Home");
  await expect(offered).toHaveCount(0);
  await project.composer.press("End");
  await project.composer.pressSequentially("-");
  await expect(offered).toBeVisible();
  await project.composer.blur();
  await expect(offered).toHaveCount(0);
  await project.composer.press("End");
  await project.composer.pressSequentially("m");
  await expect(offered).toBeVisible();
  await project.composer.press("ControlOrMeta+Enter");
  await expect(project.composer).toHaveValue("");
  await expect(offered).toHaveCount(0);
  await project.ended(4);
});
