import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, name, scripted } from "../test";

const test = scripted();
const CORPUS = join(import.meta.dirname, "..", "corpus");
/** Characters that hide, move or reorder others. */
const DECEIT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/u;

/** Everything that would be a success of the corpus. */
async function harm(page: Page, home: string): Promise<() => Promise<void>> {
  const fetched: string[] = [];
  page.on("request", (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== new URL(home).origin) fetched.push(request.url());
  });
  page.on("dialog", (dialog) => fetched.push(`dialog: ${dialog.message()}`));
  // In this page and in every one that is loaded in its place.
  const listen = () => document.addEventListener("securitypolicyviolation", (event) => ((window as any).broken ??= []).push(event.violatedDirective));
  await page.addInitScript(listen);
  await page.evaluate(listen);
  return async () => {
    expect(fetched, "fetched from elsewhere").toEqual([]);
    const found = await page.evaluate(() => {
      const chat = document.querySelector("main")!;
      const all = [...chat.querySelectorAll("*")];
      return {
        pwned: (window as any).pwned ?? null,
        broken: (window as any).broken ?? [],
        elements: [...chat.querySelectorAll("script, iframe, object, embed, link, base, meta, style, img, form[action], template")].map((one) => one.outerHTML),
        handlers: all.filter((one) => [...one.attributes].some((a) => /^on/i.test(a.name))).map((one) => one.outerHTML),
        links: [...chat.querySelectorAll("a[target]")].filter((one) => !/^(https?|mailto):/.test(one.getAttribute("href")!) || !/noopener/.test(one.getAttribute("rel") ?? "")).map((one) => one.outerHTML),
        text: chat.textContent + document.title + [...chat.querySelectorAll("[title], [aria-label]")].map((one) => `${one.getAttribute("title")}${one.getAttribute("aria-label")}`).join(),
        wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      };
    });
    const { text, ...rest } = found;
    expect(rest).toEqual({ pwned: null, broken: [], elements: [], handlers: [], links: [], wide: false });
    expect(DECEIT.exec(text)?.[0].codePointAt(0)?.toString(16), "a hidden character").toBeUndefined();
  };
}

for (const [theme, width] of [["light", 1280], ["dark", 360]] as const) {
  test(`hostile words, tools and files deceive nobody, ${theme} at ${width} px [security corpus]`, async ({ fleet, project, page, server }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    const called = name("corpus");
    await fleet.open();
    await fleet.create(called);
    await project.isOpen(called);
    await page.setViewportSize({ width, height: 800 });
    const clean = await harm(page, server.url);
    let step = 0;
    // Few of many messages are drawn, and the last may still be the one before: an answer says which step it is of.
    const answer = page.locator(".transcript .message:not(.from-user)").last();
    const answered = async (mark: string) => {
      await expect(answer).toContainText(mark, { timeout: 60_000 });
      await expect(answer).toHaveAttribute("aria-busy", "false", { timeout: 60_000 });
      await expect(answer.getByRole("button", { name: "Try again" })).toBeVisible({ timeout: 60_000 });
    };
    for (const file of readdirSync(CORPUS).filter((file) => file.endsWith(".md") && file !== "README.md").sort()) {
      await test.step(file, async () => {
        const mark = `look at step ${(step += 1)}:`;
        await project.composer.fill(`${mark}\n\n${readFileSync(join(CORPUS, file), "utf8")}\n@echo`);
        await page.getByRole("button", { name: "Send", exact: true }).click();
        await expect(project.composer).toHaveValue("");
        await answered(mark);
        await clean();
      });
    }
    await page.getByRole("combobox", { name: "Mode", exact: true }).selectOption({ label: "Does all by itself" });
    for (const command of readFileSync(join(CORPUS, "commands.txt"), "utf8").trim().split("\n")) {
      await test.step(command, async () => {
        const mark = `done with step ${(step += 1)}.`;
        await project.composer.fill(`@shell ${command}\n@say ${mark}`);
        await page.getByRole("button", { name: "Send", exact: true }).click();
        await expect(project.composer).toHaveValue("");
        await answered(mark);
        await clean();
      });
    }
    await page.reload();
    await answered(`done with step ${step}.`);
    await clean();
    for (const tab of ["Activity", "Logs"]) {
      await project.tab(tab);
      await expect(page.getByRole("heading", { name: called, level: 1 })).toBeVisible();
      await clean();
    }
  });
}
