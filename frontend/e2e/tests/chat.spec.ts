import { expect, name, test } from "../test";
import { clean } from "./access";

const ASK = "create a file hello.txt with hi";

test.beforeEach(async ({ fleet, project }) => {
  const called = name("chat");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
});

test("a message wakes the project and the answer streams [POST messages, GET events]", async ({ project }) => {
  await project.say("What can you do?");
  await project.ended(2);
  await expect(project.answer).toContainText(/demo/i);
});

test("an approval shows what would happen and lets it [permissions]", async ({ project }) => {
  await project.say(ASK);
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await expect(project.approval).toContainText("hello.txt");
  await project.approval.getByRole("button", { name: /allow.*once/i }).click();
  await expect(project.approval).toHaveCount(0);
  await project.ended(2);
  await expect(project.tools("completed")).not.toHaveCount(0);
});

test("a rejection with a comment keeps the tool from running [permissions, comment]", async ({ project, page }) => {
  await project.say(ASK);
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await project.approval.getByRole("button", { name: /reject|deny/i }).first().click();
  await page.getByRole("textbox", { name: /instead/ }).fill("call it bye.txt");
  await project.approval.getByRole("button", { name: "Reject", exact: true }).last().click();
  await expect(project.approval).toHaveCount(0);
  await expect(page.getByText("call it bye.txt").first()).toBeVisible();
  // Once the turn is over nothing of it runs any more.
  await expect(page.getByRole("button", { name: "Stop", exact: true })).toHaveCount(0, { timeout: 60_000 });
  await expect(project.tools("completed")).toHaveCount(0);
});

test("a reload in mid-turn leaves no gap and no double [promise 4]", async ({ project, page }) => {
  await project.say(ASK);
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  const before = await project.words();
  await page.reload();
  await expect(project.approval).toBeVisible();
  await expect.poll(() => project.words()).toEqual(before);
  await project.approval.getByRole("button", { name: /allow.*once/i }).click();
  await project.ended(2);
  const streamed = await project.words();
  await page.reload();
  await project.ended(2);
  await expect.poll(() => project.words()).toEqual(streamed);
});

test("the server is killed in mid-turn and the page heals [promises 1, 3, 4]", async ({ project, server, page }) => {
  await project.say(ASK);
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await server.kill();
  await expect(project.lost).toBeVisible();
  await project.composer.fill("a draft");
  await server.start();
  await expect(project.lost).toHaveCount(0, { timeout: 40_000 });
  await project.approval.getByRole("button", { name: /allow.*once/i }).click();
  await project.ended(2);
  await expect(project.tools("completed")).toHaveCount(1);
  await expect(project.composer).toHaveValue("a draft");
  const healed = await project.words();
  await page.reload();
  await project.ended(2);
  await expect.poll(() => project.words()).toEqual(healed);
});

test("Esc stops the turn [POST cancel]", async ({ project }) => {
  await project.say(ASK);
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await project.composer.press("Escape");
  await project.ended(2);
  await expect(project.answer).toContainText("Stopped");
  await expect(project.approval).toHaveCount(0);
});

test("a waiting message can be edited and taken back [PATCH turn, DELETE turn]", async ({ project, page }) => {
  await project.say(ASK);
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await project.say("and then this");
  const chips = page.getByRole("list", { name: "Waiting messages" });
  await expect(chips).toContainText("and then this");
  await clean(page, "waiting messages");
  await chips.getByRole("button", { name: "Edit waiting message" }).click();
  await clean(page, "a waiting message that is edited");
  await chips.getByRole("textbox").fill("and then that");
  await chips.getByRole("button", { name: "Save" }).click();
  await expect(chips).toContainText("and then that");
  await chips.getByRole("button", { name: "Take back waiting message" }).click();
  await expect(chips).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(chips).toContainText("and then that");
  await chips.getByRole("button", { name: "Take back waiting message" }).click();
  await expect(chips).toHaveCount(0);
  await expect(project.messages).toHaveCount(2);
});

test("a draft survives a reload [draft]", async ({ project, page }) => {
  await project.composer.fill("half a thought");
  await page.reload();
  await expect(project.composer).toHaveValue("half a thought");
  // Each conversation has its own.
  const list = page.getByRole("region", { name: "Conversations" }).last();
  await list.getByRole("button", { name: "New conversation" }).click();
  await expect(list.getByRole("listitem")).toHaveCount(2);
  await expect(project.composer).toHaveValue("");
  await project.composer.fill("another");
  const other = list.locator(".session:not(.on) .session-name");
  await other.click();
  await expect(project.composer).toHaveValue("half a thought");
  await other.click();
  await expect(project.composer).toHaveValue("another");
});

test("conversations are made, renamed and deleted [sessions]", async ({ project, page }) => {
  const list = page.getByRole("region", { name: "Conversations" }).last();
  await list.getByRole("button", { name: "New conversation" }).click();
  await expect(list.getByRole("listitem")).toHaveCount(2);
  const made = list.getByRole("listitem").filter({ hasText: "New conversation" });
  await made.hover();
  await made.getByRole("button", { name: "Rename conversation" }).click();
  await list.getByRole("textbox", { name: "Title of the conversation" }).fill("Ideas");
  await list.getByRole("button", { name: "Save" }).click();
  const renamed = list.getByRole("listitem").filter({ hasText: "Ideas" });
  await renamed.hover();
  await renamed.getByRole("button", { name: "Delete conversation" }).click();
  await expect(list.getByRole("listitem")).toHaveCount(1);
  // There is time to take it back; without that it is gone for good.
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(renamed).toBeVisible();
  await renamed.hover();
  const gone = page.waitForResponse((response) => response.request().method() === "DELETE" && response.ok());
  await renamed.getByRole("button", { name: "Delete conversation" }).click();
  await gone;
  await page.reload();
  await expect(project.composer).toBeVisible();
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await expect(project.composer).toBeVisible();
});
