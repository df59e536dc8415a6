import { test as base, expect } from "@playwright/test";
import { FleetPage } from "./pages/fleet";
import { Model } from "./model";
import { ProjectPage } from "./pages/project";
import { Server } from "./server";

type Fixtures = { fleet: FleetPage; project: ProjectPage; honest: void };
type Shared = { server: Server };

/** As `test`, with the scripted model behind the agents instead of the demo. */
export const scripted = () =>
  test.extend<object, Shared & { model: Model }>({
    model: [
      async ({}, use) => {
        const model = await Model.start();
        await use(model);
        model.stop();
      },
      { scope: "worker" },
    ],
    server: [
      async ({ model }, use) => {
        const server = new Server(model.env);
        await server.start();
        await use(server);
        await server.stop();
      },
      { scope: "worker", timeout: 120_000 },
    ],
  });

/** Every test fails if the page breaks its content policy or throws. */
export const test = base.extend<Fixtures, Shared>({
  server: [
    async ({}, use) => {
      const server = new Server();
      await server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  honest: [
    async ({ page }, use) => {
      const bad: string[] = [];
      page.on("pageerror", (error) => bad.push(String(error)));
      page.on("console", (message) => {
        if (/content security policy|panicked/i.test(message.text())) bad.push(message.text());
      });
      await use();
      // What is on its way when a test is over is nobody's failure.
      await page.unrouteAll({ behavior: "ignoreErrors" });
      expect(bad, "errors of the page").toEqual([]);
    },
    { auto: true },
  ],
  fleet: async ({ page }, use) => use(new FleetPage(page)),
  project: async ({ page }, use) => use(new ProjectPage(page)),
});

export { expect };

let made = 0;
/** A name no other test uses. */
export const name = (what: string) => `${what} ${process.pid}-${(made += 1)}`;
