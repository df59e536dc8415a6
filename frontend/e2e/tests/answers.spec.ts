import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, name, scripted } from "../test";
import { clean } from "./access";

const test = scripted();

test.beforeEach(async ({ fleet, project, page }) => {
  const called = name("answers");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  await page.getByRole("combobox", { name: "Mode", exact: true }).selectOption({ label: "Does all by itself" });
});

test("a retry warns of tools that already ran, and an edit is a new message [retry, edit]", async ({ project, page }) => {
  await project.say("plain\n@say hello");
  await project.ended(2);
  await project.answer.getByRole("button", { name: "Try again" }).click();
  await project.ended(4);
  await project.say("work\n@shell touch done.txt\n@say made");
  await project.ended(6);
  await project.answer.getByRole("button", { name: "Try again" }).click();
  const warning = page.getByRole("group", { name: "Send it again?" });
  await expect(warning).toContainText("touch done.txt");
  await expect(warning.getByRole("button", { name: "Leave it" })).toBeFocused();
  await warning.getByRole("button", { name: "Leave it" }).click();
  await expect(warning).toHaveCount(0);
  await expect(project.messages).toHaveCount(6);
  const mine = project.messages.nth(4);
  await mine.hover();
  await mine.getByRole("button", { name: "Edit and send again" }).click();
  await expect(mine).toContainText("touch done.txt");
  await page.getByRole("textbox", { name: "Message to send again" }).fill("other\n@say something else");
  await page.getByRole("button", { name: "Send as a new message" }).click();
  await project.ended(8);
  await expect(project.answer).toContainText("something else");
});

test("reads are folded, the last tool is open, what runs says so, changed files are summed up [tool cards, turn end]", async ({ project, page, server }) => {
  await project.say("@shell cat /etc/hostname\n@shell ls\n@shell cat /etc/hosts\n@shell echo between > one.txt\n@shell until [ -e go ]; do sleep 0.1; done\n@tool write {\"path\":\"notes.md\",\"content\":\"a\\nb\\n\"}\n@say done");
  // What runs is open; what is over and not the last is not.
  const running = project.answer.locator(".tool-head").filter({ hasText: "until [ -e go ]" });
  await expect(running).toHaveAttribute("aria-expanded", "true", { timeout: 60_000 });
  // It says nothing, and nobody was asked: how long it is out is told all the same.
  await expect(running.locator(".tool-note")).toHaveText(/^\d+ s$/);
  await expect(page.locator(".pulse")).toHaveText(/^Run until \[ -e go \].*, \d+ s$/);
  writeFileSync(join(server.workspace(/\/p\/([^/?]+)/.exec(page.url())![1]!), "go"), "");
  await project.ended(2);
  for (const over of ["echo between", "until [ -e go ]"]) {
    await expect(project.answer.locator(".tool-head").filter({ hasText: over })).toHaveAttribute("aria-expanded", "false");
  }
  await expect(project.answer.locator(".changed summary .plus")).toHaveText("+2");
  await expect(project.answer.locator(".answer-acts .note")).toHaveText(/^[\d.]+ (ms|s|min)/);
  const fold = project.answer.getByRole("button", { name: /^Read 2 files, looked at 1 more/ });
  await expect(fold).toHaveAttribute("aria-expanded", "false");
  await expect(project.answer.getByText("1 file changed")).toBeVisible();
  await expect(project.answer.locator(".tool-head").last()).toHaveAttribute("aria-expanded", "true");
  await fold.click();
  await expect(project.answer.locator(".reads-body .tool")).toHaveCount(3);
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    const found = await new AxeBuilder({ page }).analyze();
    expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`), scheme).toEqual([]);
  }
});

test("code has its language, its colours, fetched when first needed, and a copy button [code]", async ({ project, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const scripts: string[] = [];
  page.on("request", (request) => void (request.url().includes("highlight") && scripts.push(request.url())));
  await project.say("plain\n@say no code here");
  await project.ended(2);
  expect(scripts).toEqual([]);
  await project.say("look:\n\n```rust\nfn main() { let x = 1; } // hi\n```\n\n- [x] done\n- [ ] open\n\n| a | b |\n|---|---|\n| 1 | 2 |\n@echo");
  await project.ended(4);
  await expect(project.answer.locator(".hl-k").first()).toHaveText("fn");
  expect(scripts).toHaveLength(1);
  // Colouring loses nothing, splits no character, and takes a moment even for what is made to be slow.
  const slow = await page.evaluate(() => {
    const colour = (window as any).gaggleHighlight as (text: string, language: string) => string[];
    const hard: [string, string][] = [
      [`<${"a".repeat(39_000)}`, "html"], [`<a ${"b-".repeat(19_000)}`, "html"], [`<a ${"😀".repeat(9_000)}>`, "html"], ["echo $😀 ${😀", "bash"],
    ];
    const began = performance.now();
    for (const [text, language] of hard) {
      const pieces = colour(text, language).filter((_, n) => n % 2);
      if (pieces.join("") !== text || !pieces.every((piece) => (piece as any).isWellFormed())) return text.slice(0, 20);
    }
    return performance.now() - began < 1_000 ? "" : "slow";
  });
  expect(slow).toBe("");
  const block = project.answer.locator("figure.code");
  await expect(block.locator("figcaption")).toContainText("rust");
  await block.getByRole("button", { name: "Copy" }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe("fn main() { let x = 1; } // hi\n");
  await expect(project.answer.getByRole("table")).toBeVisible();
  await expect(project.answer.getByRole("img", { name: "done" })).toBeVisible();
});

test("a conversation is exported as Markdown and as JSON [export]", async ({ project, page }) => {
  await project.say("say it\n@say hello there");
  await project.ended(2);
  for (const [kind, has] of [["Markdown", "## Goose"], ["JSON", '"role": "assistant"']] as const) {
    const download = page.waitForEvent("download");
    await page.getByRole("group", { name: "Export the conversation" }).last().getByRole("button", { name: kind }).click();
    const text = readFileSync(await (await download).path(), "utf8");
    expect(text).toContain(has);
    expect(text).toContain("hello there");
  }
});

test("what the agent offers can be picked: modes, models, commands [pickers, slash commands]", async ({ project, page }) => {
  await project.say("hi\n@say hello");
  await project.ended(2);
  await page.reload();
  const models = page.getByRole("combobox", { name: "Model", exact: true });
  await expect(models).toHaveValue("gpt-4o");
  await expect.poll(() => models.getByRole("option").count()).toBeGreaterThan(3);
  await expect(page.getByRole("combobox", { name: "Mode", exact: true })).toHaveValue("auto");
  await project.composer.fill("/comp");
  await expect(page.getByRole("option", { name: /\/compact/ })).toBeVisible();
  await clean(page, "completions");
  await project.composer.press("Enter");
  await expect(project.composer).toHaveValue("/compact ");
});
