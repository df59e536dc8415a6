import { expect, type Page } from "@playwright/test";
import type { Flock } from "./flock";

/** A picture: where it is, and what is done before it is taken. */
export interface Place {
  name: string;
  /** Whose, instead of Alice. */
  user?: string;
  /** Of which project; none: of the user. */
  project?: string;
  path?: string;
  before?: (page: Page) => Promise<void>;
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
];

/** Opens a place, ready to be looked at. */
export async function open(page: Page, flock: Pick<Flock, "id">, place: Place): Promise<void> {
  await page.goto(`/u/${place.user ?? "alice"}${place.project ? `/p/${flock.id(place.project)}` : ""}${place.path ?? ""}`);
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await expect(page.locator(".skeleton:visible")).toHaveCount(0);
  await place.before?.(page);
  await page.evaluate(() => document.fonts.ready);
}
