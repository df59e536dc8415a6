import { appendFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { clustered } from "../pictures/cluster";
import { expect, name, scripted } from "../test";

const test = scripted();
const CORPUS = join(import.meta.dirname, "..", "corpus");
/** Characters that hide, move or reorder others. */
const DECEIT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\u3164\ufeff\uffa0]|[\u{e0000}-\u{e007f}]/u;

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
      const whole = document.body;
      const all = [...whole.querySelectorAll("*")];
      return {
        pwned: (window as any).pwned ?? null,
        broken: (window as any).broken ?? [],
        elements: [...whole.querySelectorAll("script, iframe, object, embed, link, base, meta, style, img, form[action], template")].map((one) => one.outerHTML),
        handlers: all.filter((one) => [...one.attributes].some((a) => /^on/i.test(a.name))).map((one) => one.outerHTML),
        // Those of Status are the page's own.
        links: [...whole.querySelectorAll("a[target]:not(.status .links a)")].filter((one) => !/^(https?|mailto):/.test(one.getAttribute("href")!) || !/noopener/.test(one.getAttribute("rel") ?? "")).map((one) => one.outerHTML),
        text: whole.textContent + document.title + all.map((one) => ["title", "aria-label", "aria-valuetext", "placeholder", "alt"].map((name) => one.getAttribute(name)).join()).join(),
        wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      };
    });
    const { text, ...rest } = found;
    expect(rest).toEqual({ pwned: null, broken: [], elements: [], handlers: [], links: [], wide: false });
    expect(DECEIT.exec(text)?.[0].codePointAt(0)?.toString(16), "a hidden character").toBeUndefined();
  };
}

/** Words with all that hides and moves, and markup that would do harm. */
const HOSTILE = "a\u202eb \u2066c\u2069 \u200b\u034f\u115f\u3164\uffa0\ufeff <img src=https://evil.example/t.png onerror=window.pwned=7> \u001b[31mred\u001b[0m end";
const COMMANDS = readFileSync(join(CORPUS, "commands.txt"), "utf8").trim().split("\n");
/** Tools as they are asked about: hostile in path, content, the names of arguments and their values. */
const TOOLS: [name: string, input: object][] = [
  ...COMMANDS.map((command): [string, object] => ["shell", { command }]),
  ["shell", { command: ["printf", HOSTILE], cwd: HOSTILE, [HOSTILE]: HOSTILE }],
  ["write", { path: HOSTILE, content: `${HOSTILE}\r\n\t${HOSTILE}\n`, [HOSTILE]: [HOSTILE] }],
  ["edit", { path: HOSTILE, before: `${HOSTILE}\r\n`, after: `${HOSTILE}\n` }],
  ["delegate", { instructions: HOSTILE, [HOSTILE]: { [HOSTILE]: [HOSTILE, "\n" + HOSTILE] } }],
];

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
    await page.getByRole("combobox", { name: "Mode", exact: true }).selectOption("auto");
    for (const command of COMMANDS) {
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
    const logged = page.getByRole("list", { name: "The agent's log" }).getByRole("listitem");
    for (const [tab, shown] of [["Activity", page.locator(".moment")], ["Logs", logged]] as const) {
      await project.tab(tab);
      await expect(page.getByRole("heading", { name: called, level: 1 })).toBeVisible();
      // The heading stands over every tab.
      await expect(shown.first()).toBeVisible();
      await clean();
    }
  });
}

