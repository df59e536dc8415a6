import type { Page } from "@playwright/test";
import { expect, name, scripted } from "../test";
import { stall, tap } from "../told";

const test = scripted();

test.beforeEach(async ({ fleet, project, page }) => {
  const called = name("turn");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  await page.getByRole("combobox", { name: "Mode", exact: true }).selectOption({ label: "Does all by itself" });
});

/** Says something without this page. */
async function elsewhere(page: Page, text: string): Promise<void> {
  const [, user, id] = /\/u\/([^/]+)\/p\/([^/?]+)/.exec(page.url())!;
  const sent = await page.request.post(`${new URL(page.url()).origin}/api/users/${user}/projects/${id}/messages`, { data: { text } });
  expect(sent.ok()).toBe(true);
}

test("what streams does not flicker: finished blocks keep their elements, and little is read out [streaming]", async ({ project, page }) => {
  await project.say("warm\n@say up");
  await project.ended(2);
  await page.evaluate(() => {
    const kept = ((window as any).kept = { blocks: [] as Element[], sizes: new Set<number>(), told: new Set<string>() });
    const look = () => {
      const answer = [...document.querySelectorAll(".transcript .message:not(.from-user)")].at(-1);
      const blocks = [...(answer?.querySelector(".markdown")?.children ?? [])];
      if (answer?.getAttribute("aria-busy") === "true") kept.sizes.add(blocks.length);
      // All but the last are finished; each as it was when it first was.
      if (answer?.getAttribute("aria-busy") === "true") blocks.slice(0, -1).forEach((block, n) => (kept.blocks[n] ??= block));
      for (const live of document.querySelectorAll("[aria-live], [role=status], [role=alert], [role=log]")) {
        if (live.textContent) kept.told.add(live.textContent);
      }
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
  });
  const blocks = Array.from({ length: 60 }, (_, n) => `Paragraph ${n} with **some** \`words\` of it that go on for a while, so that it comes in pieces.`);
  await project.say(`go\n\n# Title\n\n- one\n- two\n\n\`\`\`js\nlet a = 1;\nlet b = 2;\n\`\`\`\n\n${blocks.join("\n\n")}\n@echo delay=2`);
  await project.ended(4);
  const seen = await page.evaluate(() => {
    const { blocks, sizes, told } = (window as any).kept;
    const now = [...[...document.querySelectorAll(".transcript .message:not(.from-user)")].at(-1)!.querySelector(".markdown")!.children];
    return { changed: blocks.flatMap((block: Element, n: number) => (block === now[n] ? [] : [n])), watched: blocks.length, steps: sizes.size, told: [...told] };
  });
  expect(seen.watched).toBeGreaterThan(20);
  expect(seen.steps, "the answer came at once: nothing was watched").toBeGreaterThan(3);
  expect(seen.changed).toEqual([]);
  expect(seen.told.join("\n")).toContain("Goose works");
  expect(seen.told.filter((text: string) => /Paragraph/.test(text))).toEqual([]);
  expect(seen.told.length).toBeLessThan(8);
});

test("what runs is steered by keys and by a button, and silence says what it waits for [POST steer, pulse]", async ({ project, page, model }) => {
  await project.say("@words 30 hold=10");
  const stop = page.getByRole("button", { name: "Stop" });
  await expect(stop).toBeVisible({ timeout: 60_000 });
  await expect(page.locator(".pulse")).toHaveText(/^Model, \d+ s$/);
  await project.composer.fill("by keys\nin two lines");
  await project.composer.press("ControlOrMeta+Enter");
  await expect(project.composer).toHaveValue("");
  const said = project.messages.locator(".said");
  await expect(said.filter({ hasText: "by keys" })).toBeVisible();
  await expect(page.getByRole("list", { name: "Waiting messages" })).toHaveCount(0);
  await project.composer.fill("by the button");
  await page.getByRole("button", { name: "Steer" }).click();
  await expect(said.filter({ hasText: "by the button" })).toBeVisible();
  await expect(page.getByRole("list", { name: "Waiting messages" })).toHaveCount(0);
  await model.release();
  await expect(stop).toBeHidden({ timeout: 60_000 });
  await page.reload();
  await expect(said.filter({ hasText: "by keys" })).toHaveCount(1);
  await expect(said.filter({ hasText: "by the button" })).toHaveCount(1);
});

test("a failed tool is open with its exit code, an image waits for a click, words are copied, Shift-Enter makes a line [tool cards, images, copy, composer]", async ({ project, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const fetched: string[] = [];
  await context.route("https://pictures.example/**", (route) => {
    fetched.push(route.request().url());
    return route.fulfill({ contentType: "text/plain", body: "a cat" });
  });
  await project.say("@shell echo went wrong; exit 7\n@shell true\n@say Look: ![a cat](https://pictures.example/cat.png)\n");
  await project.ended(2);
  const failed = project.tools("failed");
  await expect(failed.locator(".tool-head")).toHaveAttribute("aria-expanded", "true");
  await expect(failed.locator(".tool-note")).toContainText("exit 7");
  await expect(failed.getByLabel("Output")).toContainText("went wrong");
  const image = project.answer.getByRole("link", { name: "Image: a cat" });
  await expect(image).toBeVisible();
  expect(fetched, "before a click").toEqual([]);
  const opened = context.waitForEvent("page");
  await image.click();
  await (await opened).waitForLoadState();
  expect(fetched).toEqual(["https://pictures.example/cat.png"]);
  await (await opened).close();
  await project.answer.locator(".answer-acts").getByRole("button", { name: "Copy" }).click();
  await expect(project.answer.getByRole("button", { name: "Copied" })).toBeVisible();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain("Look: ![a cat](https://pictures.example/cat.png)");
  await project.composer.fill("one");
  await project.composer.press("Shift+Enter");
  await project.composer.pressSequentially("two");
  await expect(project.composer).toHaveValue("one\ntwo");
  await expect(project.messages).toHaveCount(2);
});

test("a connection that goes and comes heals, and one that fell silent is not trusted for long [offline, laptop sleep]", async ({ project, page, context }) => {
  await project.say("hi\n@say before");
  await project.ended(2);
  await test.step("offline", async () => {
    await context.setOffline(true);
    await project.composer.fill("not lost");
    await project.composer.press("Enter");
    await expect(page.getByRole("alert").filter({ hasText: "Not sent" })).toBeVisible();
    await expect(project.composer).toHaveValue("not lost");
    await elsewhere(page, "while offline\n@say meanwhile");
    await context.setOffline(false);
    await project.ended(4);
    await expect(project.answer).toContainText("meanwhile");
    await expect(project.lost).toHaveCount(0);
    await project.composer.fill("");
  });
  await test.step("a laptop sleeps: its streams say nothing and never end", async () => {
    await page.clock.install();
    await tap(page);
    await page.reload();
    await project.ended(4);
    await stall(page, true);
    await elsewhere(page, "while asleep\n@say slept through");
    await expect(project.messages).toHaveCount(4);
    await stall(page, false);
    // It wakes a minute later: the silence is noticed, though the connection itself never said that it is gone.
    await page.clock.fastForward("01:00");
    await project.ended(6);
    await expect(project.answer).toContainText("slept through");
    await expect(project.lost).toHaveCount(0);
  });
});
