import type { Page } from "@playwright/test";
import { expect, name, test } from "../test";

const ASK = "create a file hello.txt with hi";
const TURNS = 5_000;

/** A made-up past of 10 000 messages: the server's answers, page by page. What a real agent says comes on top. */
async function past(page: Page): Promise<() => number> {
  let pages = 0;
  const id = (n: number) => `0${String(n).padStart(6, "0")}`;
  await page.route(/\/messages\?/, async (route) => {
    const url = new URL(route.request().url());
    const before = url.searchParams.get("before");
    const limit = Number(url.searchParams.get("limit"));
    const session = url.searchParams.get("sessionId");
    // The newest page is the server's own, with the past before it.
    const real = before ? undefined : await (await route.fetch()).json();
    const end = before ? Number(before.slice(1)) : TURNS;
    const start = Math.max(0, end - limit / 2);
    const items: unknown[] = [];
    for (let n = start; n < end; n += 1) {
      const at = new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString();
      const common = { sessionId: session, turnId: id(n), createdAt: at, state: "complete", failure: null };
      items.push({ ...common, id: `${id(n)}-u`, role: "user", parts: [{ type: "text", text: `question ${n}` }] });
      const text = `## Answer ${n}\n\n${"Some words of it. ".repeat(1 + (n * 7) % 23)}\n\n- one\n- two`;
      items.push({ ...common, id: `${id(n)}-a`, role: "assistant", parts: [{ type: "text", text }], endedAt: at, stopReason: "end_turn" });
    }
    pages += 1;
    await route.fulfill({ json: { items: [...items, ...(real?.items ?? [])], nextCursor: start > 0 ? id(start) : null } });
  });
  return () => pages;
}

/** Where a text stands in what scrolls, whatever comes above that; no number while it is not drawn. */
const top = (page: Page, text: string) =>
  page.getByText(text, { exact: true }).evaluateAll(([node]) => (node ? node.getBoundingClientRect().top - node.closest(".scroller")!.getBoundingClientRect().top : NaN));

/** Waits until what is drawn stays where it is: rows are measured once they are drawn, and others are drawn for that. */
const rest = (page: Page) =>
  page.evaluate(async () => {
    const places = () => [...document.querySelectorAll(".scroller .said")].map((one) => `${one.textContent} ${one.getBoundingClientRect().top}`).join();
    let was = places();
    for (let [same, frames] = [0, 0]; same < 12; frames += 1) {
      if (frames > 1_200) throw new Error(`the messages do not come to rest: ${was}`);
      await new Promise(requestAnimationFrame);
      const now = places();
      same = now === was ? same + 1 : 0;
      was = now;
    }
  });

test("ten thousand messages: few are drawn, and what is read stays where it is [long transcripts]", async ({ fleet, project, page }) => {
  test.setTimeout(240_000);
  const called = name("long");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  const pages = await past(page);
  await page.reload();
  const scroller = page.getByRole("region", { name: "Conversation", exact: true });
  await expect(page.getByText(`question ${TURNS - 1}`, { exact: true })).toBeInViewport();

  // Up, page after page, with the wheel's events: nothing that is seen jumps when older messages come.
  const box = (await scroller.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let step = 0; step < 12; step += 1) {
    const had = pages();
    await scroller.evaluate((node) => node.scrollBy(0, -node.scrollTop + 40));
    await expect.poll(pages).toBeGreaterThan(had);
    await expect.poll(() => scroller.evaluate((node) => node.scrollTop)).toBeGreaterThan(1_000);
  }
  await rest(page);
  const seen = await page.locator(".message .said").evaluateAll((all) => {
    const view = document.querySelector(".scroller")!.getBoundingClientRect();
    return all.find((one) => one.getBoundingClientRect().top > view.top + 50)!.textContent!;
  });
  const before = await top(page, seen);
  await page.mouse.wheel(0, -120);
  await expect.poll(() => top(page, seen)).toBeCloseTo(before + 120, -0.5);
  // It came there and stays there.
  await rest(page);
  await expect.poll(() => top(page, seen)).toBeCloseTo(before + 120, -0.5);

  // All the way up: every page is there, and the page holds few of the messages.
  await expect.poll(async () => {
    await scroller.evaluate((node) => node.scrollTo(0, 0));
    return pages();
  }, { timeout: 180_000, intervals: [50] }).toBeGreaterThanOrEqual(Math.ceil((TURNS * 2) / 100));
  await expect(async () => {
    await scroller.evaluate((node) => node.scrollTo(0, 0));
    await expect(page.getByText("question 0", { exact: true })).toBeInViewport({ timeout: 1_000 });
  }).toPass();
  expect(await project.messages.count()).toBeLessThan(120);

  // How a scroll through the middle keeps its frames is noted and not judged: machines differ. Back at the end a new
  // answer is followed.
  const frames = await scroller.evaluate(async (node) => {
    const times: number[] = [];
    let last = performance.now();
    for (let n = 0; n < 90; n += 1) {
      node.scrollBy(0, 400);
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
      last = performance.now();
    }
    return times.sort((a, b) => a - b);
  });
  test.info().annotations.push({ type: "frames", description: `median ${frames[45]!.toFixed(1)} ms, p95 ${frames[85]!.toFixed(1)} ms` });
  await page.getByRole("button", { name: "Newest" }).click();
  await expect(page.getByText(`question ${TURNS - 1}`, { exact: true })).toBeInViewport();
  await project.say("What can you do?");
  await expect(project.answer).toContainText(/demo/i);
  await expect(project.answer.getByRole("button", { name: "Try again" })).toBeInViewport();
});

