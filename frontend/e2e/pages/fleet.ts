import { expect, type Locator, type Page } from "@playwright/test";

/** The list of a user's projects. */
export class FleetPage {
  constructor(readonly page: Page) {}

  async open(user = "alice"): Promise<void> {
    await this.page.goto(`/u/${user}`);
    await expect(this.page.getByRole("heading", { name: "Projects", level: 1 })).toBeVisible();
  }

  card(name: string): Locator {
    return this.page.getByRole("article").filter({ has: this.page.getByRole("link", { name, exact: true }) });
  }

  /** Makes a project; its page opens. */
  async create(name: string): Promise<void> {
    await this.page.getByRole("button", { name: "New project" }).click();
    const dialog = this.page.getByRole("dialog", { name: "New project" });
    await dialog.getByRole("textbox", { name: "Name" }).fill(name);
    await dialog.getByRole("button", { name: "Create project" }).click();
  }
}
