import { expect, type Page } from "@playwright/test";
import { tell, untell } from "../told";
import { clustered } from "./cluster";
import type { Flock } from "./flock";

/** A picture: where it is, and what is done before it is taken. */
export interface Place {
  name: string;
  /** Whose, instead of Alice. */
  user?: string;
  /** Of which project; none: of the user. */
  project?: string;
  path?: string;
  before?: (page: Page, flock: Pick<Flock, "id">) => Promise<void>;
  /** Undoes what stays in the browser. */
  after?: (page: Page) => Promise<void>;
}

const key = (keys: string) => async (page: Page) => {
  await page.locator("main").focus();
  await page.keyboard.press(keys);
  await expect(page.getByRole("dialog")).toBeVisible();
};

/** Makes every answer to this fail, and starts the page anew. */
const broken = (what: RegExp) => async (page: Page) => {
  await page.route(what, (route) => route.abort());
  await page.reload();
  await expect(page.getByText(/Connection lost|cannot be reached|could not be/i).first()).toBeVisible();
};

const away = async (page: Page) => page.keyboard.press("Escape");

/** A note that has passed, and the sheet that tells it again. */
const noted = async (page: Page) => {
  await page.getByRole("button", { name: /^Copy/ }).first().click();
  const menu = page.getByRole("button", { name: "Menu" });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole("button", { name: "Notes and notifications" }).click();
  await expect(page.getByRole("dialog", { name: "Notes" })).toContainText("Copied");
};

