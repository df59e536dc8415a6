import { expect, name, test } from "../test";

test("a project is made, woken, put to sleep and deleted [POST projects, activate, deactivate, DELETE, promise 5]", async ({ fleet, project, page }) => {
  const called = name("life");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  await project.wake();
  await expect(page.locator(".steps li.ok")).not.toHaveCount(0);
  await page.getByRole("button", { name: "Put to sleep" }).click();
  await expect(page.getByRole("main").getByText("Asleep", { exact: true })).toBeVisible();

  await page.getByRole("button", { name: "Delete project" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete project" }).click();
  await expect(page).toHaveURL(/\/u\/alice$/);
  await expect(fleet.card(called)).toHaveCount(0);
});

test("a name that is taken is said where it was typed [project_name_taken]", async ({ fleet, project, page }) => {
  const called = name("twin");
  await fleet.open();
  await fleet.create(called);
  await project.isOpen(called);
  await fleet.open();
  await fleet.create(called);
  await expect(page.getByRole("dialog").getByRole("alert")).not.toBeEmpty();
});

test("a project shows in another window without a reload [GET user events]", async ({ fleet, context, page }) => {
  const called = name("live");
  await fleet.open("bob");
  const other = await context.newPage();
  await other.goto("/u/bob");
  await fleet.create(called);
  await expect(other.getByRole("main").getByRole("link", { name: called })).toBeVisible();
  await other.close();
  await expect(page.getByRole("heading", { name: called, exact: true })).toBeVisible();
});

test("what is not there says so [project_not_found, user_not_found]", async ({ page }) => {
  for (const place of ["/u/alice/p/nothing", "/u/nobody", "/nowhere"]) {
    await page.goto(place);
    await expect(page.getByRole("heading", { name: "Nothing is here" })).toBeVisible();
  }
});
