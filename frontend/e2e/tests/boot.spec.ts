import { test as base, expect, name } from "../test";

/** These tests break the page on purpose: only what breaks the policy counts. */
const test = base.extend({
  honest: [
    async ({ page }, use) => {
      const bad: string[] = [];
      page.on("console", (message) => /content security policy/i.test(message.text()) && bad.push(message.text()));
      await use();
      expect(bad, "breaches of the policy").toEqual([]);
    },
    { auto: true },
  ],
});

const BUDGET = 250_000;
const PROJECT = /\/split_project-[0-9a-f]+\.wasm$/;
const DESK = /\/split_desk-[0-9a-f]+\.wasm$/;

test("all that the fleet view transfers fits the budget, and no part is among it [budget 250 KB]", async ({ fleet, page }) => {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  // What is on its way; answers and streams of the API are not the page's.
  const under = new Map<string, string>();
  let bytes = 0;
  let last = Date.now();
  const seen: string[] = [];
  cdp.on("Network.requestWillBeSent", ({ requestId, request }) => {
    const { protocol, pathname } = new URL(request.url);
    if (!protocol.startsWith("http") || pathname.startsWith("/api/")) return;
    under.set(requestId, pathname);
    last = Date.now();
  });
  // Heads and bodies, as they came.
  cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const path = under.get(requestId);
    if (path === undefined) return;
    under.delete(requestId);
    bytes += encodedDataLength;
    seen.push(`${encodedDataLength} ${path}`);
    last = Date.now();
  });
  cdp.on("Network.loadingFailed", ({ requestId }) => void under.delete(requestId));
  await fleet.open();
  await expect(page.getByRole("button", { name: "New project" })).toBeEnabled();
  await page.waitForLoadState("load");
  // What is fetched after that counts as well: all is there once nothing is on its way and nothing new came for a while.
  await expect.poll(() => (Date.now() - last < 1_500 ? ["not quiet yet"] : [...under.values()]), "still on its way").toEqual([]);
  expect(seen.filter((path) => path.endsWith(".wasm"))).toEqual([expect.stringMatching(/ \/gaggle-page_bg-[0-9a-f]+\.wasm$/)]);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes, seen.join("\n")).toBeLessThanOrEqual(BUDGET);
});

test("a part is fetched when the pointer is on what leads to it [lazy parts]", async ({ fleet, project, page }) => {
  const called = name("ahead");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  await fleet.open();
  const fetched = page.waitForResponse(PROJECT);
  await fleet.card(called).getByRole("link", { name: called, exact: true }).hover();
  expect((await fetched).headers()["cache-control"]).toContain("immutable");
  await expect(page).toHaveURL(/\/u\/alice$/);
});

test("a part that is lost says so and is tried again [lost chunk]", async ({ fleet, project, page }) => {
  const called = name("lost");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  for (const fail of ["away", "gone"]) {
    await page.route(PROJECT, (route) => (fail === "away" ? route.abort() : route.fulfill({ status: 404, body: "" })));
    await fleet.open();
    await fleet.card(called).getByRole("link", { name: called, exact: true }).click();
    const alert = page.getByRole("alert").filter({ hasText: "did not load" });
    await expect(alert).toBeVisible();
    await expect(page.getByRole("navigation", { name: "Main", exact: true })).toBeVisible();
    await page.unroute(PROJECT);
    await alert.getByRole("button", { name: "Try again" }).click();
    await project.isOpen(called);
  }
});

test("a dialog that is lost says so and opens once it is there [lost chunk]", async ({ fleet, page }) => {
  await page.route(DESK, (route) => route.abort());
  await fleet.open();
  await page.getByRole("button", { name: "New project" }).click();
  const alert = page.getByRole("alert").filter({ hasText: "did not load" });
  await expect(alert).toBeVisible();
  await page.unroute(DESK);
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("dialog", { name: "New project" }).getByRole("textbox", { name: "Name" })).toBeFocused();
  await expect(alert).toHaveCount(0);
});

for (const [what, file] of [["program", /_bg-[0-9a-f]+\.wasm$/], ["glue", /\/gaggle-page-[0-9a-f]+\.js$/]] as const) {
  test(`a page whose ${what} is lost offers to reload [lost chunk]`, async ({ page }) => {
    await page.route(file, (route) => route.abort());
    await page.goto("/u/alice");
    await expect(page.getByText("The page stopped.")).toBeVisible();
    await page.unroute(file);
    await page.getByRole("link", { name: "Reload" }).click();
    await expect(page.getByRole("heading", { name: "Projects", level: 1 })).toBeVisible();
    await expect(page.getByText("The page stopped.")).toBeHidden();
  });
}

test("after a panic the page offers to reload and the draft is still there [panic]", async ({ fleet, project, page }) => {
  const called = name("panic");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  await project.composer.fill("half a thought");
  const panicked = page.waitForEvent("console", (message) => message.text().includes("panicked"));
  // A browser that makes no more elements is more than the program is prepared for.
  await page.evaluate(() => {
    Document.prototype.createElement = () => {
      throw new Error("no more elements");
    };
  });
  await project.tab("Logs");
  await panicked;
  await expect(page.getByText("Your draft is kept")).toBeVisible();
  await page.getByRole("link", { name: "Reload" }).click();
  await project.tab("Chat");
  await expect(project.composer).toHaveValue("half a thought");
  await expect(page.getByText("The page stopped.")).toBeHidden();
});
