import { expect, type Locator, type Page } from "@playwright/test";

/** What stands around the projects: the side bar's pages, and long lists. */
export class Around {
  readonly main: Locator;

  constructor(readonly page: Page) {
    this.main = page.getByRole("main");
  }

  async go(name: "Projects" | "Approvals" | "Usage" | "Status"): Promise<void> {
    await this.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name }).click();
    await expect(this.page.getByRole("heading", { name, level: 1 })).toBeVisible();
  }

  /** Makes projects without the page. */
  async make(user: string, names: string[]): Promise<void> {
    const origin = new URL(this.page.url()).origin;
    for (const name of names) {
      const made = await this.page.request.post(`${origin}/api/users/${user}/projects`, { data: { name } });
      expect(made.status()).toBe(201);
    }
  }

  box(name: string): Locator {
    return this.page.getByRole("checkbox", { name: `Select ${name}`, exact: true });
  }

  get bar(): Locator {
    return this.page.getByRole("toolbar", { name: "Selected projects" });
  }
}
