import { clustered, objects, YAML } from "../pictures/cluster";
import { expect } from "../test";
import { flocked as test } from "./flocked";

// Stubbed: what a cluster would be told stands between server and page. The same with a real cluster is tested without
// a browser.

test("in a cluster the page shows objects, manifests, commands, events and what a pod may have, stubbed [Kubernetes]", async ({ flock, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const id = flock.id("data import");
  const { resources } = objects(id);
  await page.goto(`/u/alice/p/${id}/resources`);
  await clustered(page, "active");

  await test.step("objects, endpoint, commands and manifests", async () => {
    const table = page.getByRole("region", { name: "Objects of the cluster" });
    for (const [kind, name] of [["Namespace", resources.namespace], ["Deployment", resources.deployment], ["Service", resources.service], ["Ingress", resources.ingress], ["Pod", resources.pod]]) {
      await expect(table.getByRole("row").filter({ has: page.getByRole("rowheader", { name: kind, exact: true }) })).toContainText(name!);
    }
    await expect(page.getByText("The address from outside is still being made.")).toBeVisible();
    await expect(page.getByText("from inside the cluster")).toBeVisible();
    const lines = page.locator(".shell-lines");
    await expect(lines).toContainText(`kubectl -n user-alice logs -l app=${resources.deployment}`);
    await page.getByRole("button", { name: "Copy: Why does it not start?" }).click();
    const copied = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(copied).toBe(`kubectl -n user-alice describe pod -l app=${resources.deployment}`);
    await expect(page.getByRole("region", { name: "Manifests" })).toHaveText(YAML.trim());
    await page.getByRole("main").getByRole("button", { name: "Copy", exact: true }).last().click();
    await expect.poll(copied).toBe(YAML);
  });

  await test.step("a pod's settings", async () => {
    await page.getByRole("navigation", { name: "Project", exact: true }).getByRole("link", { name: "Settings" }).click();
    const memory = page.getByRole("textbox", { name: "Memory" });
    await memory.fill("lots");
    await expect(memory).toHaveAttribute("aria-invalid", "true");
    await memory.fill("512Mi");
    await page.getByRole("textbox", { name: "CPU" }).fill("500m");
    const sent = page.waitForRequest((request) => request.method() === "PATCH");
    await page.getByRole("button", { name: "Save" }).click();
    expect((await sent).postDataJSON().settings).toMatchObject({ cpu: "500m", memory: "512Mi" });
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  });

  await test.step("a start folds the cluster's events under the step they belong to", async () => {
    await page.goto(`/u/alice/p/${id}`);
    await clustered(page, "activating");
    const start = page.getByRole("region", { name: "Start", exact: true });
    const schedule = start.getByRole("listitem").filter({ hasText: "Schedule" });
    await expect(schedule.locator("summary")).toHaveText("2 events of the cluster, 1 of them warnings");
    await expect(schedule.getByText("3 Insufficient cpu.")).toBeVisible();
    // Nothing of it but the sum and the events.
    await expect(schedule.locator(".step-notes")).toHaveText(/^\s*2 events of the cluster, 1 of them warnings\s*FailedScheduling/);
    await schedule.locator("summary").click();
    await expect(schedule.getByText("3 Insufficient cpu.")).toBeHidden();
    await expect(start.getByRole("listitem").filter({ hasText: "Image" }).first()).toContainText("pulling goose-api:latest");
    await expect(page.getByText("they are not isolated")).toHaveCount(0);
    // What the kubelet said of it stays where it was pulled; other steps that are over say nothing more.
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await clustered(page, "activating", { pulled: true });
    await expect(start.getByRole("listitem").filter({ hasText: "Image" }).first().locator(".step-message")).toHaveText(/^Successfully pulled image "goose-api:latest" in 4\.21s/);
    await expect(start.getByRole("listitem").filter({ hasText: "Container" }).first()).toContainText("starting the container");
    await expect(start.locator(".step-message")).toHaveCount(2);
  });
});
