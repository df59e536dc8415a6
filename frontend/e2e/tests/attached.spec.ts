import { expect, name, scripted } from "../test";

const test = scripted();

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

test.beforeEach(async ({ fleet, project }) => {
  const called = name("attached");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
});

test("an image and a text come along, are shown, and come again with a retry [attachments]", async ({ project, page }) => {
  await project.files.setInputFiles([
    { name: "dot.png", mimeType: "image/png", buffer: Buffer.from(PNG, "base64") },
    { name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from("# So") },
    { name: "tool.bin", mimeType: "application/octet-stream", buffer: Buffer.from([0, 255, 1]) },
  ]);
  await expect(page.getByRole("alert")).toContainText("tool.bin was not attached");
  await expect(project.attached.getByRole("listitem")).toHaveCount(2);
  await project.say("@say seen");
  await expect(project.attached).toHaveCount(0);
  await project.ended(2);
  const came = project.messages.first().getByRole("list", { name: "Attachments" });
  const image = came.getByRole("img", { name: "dot.png" });
  await expect(image).toBeVisible();
  await expect.poll(() => image.evaluate((node) => (node as HTMLImageElement).naturalWidth)).toBe(1);
  await expect(came).toContainText("notes.md");
  await page.reload();
  await project.ended(2);
  await expect(came.getByRole("listitem")).toHaveCount(2);
  await project.answer.getByRole("button", { name: "Try again" }).click();
  await project.ended(4);
  await expect(project.messages.nth(2).getByRole("img", { name: "dot.png" })).toBeVisible();
});

test("a pasted and a dropped file become attachments that can be removed [attachments]", async ({ project, page }) => {
  const give = (kind: "paste" | "drop", name: string) =>
    project.composer.evaluate((node, [kind, name]) => {
      const data = new DataTransfer();
      data.items.add(new File(["words"], name, { type: "text/plain" }));
      const options = { bubbles: true, cancelable: true };
      node.dispatchEvent(
        kind === "paste"
          ? new ClipboardEvent(kind, { ...options, clipboardData: data })
          : new DragEvent(kind, { ...options, dataTransfer: data }),
      );
    }, [kind, name]);
  await give("paste", "pasted.txt");
  await expect(project.attached).toContainText("pasted.txt");
  await give("drop", "dropped.txt");
  await expect(project.attached.getByRole("listitem")).toHaveCount(2);
  await project.attached.getByRole("button", { name: "Remove pasted.txt" }).click();
  await expect(project.attached).not.toContainText("pasted.txt");
  await expect(project.attached).toContainText("dropped.txt");
  await expect(project.composer).toBeFocused();
  await expect(page.getByRole("button", { name: "Send" })).toBeEnabled();
});

test("@ completes files of the workspace [GET files]", async ({ project, page }) => {
  await page.getByRole("combobox", { name: "Mode", exact: true }).selectOption({ label: "Does all by itself" });
  await project.say('@tool write {"path":"src/found-me.txt","content":"x"}\n@say done');
  await project.ended(2);
  await project.composer.pressSequentially("look at @found");
  const option = page.getByRole("option", { name: "src/found-me.txt" });
  await expect(option).toBeVisible();
  await project.composer.press("Enter");
  await expect(project.composer).toHaveValue("look at @src/found-me.txt ");
  await expect(option).toHaveCount(0);
});

test("the model picker changes the conversation's own model [PATCH session]", async ({ project, page }) => {
  await project.say("@say one");
  await project.ended(2);
  const picker = page.getByRole("combobox", { name: "Model", exact: true });
  await picker.selectOption("gpt-4o-mini");
  await expect(picker).toHaveValue("gpt-4o-mini");
  await project.say("@say two");
  await project.ended(4);
  await page.reload();
  await project.ended(4);
  await expect(picker).toHaveValue("gpt-4o-mini");
});

test("a phone is told of no keys that it has not [composer]", async ({ project, page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await project.say("@words 50 hold=5");
  await expect(page.getByRole("button", { name: "Stop" })).toBeVisible({ timeout: 60_000 });
  // What says keys elsewhere has been said anew.
  await expect(project.composer).toHaveAttribute("placeholder", "Queue a message, or steer");
  await expect(page.getByText("Ctrl-Enter")).toBeHidden();
  await expect(project.composer).not.toHaveAttribute("placeholder", /Ctrl-Enter/);
});

test("a hidden page tells of questions and of ends, once each [notifications]", async ({ project, page, context }) => {
  await context.grantPermissions(["notifications"]);
  await page.addInitScript(() => {
    const told: string[] = [];
    class Told extends EventTarget {
      static permission = "granted";
      static requestPermission = async () => "granted";
      onclick: unknown = null;
      constructor(title: string) {
        super();
        told.push(title);
      }
    }
    Object.assign(window, { Notification: Told, told });
    localStorage.setItem("gaggle.notify", "1");
    Object.defineProperty(document, "hidden", { get: () => true });
  });
  await page.reload();
  const heading = page.getByRole("heading", { level: 1 });
  await expect(heading).toBeVisible();
  const called = await heading.innerText();
  const told = () => page.evaluate(() => (window as unknown as { told: string[] }).told);
  await project.say("@shell touch made.txt\n@say made");
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await expect.poll(told).toEqual([`${called} needs you`]);
  await expect(page).toHaveTitle(/\(1\)/);
  await project.approval.getByRole("button", { name: /allow.*once/i }).click();
  await project.ended(2);
  await expect.poll(told).toEqual([`${called} needs you`, `${called} is done`]);
  await expect(page).not.toHaveTitle(/\(1\)/);
});

test("what is attached is still there after a reload, and goes with the message [attachments]", async ({ project, page, context }) => {
  // All that the browser keeps: it takes a moment until a file is there, and until it is gone.
  const kept = async () => JSON.stringify(await context.storageState({ indexedDB: true }));
  await project.composer.fill("@say seen");
  await project.files.setInputFiles([
    { name: "dot.png", mimeType: "image/png", buffer: Buffer.from(PNG, "base64") },
    { name: "notes.md", mimeType: "text/markdown", buffer: Buffer.from("# So") },
  ]);
  await expect(project.attached.getByRole("listitem")).toHaveCount(2);
  await expect.poll(kept).toContain("notes.md");
  await page.reload();
  await expect(project.attached.getByRole("listitem")).toHaveCount(2);
  await expect(project.composer).toHaveValue("@say seen");
  await project.attached.getByRole("button", { name: "Remove notes.md" }).click();
  await expect.poll(kept).not.toContain("notes.md");
  await page.reload();
  await expect(project.attached.getByRole("listitem")).toHaveCount(1);
  await project.composer.press("Enter");
  await project.ended(2);
  await expect(project.messages.first().getByRole("img", { name: "dot.png" })).toBeVisible();
  await expect.poll(kept).not.toContain("dot.png");
  await page.reload();
  await project.ended(2);
  await expect(project.attached).toHaveCount(0);
});