/** Several told to sleep, of which the server lets one down. */
const refused = async (page: Page) => {
  await page.route(/\/deactivate$/, (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", json: { type: "about:blank", title: "Unavailable", status: 503, code: "store_unavailable", detail: "the store does not answer" } }));
  for (const name of ["docs site", "load tests"]) {
    await page.getByRole("link", { name, exact: true }).and(page.locator("[data-main]")).focus();
    await page.keyboard.press("x");
  }
  await page.getByRole("toolbar", { name: "Selected projects" }).getByRole("button", { name: /^Sleep/ }).click();
  await expect(page.locator(".bulk-failed li")).toHaveCount(2);
};

/** More conversations than are seen at once, and a search for one of them. */
const sought = async (page: Page) => {
  await page.route(/\/sessions\?/, async (route) => {
    const real = await (await route.fetch()).json();
    const more = ["Ideas", "Pool size", "Slow queries", "Dashboards", "Next week"].map((title, n) => ({ ...real.items[0], id: `${real.items[0].id.slice(0, -1)}${n}`, title, isDefault: false }));
    await route.fulfill({ json: { ...real, items: [...real.items, ...more] } });
  });
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Message", exact: true })).toBeVisible();
  const narrow = page.locator(".narrow-sessions > summary");
  if (await narrow.isVisible()) await narrow.click();
  await page.getByRole("searchbox", { name: "Search conversations" }).filter({ visible: true }).fill("po");
  await expect(page.getByRole("region", { name: "Conversations" }).filter({ visible: true }).getByRole("listitem")).toHaveCount(1);
};

/** Everything there is to look at. */
export const PLACES: Place[] = [
  { name: "fleet-cards" },
  { name: "fleet-rows", before: async (page) => page.getByRole("button", { name: "Rows" }).click(), after: async (page) => page.getByRole("button", { name: "Cards" }).click() },
  { name: "fleet-chosen", before: async (page) => {
    for (const name of ["docs site", "gpu worker"]) {
      await page.getByRole("link", { name, exact: true }).and(page.locator("[data-main]")).focus();
      await page.keyboard.press("x");
    }
  } },
  { name: "fleet-none", path: "?q=zzz" },
  { name: "fleet-lost", before: broken(/\/api\/users\/alice\/events/), after: async (page) => page.unrouteAll() },
  { name: "tour", before: async (page) => {
    await page.evaluate(() => { for (const name of Object.keys(localStorage)) if (name.includes("tour")) localStorage.removeItem(name); });
    await page.reload();
    await expect(page.getByRole("region", { name: "A first look" })).toBeVisible();
  }, after: async (page) => page.getByRole("button", { name: "Skip", exact: true }).click() },
  { name: "first-project", user: "bob" },
  { name: "unknown-user", user: "nobody" },
  { name: "new-project", before: key("n"), after: async (page) => page.keyboard.press("Escape") },
  { name: "palette", before: key("Control+k"), after: async (page) => page.keyboard.press("Escape") },
  { name: "shortcuts", before: key("?"), after: async (page) => page.keyboard.press("Escape") },
  { name: "approvals", path: "/approvals" },
  { name: "usage", path: "/usage" },
  { name: "status", path: "/status" },
  { name: "chat-waiting", project: "billing-service" },
  { name: "chat-edit-waiting", project: "release notes" },
  { name: "chat-working", project: "docs site" },
  { name: "chat-streaming", project: "search index" },
  { name: "chat-ready", project: "load tests" },
  { name: "chat-asleep", project: "data import" },
  { name: "chat-new", project: "onboarding" },
  { name: "chat-starting", project: "mobile app" },
  { name: "chat-failed", project: "gpu worker" },
  { name: "chat-lost", project: "load tests", before: broken(/\/events/), after: async (page) => page.unrouteAll() },
  { name: "activity", project: "billing-service", path: "/activity" },
  { name: "logs", project: "billing-service", path: "/logs" },
  { name: "resources", project: "billing-service", path: "/resources" },
  { name: "project-usage", project: "load tests", path: "/usage" },
  { name: "settings", project: "billing-service", path: "/settings" },
  { name: "missing-project", path: "/p/nowhere" },
  { name: "notes", project: "billing-service", path: "/resources", before: noted, after: away },
  { name: "delete-dialog", project: "load tests", path: "/settings", before: async (page) => page.getByRole("button", { name: "Delete…" }).click(), after: away },
  { name: "bulk-failed", before: refused },
  { name: "approval-comment", project: "billing-service", before: async (page) => {
    await page.getByRole("group", { name: /^Approval:/ }).getByRole("button", { name: /reject/i }).first().click();
    await expect(page.getByRole("textbox", { name: /instead/ })).toBeVisible();
  } },
  { name: "approvals-empty", user: "bob", path: "/approvals" },
  { name: "usage-empty", user: "bob", path: "/usage" },
  { name: "logs-asleep", project: "data import", path: "/logs" },
  { name: "activity-new", project: "onboarding", path: "/activity" },
  { name: "sessions-search", project: "load tests", before: sought },
  { name: "settings-restart", project: "billing-service", path: "/settings", before: async (page, flock) => {
    await tell(page, { projects: { [flock.id("billing-service")]: { restartNeeded: true } } });
    await page.reload();
    await expect(page.getByText("Some changes take effect")).toBeVisible();
  }, after: untell },
  { name: "cluster-resources", project: "data import", path: "/resources", before: async (page) => {
    await clustered(page, "active");
    await expect(page.getByRole("region", { name: "Manifests" })).toContainText("kind: Deployment");
  }, after: untell },
  { name: "cluster-settings", project: "data import", path: "/settings", before: async (page) => {
    await clustered(page, "active");
    await expect(page.getByRole("textbox", { name: "Memory" })).toBeVisible();
  }, after: untell },
  { name: "cluster-start", project: "data import", before: async (page) => {
    await clustered(page, "activating");
    await expect(page.locator(".start-card .step-notes")).toBeVisible();
  }, after: untell },
];

/** Opens a place, ready to be looked at. */
export async function open(page: Page, flock: Pick<Flock, "id">, place: Place): Promise<void> {
  await page.goto(`/u/${place.user ?? "alice"}${place.project ? `/p/${flock.id(place.project)}` : ""}${place.path ?? ""}`);
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await expect(page.locator(".skeleton:visible")).toHaveCount(0);
  await place.before?.(page, flock);
  await page.evaluate(() => document.fonts.ready);
}
