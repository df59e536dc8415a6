import { Flock } from "../pictures/flock";
import type { Server } from "../server";
import { test } from "../test";

/** One flock with an agent in every state, for all that only look at it. */
export const flocked = test.extend<{ toured: void }, { flock: Flock; server: Server }>({
  flock: [
    async ({}, use) => {
      const flock = new Flock();
      await flock.start(0);
      await use(flock);
      await flock.stop();
    },
    { scope: "worker", timeout: 240_000 },
  ],
  server: [async ({ flock }, use) => use(flock.server), { scope: "worker" }],
  // The tour is over, until a place asks for it.
  toured: [
    async ({ page }, use) => {
      await page.addInitScript(() => {
        if (localStorage.getItem("known")) return;
        localStorage.setItem("known", "done");
        localStorage.setItem("gaggle.tour", "done");
      });
      await use();
    },
    { auto: true },
  ],
});