test("a reader who has scrolled up is left in peace [scroll]", async ({ fleet, project, page }) => {
  const called = name("peace");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  await past(page);
  await page.reload();
  await expect(page.getByText(`question ${TURNS - 1}`, { exact: true })).toBeInViewport();
  const scroller = page.getByRole("region", { name: "Conversation", exact: true });
  await rest(page);
  await scroller.evaluate((node) => node.scrollBy(0, -1_500));
  const newest = page.getByRole("button", { name: "Newest" });
  await expect(newest).toBeVisible();
  await rest(page);
  const seen = await page.locator(".message .said").evaluateAll((all) => {
    const view = document.querySelector(".scroller")!.getBoundingClientRect();
    return all.find((one) => one.getBoundingClientRect().top > view.top + 20)!.textContent!;
  });
  const before = await top(page, seen);
  // Somebody else starts the turn: who speaks in the page wants to see the answer. It takes some seconds, so that this
  // page sees it run.
  const [, user, id] = /\/u\/([^/]+)\/p\/([^/?]+)/.exec(page.url())!;
  const stop = page.getByRole("button", { name: "Stop" });
  // Looked for before there is one: a quick turn is soon over.
  const runs = stop.waitFor({ state: "visible", timeout: 60_000 });
  const sent = await page.request.post(`${new URL(page.url()).origin}/api/users/${user}/projects/${id}/messages`, {
    data: { text: "count to 60 slowly" },
    headers: { prefer: "respond-async" },
  });
  expect(sent.ok()).toBe(true);
  await runs;
  await stop.waitFor({ state: "hidden", timeout: 60_000 });
  await expect.poll(async () => Math.abs((await top(page, seen)) - before)).toBeLessThan(3);
  await expect(newest).toBeVisible();
});

test("a line divides what is new since the reader left [new since you left]", async ({ fleet, project, page, context }) => {
  const called = name("left");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  await project.say("What can you do?");
  await project.ended(2);
  const place = page.url();
  await fleet.open();
  const other = await context.newPage();
  await other.goto(place);
  await other.locator("#composer").fill("count to 3");
  // Another window of the same person has its own eyes: what it reads is read.
  await other.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("seen.")).forEach((key) => sessionStorage.setItem(key, localStorage[key])));
  await other.locator("#composer").press("Enter");
  await expect(other.locator(".transcript .message")).toHaveCount(4);
  await expect(other.locator(".transcript .message").last()).toHaveAttribute("aria-busy", "false");
  await other.evaluate(() => Object.keys(sessionStorage).forEach((key) => localStorage.setItem(key, sessionStorage[key]!)));
  const seen = await other.evaluate(() => Object.entries(sessionStorage));
  await other.close();
  await page.evaluate((kept) => kept.forEach(([key, value]) => localStorage.setItem(key, value)), seen);
  await page.goto(place);
  const line = page.getByRole("separator", { name: "New since you left" });
  await expect(line).toBeVisible();
  const said = (text: string) => project.messages.locator(".said", { hasText: text });
  const [above, below] = [said("What can you do?"), said("count to 3")];
  const y = async (what: typeof line) => (await what.first().boundingBox())!.y;
  // Asked one after the other, while rows may still be measured.
  await expect.poll(async () => {
    const places = [await y(above), await y(line), await y(below)];
    return places[0]! < places[1]! && places[1]! < places[2]!;
  }).toBe(true);
  await page.reload();
  await expect(said("count to 3")).toBeVisible();
  await expect(line).toHaveCount(0);
});
