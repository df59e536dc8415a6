import { expect, type Locator, type Page } from "@playwright/test";

/** One project: its chat and what stands around it. */
export class ProjectPage {
  readonly composer: Locator;
  readonly approval: Locator;
  readonly messages: Locator;
  readonly answer: Locator;
  readonly lost: Locator;
  /** Chooses files to attach. */
  readonly files: Locator;
  /** What comes along with the next message. */
  readonly attached: Locator;

  constructor(readonly page: Page) {
    this.composer = page.getByRole("textbox", { name: "Message", exact: true });
    this.approval = page.getByRole("group", { name: /^Approval:/ });
    this.messages = page.locator(".transcript .message");
    this.answer = this.messages.last();
    this.files = page.locator("form.composer input[type=file]");
    this.attached = page.locator("form.composer").getByRole("list", { name: "Attachments" });
    this.lost = page.getByText("Connection lost.");
  }

  async isOpen(name: string): Promise<void> {
    await expect(this.page.getByRole("heading", { name, level: 1 })).toBeVisible();
    await expect(this.composer).toBeVisible();
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await expect(this.composer).toHaveValue("");
  }

  /** Waits until the agent stopped. */
  async ended(messages: number): Promise<void> {
    await expect(this.messages).toHaveCount(messages);
    await expect(this.answer).toHaveAttribute("aria-busy", "false");
  }

  tools(status: string): Locator {
    return this.page.locator(`.transcript .tool.${status}`);
  }

  /** All that was said, as it stands. */
  async words(): Promise<string[]> {
    const parts = this.messages.locator(":is(.markdown, .said, .tool-subject)");
    return (await parts.allInnerTexts()).map((text) => text.trim());
  }

  async tab(name: string): Promise<void> {
    await this.page.getByRole("navigation", { name: "Project", exact: true }).getByRole("link", { name }).click();
  }

  async wake(): Promise<void> {
    await this.page.getByRole("main").getByRole("button", { name: "Wake", exact: true }).click();
    await expect(this.page.getByRole("button", { name: "Put to sleep" })).toBeVisible({ timeout: 60_000 });
  }
}
