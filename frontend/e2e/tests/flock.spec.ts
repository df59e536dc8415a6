import { open, PLACES } from "../pictures/places";
import { expect } from "../test";
import { tell, untell } from "../told";
import { flocked as test } from "./flocked";

// Before `places.spec.ts`: Goose ends a command that runs for five minutes, and with it what these look at.

/** What a screen reader is told of the main pages: the parts that must not get lost, in their order. */
const TOLD: Record<string, string> = {
  "fleet-cards": `
    - main:
      - heading "Projects" [level=1]
      - button "New project"
      - group "Show":
        - button /All/ [pressed]
      - searchbox "Search projects"
      - combobox "Order"
      - list "Projects":
        - listitem:
          - article:
            - checkbox "Select billing-service"
            - heading "billing-service" [level=2]:
              - link "billing-service"
            - text: Needs you
            - paragraph: /^\\d+ (s|min)/
            - paragraph:
              - code: /sqlx migrate run/
            - link "Review billing-service"
            - button "Put billing-service to sleep"
        - listitem:
          - article:
            - heading "docs site" [level=2]:
              - link "docs site"
            - text: Working
            - paragraph: /^\\d+ (s|min)/
            - paragraph
            - link "Open docs site"
            - button "Stop the turn of docs site"
            - button "Delete docs site"
        - listitem:
          - article:
            - heading "mobile app" [level=2]:
              - link "mobile app"
            - text: Starting
            - paragraph: /^\\d+ (s|min), usually [\\d.]+ m?s$/
            - paragraph: /^(Agent|Relay|Process|Starting)/
            - link "Open mobile app"
            - button "Put mobile app to sleep"
        - listitem:
          - article:
            - heading "gpu worker" [level=2]:
              - link "gpu worker"
            - text: Failed
            - paragraph: /^(just now|\\d+ (s|min) ago)$/
            - paragraph
            - link "Change its model"
            - button "Try gpu worker again"
            - button "Delete gpu worker"
  `,
  approvals: `
    - main:
      - heading "Approvals" [level=1]
      - text: 2 wait for you
      - 'group "Approval: Wants to write a file"':
        - figure /CHANGELOG.md/
        - button /Allow once/
        - button /Reject once/
        - button /Reject always/
        - button /Allow always/
  `,
  "chat-waiting": `
    - main:
      - heading "billing-service" [level=1]
      - button "Put to sleep"
      - navigation "Project":
        - link "Chat"
        - link "Activity"
        - link "Logs"
        - link "Resources"
        - link "Usage"
        - link "Settings"
      - region "Conversation":
        - article
      - 'group "Approval: Wants to run a command"':
        - button /Allow once/
      - textbox "Message"
      - button "Stop"
      - complementary "Details"
  `,
  usage: `
    - main:
      - heading "Usage" [level=1]
      - group "Period":
        - button "30 days" [pressed]
      - link "CSV"
      - figure:
        - slider "Use by day"
      - heading "By project" [level=2]
      - region "Use by project":
        - table:
          - rowgroup:
            - row /Project Turns/
  `,
  status: `
    - main:
      - heading "Status" [level=1]
      - status: Everything works
      - list:
        - listitem:
          - strong: Gaggle
      - heading "This Gaggle" [level=2]
  `,
  palette: `
    - dialog:
      - combobox /Go to/
      - listbox:
        - option /billing-service/
  `,
};

test("a screen reader is told what stands on the main pages [accessibility]", async ({ flock, page }) => {
  test.setTimeout(120_000);
  await page.emulateMedia({ reducedMotion: "reduce" });
  for (const [name, tree] of Object.entries(TOLD)) {
    const place = PLACES.find((place) => place.name === name)!;
    await open(page, flock, place);
    await expect(page.locator("body"), name).toMatchAriaSnapshot(tree);
    await place.after?.(page);
  }
});

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
  await expect(card("load tests").locator(".facts-line")).toHaveText(/ago · sleeps in \d.* · \$[\d.]+ · [\d.]+k? tokens today$/);
  const hint = card("gpu worker").locator(".hint");
  await expect(hint).toBeVisible();
  // The whole card tells what it has no room for: its link lies over all in it.
  const title = await card("gpu worker").getAttribute("title");
  expect(title!.startsWith(await card("gpu worker").locator(".says").innerText())).toBe(true);
  expect(title).toContain(await hint.innerText());
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

  // In one column too the list is as high as its rows, in whichever form, and all facts of a card are seen.
  const wide = page.viewportSize()!;
  await page.setViewportSize({ width: 360, height: 740 });
  await page.reload();
  const list = page.getByRole("list", { name: "Projects" });
  const tooHigh = () => list.evaluate((list) => {
    const row = list.querySelector("li")!;
    return list.clientHeight - Number(row.getAttribute("aria-setsize")) * row.offsetHeight;
  });
  for (const [form, kind] of [["Rows", ".row-line"], ["Cards", "article.card"], ["Rows", ".row-line"], ["Cards", "article.card"]] as const) {
    await page.getByRole("button", { name: form, exact: true }).click();
    await expect(list.locator(kind).first()).toBeVisible();
    await expect.poll(tooHigh, form).toBe(0);
  }
  const cut = () => page.locator("article.card").evaluateAll((cards) => cards.filter((card) => {
    const facts = card.querySelector(".facts-line")!;
    return facts.scrollWidth > facts.clientWidth || card.scrollHeight > card.clientHeight;
  }).map((card) => card.textContent));
  await expect.poll(() => page.locator("article.card").count()).toBeGreaterThan(1);
  await expect.poll(cut).toEqual([]);
  await page.setViewportSize(wide);

  // Nothing is answered from a card: it leads to all that is asked.
  await expect(page.getByRole("list", { name: "Projects" }).getByRole("button", { name: /allow/i })).toHaveCount(0);
  await card("billing-service").getByRole("link", { name: "Review billing-service" }).click();
  await expect(page.getByRole("group", { name: /^Approval:/ })).toBeVisible();
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