for (const [theme, width] of [["light", 360], ["dark", 1280]] as const) {
  test(`hostile questions deceive nobody, wherever they are asked and told, ${theme} at ${width} px [security corpus]`, async ({ project, page, server }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 800 });
    const called = name("questions");
    const made = await page.request.post(`${server.url}/api/users/carol/projects`, { data: { name: called, settings: { mode: "approve" } } });
    const path = `/u/carol/p/${(await made.json()).id}`;
    await page.goto(path);
    const clean = await harm(page, server.url);
    for (const [tool, input] of TOOLS) {
      await test.step(`${tool} ${JSON.stringify(input).slice(0, 60)}`, async () => {
        await page.goto(path);
        await project.isOpen(called);
        await project.composer.fill(`@tool ${tool} ${JSON.stringify(input)}\n@say done`);
        await page.getByRole("button", { name: "Send", exact: true }).click();
        await expect(project.approval).toBeVisible({ timeout: 60_000 });
        await expect(project.tools("waits")).toHaveCount(1);
        await clean();
        await page.goto("/u/carol/approvals");
        await expect(project.approval).toBeVisible();
        await clean();
        await page.goto("/u/carol");
        await expect(page.getByRole("link", { name: `Review ${called}` })).toBeVisible();
        await clean();
        await page.goto("/u/carol/approvals");
        await project.approval.getByRole("button", { name: "Reject once" }).click();
        await page.getByRole("textbox", { name: /instead/ }).fill(HOSTILE);
        await project.approval.getByRole("button", { name: "Reject", exact: true }).click();
        await expect(project.approval).toHaveCount(0);
      });
    }
    await page.getByText("Answered lately").click();
    await expect(page.locator(".lately li").filter({ hasText: called })).toHaveCount(TOOLS.length);
    await clean();
    await page.goto(path);
    await expect(page.getByText(/Reject once by carol/).first()).toBeVisible();
    await clean();
    await project.tab("Activity");
    await expect(page.getByText("Answered: Reject once").first()).toBeVisible();
    await clean();
  });

  test(`hostile names, titles, notes, failures and logs deceive nobody, ${theme} at ${width} px [security corpus]`, async ({ fleet, project, page, server, context }) => {
    test.setTimeout(180_000);
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await context.grantPermissions(["notifications"]);
    await page.addInitScript(() => {
      const told: string[] = [];
      class Told extends EventTarget {
        static permission = "granted";
        onclick: unknown = null;
        constructor(title: string, options?: NotificationOptions) {
          super();
          told.push(`${title} ${options?.body}`);
        }
      }
      Object.assign(window, { Notification: Told, told });
      localStorage.setItem("gaggle.notify", "1");
    });
    const called = name("names");
    await fleet.open("carol");
    await fleet.create(called);
    await project.isOpen(called);
    const clean = await harm(page, server.url);
    const offered = page.getByRole("listbox", { name: "Completions" }).getByRole("option");
    const id = page.url().match(/\/p\/([^/?]+)/)![1];
    await page.getByRole("combobox", { name: "Mode", exact: true }).selectOption("auto");

    await test.step("a notification", async () => {
      await page.evaluate(() => Object.defineProperty(document, "hidden", { configurable: true, get: () => true }));
      await project.say(`@say ${HOSTILE}`);
      const told = () => page.evaluate(() => (window as unknown as { told: string[] }).told);
      await expect.poll(async () => (await told()).length, { timeout: 60_000 }).toBe(1);
      expect((await told())[0]).toContain("[U+202E]");
      expect(DECEIT.exec((await told())[0])).toBeNull();
      await page.evaluate(() => Object.defineProperty(document, "hidden", { configurable: true, get: () => false }));
      await project.ended(2);
    });

    await test.step("names of files", async () => {
      const file = "na\u202eme\u3164.txt";
      writeFileSync(join(server.workspace(id), file), "x");
      writeFileSync(join(server.workspace(id), "<img src=x onerror=window.pwned=8>name.txt"), "x");
      await project.composer.pressSequentially("look at @me");
      await expect(offered).toHaveCount(2);
      await clean();
      await project.composer.fill("");
    });

    await page.setViewportSize({ width, height: 800 });
    // What an agent may call its things, as the server would tell it.
    await page.route(/\/sessions(\?|$)/, async (route) => {
      if (route.request().method() !== "GET") return route.continue();
      const told = await (await route.fetch()).json();
      for (const session of told.items) {
        session.title = HOSTILE;
        session.options = { modes: [{ id: "auto", name: HOSTILE, description: HOSTILE }], models: [{ id: "gpt-4o", name: HOSTILE, description: null }], model: "gpt-4o", commands: [{ name: `x${HOSTILE}`, description: HOSTILE, hint: HOSTILE }] };
      }
      await route.fulfill({ json: told });
    });
    const failure = { code: "provider_error", message: HOSTILE, hint: HOSTILE, detail: `${HOSTILE}\n${HOSTILE}`, since: new Date().toISOString() };
    await page.route(/\/messages\?/, async (route) => {
      const told = await (await route.fetch()).json();
      const last = told.items.at(-1);
      if (last) Object.assign(last, { state: "failed", failure });
      await route.fulfill({ json: told });
    });

    await test.step("titles, commands and a failure", async () => {
      await page.reload();
      await project.isOpen(called);
      await page.locator(".raw summary").first().click();
      await clean();
      await project.composer.pressSequentially("/x");
      await expect(offered).toContainText("[U+202E]");
      await clean();
      await project.composer.fill("");
    });

    await test.step("a note, and the notes that were", async () => {
      const problem = { type: "about:blank", title: HOSTILE, status: 409, detail: HOSTILE, code: "no_running_turn", hint: HOSTILE };
      await page.route(/\/messages$/, (route) => route.fulfill({ status: 409, contentType: "application/problem+json", json: problem }));
      await project.answer.getByRole("button", { name: "Try again" }).click();
      await expect(page.locator(".toast")).toContainText("[U+202E]");
      await clean();
      await project.composer.fill("hello");
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await expect(page.getByRole("alert").filter({ hasText: "Not sent" })).toBeVisible();
      await clean();
      await page.unroute(/\/messages$/);
      if (width < 760) await page.getByRole("button", { name: "Menu" }).click();
      await page.getByRole("button", { name: "Notes and notifications" }).click();
      await expect(page.getByRole("dialog", { name: "Notes" })).toContainText("[U+202E]");
      await clean();
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+k");
      await expect(page.getByRole("combobox", { name: /Go to/ })).toBeFocused();
      await clean();
      await page.keyboard.press("Escape");
    });

    await test.step("the log", async () => {
      await page.goto(`/u/carol/p/${id}/logs`);
      const lines = page.getByRole("list", { name: "The agent's log" });
      await expect(lines.getByRole("listitem").first()).toBeVisible();
      const log = join(server.workspace(id), "..", "logs", "agent.log");
      appendFileSync(log, `${HOSTILE}\n\u001b]0;title\u0007\u001b[2J\u001b[1;31m${HOSTILE}\r${HOSTILE}\u0008\u0000\n<script>window.pwned=9</script>\n\u001b]8;;https://evil.example\u001b\\marker line\u001b]8;;\u001b\\\n`);
      await expect(lines.getByText("marker line")).toBeVisible();
      await clean();
    });

    await test.step("what was used, and what the server found, stubbed", async () => {
      await page.route(/\/api\/users\/carol\/usage/, async (route) => {
        const told = await (await route.fetch()).json();
        for (const row of told.rows) row.model = HOSTILE;
        await route.fulfill({ json: told });
      });
      await page.goto("/u/carol/usage");
      await expect(page.getByRole("region", { name: "Use by model" })).toContainText("[U+202E]");
      await clean();
      await page.route(/\/api\/status$/, async (route) => {
        const told = await (await route.fetch()).json();
        told.findings.push({ about: HOSTILE, state: "bad", found: HOSTILE, hint: HOSTILE });
        await route.fulfill({ json: told });
      });
      await page.goto("/u/carol/status");
      await expect(page.locator(".finding.bad")).toContainText("[U+202E]");
      await clean();
    });

    await test.step("a start in a cluster, and its objects and manifests, stubbed", async () => {
      await page.goto(`/u/carol/p/${id}`);
      await clustered(page, "activating", { words: HOSTILE });
      const steps = page.locator(".start-card .steps");
      await expect(steps.locator(".step-message").last()).toContainText("[U+202E]");
      await expect(steps.locator(".step-notes li").last()).toContainText("[U+202E]");
      await clean();
      await page.goto(`/u/carol/p/${id}/resources`);
      await expect(page.getByRole("region", { name: "Manifests" })).toContainText("U+202E");
      await expect(page.getByRole("region", { name: "Objects of the cluster" })).toContainText("[U+202E]");
      await clean();
    });
  });
}
