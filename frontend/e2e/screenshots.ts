import { test } from "./test";
import { expect } from "@playwright/test";

const IMAGES = "../../docs/images";

test("a lively flock", async ({ fleet, project, page }) => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  const make = async (name: string, ask: string) => {
    await fleet.open("alice");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByRole("button", { name: /New project|Create a project/ }).first().click();
    const dialog = page.getByRole("dialog", { name: "New project" });
    await dialog.getByRole("textbox", { name: "Name" }).fill(name);
    await dialog.getByRole("button", { name: "Create project" }).click();
    await project.isOpen(name);
    if (ask) await project.say(ask);
  };
  await make("archive", "");
  await make("handbook", "What can you do?");
  await project.ended(2);
  await make("billing-service", "create a file hello.txt with hi");
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await project.approval.getByRole("button", { name: /allow.*once/i }).click();
  await project.ended(2);
  await make("website", "create a file hello.txt with hi");
  await expect(project.approval).toBeVisible({ timeout: 60_000 });
  await fleet.open("alice");
  await expect(fleet.card("website")).toBeVisible();
  await page.screenshot({ path: `${IMAGES}/fleet-light.png` });

  await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
  await fleet.card("billing-service").getByRole("link", { name: "billing-service", exact: true }).click();
  await project.isOpen("billing-service");
  await expect(project.messages).toHaveCount(2);
  await page.screenshot({ path: `${IMAGES}/project-dark.png` });

  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.goto(page.url().replace(/\/p\/.*/, ""));
  await fleet.card("website").getByRole("link", { name: "website", exact: true }).click();
  await expect(project.approval).toBeVisible();
  await page.screenshot({ path: `${IMAGES}/project-phone.png` });
});
