import type { Page } from "@playwright/test";
import { expect, name, scripted } from "../test";

const test = scripted();

test.beforeEach(async ({ fleet, project }) => {
  const called = name("focus");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
});

/** The focus is somewhere: on nothing, keys are lost. */
const somewhere = (page: Page) => expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).not.toBe("BODY");

test("a waiting message that is changed or taken back does not lose the focus [focus]", async ({ project, page }) => {
  await project.say("@shell touch one.txt\n@say done");
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await project.say("and then this");
  const chips = page.getByRole("list", { name: "Waiting messages" });
  const edit = chips.getByRole("button", { name: "Edit waiting message" });
  const field = chips.getByRole("textbox", { name: "Waiting message" });
  await edit.click();
  await expect(field).toBeFocused();
  await expect(field).toHaveValue("and then this");
  await page.keyboard.press("Escape");
  await expect(edit).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(field).toBeFocused();
  await field.fill("and then that");
  await page.keyboard.press("Enter");
  await expect(chips).toContainText("and then that");
  await expect(edit).toBeFocused();
  await chips.getByRole("button", { name: "Take back waiting message" }).click();
  await expect(chips).toHaveCount(0);
  await expect(project.composer).toBeFocused();
});

test("a conversation that is renamed or deleted does not lose the focus [focus]", async ({ project, page }) => {
  const list = page.getByRole("region", { name: "Conversations" }).last();
  await list.getByRole("button", { name: "New conversation" }).click();
  const made = list.getByRole("listitem").filter({ hasNotText: "Main conversation" });
  const rename = made.getByRole("button", { name: "Rename conversation" });
  const field = list.getByRole("textbox", { name: "Title of the conversation" });
  await made.hover();
  await rename.click();
  await expect(field).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(rename).toBeFocused();
  await page.keyboard.press("Enter");
  await field.fill("Ideas");
  await page.keyboard.press("Enter");
  await expect(made).toContainText("Ideas");
  await expect(rename).toBeFocused();
  await made.getByRole("button", { name: "Delete conversation" }).click();
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await somewhere(page);
  await expect(project.composer).toBeVisible();
});

test("what is left unsaid again gives the focus back [focus]", async ({ project, page }) => {
  await page.getByRole("combobox", { name: "Mode", exact: true }).selectOption({ label: "Does all by itself" });
  await project.say("@shell touch one.txt\n@say done");
  await project.ended(2);
  const again = project.answer.getByRole("button", { name: "Try again" });
  await again.click();
  await expect(page.getByRole("button", { name: "Leave it" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(again).toBeFocused();
  await again.click();
  await page.keyboard.press("Escape");
  await expect(again).toBeFocused();
  const mine = project.messages.first();
  await mine.hover();
  const edit = mine.getByRole("button", { name: "Edit and send again" });
  await edit.click();
  const field = page.getByRole("textbox", { name: "Message to send again" });
  await expect(field).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(edit).toBeFocused();
  await edit.click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(edit).toBeFocused();
  await edit.click();
  await field.fill("@say other");
  await page.getByRole("button", { name: "Send as a new message" }).click();
  await project.ended(4);
  await expect(project.composer).toBeFocused();
});
