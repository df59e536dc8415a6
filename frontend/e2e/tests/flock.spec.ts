import { expect } from "../test";
import { tell, untell } from "../told";
import { flocked as test } from "./flocked";

// After `every.spec.ts`: the last of these changes the flock.

test("each order puts first what it says, and a card tells why it is awake, what it costs and what failed [fleet]", async ({ page }) => {
  await page.goto("/u/alice");
  const names = page.getByRole("list", { name: "Projects" }).getByRole("heading");
  const order = page.getByRole("combobox", { name: "Order" });
  await expect(names.first()).toHaveText("billing-service");
  await order.selectOption("name");
  await expect.poll(async () => (await names.allInnerTexts()).slice(0, 3)).toEqual(["billing-service", "customer portal", "data import"]);
  await order.selectOption("newest");
  await expect(names.first()).toHaveText("mobile app");
  await order.selectOption("use");
  const used = page.getByRole("list", { name: "Projects" }).locator(".facts-line");
  await expect.poll(async () => {
    const costs = (await used.allInnerTexts()).map((text) => Number(/\$([\d.]+)/.exec(text)?.[1] ?? 0));
    return costs[0]! > 0 && costs.every((one, n) => n === 0 || costs[n - 1]! >= one);
  }).toBe(true);
  await order.selectOption("recent");
  await expect(names.first()).not.toHaveText("weekly report");

  const card = (of: string) => page.getByRole("article").filter({ has: page.getByRole("link", { name: of, exact: true }) });
  await expect(card("docs site")).toContainText("Working");
  await expect(card("billing-service")).toContainText("Needs you");
  await expect(card("load tests").locator(".facts-line")).toHaveText(/ago · sleeps in \d.* today$/);
  await expect(card("gpu worker").getByRole("link", { name: "Change its model" })).toBeVisible();
  // How long it does what it does goes on by itself.
  const lasting = card("docs site").locator(".facts-line");
  const before = await lasting.innerText();
  await expect(lasting).not.toHaveText(before);

  // The form of the list is kept.
  await page.getByRole("button", { name: "Rows" }).click();
  await page.reload();
  await expect(page.getByRole("button", { name: "Rows" })).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator(".row-line").first()).toBeVisible();
  await page.getByRole("button", { name: "Cards" }).click();
  await page.reload();
  await expect(page.locator("article.card").first()).toBeVisible();
});

test("a failure shows its cause and leads to where it is mended; thoughts are folded [failure, thoughts]", async ({ flock, page }) => {
  await page.goto(`/u/alice/p/${flock.id("gpu worker")}`);
  const failure = page.getByRole("group", { name: "Failure" });
  await failure.getByRole("link", { name: "Change its model" }).click();
  await expect(page).toHaveURL(/\/settings$/);
  await expect(page.getByRole("textbox", { name: "Model" })).toHaveValue("claude-sonnet-4-5");

  // Stubbed: an agent that ended again and again, with its last lines.
  const crash = { code: "crash_loop", message: "the agent ended again and again", hint: "look at its log", detail: "exit code 101\nlast lines:\nthread 'main' panicked", since: new Date().toISOString() };
  await tell(page, { projects: { [flock.id("load tests")]: { phase: "failed", desiredState: "inactive", failure: crash } } });
  await page.goto(`/u/alice/p/${flock.id("load tests")}`);
  const raw = failure.locator("pre");
  await expect(failure).toContainText("The agent ended again and again.");
  await expect(raw).toBeHidden();
  await failure.getByText("Raw cause").click();
  await expect(raw).toContainText("thread 'main' panicked");
  await expect(failure.getByRole("button", { name: "Try again" })).toBeVisible();
  await failure.getByRole("link", { name: "Look at its log" }).click();
  await expect(page).toHaveURL(/\/logs$/);
  await untell(page);

  await page.goto(`/u/alice/p/${flock.id("billing-service")}`);
  const thought = page.locator("details.thought").first();
  await expect(thought.getByText("One migration")).toBeHidden();
  await thought.locator("summary").click();
  await expect(thought.getByText("One migration")).toBeVisible();
});

test("where nothing should move, nothing does [reduced motion]", async ({ page, flock }) => {
  const moving = () => page.evaluate(() => document.getAnimations().filter((one) => one.playState === "running" && Number(one.effect?.getComputedTiming().duration) > 1).length);
  await page.goto("/u/alice");
  await expect(page.locator(".dot.live").first()).toBeVisible();
  await expect.poll(moving).toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const place of ["", `/p/${flock.id("docs site")}`, `/p/${flock.id("mobile app")}`]) {
    await page.goto(`/u/alice${place}`);
    await expect(page.locator(".dot.live").first()).toBeVisible();
    expect(await moving(), place).toBe(0);
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("combobox", { name: /Go to/ })).toBeFocused();
    expect(await moving(), `${place}, palette`).toBe(0);
    await page.keyboard.press("Escape");
  }
});

test("a start shows what is usual here, and can be cancelled [activation, deactivate]", async ({ flock, page }) => {
  const usual = ["workspace", "process", "relay", "agent"].map((step) => `${step}=2000,2000,2000`).join(";");
  await page.addInitScript((usual) => localStorage.setItem("gaggle.usual.local", usual), usual);
  await page.goto(`/u/alice/p/${flock.id("mobile app")}`);
  const start = page.getByRole("region", { name: "Start", exact: true });
  await expect(start.getByRole("listitem").last()).toHaveAttribute("title", "usually 2.0 s here");
  await expect(start.locator(".bar b").last()).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "Cancel" }).click();
  await expect(start).toHaveCount(0);
  await expect(page.getByRole("main").getByText("Asleep", { exact: true })).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole("button", { name: "Wake", exact: true })).toBeVisible();
});
